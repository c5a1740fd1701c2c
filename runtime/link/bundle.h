#pragma once

// A program as the tool hands it to the launcher (runtime/python/mlpy/runtime/launch.py reads it):
//
//   marshal((version, (module, ...)))     modules[0] is the main program
//   module = (dotted name, ML file as shown, absolute ML file, Python text, position rows,
//             ((dotted import, index of the module or -1 for a library module), ...),
//             ((name, ((kind, action, target or None), ...)), ...))   capability declarations; kind:
//             resource, allow

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/link/marshal.h"

namespace ml::link {

inline constexpr std::int32_t kBundleVersion = 2;

struct BundleCapability {
  struct Item {
    bool resource = false;  // else `allow`
    std::string action;
    std::optional<std::string> target;
  };
  std::string name;
  std::vector<Item> items;
};

struct BundleModule {
  std::string name, shown_file, file;
  std::string_view python, positions;                         // positions: rows of eight little-endian u32
  std::vector<std::pair<std::string, std::int32_t>> imports;  // -1: library module
  std::vector<BundleCapability> capabilities;
};

inline std::string write_bundle(const std::vector<BundleModule>& modules) {
  MarshalWriter w;
  w.tuple(2);
  w.integer(kBundleVersion);
  w.tuple(static_cast<std::uint32_t>(modules.size()));
  for (const BundleModule& m : modules) {
    w.tuple(7);
    w.text(m.name);
    w.text(m.shown_file);
    w.text(m.file);
    w.text(m.python);
    w.bytes(m.positions);
    w.tuple(static_cast<std::uint32_t>(m.imports.size()));
    for (const auto& [dotted, index] : m.imports) {
      w.tuple(2);
      w.text(dotted);
      w.integer(index);
    }
    w.tuple(static_cast<std::uint32_t>(m.capabilities.size()));
    for (const BundleCapability& capability : m.capabilities) {
      w.tuple(2);
      w.text(capability.name);
      w.tuple(static_cast<std::uint32_t>(capability.items.size()));
      for (const BundleCapability::Item& item : capability.items) {
        w.tuple(3);
        w.text(item.resource ? "resource" : "allow");
        w.text(item.action);
        item.target ? w.text(*item.target) : w.none();
      }
    }
  }
  return w.take();
}

}  // namespace ml::link
