#include "wire/outbox.h"

#include <algorithm>

#include "wire/framing.h"

namespace ml::wire {

namespace {

// Small messages in one write: a reader wakes up once.
constexpr std::size_t kSmall = 65536;

}  // namespace

Outbox::Outbox(Transport& to, std::size_t limit) : to_(to), limit_(limit) {}

Outbox::~Outbox() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    changed_.notify_all();
  }
  to_.close();
  if (thread_.joinable()) thread_.join();
}

void Outbox::send(std::string body, Keep keep, const std::string& key) {
  std::unique_lock lock(mutex_);
  if (broken_ || closing_) return;
  if (items_.empty() && !writing_) return write_at_once(lock, std::move(body));
  if (keep == Keep::Latest) {
    // Taken out and put at the end: what was sent in between must not come after what it led to.
    const auto old = std::find_if(items_.begin(), items_.end(), [&](const Item& item) {
      return item.keep == Keep::Latest && item.key == key;
    });
    if (old != items_.end()) {
      bytes_ -= old->body.size();
      items_.erase(old);
    }
  }
  bytes_ += body.size();
  items_.push_back({std::move(body), key, keep});
  if (bytes_ > limit_) make_room();
  wake();
}

void Outbox::write_at_once(std::unique_lock<std::mutex>& lock, std::string body) {
  writing_ = true;
  lock.unlock();
  std::string header = frame_header(body.size());
  const std::size_t header_size = header.size();
  const bool small = body.size() < kSmall;
  if (small) header.append(body);
  std::size_t written = to_.write_some(header);
  if (!small && written == header_size) written += to_.write_some(body);
  const bool all = written == header_size + body.size();
  if (written < header_size) body.insert(0, header, written, header_size - written);
  lock.lock();
  writing_ = false;
  if (!all && !closing_) {
    bytes_ += body.size();
    items_.push_front(
        {std::move(body), {}, Keep::Always, true, written < header_size ? 0 : written - header_size});
  }
  if (items_.empty()) return idle_.notify_all();
  wake();
}

void Outbox::wake() {
  if (!thread_.joinable()) thread_ = std::thread([this] { write_all(); });
  changed_.notify_all();
}

void Outbox::make_room() {
  std::erase_if(items_, [&](const Item& item) {
    if (item.keep != Keep::WhileRoom || bytes_ <= limit_) return false;
    bytes_ -= item.body.size();
    return true;
  });
}

bool Outbox::flush(std::chrono::milliseconds within) {
  std::unique_lock lock(mutex_);
  idle_.wait_for(lock, within, [&] { return broken_ || (items_.empty() && !writing_); });
  return !broken_ && items_.empty() && !writing_;
}

bool Outbox::broken() const {
  const std::lock_guard lock(mutex_);
  return broken_;
}

std::size_t Outbox::waiting_bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

void Outbox::write_all() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return closing_ || (!items_.empty() && !writing_); });
    if (closing_) return;
    Item item = std::move(items_.front());
    items_.pop_front();
    bytes_ -= item.body.size();
    writing_ = true;
    lock.unlock();
    const std::string_view rest = std::string_view(item.body).substr(item.written);
    bool ok = true;
    if (item.begun) {
      ok = to_.write(rest);
    } else {
      std::string header = frame_header(rest.size());
      ok = rest.size() < kSmall ? to_.write(header.append(rest)) : to_.write(header) && to_.write(rest);
    }
    lock.lock();
    writing_ = false;
    if (!ok) {
      broken_ = true;
      items_.clear();
      bytes_ = 0;
    }
    if (items_.empty()) idle_.notify_all();
  }
}

}  // namespace ml::wire
