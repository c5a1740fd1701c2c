#include "wire/outbox.h"

#include <algorithm>

#include "wire/framing.h"

namespace ml::wire {

Outbox::Outbox(Transport& to, std::size_t limit) : to_(to), limit_(limit), thread_([this] { write_all(); }) {}

Outbox::~Outbox() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    changed_.notify_all();
  }
  to_.close();
  thread_.join();
}

void Outbox::send(std::string body, Keep keep, const std::string& key) {
  const std::lock_guard lock(mutex_);
  if (broken_ || closing_) return;
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
    changed_.wait(lock, [&] { return closing_ || !items_.empty(); });
    if (closing_) return;
    Item item = std::move(items_.front());
    items_.pop_front();
    bytes_ -= item.body.size();
    writing_ = true;
    lock.unlock();
    std::string header = frame_header(item.body.size());
    // Small messages in one write: a reader wakes up once.
    const bool ok = item.body.size() < 65536 ? to_.write(header.append(item.body))
                                             : to_.write(header) && to_.write(item.body);
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
