#include "runtime/native/profiler/line_flow.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <opcode.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <numeric>

#include "runtime/native/profiler/blocks.h"
#include "runtime/native/profiler/number_site.h"

namespace ml::native::profiler {
namespace {

// A part of the code: a block, or the arrivals that count at its first instruction. Control flows through it
// from one junction to another; at a junction as much comes in as goes out. Junction 0 is the world outside.
struct Part {
  std::size_t from = 0, to = 0;  // junctions
  double weight = 0;             // how often it is expected to run
  std::size_t block = 0;
  bool arrivals = false;
  bool counted = false;  // has a counter of its own
  std::uint32_t counter = 0;
  Sum sum;  // how often control came in
};

// Sums stay short: trees grow no larger than this many junctions.
constexpr std::size_t kTree = 48;

constexpr double kNumber = 0.02;  // what a number that counts costs, a counter being 1

struct Junctions {
  explicit Junctions(std::size_t n) : parent(n), size(n, 1) {
    std::iota(parent.begin(), parent.end(), std::size_t{0});
  }
  std::size_t find(std::size_t a) {
    while (parent[a] != a) a = parent[a] = parent[parent[a]];
    return a;
  }
  bool join(std::size_t a, std::size_t b, std::size_t limit = SIZE_MAX) {
    a = find(a), b = find(b);
    if (a == b || size[a] + size[b] > limit) return false;
    size[std::min(a, b)] += size[std::max(a, b)];
    parent[std::max(a, b)] = std::min(a, b);  // 0 stays 0
    return true;
  }
  std::vector<std::size_t> parent, size;
};

class Planner {
 public:
  Planner(const std::vector<Instruction>& code, const std::vector<ExceptionRow>& rows,
          const PlanOptions& options)
      : code_(code), rows_(rows), options_(options), blocks_(blocks_of(code)) {}

  std::optional<LinePlan> run() {
    if (blocks_.empty() || !blocks_[0].prefix) return std::nullopt;
    make_parts();
    find_sources();
    if (!choose_counted(!options_.calls_follow)) return std::nullopt;
    find_escapes();
    solve();
    if (options_.calls_follow && !calls_come_early()) {
      plan_ = {};
      if (!choose_counted(true)) return std::nullopt;
      find_escapes();
      solve();
    }
    plan_.calls = parts_[0].sum;
    sum_lines();
    drop_unused();
    return std::move(plan_);
  }

 private:
  bool mixed(const Block& block) const {  // some arrivals at its first instruction count, some do not
    const Instruction& first = code_[block.begin];
    if (!first.counted_jump && !first.counted_fall) return false;
    return !std::all_of(block.in.begin(), block.in.end(), [](const Edge& e) { return e.counted; });
  }

  void make_parts() {
    Junctions all(1 + 3 * blocks_.size());
    const auto in = [](std::size_t b) { return 1 + 3 * b; };
    const auto out = [](std::size_t b) { return 2 + 3 * b; };
    const auto arriving = [](std::size_t b) { return 3 + 3 * b; };
    for (std::size_t b = 0; b < blocks_.size(); ++b) {
      const Block& block = blocks_[b];
      if (block.outside_in) all.join(0, in(b));
      if (block.outside_out) all.join(0, out(b));
      const bool two = mixed(block);
      for (const Edge& edge : block.in) all.join(out(edge.from), two && edge.counted ? arriving(b) : in(b));
    }
    for (std::size_t b = 0; b < blocks_.size(); ++b)
      parts_.push_back({all.find(in(b)), all.find(out(b)), blocks_[b].weight, b, false, false, 0, {}});
    if (options_.cheap_entry && !blocks_[0].generator) parts_[0].weight /= 2;
    for (std::size_t b = 1; b < blocks_.size(); ++b)
      if (blocks_[b].place && number_site(code_, *blocks_[b].place, options_.numbers))
        parts_[b].weight *= kNumber;
    for (std::size_t b = 0; b < blocks_.size(); ++b) {
      if (!mixed(blocks_[b])) continue;
      double weight = 0;
      for (const Edge& edge : blocks_[b].in) weight += edge.counted ? edge.weight : 0;
      arrivals_of_[b] = parts_.size();
      parts_.push_back({all.find(arriving(b)), all.find(in(b)), weight, b, true, false, 0, {}});
    }
  }

  // The part whose rounds the iterator of a loop counts.
  bool metered(const Part& part) const { return !part.arrivals && blocks_[part.block].round; }

  // All but a spanning tree of the junctions, the heaviest there is. False if what cannot be counted makes a
  // circle.
  bool choose_counted(bool count_calls) {
    std::vector<std::size_t> order(parts_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto placeable = [&](std::size_t p) {
      return parts_[p].arrivals || blocks_[parts_[p].block].place;
    };
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      if (placeable(a) != placeable(b)) return !placeable(a);
      return parts_[a].weight > parts_[b].weight;
    });
    Junctions joined(1 + 3 * blocks_.size());
    for (const std::size_t p : order) {
      Part& part = parts_[p];
      const bool forced =
          (p == 0 && count_calls) || metered(part) || (!part.arrivals && sources_[part.block] == 1);
      part.counted = forced || !joined.join(part.from, part.to, placeable(p) ? kTree : SIZE_MAX);
      if (!part.counted) continue;
      if (!placeable(p)) return false;
      const Block& block = blocks_[part.block];
      if (p == 0 && !block.generator) {
        part.counter = LinePlan::kEntry;
      } else if (metered(part)) {
        part.counter = plan_.counters++;
        plan_.meters.push_back({*block.round, part.counter});
      } else {
        part.counter = plan_.counters++;
        using enum LinePlan::Place;
        plan_.probes.push_back({part.arrivals ? block.begin : *block.place,
                                part.arrivals                 ? arrival
                                : *block.place == block.begin ? always
                                                              : fall,
                                part.counter});
      }
      part.sum = {{part.counter, 1}};
    }
    return true;
  }

  const ExceptionRow* row_at(std::size_t i) const {
    const auto after =
        std::upper_bound(rows_.begin(), rows_.end(), code_[i].begin,
                         [](std::size_t unit, const ExceptionRow& row) { return unit < row.start; });
    if (after == rows_.begin()) return nullptr;
    const ExceptionRow& row = *(after - 1);
    return code_[i].begin < row.start + row.length ? &row : nullptr;
  }

  // A stretch of a block that begins with a line or at the beginning, with one handler.
  std::size_t stretch(std::size_t begin, std::size_t end, bool* raises) const {
    const ExceptionRow* row = row_at(begin);
    std::size_t next = begin;
    *raises = false;
    do {
      *raises = *raises || may_raise(code_[next].opcode);
      ++next;
    } while (next < end && !code_[next].counted_fall && row_at(next) == row);
    return next;
  }

  std::size_t handler_of(const ExceptionRow& row) const {
    const auto begins = [&](const Block& block) { return code_[block.begin].begin == row.target; };
    return static_cast<std::size_t>(std::find_if(blocks_.begin(), blocks_.end(), begins) - blocks_.begin());
  }

  // How many stretches lead to each handler. What a single one raises is what comes to its handler.
  void find_sources() {
    sources_.assign(blocks_.size() + 1, 0);
    for (const Block& block : blocks_) {
      bool raises = false;
      for (std::size_t i = block.begin; i < block.end;) {
        const std::size_t next = stretch(i, block.end, &raises);
        const ExceptionRow* row = row_at(i);
        if (row != nullptr && (raises || leaves(code_[next - 1].opcode))) ++sources_[handler_of(*row)];
        i = next;
      }
    }
    for (std::size_t b = 0; b < blocks_.size(); ++b)
      if (!blocks_[b].in.empty() || !blocks_[b].place) sources_[b] = 0;
  }

  // Control leaves a block early where it raises. That matters where lines follow in it, and where others are
  // told from what leaves it in the end.
  void find_escapes() {
    escaped_.assign(blocks_.size(), {});
    for (std::size_t b = 0; b < blocks_.size(); ++b) {
      const Block& block = blocks_[b];
      if (block.prefix) continue;
      std::size_t last_line = block.begin;
      for (std::size_t i = block.begin + 1; i < block.end; ++i)
        if (code_[i].counted_fall) last_line = i;
      const std::size_t end = parts_[b].to != 0 ? block.end : last_line;
      for (std::size_t i = block.begin; i < end;) {
        bool raises = false;
        const std::size_t next = stretch(i, end, &raises);
        const ExceptionRow* row = row_at(i);
        const std::size_t handler = row == nullptr ? blocks_.size() : handler_of(*row);
        if (raises && sources_[handler] == 1) {
          escaped_[b].push_back({next, parts_[handler].counter});
        } else if (raises) {
          escaped_[b].push_back({next, plan_.counters});
          plan_.escapes.push_back({i, next, plan_.counters++});
        }
        i = next;
      }
    }
  }

  static void add(std::map<std::uint32_t, int>& to, const Sum& sum, int times) {
    for (const Term& term : sum) to[term.counter] += times * term.times;
  }

  void add_escapes(std::map<std::uint32_t, int>& to, const Part& part, int times) const {
    if (part.arrivals) return;
    for (const Escaped& e : escaped_[part.block]) to[e.counter] += times;
  }

  static Sum sum_of(const std::map<std::uint32_t, int>& terms) {
    Sum sum;
    for (const auto& [counter, times] : terms)
      if (times != 0) sum.push_back({counter, times});
    return sum;
  }

  // Each part of a tree: what the junctions on one side of it get and give otherwise.
  void solve() {
    const std::size_t junctions = 1 + 3 * blocks_.size();
    into_.assign(junctions, {});
    out_of_.assign(junctions, {});
    for (std::size_t p = 0; p < parts_.size(); ++p) {
      into_[parts_[p].to].push_back(p);
      out_of_[parts_[p].from].push_back(p);
    }
    std::vector<char> side(junctions);
    for (std::size_t t = 0; t < parts_.size(); ++t) {
      if (parts_[t].counted) continue;
      // Where it comes from, if that can be told: what ran before is known before what runs after.
      const bool outside = collect(t, parts_[t].from, side);
      if (outside) collect(t, parts_[t].to, side);
      // What comes to the side is what leaves it; `t` stands alone on the left.
      const int sign = outside ? 1 : -1;
      std::map<std::uint32_t, int> terms;
      for (const std::size_t junction : members_) {
        for (const std::size_t p : into_[junction]) {
          add_escapes(terms, parts_[p], sign);
          if (p != t && side[parts_[p].from] == 0) add(terms, parts_[p].sum, -sign);
        }
        for (const std::size_t p : out_of_[junction])
          if (p != t && side[parts_[p].to] == 0) add(terms, parts_[p].sum, sign);
      }
      parts_[t].sum = sum_of(terms);
      for (const std::size_t junction : members_) side[junction] = 0;
    }
  }

  // Fills members_ with the junctions of the tree that hang on `begin` without part `without`. Whether the
  // world outside is one of them: then `side` is as before, else it is set for them.
  bool collect(std::size_t without, std::size_t begin, std::vector<char>& side) {
    members_ = {begin};
    side[begin] = 1;
    for (std::size_t m = 0; m < members_.size(); ++m) {
      const auto visit = [&](std::size_t p, std::size_t next) {
        if (p == without || parts_[p].counted || side[next] != 0) return;
        side[next] = 1;
        members_.push_back(next);
      };
      for (const std::size_t p : into_[members_[m]]) visit(p, parts_[p].from);
      for (const std::size_t p : out_of_[members_[m]]) visit(p, parts_[p].to);
    }
    if (side[0] == 0) return false;
    for (const std::size_t junction : members_) side[junction] = 0;
    return true;
  }

  // Whether the calls are known as soon as a function has begun: it may run for long, or for ever.
  bool calls_come_early() const {
    if (parts_[0].counted) return true;
    if (blocks_[0].generator || blocks_.size() < 2 || blocks_[1].lasts || blocks_[1].in.size() != 1)
      return false;
    for (const Term& term : parts_[0].sum) {
      const bool escape = std::any_of(escaped_[1].begin(), escaped_[1].end(),
                                      [&](const Escaped& e) { return e.counter == term.counter; });
      const bool next = std::any_of(parts_.begin(), parts_.end(), [&](const Part& part) {
        return part.counted && part.counter == term.counter && part.from == parts_[1].to && !part.arrivals &&
               !blocks_[part.block].round;
      });
      if (!escape && !next) return false;
    }
    return !parts_[0].sum.empty();
  }

  void sum_lines() {
    std::map<std::uint32_t, std::map<std::uint32_t, int>> lines;
    for (std::size_t b = 0; b < blocks_.size(); ++b) {
      const Block& block = blocks_[b];
      for (std::size_t i = block.begin; i < block.end; ++i) {
        const Instruction& now = code_[i];
        const bool first = i == block.begin;
        if (first ? !(now.counted_fall || now.counted_jump) : !now.counted_fall) continue;
        auto& terms = lines[static_cast<std::uint32_t>(now.line)];
        const auto arrivals = first ? arrivals_of_.find(b) : arrivals_of_.end();
        add(terms, parts_[arrivals == arrivals_of_.end() ? b : arrivals->second].sum, 1);
        for (const Escaped& e : escaped_[b])
          if (e.before <= i) terms[e.counter] -= 1;
      }
    }
    for (const auto& [line, terms] : lines) plan_.lines.push_back({line, sum_of(terms)});
  }

  // The second operand of a condition is a block, too, but no line follows from it.
  void drop_unused() {
    std::vector<char> used(plan_.counters, 0);
    const auto note = [&](const Sum& sum) {
      for (const Term& term : sum)
        if (term.counter != LinePlan::kEntry) used[term.counter] = 1;
    };
    note(plan_.calls);
    for (const LineSum& line : plan_.lines) note(line.hits);
    const auto unused = [&](const auto& counting) { return used[counting.counter] == 0; };
    std::erase_if(plan_.probes, unused);
    std::erase_if(plan_.meters, unused);
    std::erase_if(plan_.escapes, unused);
  }

  struct Escaped {
    std::size_t before;  // instructions from here on did not run
    std::uint32_t counter;
  };

  const std::vector<Instruction>& code_;
  const std::vector<ExceptionRow>& rows_;
  const PlanOptions& options_;
  const std::vector<Block> blocks_;
  std::vector<Part> parts_;  // one for each block, in order, then the arrivals
  std::map<std::size_t, std::size_t> arrivals_of_;
  std::vector<std::vector<Escaped>> escaped_;
  std::vector<std::vector<std::size_t>> into_, out_of_;  // parts by junction
  std::vector<std::size_t> members_;
  std::vector<int> sources_;
  LinePlan plan_;
};

}  // namespace

std::optional<LinePlan> plan_lines(const std::vector<Instruction>& code,
                                   const std::vector<ExceptionRow>& rows, const PlanOptions& options) {
  return Planner(code, rows, options).run();
}

}  // namespace ml::native::profiler
