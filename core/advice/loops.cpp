#include <algorithm>
#include <unordered_map>

#include "core/advice/facts.h"

namespace ml::advice {
namespace {

using namespace ast;

constexpr std::size_t kSmall = 16;  // elements of an array literal that are not worth an object

constexpr emit::Types kScalar = emit::kNull | emit::kBool | emit::kNumber | emit::kString;

class LoopRules {
 public:
  LoopRules(const World& world, std::vector<Hint>& found) : w_(world), f_(world.facts), found_(found) {
    tests_of_.resize(f_.loops.size());
    for (std::uint32_t i = 0; i < f_.equalities.size(); ++i) tests_of_[f_.equalities[i].loop].push_back(i);
    for (const Call& c : f_.calls)
      if (!c.harmless && (c.callee == kNone || f_.bodies[c.callee].effects)) effects_.push_back(c.at);
    for (std::uint32_t i = 0; i < f_.calls.size(); ++i) call_at_.emplace(f_.calls[i].call, i);
    find_scans();
  }

  void run() {
    for (LoopNo l = 0; l < f_.loops.size(); ++l) inner_loop(l);
    for (const Search& s : f_.searches) search(s);
    for (const Call& c : f_.calls) {
      if (c.loop == kNone) continue;
      if (c.in_condition)
        condition(c);
      else if (c.callee != kNone && !scanning_call(c))
        repeated(c);
    }
  }

 private:
  const Variable& variable(CellId cell) const { return f_.variables[cell]; }
  Interval interval(LoopNo l) const { return f_.loops[l].interval; }
  bool plain(PathNo path) const { return f_.paths[path].text.find('.') == std::string::npos; }

  // --- what may be an array

  // An array literal to which nothing is ever added.
  bool small(PathNo path) const {
    const Path& p = f_.paths[path];
    const Variable& v = variable(p.root);
    return plain(path) && p.grows.empty() && v.binds.size() == 1 && v.value != nullptr &&
           v.value->kind == ExprKind::Array && as<ArrayExpr>(v.value).items.size() <= kSmall;
  }
  bool may_be_array(PathNo path) const {
    return !plain(path) || emit::may_be(w_.types.variable_types(f_.paths[path].root), emit::kArray);
  }
  bool is_array(PathNo path, std::uint32_t item, const Expr* e) const {
    const emit::Types t = w_.types.types(item, e);
    return ((t & emit::kArray) != 0 && (t & emit::kString) == 0) || !f_.paths[path].grows.empty();
  }
  // It is the same array on every pass of the loop.
  bool lasts(PathNo path, LoopNo loop) const {
    return !happens(variable(f_.paths[path].root).fresh_starts, interval(loop));
  }

  // --- R4, and searching by hand (R5)

  // How an expression relates to an inner loop and one around it.
  struct Origin {
    bool inner = false, outer = false;
  };
  Origin origin(std::uint32_t item, const Expr* e, LoopNo inner, LoopNo outer) const {
    Origin o;
    all_variables(w_, item, e, [&](CellId cell) {
      if (happens(variable(cell).binds, interval(inner)))
        o.inner = true;
      else if (outer != kNone && happens(variable(cell).binds, interval(outer)))
        o.outer = true;
      return true;
    });
    return o;
  }

  // The inner loop compares its elements with something that is another on every pass of the outer one.
  bool looks_for(LoopNo inner, LoopNo outer) const {
    return std::any_of(tests_of_[inner].begin(), tests_of_[inner].end(), [&](std::uint32_t i) {
      const Equality& t = f_.equalities[i];
      const Origin a = origin(t.item, t.test->left, inner, outer),
                   b = origin(t.item, t.test->right, inner, outer);
      return (a.inner && !b.inner && b.outer) || (b.inner && !a.inner && a.outer);
    });
  }

  void inner_loop(LoopNo l) {
    const Loop& inner = f_.loops[l];
    if (inner.path == kNone || !inner.sees_elements || small(inner.path) || !may_be_array(inner.path)) return;
    const bool compares = happens(f_.comparisons, inner.interval);
    for (LoopNo o = inner.parent; o != kNone; o = f_.loops[o].parent) {
      if (!lasts(inner.path, o)) return;
      const bool same = f_.loops[o].path == inner.path;
      const bool grows = !same && happens(f_.paths[inner.path].grows, interval(o));
      if (compares && (same || grows)) {
        Hint& h = add(Rule::nested_loops, inner.body, inner.head, o, inner.path);
        h.grows = grows;
        return;
      }
      if (looks_for(l, o)) {
        add(Rule::search_in_loop, inner.body, inner.head, o, inner.path);
        return;
      }
    }
  }

  // --- R5

  void search(const Search& s) {
    if (s.loop == kNone || small(s.path) || !lasts(s.path, s.loop)) return;
    const Expr* receiver = as<MemberExpr>(s.call->callee).object;
    if (!is_array(s.path, s.item, receiver)) return;
    add(Rule::search_in_loop, s.body, w_.at(s.item, s.call->span), s.loop, s.path);
  }

  // Parameters that their function searches for a value: directly, or by handing them on.
  void find_scans() {
    std::vector<CellId> reached;
    const auto scans = [&](CellId cell) {
      if (scans_.size() <= cell) scans_.resize(cell + 1);
      if (!scans_[cell]) reached.push_back(cell);
      scans_[cell] = true;
    };
    for (LoopNo l = 0; l < f_.loops.size(); ++l) {
      const Loop& loop = f_.loops[l];
      if (loop.path == kNone || !loop.sees_elements || !plain(loop.path)) continue;
      for (const std::uint32_t i : tests_of_[l]) {
        const Equality& t = f_.equalities[i];
        const Origin a = origin(t.item, t.test->left, l, kNone), b = origin(t.item, t.test->right, l, kNone);
        const Expr* wanted = a.inner && !b.inner   ? t.test->right
                             : b.inner && !a.inner ? t.test->left
                                                   : nullptr;
        if (wanted != nullptr && !all_variables(w_, t.item, wanted, [](CellId) { return false; }))
          scans(f_.paths[loop.path].root);
      }
    }
    for (const Search& s : f_.searches)
      if (plain(s.path) && is_array(s.path, s.item, as<MemberExpr>(s.call->callee).object))
        scans(f_.paths[s.path].root);
    std::map<CellId, std::vector<CellId>> handed_on;  // parameter -> variables that callers put in
    for (const Call& c : f_.calls)
      each_argument(c, [&](CellId parameter, const Expr* argument) {
        if (argument->kind == ExprKind::Name)
          if (const CellId cell = w_.program.cell(c.item, argument->id); cell != kNone)
            handed_on[parameter].push_back(cell);
      });
    while (!reached.empty()) {
      const CellId cell = reached.back();
      reached.pop_back();
      for (const CellId outer : handed_on[cell]) scans(outer);
    }
    scans_.resize(f_.variables.size());
  }

  template <class Visit>
  void each_argument(const Call& c, Visit&& visit) const {
    if (c.callee == kNone) return;
    const Body& callee = f_.bodies[c.callee];
    const auto& params = callee.function->params;
    for (std::size_t i = 0; i < std::min(params.size(), c.call->arguments.size()); ++i)
      if (const CellId cell = w_.program.cell(callee.item, params[i].binding.id);
          cell != kNone && variable(cell).binds.size() == 1)
        visit(cell, c.call->arguments[i]);
  }

  bool scanning_call(const Call& c) {
    const Expr* scanned = nullptr;
    bool other_moves = false;
    each_argument(c, [&](CellId parameter, const Expr* argument) {
      if (argument->kind == ExprKind::Name && scans_[parameter] && scanned == nullptr)
        scanned = argument;
      else if (!same_each_time(c.item, argument, c.loop))
        other_moves = true;
    });
    if (scanned == nullptr || !other_moves) return false;
    const PathNo path = path_of(w_.program.cell(c.item, scanned->id));
    if (path == kNone || small(path) || !lasts(path, c.loop) || !may_be_array(path)) return false;
    Hint& h = add(Rule::search_in_loop, c.body, w_.at(c.item, c.call->span), c.loop, path);
    h.callee = f_.bodies[c.callee].place;
    return true;
  }

  // The path that is the variable itself.
  PathNo path_of(CellId cell) {
    if (plain_paths_.empty()) {
      plain_paths_.assign(f_.variables.size(), kNone);
      for (PathNo i = 0; i < f_.paths.size(); ++i)
        if (plain(i)) plain_paths_[f_.paths[i].root] = i;
    }
    return plain_paths_[cell];
  }

  // --- R12, R13

  bool same_each_time(std::uint32_t item, const Expr* e, LoopNo loop) const {
    bool good = true;
    std::vector<const Expr*> stack;
    const Interval in = interval(loop);
    const bool effects = happens(effects_, in);
    sema::visit_expression(e, stack, [&](const Expr* x) {
      if (!good) return;
      if (x->kind == ExprKind::Function || x->kind == ExprKind::Bad) good = false;
      if (x->kind == ExprKind::Call && !calls_same(as<CallExpr>(x))) good = false;
      if (x->kind != ExprKind::Name) return;
      const emit::Ref& ref = w_.program.ref(item, x->id);
      if (ref.use == sema::NameUse::Host || ref.use == sema::NameUse::Unknown) good = false;
      if (ref.cell == kNone || w_.program.variable(ref.cell).function != nullptr) return;
      const Variable& v = variable(ref.cell);
      const bool scalar = emit::only(w_.types.variable_types(ref.cell), kScalar);
      if (happens(v.binds, in) || happens(v.changes, in) || (effects && !scalar)) good = false;
      // Somebody else may bind it while the loop runs.
      if (effects && ref.use != sema::NameUse::Local && v.binds.size() > 1) good = false;
    });
    return good;
  }

  // Calling it again with the same values gives the same.
  bool calls_same(const CallExpr& c) const {
    const auto it = call_at_.find(&c);
    if (it == call_at_.end()) return false;
    const Call& call = f_.calls[it->second];
    if (call.pure) return true;
    if (call.callee == kNone) return false;
    const Body& callee = f_.bodies[call.callee];
    return !callee.effects && !callee.reads_state;
  }

  std::string call_text(const Call& c) const {
    std::string text(w_.source(w_.at(c.item, c.call->span)));
    std::string line;
    for (const char ch : text) {
      const bool blank = ch == ' ' || ch == '\n' || ch == '\t' || ch == '\r';
      if (!blank || (!line.empty() && line.back() != ' ')) line += blank ? ' ' : ch;
    }
    return line;
  }

  void condition(const Call& c) {
    const Span where = w_.at(c.item, c.call->span);
    if (where.begin < done_until_) return;  // part of one that was named
    // The bound of a counting loop is computed once if it is a length.
    if (f_.loops[c.loop].kind == Loop::Kind::ForC && c.pure && c.call->callee->kind == ExprKind::Name &&
        w_.program.names.text(as<NameExpr>(c.call->callee).name) == "len")
      return;
    if (!same_each_time(c.item, c.call, c.loop)) return;
    done_until_ = where.end;
    Hint& h = add(Rule::loop_condition, c.body, where, c.loop, kNone);
    h.name = call_text(c);
    if (c.callee != kNone) h.callee = f_.bodies[c.callee].place;
  }

  // Each caller may need an array or object of its own.
  bool gives_scalar(const Body& callee) const {
    return emit::only(w_.types.result_types(w_.program.function_no(callee.item, *callee.function)), kScalar);
  }

  void repeated(const Call& c) {
    const Body& callee = f_.bodies[c.callee];
    if (c.callee == c.body || callee.effects || callee.reads_state || !gives_scalar(callee)) return;
    if (!same_each_time(c.item, c.call, c.loop)) return;
    Hint& h = add(Rule::repeated_work, c.body, w_.at(c.item, c.call->span), c.loop, kNone);
    h.name = call_text(c);
    h.callee = callee.place;
  }

  Hint& add(Rule rule, BodyNo body, Span where, LoopNo loop, PathNo path) {
    found_.push_back(hint_at(w_, rule, body, where, loop));
    if (path != kNone) found_.back().name = f_.paths[path].text;
    return found_.back();
  }

  const World& w_;
  const Facts& f_;
  std::vector<Hint>& found_;
  std::vector<std::vector<std::uint32_t>> tests_of_;  // equalities by loop
  std::vector<Moment> effects_;                       // calls that may change anything
  std::vector<bool> scans_;                           // by variable
  std::vector<PathNo> plain_paths_;                   // by variable
  std::unordered_map<const CallExpr*, std::uint32_t> call_at_;
  ByteOffset done_until_ = 0;
};

}  // namespace

void loop_hints(const World& world, std::vector<Hint>& found) { LoopRules(world, found).run(); }

}  // namespace ml::advice
