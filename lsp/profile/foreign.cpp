#include "lsp/profile/foreign.h"

#include <algorithm>
#include <unordered_map>

#include "lsp/profile/tally.h"
#include "profiler/store/packing.h"
#include "wire/json.h"

namespace ml::lsp {
namespace {

namespace json = wire::json;

constexpr std::size_t kMost = std::size_t{1} << 29;  // bytes, unpacked

std::string_view text_of(const json::object& from, std::string_view name) {
  const auto* value = from.if_contains(wire::sv(name));
  return value && value->is_string() ? wire::sv(value->get_string()) : std::string_view();
}
std::optional<double> number_of(const json::value* value) {
  if (!value || !value->is_number()) return std::nullopt;
  return value->to_number<double>();
}
double number_of(const json::object& from, std::string_view name) {
  return number_of(from.if_contains(wire::sv(name))).value_or(0);
}
std::uint64_t whole(double value) {
  return value > 0 ? static_cast<std::uint64_t>(std::min(value + 0.5, 4e15)) : 0;
}
std::uint32_t line_of(double value) {
  return value >= 1 && value < 4e9 ? static_cast<std::uint32_t>(value) : 0;
}
const json::array* list_of(const json::object& from, std::string_view name) {
  const auto* value = from.if_contains(wire::sv(name));
  return value ? value->if_array() : nullptr;
}

// Chrome DevTools Protocol, Profiler.Profile: lines from 0, times in microseconds.
std::optional<std::string> cpuprofile(const json::object& file) {
  const json::array* nodes = list_of(file, "nodes");
  if (!nodes) return std::nullopt;
  struct Node {
    std::uint32_t frame = 0;
    std::int64_t parent = -1;
    std::uint64_t ns = 0, samples = 0, hits = 0;
    bool root = false;
  };
  Tally tally;
  std::vector<Node> all;
  std::unordered_map<std::int64_t, std::size_t> by_id;
  for (const json::value& value : *nodes) {
    const json::object* node = value.if_object();
    const auto* id = node ? node->if_contains("id") : nullptr;
    const auto number = id ? wire::integer_of(*id) : std::nullopt;
    const auto* place = node ? node->if_contains("callFrame") : nullptr;
    const json::object* frame = place ? place->if_object() : nullptr;
    if (!number || !frame || !by_id.emplace(*number, all.size()).second) return std::nullopt;
    const std::string_view name = text_of(*frame, "functionName");
    Node& made = all.emplace_back();
    made.root = name == "(root)";
    made.frame = tally.frame(name, text_of(*frame, "url"), line_of(number_of(*frame, "lineNumber") + 1));
    made.hits = whole(number_of(*node, "hitCount"));
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    const json::object& node = (*nodes)[i].get_object();
    const auto link = [&](const json::value& id, bool up) {
      const auto number = wire::integer_of(id);
      const auto it = number ? by_id.find(*number) : by_id.end();
      if (it == by_id.end()) return;
      (up ? all[i] : all[it->second]).parent = static_cast<std::int64_t>(up ? it->second : i);
    };
    if (const auto* parent = node.if_contains("parent")) link(*parent, true);
    if (const json::array* children = list_of(node, "children"))
      for (const json::value& child : *children) link(child, false);
  }
  const json::array *samples = list_of(file, "samples"), *deltas = list_of(file, "timeDeltas");
  if (samples && deltas && !samples->empty()) {
    for (std::size_t i = 0; i < std::min(samples->size(), deltas->size()); ++i) {
      const auto id = wire::integer_of((*samples)[i]);
      const auto it = id ? by_id.find(*id) : by_id.end();
      if (it == by_id.end()) continue;
      all[it->second].ns += whole(number_of(&(*deltas)[i]).value_or(0) * 1000);
      ++all[it->second].samples;
    }
  } else {
    std::uint64_t hits = 0;
    for (const Node& node : all) hits += node.hits;
    const double each = (number_of(file, "endTime") - number_of(file, "startTime")) * 1000 /
                        static_cast<double>(std::max<std::uint64_t>(hits, 1));
    for (Node& node : all) {
      node.samples = node.hits;
      node.ns = whole(static_cast<double>(node.hits) * each);
    }
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].ns == 0 && all[i].samples == 0) continue;
    std::vector<std::uint32_t> stack;
    for (auto at = static_cast<std::int64_t>(i); at >= 0; at = all[static_cast<std::size_t>(at)].parent) {
      if (stack.size() > all.size()) return std::nullopt;  // a circle
      if (!all[static_cast<std::size_t>(at)].root) stack.push_back(all[static_cast<std::size_t>(at)].frame);
    }
    std::reverse(stack.begin(), stack.end());
    tally.stack(stack, all[i].ns, all[i].samples);
  }
  return tally.empty() ? std::nullopt : std::optional(tally.mlprof("cpuprofile"));
}

// https://www.speedscope.app/file-format-schema.json
class Speedscope {
 public:
  std::optional<std::string> read(const json::object& file) {
    const auto* shared = file.if_contains("shared");
    const json::array* frames =
        shared && shared->is_object() ? list_of(shared->get_object(), "frames") : nullptr;
    const json::array* profiles = list_of(file, "profiles");
    if (!frames || !profiles) return std::nullopt;
    for (const json::value& value : *frames) {
      const json::object* frame = value.if_object();
      if (!frame) return std::nullopt;
      ids_.push_back(
          tally_.frame(text_of(*frame, "name"), text_of(*frame, "file"), line_of(number_of(*frame, "line"))));
    }
    for (const json::value& value : *profiles) {
      const json::object* profile = value.if_object();
      const double scale = profile ? scale_of(text_of(*profile, "unit")) : 0;
      if (scale == 0) continue;
      text_of(*profile, "type") == "evented" ? evented(*profile, scale) : sampled(*profile, scale);
    }
    return tally_.empty() ? std::nullopt : std::optional(tally_.mlprof("speedscope"));
  }

 private:
  // Nanoseconds of one; 0: no time.
  static double scale_of(std::string_view unit) {
    return unit == "nanoseconds"                      ? 1
           : unit == "microseconds"                   ? 1e3
           : unit == "milliseconds" || unit == "none" ? 1e6
           : unit == "seconds"                        ? 1e9
                                                      : 0;
  }
  std::optional<std::uint32_t> frame(const json::value* value) const {
    const auto index = value ? wire::integer_of(*value) : std::nullopt;
    if (!index || *index < 0 || static_cast<std::size_t>(*index) >= ids_.size()) return std::nullopt;
    return ids_[static_cast<std::size_t>(*index)];
  }
  void sampled(const json::object& profile, double scale) {
    const json::array *samples = list_of(profile, "samples"), *weights = list_of(profile, "weights");
    if (!samples || !weights) return;
    for (std::size_t i = 0; i < std::min(samples->size(), weights->size()); ++i) {
      const json::array* frames = (*samples)[i].if_array();
      if (!frames) continue;
      std::vector<std::uint32_t> stack;
      for (const json::value& value : *frames)
        if (const auto id = frame(&value)) stack.push_back(*id);
      tally_.stack(stack, whole(number_of(&(*weights)[i]).value_or(0) * scale), 1);
    }
  }
  void evented(const json::object& profile, double scale) {
    const json::array* events = list_of(profile, "events");
    if (!events) return;
    std::vector<std::uint32_t> stack;
    double last = 0;
    for (const json::value& value : *events) {
      const json::object* event = value.if_object();
      if (!event) continue;
      const double at = number_of(*event, "at");
      tally_.stack(stack, whole((at - last) * scale), 0);
      last = at;
      const auto id = frame(event->if_contains("frame"));
      if (text_of(*event, "type") == "C") {
        if (!stack.empty()) stack.pop_back();
      } else if (id && stack.size() < 10'000) {
        stack.push_back(*id);
      }
    }
  }

  Tally tally_;
  std::vector<std::uint32_t> ids_;
};

}  // namespace

std::optional<std::string> mlprof_of_foreign(std::string_view bytes) {
  std::string unpacked;
  if (profiler::store::is_gzip(bytes)) {
    auto text = profiler::store::gunzip(bytes, kMost);
    if (!text) return std::nullopt;
    unpacked = std::move(*text);
    bytes = unpacked;
    if (!bytes.starts_with('{')) return mlprof_of_pprof(bytes);
  }
  if (bytes.substr(0, 64).find('{') == bytes.find_first_not_of(" \t\r\n\xEF\xBB\xBF")) {
    // mlpy's own begin with their format.
    if (bytes.substr(0, 200).find("\"mlpy-profile\"") != bytes.npos) return std::nullopt;
    std::string problem;
    const auto value = wire::parse_json(bytes, problem);
    if (!value || !value->is_object() || value->get_object().contains("format")) return std::nullopt;
    const json::object& file = value->get_object();
    return file.contains("nodes") ? cpuprofile(file) : Speedscope().read(file);
  }
  if (auto found = mlprof_of_callgrind(bytes)) return found;
  if (auto found = mlprof_of_folded(bytes)) return found;
  return mlprof_of_pprof(bytes);
}

}  // namespace ml::lsp
