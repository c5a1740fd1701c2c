#pragma once

// A program as the tool hands it to the launcher (runtime/python/mlpy/runtime/launch.py reads it):
//
//   marshal((version, (module, ...)))     modules[0] is the main program
//   module = (dotted name, ML file as shown, absolute ML file, Python text, position rows,
//             ((dotted import, index of the module or -1 for a library module), ...))

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/link/marshal.h"

namespace ml::link {

inline constexpr std::int32_t kBundleVersion = 1;

struct BundleModule {
  std::string name, shown_file, file;
  std::string_view python, positions;                         // positions: rows of eight little-endian u32
  std::vector<std::pair<std::string, std::int32_t>> imports;  // -1: library module
};

inline std::string write_bundle(const std::vector<BundleModule>& modules) {
  MarshalWriter w;
  w.tuple(2);
  w.integer(kBundleVersion);
  w.tuple(static_cast<std::uint32_t>(modules.size()));
  for (const BundleModule& m : modules) {
    w.tuple(6);
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
  }
  return w.take();
}

}  // namespace ml::link
