#include "core/sema/checks/flow.h"

#include <algorithm>

#include "core/sema/checks/flow_walk.h"

namespace ml::sema {

using namespace ast;

namespace {

constexpr std::uint32_t kWord = 64, kMostFollowed = 16 * kWord;

// Bits of variables of one function, or of module variables in the item's top-level code.
class Bits final : public FlowNames {
 public:
  Bits(const Words& words, const ItemFacts& facts) : words_(words), facts_(facts) {}

  // `slots[i]` is the bit of variable (or free name) i, or kNoBit.
  void use_locals(FunctionId function, std::vector<std::uint8_t> slots) {
    function_ = function;
    slots_ = std::move(slots);
  }
  void use_free(const std::vector<std::uint32_t>* free_of_node, std::vector<std::uint8_t> slots) {
    free_of_node_ = free_of_node;
    slots_ = std::move(slots);
  }

  std::uint32_t bit(NodeId node, bool is_call) const override {
    std::uint32_t variable = kNone;
    if (free_of_node_ != nullptr) {
      variable = (*free_of_node_)[node.raw];
      // A call of a built-in's name falls back to the built-in while the variable has no value.
      if (variable == kNone) return kNoBit;
    } else {
      const NameRef& ref = facts_.names[node.raw];
      if (ref.use != NameUse::Local || ref.owner != function_) return kNoBit;
      variable = ref.variable.raw;
      if (is_call && facts_.functions[function_.raw].variables[variable].hides_builtin) return kNoBit;
    }
    return slots_[variable];
  }

 private:
  const Words& words_;
  const ItemFacts& facts_;
  FunctionId function_;
  const std::vector<std::uint32_t>* free_of_node_ = nullptr;
  std::vector<std::uint8_t> slots_;
};

FlowState unassigned(std::size_t names) {
  return {names >= kWord ? ~std::uint64_t{0} : (std::uint64_t{1} << names) - 1, 0, true};
}

class Checker {
 public:
  Checker(const Words& words, const Collected& collected, const ItemFacts& facts, ItemSummary& summary,
          DiagSink& sink)
      : words_(words), collected_(collected), facts_(facts), out_(summary), sink_(sink) {}

  void run() {
    top_level();
    for (std::uint32_t f = 1; f < facts_.functions.size(); ++f) function(f);
  }

 private:
  // Whether reads of the variable may come before it has a value, as far as the order of places tells.
  bool is_unclear(const Variable& v, const LocalInfo& info) const {
    if (v.kind == VariableKind::Parameter || v.hoisted || info.self || info.bound_inside) return false;
    return info.first_read != kNone && !(info.first.straight && info.first.sequence < info.first_read);
  }

  void function(std::uint32_t f) {
    const std::vector<Variable>& variables = facts_.functions[f].variables;
    std::vector<std::uint32_t> unclear;
    for (std::uint32_t v = 0; v < variables.size(); ++v) {
      if (is_unclear(variables[v], out_.local_info[out_.local_base[f] + v])) unclear.push_back(v);
    }
    if (unclear.size() > kMostFollowed) unclear.resize(kMostFollowed);
    for (std::size_t begin = 0; begin < unclear.size(); begin += kWord) {
      const std::size_t count = std::min<std::size_t>(kWord, unclear.size() - begin);
      std::vector<std::uint8_t> slots(variables.size(), FlowNames::kNoBit);
      for (std::size_t i = 0; i < count; ++i) slots[unclear[begin + i]] = static_cast<std::uint8_t>(i);
      Bits bits(words_, facts_);
      bits.use_locals(FunctionId{f}, std::move(slots));
      FlowWalk walk(bits, unassigned(count), collected_.functions[f].in_try);
      walk.block(facts_.functions[f].function->body);
      for (const FlowRead& read : walk.reads()) {
        const std::uint32_t v = unclear[begin + read.bit];
        if (!read.certain) {
          sink_.emit(diag::MaybeUnassigned, read.span, words_.text(variables[v].name));
        } else {
          report_certain(read, variables[v], out_.local_info[out_.local_base[f] + v]);
        }
      }
    }
  }

  void report_certain(const FlowRead& read, const Variable& v, const LocalInfo& info) {
    if (!info.hides_outer) {
      out_.early_reads.push_back({v.name, read.span, read.in_try});
      return;
    }
    Diagnostic& found = sink_.emit(diag::LocalReadBeforeAssignment, read.span, words_.text(v.name));
    if (read.in_try) found.severity = Severity::Warning;
    found.hint = nonlocal_hint(words_.text(v.name));
  }

  // Module variables: the state before the item is not known here, so every read that is not preceded by an
  // assignment in the item is left to the link step.
  void top_level() {
    const Stmt* stmt = out_.item->stmt;
    if (stmt == nullptr || (out_.bindings.empty() && out_.refs.empty())) return;
    struct Name {
      std::uint32_t first_read = kNone, first_bind = kNone;
      const Reference* read = nullptr;
      bool straight = false, bound = false;
    };
    std::vector<Name> names(out_.free.size());
    for (const BindingSite& site : out_.bindings) {
      if (site.nested) continue;
      Name& name = names[site.free];
      if (site.straight && !name.straight) name.first_bind = site.sequence, name.straight = true;
      name.bound = true;
    }
    for (const Reference& ref : out_.refs) {
      if (ref.function != 0 || (ref.call && words_.is_builtin(ref.name))) continue;
      Name& name = names[ref.free];
      if (name.read == nullptr || ref.sequence < name.first_read)
        name.first_read = ref.sequence, name.read = &ref;
    }
    std::vector<std::uint32_t> unclear;
    for (std::uint32_t i = 0; i < names.size(); ++i) {
      const Name& name = names[i];
      if (!name.bound) {
        if (name.read != nullptr) out_.entry_reads.push_back({i, name.read->span, false, name.read->in_try});
      } else if (name.straight && (name.read == nullptr || name.first_bind < name.first_read)) {
        out_.free[i].effect = PassEffect::Assigned;
      } else if (unclear.size() < kMostFollowed) {
        unclear.push_back(i);
      } else {
        out_.free[i].effect = PassEffect::Assigned;
      }
    }
    follow_top_level(stmt, unclear);
  }

  void follow_top_level(const Stmt* stmt, const std::vector<std::uint32_t>& unclear) {
    if (unclear.empty()) return;
    std::vector<std::uint32_t> free_of_node(out_.item->node_count, kNone);
    for (const BindingSite& site : out_.bindings) {
      if (!site.nested) free_of_node[site.node.raw] = site.free;
    }
    for (const Reference& ref : out_.refs) {
      if (ref.function == 0 && !(ref.call && words_.is_builtin(ref.name)))
        free_of_node[ref.node.raw] = ref.free;
    }
    for (std::size_t begin = 0; begin < unclear.size(); begin += kWord) {
      const std::size_t count = std::min<std::size_t>(kWord, unclear.size() - begin);
      std::vector<std::uint8_t> slots(out_.free.size(), FlowNames::kNoBit);
      for (std::size_t i = 0; i < count; ++i) slots[unclear[begin + i]] = static_cast<std::uint8_t>(i);
      Bits bits(words_, facts_);
      bits.use_free(&free_of_node, std::move(slots));
      FlowWalk walk(bits, unassigned(count), false);
      walk.statement(stmt);
      for (const FlowRead& read : walk.reads()) {
        out_.entry_reads.push_back({unclear[begin + read.bit], read.span, !read.certain, read.in_try});
      }
      for (std::size_t i = 0; i < count; ++i) {
        const bool may_pass = walk.end().live && (walk.end().unassigned >> i & 1) != 0;
        const bool may_assign = (walk.end().assigned >> i & 1) != 0;
        out_.free[unclear[begin + i]].effect = !may_pass    ? PassEffect::Assigned
                                               : may_assign ? PassEffect::MaybeAssigned
                                                            : PassEffect::None;
      }
    }
  }

  const Words& words_;
  const Collected& collected_;
  const ItemFacts& facts_;
  ItemSummary& out_;
  DiagSink& sink_;
};

}  // namespace

std::string nonlocal_hint(std::string_view name) {
  return fmt::format("to change the outer variable, add `nonlocal {};` to this function", name);
}

void check_flow(const Words& words, const Collected& collected, const ItemFacts& facts, ItemSummary& summary,
                DiagSink& sink) {
  Checker(words, collected, facts, summary, sink).run();
}

}  // namespace ml::sema
