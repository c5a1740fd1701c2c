#pragma once

// The program's side of the kernel sandbox (security.md 5.1 steps 4 to 8): what a process does to itself,
// once, before it runs a program. Nothing of it can be undone. Plain system calls: no library, no exceptions,
// no allocation that outlives a call. Call with one thread.

#include <cstddef>
#include <cstdint>
#include <span>

namespace ml::sandbox {

// Rights of a path (bits as Landlock counts them), so that every kernel gets what it knows of them.
namespace right {
inline constexpr std::uint64_t write_file = 1u << 1, read_file = 1u << 2, read_dir = 1u << 3,
                               remove_dir = 1u << 4, remove_file = 1u << 5, make_dir = 1u << 7,
                               make_reg = 1u << 8, refer = 1u << 13, truncate = 1u << 14;
inline constexpr std::uint64_t of_files = write_file | read_file | truncate;
}  // namespace right

struct PathRule {
  const char* path;      // absolute; one that does not exist is left out
  std::uint64_t rights;  // of `right`; those of folders are left out when it is a file
};

// Each is 0, or the errno that says why a layer is not there. The steps are taken in this order.

// namespaces.h comes before them. The newest Landlock of this kernel (1 and later), or 0.
int landlock_abi();
int forbid_new_privileges();
int restrict_paths(std::span<const PathRule> rules);  // Landlock; also TCP and signals where the kernel can
// Installs the filter of filter.h. Every thread of the process gets it.
int install_filter(std::span<const std::byte> program);

// What could still be done although it must not, as a bit set; 0 when the sandbox holds.
enum Leak : unsigned { leak_files = 1, leak_sockets = 2, leak_processes = 4, leak_signals = 8 };
// `files`: the root folder must not be readable.
unsigned self_test(bool files);

// Asks the kernel to kill this process when its parent dies; false when the parent is gone already. The first
// process of a namespace cannot see its parent: then the pipe from it tells.
bool die_with_parent(int parent);
void forbid_dumps();
// Closes every descriptor above 2 that is not one of `kept`.
void close_descriptors(std::span<const int> kept);

}  // namespace ml::sandbox
