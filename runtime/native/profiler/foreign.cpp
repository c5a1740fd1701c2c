#include "runtime/native/profiler/foreign.h"

#include <cstring>
#include <string>

#include "runtime/native/profiler/fault_guard.h"

namespace ml::native::profiler {
namespace {

struct Text {
  char bytes[1024];
  std::size_t size = 0;
};

// The last part of a Python str (what follows the last '/' if `base`) as UTF-8, cut to fit.
bool copy_text(const void* object, bool base, Text* to) {
  auto* text = static_cast<PyObject*>(const_cast<void*>(object));
  if (text == nullptr || Py_TYPE(text) != &PyUnicode_Type) return false;
  const Py_ssize_t size = PyUnicode_GET_LENGTH(text);
  if (size < 0 || size > 65536) return false;
  const int kind = PyUnicode_KIND(text);
  const void* data = PyUnicode_DATA(text);
  Py_ssize_t begin = 0;
  for (Py_ssize_t i = 0; base && i < size; ++i)
    if (PyUnicode_READ(kind, data, i) == '/') begin = i + 1;
  to->size = 0;
  for (Py_ssize_t i = begin; i < size && to->size + 4 < sizeof to->bytes; ++i) {
    const Py_UCS4 c = PyUnicode_READ(kind, data, i);
    const auto put = [&](Py_UCS4 byte) { to->bytes[to->size++] = static_cast<char>(byte); };
    if (c < 0x80) {
      put(c);
    } else if (c < 0x800) {
      put(0xc0 | c >> 6), put(0x80 | (c & 63));
    } else if (c < 0x10000) {
      put(0xe0 | c >> 12), put(0x80 | (c >> 6 & 63)), put(0x80 | (c & 63));
    } else {
      put(0xf0 | c >> 18), put(0x80 | (c >> 12 & 63)), put(0x80 | (c >> 6 & 63)), put(0x80 | (c & 63));
    }
  }
  return true;
}

enum class Package : char { other, stdlib, runtime };

Package package_of(std::string_view path) {
  if (path.find("/mlpy/stdlib/") != path.npos) return Package::stdlib;
  if (path.find("/mlpy/runtime/") != path.npos) return Package::runtime;
  return Package::other;
}

std::uint64_t mix(std::uint64_t h) {
  h *= 0x9e3779b97f4a7c15ull;
  return h ^ h >> 29;
}

constexpr std::string_view kOurs = "mlpy.stdlib.", kLocals = "<locals>.";

}  // namespace

std::uint32_t Foreign::add(std::uint64_t hash, const void* code, std::string_view import) {
  for (std::size_t i = hash;; ++i) {
    std::uint16_t& slot = slots_[i % kSlots];
    if (slot != 0) {
      const Item& item = items_[slot - 1];
      const bool same =
          code != nullptr ? item.code == code : item.code == nullptr && names_[item.name].hash == hash;
      if (same) return kFlag | (slot - 1u);
      continue;
    }
    const std::uint32_t id = size_.load(std::memory_order_relaxed);
    if (id >= kItems || (code == nullptr && names_used_ >= kNames)) return Registry::kLibrary;
    items_[id].code = code;
    if (code == nullptr) {
      items_[id].name = names_used_;
      Name& name = names_[names_used_++];
      name.hash = hash;
      memcpy(name.text.data(), import.data(), import.size());
    }
    slot = static_cast<std::uint16_t>(id + 1);
    size_.store(id + 1, std::memory_order_release);
    return kFlag | id;
  }
}

std::uint32_t Foreign::code(const void* code) {
  return add(mix(reinterpret_cast<std::uintptr_t>(code)), code, {});
}

std::uint32_t Foreign::import(const void* name) {
  Text text;
  if (!copy_text(name, false, &text)) return Registry::kLibrary;
  std::string_view shown(text.bytes, text.size);
  if (shown.starts_with(kOurs)) shown.remove_prefix(kOurs.size());
  shown = shown.substr(0, kName - 1);
  std::uint64_t hash = 14695981039346656037ull;
  for (const char c : shown) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ull;
  return add(mix(hash), nullptr, shown);
}

void Foreign::resolve(Registry& registry) {
  for (const std::uint32_t size = size_.load(std::memory_order_acquire); resolved_ < size; ++resolved_) {
    Item& item = items_[resolved_];
    if (item.code == nullptr) {
      item.function = registry.add_function("", std::string("import ") + names_[item.name].text.data(), 0,
                                            Category::python_stdlib, FunctionKind::import);
      continue;
    }
    Text name, path, file;
    int line = 0;
    bool good = false;
    const bool whole = FaultGuard::guarded([&] {
      const auto* code = static_cast<const PyCodeObject*>(item.code);
      if (Py_TYPE(code) != &PyCode_Type) return;
      line = code->co_firstlineno;
      good = copy_text(code->co_qualname, false, &name) && copy_text(code->co_filename, false, &path) &&
             copy_text(code->co_filename, true, &file);
    });
    if (!whole || !good) continue;
    const std::string_view file_name(file.bytes, file.size);
    std::string shown(name.bytes, name.size);
    for (std::size_t at = shown.find(kLocals); at != shown.npos; at = shown.find(kLocals, at))
      shown.erase(at, kLocals.size());
    const Package package = package_of({path.bytes, path.size});
    const auto first = static_cast<std::uint32_t>(line < 0 ? 0 : line);
    if (package == Package::runtime) {
      const std::string_view whole_path(path.bytes, path.size);
      item.function = registry.add_function(whole_path.substr(whole_path.rfind("/mlpy/runtime/") + 1), shown,
                                            first, Category::runtime_overhead, FunctionKind::guard);
      continue;
    }
    if (package == Package::stdlib && file_name.ends_with(".py"))
      shown = std::string(file_name.substr(0, file_name.size() - 3)) + "." + shown;
    item.function =
        registry.add_function(file_name, shown, first, Category::python_stdlib, FunctionKind::library);
  }
}

}  // namespace ml::native::profiler
