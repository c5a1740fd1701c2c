#pragma once

// Limits of a run (security.md 5.2). What is not set has none.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ml::sandbox {

struct Limits {
  std::optional<std::uint64_t> memory;  // bytes beyond those of the started interpreter
  std::optional<double> cpu, wall;      // seconds; wall counts from the start of the process
  bool wall_follows_cpu = false;        // nobody asked for `wall`: a program that computes ends at `cpu`
  std::optional<std::uint64_t> file, written, folder;  // bytes: one file, all files, the private folder
  std::optional<std::uint64_t> output;                 // bytes of standard output, and of standard error
  std::optional<std::uint64_t> requests, request_bytes;
  std::optional<std::uint64_t> descriptors;
  std::optional<std::uint64_t> stack;  // bytes
  std::optional<unsigned>
      threads;  // beside the main one; held where users have namespaces, or by the control group
};

// The figures of --sandbox strict.
Limits strict_limits();

// Sets what is not set to what `defaults` says.
void complete(Limits& limits, const Limits& defaults);

// "100MB", "1.5GB", "4096": bytes (KB, MB, GB are powers of 1024). Nothing when it is no size, or zero.
std::optional<std::uint64_t> parse_size(std::string_view text);

// As messages show them: "100MB", "1500 bytes"; "30 s", "0.5 s".
std::string shown_size(std::uint64_t bytes);
std::string shown_seconds(double seconds);

}  // namespace ml::sandbox
