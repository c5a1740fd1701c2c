#include "core/syntax/blocks.h"

#include <sys/mman.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "core/syntax/memory.h"

using namespace ml::syntax;

namespace {

struct Block {
  unsigned char* at;
  std::size_t size;
  unsigned char filled;
};

// Takes and gives back at random; every block keeps what was written into it.
void play(unsigned seed, std::vector<Block>& blocks, unsigned& spoilt) {
  std::mt19937 random(seed);
  for (int i = 0; i < 40'000; ++i) {
    if (blocks.empty() || random() % 5 < 3) {
      const std::size_t size = random() % 8 == 0 ? random() % (kLargestBlock + 1) : 80 + random() % 32;
      const auto filled = static_cast<unsigned char>(random());
      auto* at = static_cast<unsigned char*>(take_block(size));
      if (!is_block(at) || block_size(at) < size) ++spoilt;
      std::memset(at, filled, size);
      blocks.push_back({at, size, filled});
    } else {
      std::swap(blocks[random() % blocks.size()], blocks.back());
      const Block block = blocks.back();
      blocks.pop_back();
      for (std::size_t j = 0; j < block.size; ++j) spoilt += block.at[j] != block.filled;
      give_block(block.at);
    }
  }
}

}  // namespace

TEST_CASE("blocks do not overlap, whoever takes them and gives them back") {
  constexpr unsigned kThreads = 4;
  std::vector<std::vector<Block>> blocks(kThreads);
  std::vector<unsigned> spoilt(kThreads);
  for (unsigned round = 0; round < 6; ++round) {
    {
      std::vector<std::jthread> threads;
      for (unsigned i = 0; i < kThreads; ++i)
        threads.emplace_back([&, i] { play(round * kThreads + i, blocks[i], spoilt[i]); });
    }
    std::rotate(blocks.begin(), blocks.begin() + 1, blocks.end());  // somebody else gives them back
    for (const unsigned count : spoilt) REQUIRE(count == 0);
  }
  std::set<unsigned char*> addresses;
  std::size_t held = 0;
  for (const auto& some : blocks) {
    held += some.size();
    for (const Block& block : some) addresses.insert(block.at);
  }
  CHECK(addresses.size() == held);
  for (unsigned char* address : addresses) give_block(address);
}

TEST_CASE("memory goes back to the system and comes again while others take blocks") {
  std::vector<std::vector<Block>> blocks(3);
  std::vector<unsigned> spoilt(3);
  for (unsigned round = 0; round < 4; ++round) {
    {
      std::vector<std::jthread> threads;
      for (unsigned i = 0; i < 3; ++i)
        threads.emplace_back([&, i] { play(100 + round * 3 + i, blocks[i], spoilt[i]); });
      for (int i = 0; i < 20; ++i) return_free_memory();
    }
    std::rotate(blocks.begin(), blocks.begin() + 1, blocks.end());
    for (const unsigned count : spoilt) REQUIRE(count == 0);
    // Most of it is free now.
    for (auto& some : blocks) {
      while (some.size() > 50) {
        give_block(some.back().at);
        some.pop_back();
      }
    }
  }
  std::set<unsigned char*> addresses;
  for (const auto& some : blocks)
    for (const Block& block : some) addresses.insert(block.at);
  CHECK(addresses.size() == 150);
  for (unsigned char* address : addresses) give_block(address);
}

TEST_CASE("free memory has no pages") {
  std::vector<void*> blocks(100'000);
  for (void*& block : blocks) std::memset(block = take_block(112), 1, 112);
  const auto resident = [&] {
    std::size_t pages = 0;
    for (void* block : blocks) {
      unsigned char is = 0;
      void* const page =
          reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(block) & ~std::uintptr_t{4095});
      REQUIRE(mincore(page, 4096, &is) == 0);
      pages += is & 1;
    }
    return pages;
  };
  CHECK(resident() == blocks.size());
  for (void* block : blocks) give_block(block);
  return_free_memory();
  CHECK(resident() < blocks.size() / 50);
}

TEST_CASE("what was given back serves again") {
  std::set<void*> seen;
  for (int round = 0; round < 50; ++round) {
    std::vector<void*> blocks(2000);
    std::jthread([&] {
      for (void*& block : blocks) block = take_block(96);
    }).join();
    seen.insert(blocks.begin(), blocks.end());
    for (void* block : blocks) give_block(block);
  }
  CHECK(seen.size() < 10'000);
}
