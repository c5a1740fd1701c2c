#include "profiler/advice/advice.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>

#include "profiler/advice/rules.h"

namespace ml::profiler::advice {
namespace {

std::vector<std::uint32_t> ml_by_time(const Profile& p) {
  std::vector<std::uint32_t> order;
  for (std::uint32_t i = 0; i < p.functions.size(); ++i)
    if (p.functions[i].category == Category::ml_code) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    const Profile::Function &x = p.functions[a], &y = p.functions[b];
    return std::tuple(y.self_ns, std::string_view(x.name), x.line) <
           std::tuple(x.self_ns, std::string_view(y.name), y.line);
  });
  return order;
}

std::uint32_t number(const std::string& rule) {
  std::uint32_t n = 0;
  for (const char c : rule)
    if (c >= '0' && c <= '9') n = n * 10 + static_cast<std::uint32_t>(c - '0');
  return n;
}

bool is_advice(const std::string& line) { return line.starts_with("Consider: "); }

std::vector<Profile::Finding> all_findings(const Profile& profile, bool constructs) {
  const Figures figures(profile);
  const Subject subject{profile, figures, ml_by_time(profile)};
  std::vector<Profile::Finding> all;
  function_findings(subject, all);
  if (constructs) construct_findings(subject, all);
  run_findings(subject, all);
  developer_findings(subject, all);
  return merge(profile, std::move(all), {});
}

}  // namespace

std::string json(std::uint64_t value) { return std::to_string(value); }

std::string json(const std::string& text) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string quoted = "\"";
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20) {
      quoted += "\\u00";
      quoted += kHex[c >> 4];
      quoted += kHex[c & 15];
      continue;
    }
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> ml_places(const Profile& p,
                                                                           const std::vector<bool>& of) {
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> places;
  for (const Profile::Node& node : p.tree) {
    if (!of[node.function]) continue;
    std::uint32_t at = node.parent;
    while (at != kNone && p.functions[p.tree[at].function].category != Category::ml_code)
      at = p.tree[at].parent;
    if (at != kNone) places[{p.tree[at].function, p.tree[at].line}] += node.self_ns;
  }
  return places;
}

std::vector<std::pair<std::uint32_t, std::uint64_t>> calling_functions(const Profile::Function& function) {
  std::map<std::uint32_t, std::uint64_t> calls;
  for (const Profile::Caller& c : function.callers) calls[c.function] += c.calls;
  std::vector<std::pair<std::uint32_t, std::uint64_t>> all(calls.begin(), calls.end());
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  return all;
}

std::vector<Profile::Finding> measured_findings(const Profile& profile) {
  return all_findings(profile, false);
}

std::vector<Profile::Finding> findings(const Profile& profile) { return all_findings(profile, true); }

std::vector<Profile::Finding> merge(const Profile& profile, std::vector<Profile::Finding> a,
                                    std::vector<Profile::Finding> b) {
  a.insert(a.end(), std::make_move_iterator(b.begin()), std::make_move_iterator(b.end()));
  const std::vector<std::uint32_t> by_time = ml_by_time(profile);
  std::vector<std::size_t> place(profile.functions.size(), by_time.size());
  for (std::size_t i = 0; i < by_time.size(); ++i) place[by_time[i]] = i;
  const auto key = [&](const Profile::Finding& f) {
    const bool developer = f.rule.starts_with('D');
    const std::size_t where = f.function < place.size() ? place[f.function] : place.size();
    return std::tuple(developer, developer ? 0 : where, number(f.rule));
  };
  std::stable_sort(a.begin(), a.end(), [&](const auto& x, const auto& y) { return key(x) < key(y); });
  std::vector<bool> advised(profile.functions.size());
  for (const Profile::Finding& f : a)
    if (f.rule != "R1" && f.function < advised.size() && std::any_of(f.text.begin(), f.text.end(), is_advice))
      advised[f.function] = true;
  for (Profile::Finding& f : a)
    if (f.rule == "R1" && f.function < advised.size() && advised[f.function])
      std::erase_if(f.text, is_advice);
  return a;
}

}  // namespace ml::profiler::advice
