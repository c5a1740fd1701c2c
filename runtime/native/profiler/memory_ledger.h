#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <utility>

#include "profiler/format/capture.h"

namespace ml::native::profiler {

// An array of zeros whose pages cost nothing until they are written to, and which leaves the program's own
// allocator as it is. Empty if the system gives no memory.
template <class T>
class Pages {
 public:
  explicit Pages(std::size_t size) {
    void* at = mmap(nullptr, size * sizeof(T), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) return;
    data_ = static_cast<T*>(at);
    size_ = size;
  }
  ~Pages() {
    if (data_ != nullptr) munmap(data_, size_ * sizeof(T));
  }
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;
  void swap(Pages& other) {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
  }
  std::size_t size() const { return size_; }
  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }

 private:
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

// A sum of blocks that come and go, and its peak: the highest estimate that its own scatter does not explain.
// Where memory turns over quickly, the highest of thousands of estimates would be far above every true value.
// Zeros are a valid start.
struct Height {
  static constexpr double kScatter = 25;  // square of the standard errors that make a higher estimate a peak
  struct Change {
    std::uint64_t weight = 0;
    double variance = 0;
    void add(std::uint64_t by, double scatter) {
      weight += by;
      variance += scatter;
    }
    void remove(std::uint64_t by, double scatter) {
      weight -= std::min(weight, by);
      variance = std::max(variance - scatter, 0.0);
    }
  };

  std::uint64_t live = 0, peak = 0, number = 0;  // of the peak, they are counted
  Change gone, come;  // since the peak: blocks of it that are gone, and blocks entered that are still there

  // Whether this is a new peak.
  bool add(std::uint64_t weight, double variance) {
    come.add(weight, variance);
    live += weight;
    if (live <= peak) return false;
    const auto above = static_cast<double>(live - peak);
    if (above * above < kScatter * scatter()) return false;
    peak = live;
    ++number;
    gone = come = {};
    return true;
  }
  void remove(std::uint64_t weight, double variance, bool entered_since) {
    live -= weight;
    entered_since ? come.remove(weight, variance) : gone.add(weight, variance);
  }

 private:
  // Variance of live - peak, as far as blocks took the place of others: what only comes on top is as certain
  // as any estimate.
  double scatter() const {
    const auto out = static_cast<double>(gone.weight), in = static_cast<double>(come.weight);
    return gone.variance + (out < in ? out / in : 1) * come.variance;
  }
};

// Which blocks are live, whose they are, how much each owner had at the run's peak, and the peak of each
// function. A block stands for `weight` bytes: its own size, or more if it was drawn from a sample. Sums are
// whole numbers, so the parts add up to the totals exactly. Of a fixed size (3 MB when full) unless it may
// grow. Not thread-safe, except `may_hold`.
class Ledger {
 public:
  static constexpr std::uint32_t kOwners = 1u << 14;
  static constexpr std::uint32_t kSlots = 1u << 16;

  explicit Ledger(bool may_grow)
      : may_grow_(may_grow),
        owners_(kOwners),
        functions_(kOwners),
        index_(2 * kOwners),
        function_index_(2 * kOwners),
        slots_(kSlots),
        awaited_(kAwaited) {}

  // False: the system gave no memory; nothing else may be called.
  bool usable() const {
    return owners_.size() != 0 && functions_.size() != 0 && index_.size() != 0 &&
           function_index_.size() != 0 && slots_.size() != 0 && awaited_.size() != 0;
  }

  // Index of the owner (function, line); when there are too many, lines of a function are lumped together.
  std::uint32_t owner(std::uint32_t function, std::uint32_t line);

  // Enters a block just allocated. `count`: how many blocks it stands for, 1 if every one is entered.
  // `enlarged`: the sampler made it bigger than asked for. `part`: how many blocks like it were made while
  // nobody watched, this one included; that counts at once among what was allocated, and among what is live
  // when `keep` finds the block still there. False if there is no room; then nothing changed.
  bool add(const void* block, std::uint32_t owner, std::uint64_t weight, double count, bool enlarged,
           std::uint32_t part = 1);

  // Blocks entered with a `part` of more than 1 that are still live have lasted: from now on they stand for
  // the others, too. What lives shortly must not: in a window it is all there.
  void keep();

  struct Taken {
    std::uint32_t owner = 0;
    std::uint64_t weight = 0;  // 0: was not entered
    bool enlarged = false;
    bool sampled = false;  // stands for others, too
  };
  // Takes a block out: it is about to be freed.
  Taken take(const void* block);
  // Undoes a `take`: the block was not freed after all.
  void put_back(const void* block, Taken what);

  // False: `block` is surely not entered. From any thread that may free `block`, without a lock.
  bool may_hold(const void* block) const {
    return near_[hash(block) >> 48].load(std::memory_order_relaxed) != 0;
  }

  std::uint32_t enlarged() const { return enlarged_; }      // of the live ones
  std::uint64_t small_live() const { return small_live_; }  // bytes that the enlarged ones stand for
  bool nearly_full() const { return !may_grow_ && used_ > kSlots / 8 * 5; }
  std::uint64_t live() const { return run_.live; }
  std::uint64_t peak() const { return run_.peak; }
  std::uint32_t owners() const { return owner_count_; }
  // `own_peak` is that of the function, at any of its lines.
  ml::profiler::capture::Allocations row(std::uint32_t owner) const;

 private:
  struct Owner {
    std::uint32_t function = 0, line = 0;
    std::uint32_t whole = 0;  // the function in functions_
    std::uint64_t live = 0, at_peak = 0, bytes = 0;
    double count = 0;
    // The peak `at_peak` belongs to; an older one: nothing changed since the peak, `live` is the value.
    std::uint64_t peak_number = 0;
  };
  struct Function {
    std::uint32_t id = 0;
    Height height;
  };
  static constexpr std::uint64_t kWeight = (std::uint64_t{1} << 47) - 1;
  static constexpr std::uint64_t kKeys = (std::uint64_t{1} << 44) - 1;
  static constexpr std::uint64_t kEpochs = (1u << 12) - 1, kOwnEpochs = (1u << 8) - 1;
  struct Slot {
    // Blocks begin at multiples of 16 below 2^48. `since`: the peaks, of the run and of the function, that it
    // was entered after, as far as the bits go.
    std::uint64_t block : 44 = 0, since : 12 = 0, own_since : 8 = 0;
    std::uint64_t owner : 14 = 0, enlarged : 1 = 0, sampled : 1 = 0, awaited : 1 = 0, weight : 47 = 0;
  };
  static constexpr std::size_t kAwaited = 1u << 12;  // more in one window stand for themselves only
  static constexpr double kCertain = 1.15;           // a block this likely to be seen scatters little

  static std::uint64_t hash(const void* block) {
    return (reinterpret_cast<std::uintptr_t>(block) >> 4) * 0x9e3779b97f4a7c15ull;
  }
  static std::uint64_t key(const void* block) { return reinterpret_cast<std::uintptr_t>(block) >> 4; }
  std::size_t home(std::uint64_t key) const {
    return hash(reinterpret_cast<const void*>(key << 4)) >> 32 & (slots_.size() - 1);
  }
  // The scatter of what a block adds to an estimate.
  static double variance(const Slot& slot) {
    const auto weight = static_cast<double>(slot.weight);
    return slot.sampled != 0 ? weight * weight : 0;
  }
  std::uint32_t function(std::uint32_t id);
  void place(Slot slot);
  void grow();
  Owner& changing(std::uint32_t owner);

  const bool may_grow_;
  Pages<Owner> owners_;
  Pages<Function> functions_;
  Pages<std::uint16_t> index_, function_index_;             // owner + 1, function + 1
  Pages<Slot> slots_;                                       // open addressing; no tombstones
  std::array<std::atomic<std::uint8_t>, 1u << 16> near_{};  // entered blocks by hash; 255 stays
  Pages<std::uint64_t> awaited_;                            // keys of blocks, and of some that are gone
  std::uint32_t awaited_count_ = 0, awaited_part_ = 1;
  std::uint32_t owner_count_ = 0, function_count_ = 0, used_ = 0, enlarged_ = 0;
  std::uint64_t small_live_ = 0;
  Height run_;
};

inline std::uint32_t Ledger::owner(std::uint32_t function, std::uint32_t line) {
  const std::uint64_t h = (std::uint64_t{function} << 32 | line) * 0x9e3779b97f4a7c15ull >> 40;
  const std::size_t mask = index_.size() - 1;
  std::size_t i = h & mask;
  for (; index_[i] != 0; i = (i + 1) & mask) {
    const Owner& o = owners_[index_[i] - 1u];
    if (o.function == function && o.line == line) return index_[i] - 1u;
  }
  if (owner_count_ >= kOwners / 8 * 7 && line != 0) return owner(function, 0);
  if (owner_count_ == kOwners) return 0;
  owners_[owner_count_].function = function;
  owners_[owner_count_].line = line;
  owners_[owner_count_].whole = this->function(function);
  index_[i] = static_cast<std::uint16_t>(owner_count_ + 1);
  return owner_count_++;
}

// There are never more than owners.
inline std::uint32_t Ledger::function(std::uint32_t id) {
  const std::size_t mask = function_index_.size() - 1;
  std::size_t i = id * 0x9e3779b97f4a7c15ull >> 40 & mask;
  for (; function_index_[i] != 0; i = (i + 1) & mask)
    if (functions_[function_index_[i] - 1u].id == id) return function_index_[i] - 1u;
  functions_[function_count_].id = id;
  function_index_[i] = static_cast<std::uint16_t>(function_count_ + 1);
  return function_count_++;
}

inline Ledger::Owner& Ledger::changing(std::uint32_t owner) {
  Owner& o = owners_[owner];
  if (o.peak_number != run_.number) {
    o.at_peak = o.live;
    o.peak_number = run_.number;
  }
  return o;
}

inline void Ledger::place(Slot slot) {
  std::size_t i = home(slot.block);
  while (slots_[i].block != 0) i = (i + 1) & (slots_.size() - 1);
  slots_[i] = slot;
}

inline void Ledger::grow() {
  Pages<Slot> old(slots_.size() * 2);
  if (old.size() == 0) return;
  old.swap(slots_);
  for (const Slot& slot : old)
    if (slot.block != 0) place(slot);
}

inline bool Ledger::add(const void* block, std::uint32_t owner, std::uint64_t weight, double count,
                        bool enlarged, std::uint32_t part) {
  if (used_ >= slots_.size() / 8 * 7) {
    if (may_grow_) grow();
    if (used_ + 1 >= slots_.size() || !may_grow_) return false;
  }
  Height& whole = functions_[owners_[owner].whole].height;
  Slot slot;
  slot.block = key(block) & kKeys;
  slot.since = run_.number & kEpochs;
  slot.own_since = whole.number & kOwnEpochs;
  slot.owner = owner & (kOwners - 1);
  slot.enlarged = enlarged;
  slot.sampled = count > kCertain;
  slot.weight = weight & kWeight;
  if (part > 1 && awaited_count_ < kAwaited) {
    slot.awaited = true;
    awaited_[awaited_count_++] = slot.block;
    awaited_part_ = part;
  }
  place(slot);
  ++used_;
  enlarged_ += enlarged;
  small_live_ += enlarged ? weight : 0;
  std::atomic<std::uint8_t>& near = near_[hash(block) >> 48];
  const std::uint8_t n = near.load(std::memory_order_relaxed);
  if (n != 255) near.store(static_cast<std::uint8_t>(n + 1), std::memory_order_relaxed);
  Owner& o = changing(owner);
  o.live += weight;
  o.bytes += weight * part;
  o.count += count * part;
  whole.add(weight, variance(slot));
  run_.add(weight, variance(slot));
  return true;
}

inline void Ledger::keep() {
  const std::size_t mask = slots_.size() - 1;
  for (std::uint32_t n = 0; n < awaited_count_; ++n) {
    std::size_t i = home(awaited_[n]);
    while (slots_[i].block != 0 && slots_[i].block != awaited_[n]) i = (i + 1) & mask;
    Slot& slot = slots_[i];
    if (slot.block == 0 || !slot.awaited) continue;
    slot.awaited = false;
    Owner& o = changing(static_cast<std::uint32_t>(slot.owner));
    Height& whole = functions_[o.whole].height;
    const double before = variance(slot);
    const std::uint64_t more = slot.weight * (awaited_part_ - 1);
    slot.weight = (slot.weight + more) & kWeight;
    slot.sampled = true;
    slot.since = run_.number & kEpochs;
    slot.own_since = whole.number & kOwnEpochs;
    o.live += more;
    small_live_ += slot.enlarged != 0 ? more : 0;
    whole.add(more, variance(slot) - before);
    run_.add(more, variance(slot) - before);
  }
  awaited_count_ = 0;
}

inline Ledger::Taken Ledger::take(const void* block) {
  const std::uint64_t wanted = key(block);
  const std::size_t mask = slots_.size() - 1;
  std::size_t i = home(wanted);
  for (; slots_[i].block != wanted; i = (i + 1) & mask)
    if (slots_[i].block == 0) return {};
  const Taken taken{static_cast<std::uint32_t>(slots_[i].owner), slots_[i].weight, slots_[i].enlarged != 0,
                    slots_[i].sampled != 0};
  changing(taken.owner).live -= taken.weight;
  Height& whole = functions_[owners_[taken.owner].whole].height;
  const double scatter = variance(slots_[i]);
  whole.remove(taken.weight, scatter, slots_[i].own_since == (whole.number & kOwnEpochs));
  run_.remove(taken.weight, scatter, slots_[i].since == (run_.number & kEpochs));
  // Close the gap: move back whatever would no longer be found past it.
  for (std::size_t j = i;;) {
    j = (j + 1) & mask;
    if (slots_[j].block == 0) break;
    if (((j - home(slots_[j].block)) & mask) >= ((j - i) & mask)) {
      slots_[i] = slots_[j];
      i = j;
    }
  }
  slots_[i] = {};
  --used_;
  enlarged_ -= taken.enlarged;
  small_live_ -= taken.enlarged ? taken.weight : 0;
  std::atomic<std::uint8_t>& near = near_[hash(block) >> 48];
  const std::uint8_t n = near.load(std::memory_order_relaxed);
  if (n != 255) near.store(static_cast<std::uint8_t>(n - 1), std::memory_order_relaxed);
  return taken;
}

inline void Ledger::put_back(const void* block, Taken what) {
  const double count = what.sampled ? 2 : 1;
  if (what.weight == 0 || !add(block, what.owner, what.weight, count, what.enlarged)) return;
  owners_[what.owner].bytes -= what.weight;
  owners_[what.owner].count -= count;
}

inline ml::profiler::capture::Allocations Ledger::row(std::uint32_t owner) const {
  const Owner& o = owners_[owner];
  return {o.function,
          o.line,
          o.live,
          functions_[o.whole].height.peak,
          o.peak_number == run_.number ? o.at_peak : o.live,
          o.bytes,
          static_cast<std::uint64_t>(o.count + 0.5)};
}

}  // namespace ml::native::profiler
