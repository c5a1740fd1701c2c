#include "profiler/figures/figures.h"

#include "profiler/figures/wording.h"
#include "profiler/model/shares.h"

namespace ml::profiler {
namespace {

__extension__ using Wide = unsigned __int128;
using Column = std::vector<std::uint64_t>;

constexpr std::uint64_t kWhole = 1000;  // 100.0%
constexpr auto kMl = static_cast<std::size_t>(Category::ml_code);
constexpr auto kLibrary = static_cast<std::size_t>(Category::python_stdlib);

std::uint64_t nearest(Wide value, std::uint64_t divisor) {
  return static_cast<std::uint64_t>((2 * value + divisor) / (2 * Wide{divisor}));
}

// `printed`, the rounded form of `exact`, over the children's `weights`. What the children leave of `exact`
// (nothing, in a profile that adds up) is not given to them.
Column children(std::uint64_t printed, std::uint64_t exact, Column weights) {
  const std::size_t n = weights.size();
  std::uint64_t sum = 0;
  for (const std::uint64_t w : weights) sum += w;
  if (sum < exact) weights.push_back(exact - sum);
  Column parts = split(printed, weights);
  parts.resize(n);
  return parts;
}

// Total -> three parts -> seven categories.
struct Tree {
  std::uint64_t ml, overhead, library;
  Figures::ByCategory categories{};

  Tree(std::uint64_t printed, const Figures::ByCategory& exact) {
    std::vector<std::size_t> five;
    Column weights;
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < kCategories; ++i) {
      if (i == kMl || i == kLibrary) continue;
      five.push_back(i);
      weights.push_back(exact[i]);
      sum += exact[i];
    }
    const Column three = split(printed, Column{exact[kMl], sum, exact[kLibrary]});
    ml = categories[kMl] = three[0];
    overhead = three[1];
    library = categories[kLibrary] = three[2];
    const Column parts = split(overhead, weights);
    for (std::size_t i = 0; i < five.size(); ++i) categories[five[i]] = parts[i];
  }
};

// Functions below the parent whose printed column hands down to them: the ML files, then the categories.
struct Groups {
  std::vector<std::vector<std::uint32_t>> files, categories;

  explicit Groups(const Profile& p) : files(p.files.size()), categories(kCategories) {
    for (std::uint32_t i = 0; i < p.functions.size(); ++i) {
      const Profile::Function& f = p.functions[i];
      const bool in_file = f.category == Category::ml_code && f.file < p.files.size();
      (in_file ? files[f.file] : categories[static_cast<std::size_t>(f.category)]).push_back(i);
    }
  }
};

template <class Exact>
void hand_down(const Profile& p, const std::vector<std::uint32_t>& rows, std::uint64_t printed,
               std::uint64_t exact, Exact of, Column& column) {
  Column weights;
  for (const std::uint32_t i : rows) weights.push_back(of(p.functions[i]));
  const Column parts = children(printed, exact, std::move(weights));
  for (std::size_t i = 0; i < rows.size(); ++i) column[rows[i]] = parts[i];
}

std::uint64_t time_of(const Profile::Function& f) { return f.self_ns; }
std::uint64_t time_of_file(const Profile::File& f) { return f.self_ns; }
std::uint64_t memory_of(const Profile::Function& f) { return f.at_peak_bytes; }
std::uint64_t memory_of_file(const Profile::File& f) { return f.at_peak_bytes; }

template <class FileExact, class Exact>
void columns(const Profile& p, const Groups& groups, const Figures::ByCategory& printed,
             const Figures::ByCategory& exact, FileExact of_file, Exact of, Column& files,
             Column& functions) {
  // ML functions without a file stand beside the files.
  Column weights;
  for (const Profile::File& f : p.files) weights.push_back(f.ml ? of_file(f) : 0);
  const std::size_t n = weights.size();
  for (const std::uint32_t i : groups.categories[kMl]) weights.push_back(of(p.functions[i]));
  files = children(printed[kMl], exact[kMl], std::move(weights));
  functions.assign(p.functions.size(), 0);
  for (std::size_t i = n; i < files.size(); ++i) functions[groups.categories[kMl][i - n]] = files[i];
  files.resize(n);
  for (std::size_t i = 0; i < n; ++i)
    hand_down(p, groups.files[i], files[i], of_file(p.files[i]), of, functions);
  for (std::size_t i = 0; i < kCategories; ++i)
    if (i != kMl) hand_down(p, groups.categories[i], printed[i], exact[i], of, functions);
}

}  // namespace

Figures::Figures(const Profile& p) {
  const Groups groups(p);
  total = nearest(p.total_ns, 1'000'000);
  const Tree time(total, p.category_ns), percent(p.total_ns == 0 ? 0 : kWhole, p.category_ns);
  ml = time.ml;
  overhead = time.overhead;
  library = time.library;
  categories = time.categories;
  ml_percent = percent.ml;
  overhead_percent = percent.overhead;
  library_percent = percent.library;
  category_percents = percent.categories;
  columns(p, groups, categories, p.category_ns, time_of_file, time_of, files, functions);

  Column file_ns;
  for (const Profile::File& f : p.files) file_ns.push_back(f.ml ? f.self_ns : 0);
  file_percents = children(kWhole, p.ml_ns(), file_ns);
  function_percents.assign(p.functions.size(), 0);
  for (std::size_t i = 0; i < p.files.size(); ++i)
    hand_down(p, groups.files[i], kWhole, p.files[i].self_ns, time_of, function_percents);

  file_memory.assign(p.files.size(), 0);
  function_memory.assign(p.functions.size(), 0);
  if (!p.has_memory()) return;
  megabytes = p.peak_bytes >= 1024 * 1024;
  peak = nearest(Wide{p.peak_bytes} * 10, megabytes ? 1024 * 1024 : 1024);
  category_memory = Tree(peak, p.category_bytes).categories;
  category_memory_percents = Tree(p.peak_bytes == 0 ? 0 : kWhole, p.category_bytes).categories;
  columns(p, groups, category_memory, p.category_bytes, memory_of_file, memory_of, file_memory,
          function_memory);
}

std::string Figures::memory(std::uint64_t value) const { return tenths(value) + (megabytes ? " MB" : " KB"); }

Figures::Lines Figures::lines(const Profile& p, std::uint32_t function) const {
  const Profile::Function& f = p.functions[function];
  Column ns;
  for (const Profile::Line& line : f.lines) ns.push_back(line.self_ns);
  return {children(functions[function], f.self_ns, ns), children(kWhole, f.self_ns, ns)};
}

}  // namespace ml::profiler
