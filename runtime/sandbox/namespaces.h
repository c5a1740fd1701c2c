#pragma once

// Namespaces around a program's process (security.md 5.1, 5.3). They are walls beside the others: what the
// kernel does not allow is left out and told. Plain system calls, as in seal.h; call with one thread.

#include <sys/types.h>

#include <cstdint>

namespace ml::sandbox {

enum Apart : unsigned {
  apart_users = 1,
  apart_network = 2,     // no interface at all
  apart_ipc = 4,         // no shared memory, no message queues of others
  apart_names = 8,       // host name
  apart_mounts = 16,     // the private folder is a file system of its own, with a size
  apart_processes = 32,  // no other process can be named, and all end with the first one
  apart_all = 31         // all that a process can move to
};

// What reports call them.
struct NamespaceName {
  const char* name;
  Apart bit;
};
inline constexpr NamespaceName kNamespaceNames[] = {{"userns", apart_users},   {"netns", apart_network},
                                                    {"ipcns", apart_ipc},      {"utsns", apart_names},
                                                    {"mountns", apart_mounts}, {"pidns", apart_processes}};

// Forks a child. `wanted`: apart_processes makes it the first process (number 1) of its own process
// namespace, with apart_users of a user namespace, too; where that is not allowed it is a plain one, and
// `apart` says which. It is born into the control group whose folder `group` is, unless that is -1 or the
// kernel refuses. What the C library prepares for fork() is not done. -1 (errno) on failure.
pid_t fork_apart(unsigned wanted, int group, bool& apart);

// Moves this process into the `wanted` namespaces. `folder`, unless null, becomes an empty file system in
// memory that holds `size` bytes (0: no limit) and vanishes with the process. Returns the set of `Apart` that
// the kernel confirms to be other than before; the first process of a process namespace has that and its
// users.
unsigned enter_namespaces(unsigned wanted, const char* folder, std::uint64_t size);

// Afterwards the process has no capabilities (of Linux) in its user namespace. For those that have one.
void drop_capabilities();

}  // namespace ml::sandbox
