#include "core/sema/taint.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_map>
#include <utility>

#include "core/sema/library_roles.h"
#include "core/sema/summary.h"

namespace ml::sema {

using namespace ast;

namespace {

using Marks = std::uint64_t;
constexpr Marks kInput = 1, kArguments = 2, kEnvironment = 4, kFiles = 8, kNetwork = 16;
constexpr Marks kTainted = kInput | kArguments | kEnvironment | kFiles | kNetwork;
// What a value is, not where it comes from: parts of it are not.
constexpr Marks kObject = 32, kParser = 64, kLogger = 128;
constexpr Marks kKinds = kObject | kParser | kLogger;
constexpr unsigned kParameters = 16;  // the bits of parameters
constexpr Marks kConcrete = (Marks{1} << kParameters) - 1;
constexpr int kMostRounds = 12;

Marks mark_of(Origin origin) {
  return origin == Origin::None ? 0 : Marks{1} << (static_cast<unsigned>(origin) - 1);
}

Marks parameter(std::uint32_t index) {
  return index + kParameters < 64 ? Marks{1} << (index + kParameters) : 0;
}

// Marks, and the first place they come from (index into Solver::sources_, from 1).
struct Value {
  Marks marks = 0;
  std::uint32_t source = 0;

  bool add(const Value& other) {
    const Marks before = marks;
    marks |= other.marks;
    if (source == 0) source = other.source;
    return marks != before;
  }
};

struct Routine {
  Value result;
  std::vector<Value> parameters;  // of all calls
};

struct Source {
  Span span;
  std::string text;
};

class Solver {
 public:
  Solver(const TaintWorld& world, DiagSink& sink) : world_(world), sink_(sink), words_(*world.words) {}

  void run() {
    for (const TaintWorld::Item& item : world_.items) {
      State& state = states_.emplace_back();
      state.values.resize(item.graph->nodes.size());
      state.captured.resize(item.graph->captured);
      state.routines.resize(item.facts->functions.size());
      for (std::size_t f = 0; f < state.routines.size(); ++f) {
        const Function* function = item.facts->functions[f].function;
        if (function == nullptr) continue;
        state.routines[f].parameters.resize(function->params.size());
        by_function_.emplace(function, std::pair(states_.size() - 1, f));
      }
      state.targets.resize(item.graph->calls.size());
      for (std::size_t c = 0; c < state.targets.size(); ++c)
        state.targets[c] = resolve(*item.facts, item.graph->calls[c]);
    }
    for (int round = 0; round < kMostRounds; ++round) {
      changed_ = false;
      state_.clear();
      for (std::size_t i = 0; i < states_.size(); ++i) evaluate(i);
      if (!changed_ || !any_) break;
    }
    if (!any_) return;
    state_.clear();
    reporting_ = true;
    for (std::size_t i = 0; i < states_.size(); ++i) evaluate(i);
  }

 private:
  struct Target {
    const stdlib::Entry* entry = nullptr;
    const Function* function = nullptr;
    bool harmless = false;  // a method whose results are numbers or truth values
    std::string_view method;
  };
  struct State {
    std::vector<Value> values, captured;
    std::vector<Routine> routines;
    std::vector<Target> targets;
  };

  Target resolve(const ItemFacts& facts, const TaintCall& call) const {
    Target out;
    if (!call.path.empty() && call.path.back()) out.method = words_.text(call.path.back());
    if (call.root != nullptr) {
      const NameRef& ref = facts.names[call.root->id.raw];
      const bool local = ref.use == NameUse::Local || ref.use == NameUse::Enclosing;
      if (call.path.empty()) {
        if (local) {
          out.function = facts.functions[ref.owner.raw].variables[ref.variable.raw].function;
        } else if (world_.is_builtin(call.root->name)) {
          out.entry = words_.entry(call.root->name);
        } else {
          out.function = world_.function(call.root->name);
        }
        return out;
      }
      const ModuleTree* tree = local ? nullptr : world_.module(call.root->name);
      for (std::size_t i = 0; tree != nullptr && i < call.path.size(); ++i) {
        const auto child = tree->children.find(call.path[i].raw);
        if (child != tree->children.end()) {
          tree = child->second.get();
          continue;
        }
        if (i + 1 == call.path.size() && tree->module != nullptr && tree->module->library != nullptr)
          out.entry = words_.library.find(tree->module->library->name, "", out.method);
        break;
      }
      if (out.entry != nullptr) return out;
    }
    bool known = false, passes = false;
    for (const std::string_view type : {"$string", "$array", "$object"}) {
      if (const stdlib::Entry* member = words_.library.find(type, "", out.method)) {
        known = true;
        passes = passes || !is_cleaner(*member);
      }
    }
    out.harmless = known && !passes;
    return out;
  }

  // --- one pass over an item

  Value value(std::uint32_t node) const { return current_->values[node]; }

  Value inputs(const TaintGraph& graph, const TaintNode& node) const {
    Value v;
    for (std::uint32_t i = 0; i < node.count; ++i) v.add(value(graph.inputs[node.first + i]));
    if (node.kind == TaintNode::Kind::Join && node.index != 0) {
      for (const std::uint32_t more : graph.more_inputs[node.index]) v.add(value(more));
    }
    return v;
  }

  // Without bits of parameters, which mean something in `function` only.
  Value concrete(Value v, std::uint32_t function) const {
    Value out{v.marks & kConcrete, v.source};
    if ((v.marks & ~kConcrete) == 0) return out;
    const auto& parameters = current_->routines[function].parameters;
    for (std::uint32_t i = 0; i < parameters.size(); ++i) {
      if ((v.marks & parameter(i)) != 0) out.add(parameters[i]);
    }
    return out;
  }

  bool keep(Value& place, const Value& v) {
    if (!place.add(v)) return false;
    changed_ = true;
    return true;
  }

  void evaluate(std::size_t i) {
    item_ = i;
    current_ = &states_[i];
    const TaintGraph& graph = *world_.items[i].graph;
    for (std::size_t n = 1; n < graph.nodes.size(); ++n) {
      const TaintNode& node = graph.nodes[n];
      Value v;
      switch (node.kind) {
        case TaintNode::Kind::Clean: break;
        case TaintNode::Kind::Join: v = inputs(graph, node); break;
        case TaintNode::Kind::Derive:
          v = inputs(graph, node);
          v.marks &= ~kKinds;
          break;
        case TaintNode::Kind::Parameter: v = {parameter(node.index), 0}; break;
        case TaintNode::Kind::Captured: v = current_->captured[node.index]; break;
        case TaintNode::Kind::Entry:
          v = state_[node.name.raw];
          v.add(nested_[node.name.raw]);
          break;
        case TaintNode::Kind::Anytime: v = anytime_[node.name.raw]; break;
        case TaintNode::Kind::Call:
          v = call(graph.calls[node.index], current_->targets[node.index], node.function);
          break;
      }
      Value& place = current_->values[n];
      if (node.kind == TaintNode::Kind::Entry) {
        // Earlier rounds may have seen more here than there is now only through the items before.
        if (place.marks != v.marks) changed_ = true;
        place = v;
      } else {
        keep(place, v);
      }
    }
    for (const TaintGraph::Store& s : graph.stores)
      keep(current_->captured[s.variable], concrete(value(s.node), graph.nodes[s.node].function));
    for (const TaintGraph::Result& r : graph.results)
      keep(current_->routines[r.function].result, value(r.node));
    for (const TaintGraph::ModuleStore& s : graph.module_stores) {
      const Value v = concrete(value(s.node), graph.nodes[s.node].function);
      keep(anytime_[s.name.raw], v);
      if (s.at_end)
        state_[s.name.raw] = v;
      else
        keep(nested_[s.name.raw], v);
    }
    if (!reporting_) return;
    for (const TaintGraph::PrivateRead& read : graph.private_reads) {
      const Value v = concrete(value(read.node), graph.nodes[read.node].function);
      if ((v.marks & (kObject | kParser | kLogger)) == 0) continue;
      const Span span = read.member->name_span.moved(world_.items[i].start);
      if (seen_.insert({span.begin, 110}).second)
        sink_.emit(diag::LibraryPrivate, span, words_.text(read.member->name));
    }
  }

  std::uint32_t source(Span span, std::string text) {
    span = span.moved(world_.items[item_].start);
    const auto [at, fresh] =
        source_at_.try_emplace(span.begin, static_cast<std::uint32_t>(sources_.size() + 1));
    if (fresh) sources_.push_back({span, std::move(text)});
    return at->second;
  }

  Value call(const TaintCall& c, const Target& target, std::uint32_t function) {
    Value given;
    for (const std::uint32_t argument : c.arguments) given.add(value(argument));
    Value receiver = c.receiver != 0 ? value(c.receiver) : Value{};
    if (!c.callbacks.empty()) {
      Value all = given;
      all.add(receiver);
      all = concrete(all, function);
      all.marks &= ~kKinds;
      for (const FunctionId callback : c.callbacks) {
        for (Value& p : current_->routines[callback.raw].parameters) keep(p, all);
        given.add(current_->routines[callback.raw].result);
      }
    }
    Value out;
    if (target.function != nullptr) {
      out = call_function(c, *target.function, function);
    } else if (target.entry != nullptr) {
      out = call_library(c, *target.entry, given, function);
    } else if (!target.harmless) {
      out = given;
      out.add(receiver);
      out.marks &= ~kKinds;
      if ((receiver.marks & kParser) != 0 && target.method == "parse")
        out.add({kArguments, source(c.call->callee->span, "arguments of the program")});
    }
    if ((receiver.marks & kLogger) != 0) {
      const stdlib::Entry* method = words_.library.find("log", "Logger", target.method);
      if (method != nullptr) sinks(c, *method, function);
    }
    return out;
  }

  Value call_function(const TaintCall& c, const Function& callee, std::uint32_t function) {
    const auto found = by_function_.find(&callee);
    if (found == by_function_.end()) return {};
    Routine& routine = states_[found->second.first].routines[found->second.second];
    Value out{routine.result.marks & kConcrete, routine.result.source};
    for (std::size_t i = 0; i < routine.parameters.size() && i < c.arguments.size(); ++i) {
      const Value argument = value(c.arguments[i]);
      keep(routine.parameters[i], concrete(argument, function));
      if ((routine.result.marks & parameter(static_cast<std::uint32_t>(i))) != 0) out.add(argument);
    }
    return out;
  }

  Value call_library(const TaintCall& c, const stdlib::Entry& entry, const Value& given,
                     std::uint32_t function) {
    sinks(c, entry, function);
    Value out;
    if (const Marks origin = mark_of(result_origin(entry)); origin != 0) {
      any_ = true;
      out = {origin, source(c.call->callee->span,
                            fmt::format("comes from {}{}{}", entry.module == "builtin" ? "" : entry.module,
                                        entry.module == "builtin" ? "" : ".", entry.name))};
    }
    if (passes_on(entry)) out.add({given.marks & ~kKinds, given.source});
    if (entry.module == "args" && entry.name == "create_parser") out.marks |= kParser;
    if (entry.module == "log" && entry.name == "create_logger") out.marks |= kLogger;
    if (!entry.returns.empty() && entry.returns[0] >= 'A' && entry.returns[0] <= 'Z') out.marks |= kObject;
    if ((out.marks & kKinds) != 0) any_ = true;
    return out;
  }

  void sinks(const TaintCall& c, const stdlib::Entry& entry, std::uint32_t function) {
    if (!reporting_) return;
    for (std::size_t i = 0; i < c.arguments.size(); ++i) {
      const ArgumentRole role = argument_role(entry, i);
      if (role == ArgumentRole::None) continue;
      const Value v = concrete(value(c.arguments[i]), function);
      const bool disclosed = (v.marks & (kEnvironment | kFiles)) != 0;
      if ((v.marks & kTainted) == 0) continue;
      const Span span = c.call->arguments[i]->span;
      switch (role) {
        case ArgumentRole::Deleted: report(diag::TaintedDelete, span, v); break;
        case ArgumentRole::File: report(diag::TaintedPath, span, v); break;
        case ArgumentRole::Url: report(diag::TaintedUrl, span, v); break;
        case ArgumentRole::Pattern: report(diag::TaintedPattern, span, v); break;
        case ArgumentRole::Cells: report(diag::TaintedCells, span, v); break;
        case ArgumentRole::Setting: report(diag::TaintedSetting, span, v); break;
        case ArgumentRole::Format: report(diag::TaintedFormat, span, v); break;
        case ArgumentRole::Sent:
        case ArgumentRole::Shown:
          if (disclosed) report(diag::Disclosure, span, v);
          break;
        case ArgumentRole::None: break;
      }
    }
  }

  void report(const DiagDef<>& what, Span span, const Value& v) {
    span = span.moved(world_.items[item_].start);
    if (!seen_.insert({span.begin, static_cast<std::uint32_t>(what.code)}).second) return;
    Diagnostic& found = sink_.emit(what, span);
    if (v.source == 0) return;
    const Source& from = sources_[v.source - 1];
    found.related.push_back({from.span, from.text});
  }

  const TaintWorld& world_;
  DiagSink& sink_;
  const Words& words_;
  std::vector<State> states_;
  std::unordered_map<const Function*, std::pair<std::size_t, std::size_t>> by_function_;
  std::unordered_map<std::uint32_t, Value> state_, nested_, anytime_;  // module variables, by NameId::raw
  std::vector<Source> sources_;
  std::unordered_map<ByteOffset, std::uint32_t> source_at_;
  std::set<std::pair<ByteOffset, std::uint32_t>> seen_;
  State* current_ = nullptr;
  std::size_t item_ = 0;
  bool changed_ = false, any_ = false, reporting_ = false;
};

}  // namespace

void check_taint(const TaintWorld& world, DiagSink& sink) { Solver(world, sink).run(); }

}  // namespace ml::sema
