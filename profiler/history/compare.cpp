#include "profiler/history/compare.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>

namespace ml::profiler::history {
namespace {

// File, qualified name, and which of that name it is in the file.
using Key = std::tuple<std::string, std::string, std::size_t>;

bool is_ml(const Profile::Function& f) { return f.category == Category::ml_code && f.file != kNone; }

// Keys of the ML functions, by index; others have an empty one.
std::vector<Key> keys_of(const Profile& p) {
  std::vector<std::uint32_t> by_line(p.functions.size());
  for (std::uint32_t i = 0; i < by_line.size(); ++i) by_line[i] = i;
  std::stable_sort(by_line.begin(), by_line.end(), [&](std::uint32_t a, std::uint32_t b) {
    return p.functions[a].line < p.functions[b].line;
  });
  std::vector<Key> keys(p.functions.size());
  std::map<std::pair<std::string, std::string>, std::size_t> seen;
  for (const std::uint32_t i : by_line) {
    const Profile::Function& f = p.functions[i];
    if (!is_ml(f)) continue;
    const std::string& file = p.files[f.file].path;
    keys[i] = {file, f.name, seen[{file, f.name}]++};
  }
  return keys;
}

std::uint64_t median(std::vector<std::uint64_t> values) {
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  if (n == 0) return 0;
  return n % 2 == 1 ? values[n / 2] : values[n / 2 - 1] + (values[n / 2] - values[n / 2 - 1]) / 2;
}

template <class Read>
std::uint64_t median_of(std::span<const Profile> profiles, Read read) {
  std::vector<std::uint64_t> values;
  for (const Profile& p : profiles) values.push_back(read(p));
  return median(std::move(values));
}

std::uint64_t value(const Profile::Function& f, Metric metric) {
  switch (metric) {
    case Metric::self: return f.self_ns;
    case Metric::cum: return f.cum_ns;
    case Metric::calls: return f.calls;
    case Metric::memory: return f.at_peak_bytes;
  }
  return f.self_ns;
}

// Pairs what keys left over by a property that exactly one function on each side has.
template <class Property>
void pair_by(const Profile& a, const Profile& b, std::vector<std::uint32_t>& partner,
             std::vector<bool>& taken, Property property) {
  std::map<std::string, std::vector<std::uint32_t>> left, right;
  for (std::uint32_t i = 0; i < a.functions.size(); ++i)
    if (is_ml(a.functions[i]) && partner[i] == kNone)
      if (std::string key = property(a.functions[i]); !key.empty()) left[std::move(key)].push_back(i);
  for (std::uint32_t i = 0; i < b.functions.size(); ++i)
    if (is_ml(b.functions[i]) && !taken[i])
      if (std::string key = property(b.functions[i]); !key.empty()) right[std::move(key)].push_back(i);
  for (const auto& [key, ones] : left) {
    const auto others = right.find(key);
    if (others == right.end() || ones.size() != 1 || others->second.size() != 1) continue;
    partner[ones[0]] = others->second[0];
    taken[others->second[0]] = true;
  }
}

// By index of `a`: the same function in `b`, or kNone.
std::vector<std::uint32_t> partners(const Profile& a, const Profile& b) {
  std::vector<std::uint32_t> partner(a.functions.size(), kNone);
  std::vector<bool> taken(b.functions.size());
  std::map<Key, std::uint32_t> known;
  const std::vector<Key> left = keys_of(a), right = keys_of(b);
  for (std::uint32_t i = 0; i < right.size(); ++i)
    if (is_ml(b.functions[i])) known[right[i]] = i;
  for (std::uint32_t i = 0; i < left.size(); ++i) {
    if (!is_ml(a.functions[i])) continue;
    if (const auto it = known.find(left[i]); it != known.end()) {
      partner[i] = it->second;
      taken[it->second] = true;
    }
  }
  pair_by(a, b, partner, taken, [](const Profile::Function& f) { return f.body_hash; });
  pair_by(a, b, partner, taken, [](const Profile::Function& f) {
    return f.shape_hash.empty() ? "" : f.shape_hash + '/' + std::to_string(f.arity);
  });
  return partner;
}

// Two standard errors of a function's time, in percent of it, from the number of its samples.
double error_percent(const Profile& p, const Profile::Function& f) {
  if (p.collection.interval_ns == 0 || f.samples == 0) return 0;
  return 200.0 / std::sqrt(static_cast<double>(f.samples));
}

std::string place(const Profile& p, const Profile::Function& f) {
  return f.name + " (" + p.files[f.file].name + ')';
}

Status status_of(const Change& c, const CompareOptions& options) {
  if (!c.before) return Status::added;
  if (!c.after) return Status::gone;
  const std::uint64_t difference = std::max(*c.before, *c.after) - std::min(*c.before, *c.after);
  const bool time = options.metric == Metric::self || options.metric == Metric::cum;
  if (difference == 0 || (time && difference < options.min_ns)) return Status::ok;
  // From nothing to something is more than any percentage.
  if (!c.percent || *c.percent > options.threshold) return Status::regression;
  return *c.percent < -options.threshold ? Status::improvement : Status::ok;
}

}  // namespace

std::optional<Metric> metric_of(std::string_view name) {
  if (name == "self") return Metric::self;
  if (name == "cum") return Metric::cum;
  if (name == "calls") return Metric::calls;
  if (name == "memory") return Metric::memory;
  return std::nullopt;
}

std::string_view word(Status status) {
  switch (status) {
    case Status::regression: return "REGRESSION";
    case Status::improvement: return "IMPROVEMENT";
    case Status::ok: return "OK";
    case Status::added: return "NEW";
    case Status::gone: return "GONE";
  }
  return "OK";
}

bool Change::within_noise() const { return percent && std::abs(*percent) < noise_percent; }

bool Comparison::regressed() const {
  return std::any_of(changes.begin(), changes.end(),
                     [](const Change& c) { return c.status == Status::regression; });
}

bool Comparison::worse_by(double percent) const {
  const auto worse = [&](std::uint64_t a, std::uint64_t b) {
    return b > a && b - a >= options.min_ns &&
           static_cast<double>(b - a) * 100 > percent * static_cast<double>(a);
  };
  if (worse(before.profile.ml_ns(), after.profile.ml_ns())) return true;
  return std::any_of(changes.begin(), changes.end(), [&](const Change& c) {
    if (!c.before || !c.after || c.within_noise()) return false;
    const bool time = options.metric == Metric::self || options.metric == Metric::cum;
    if (time) return worse(*c.before, *c.after);
    return *c.after > *c.before &&
           static_cast<double>(*c.after - *c.before) * 100 > percent * static_cast<double>(*c.before);
  });
}

Profile typical(std::span<const Profile> profiles) {
  if (profiles.size() == 1) return profiles.front();
  struct Seen {
    const Profile* owner;
    std::uint32_t index;
    std::vector<std::uint64_t> self, cum, calls, peak, samples;
  };
  std::map<Key, Seen> all;
  for (const Profile& p : profiles) {
    const std::vector<Key> keys = keys_of(p);
    for (std::uint32_t i = 0; i < p.functions.size(); ++i) {
      const Profile::Function& f = p.functions[i];
      if (!is_ml(f)) continue;
      Seen& seen = all.try_emplace(keys[i], Seen{&p, i, {}, {}, {}, {}, {}}).first->second;
      seen.self.push_back(f.self_ns);
      seen.cum.push_back(f.cum_ns);
      seen.calls.push_back(f.calls);
      seen.peak.push_back(f.at_peak_bytes);
      seen.samples.push_back(f.samples);
    }
  }
  Profile out;
  out.run = profiles.front().run;
  out.collection = profiles.front().collection;
  std::map<std::string, std::uint32_t> files;
  for (auto& [key, seen] : all) {
    // A run that never called it took no time for it.
    for (auto* values : {&seen.self, &seen.cum, &seen.calls, &seen.peak, &seen.samples})
      values->resize(profiles.size());
    Profile::Function f = seen.owner->functions[seen.index];
    const Profile::File& from = seen.owner->files[f.file];
    const auto [it, fresh] = files.try_emplace(from.path, static_cast<std::uint32_t>(out.files.size()));
    if (fresh) {
      Profile::File& file = out.files.emplace_back();
      file.path = from.path;
      file.name = from.name;
    }
    Profile::File& file = out.files[it->second];
    f.file = it->second;
    f.callers.clear();
    f.lines.clear();
    f.self_ns = median(std::move(seen.self));
    f.cum_ns = std::max(f.self_ns, median(std::move(seen.cum)));
    f.calls = median(std::move(seen.calls));
    f.at_peak_bytes = median(std::move(seen.peak));
    f.samples = median(std::move(seen.samples));
    file.self_ns += f.self_ns;
    file.calls += f.calls;
    file.at_peak_bytes += f.at_peak_bytes;
    out.category_ns[0] += f.self_ns;
    out.category_bytes[0] += f.at_peak_bytes;
    out.functions.push_back(std::move(f));
  }
  for (std::size_t c = 1; c < kCategories; ++c) {
    out.category_ns[c] = median_of(profiles, [c](const Profile& p) { return p.category_ns[c]; });
    out.category_bytes[c] = median_of(profiles, [c](const Profile& p) { return p.category_bytes[c]; });
  }
  for (const std::uint64_t ns : out.category_ns) out.total_ns += ns;
  out.elapsed_ns = median_of(profiles, [](const Profile& p) { return p.elapsed_ns; });
  out.peak_bytes = median_of(profiles, [](const Profile& p) { return p.peak_bytes; });
  out.samples = median_of(profiles, [](const Profile& p) { return p.samples; });
  return out;
}

Comparison compare(std::span<const Profile> before, std::span<const Profile> after,
                   const CompareOptions& options) {
  Comparison c;
  c.options = options;
  for (const Profile& p : before) c.before.ids.push_back(p.run.id);
  for (const Profile& p : after) c.after.ids.push_back(p.run.id);
  c.before.profile = typical(before);
  c.after.profile = typical(after);
  const Profile &a = c.before.profile, &b = c.after.profile;
  const bool singles = before.size() == 1 && after.size() == 1;

  const std::vector<std::uint32_t> partner = partners(a, b);
  std::vector<std::uint32_t> origin(b.functions.size(), kNone);
  for (std::uint32_t i = 0; i < partner.size(); ++i)
    if (partner[i] != kNone) origin[partner[i]] = i;
  const auto add = [&](const Profile::Function* x, const Profile::Function* y) {
    Change change;
    const Profile& owner = y ? b : a;
    const Profile::Function& f = y ? *y : *x;
    change.name = f.name;
    change.file = owner.files[f.file].name;
    change.line = f.line;
    if (x) {
      change.before = value(*x, options.metric);
      change.before_at = static_cast<std::uint32_t>(x - a.functions.data());
    }
    if (y) {
      change.after = value(*y, options.metric);
      change.after_at = static_cast<std::uint32_t>(y - b.functions.data());
    }
    if (x && y) {
      const std::string was = place(a, *x);
      if (x->name != y->name || a.files[x->file].path != b.files[y->file].path) change.was = was;
      if (*change.before != 0)
        change.percent = (static_cast<double>(*change.after) - static_cast<double>(*change.before)) * 100 /
                         static_cast<double>(*change.before);
      const bool time = options.metric == Metric::self || options.metric == Metric::cum;
      if (time) {
        change.noise_percent = std::hypot(error_percent(a, *x), error_percent(b, *y));
        const bool weighty = x->self_ns * 20 >= a.ml_ns() || y->self_ns * 20 >= b.ml_ns();
        if (singles && weighty) c.noise_percent = std::max(c.noise_percent, change.noise_percent);
      }
    }
    change.status = status_of(change, options);
    c.changes.push_back(std::move(change));
  };
  for (std::uint32_t i = 0; i < a.functions.size(); ++i) {
    if (!is_ml(a.functions[i])) continue;
    add(&a.functions[i], partner[i] == kNone ? nullptr : &b.functions[partner[i]]);
  }
  for (std::uint32_t i = 0; i < b.functions.size(); ++i)
    if (is_ml(b.functions[i]) && origin[i] == kNone) add(nullptr, &b.functions[i]);
  std::stable_sort(c.changes.begin(), c.changes.end(), [](const Change& x, const Change& y) {
    const auto difference = [](const Change& d) {
      const std::uint64_t from = d.before.value_or(0), to = d.after.value_or(0);
      return std::max(from, to) - std::min(from, to);
    };
    return std::tuple(difference(y), std::string_view(x.name), x.line) <
           std::tuple(difference(x), std::string_view(y.name), y.line);
  });
  return c;
}

}  // namespace ml::profiler::history
