#include "core/emit/infer.h"

#include <bit>
#include <utility>

namespace ml::emit {

using namespace ast;

namespace {
constexpr Value kAnything{kAnyType, kUnknownContent};
constexpr NameId kOtherKeys{kNone - 1};
constexpr Types kHolds = kArray | kObject | kOther;
}  // namespace

Inference::Inference(const Program& program) : p_(program), own_(std::make_unique<Solution>()), s_(*own_) {
  const std::size_t variables = p_.variable_count(), functions = p_.function_count();
  s_.cells.resize(variables + functions);  // results of functions come after the variables
  s_.site.assign(p_.node_count(), kNone);
  escaped_.assign(functions, 0);
  s_.function_ast.resize(functions);
  for (FunctionNo f = 0; f < functions; ++f) s_.function_ast[f] = p_.scope(f).function;
  s_.function_content.assign(functions, kNone);
  s_.next_function.assign(functions, kNone);
  s_.contents.push_back({new_cell(kAnything), {}, kNone, kNone, true, true});
  s_.parents.push_back(kUnknownContent);
  for (FunctionNo f = 0; f < functions; ++f) {
    if (s_.function_ast[f] && s_.function_ast[f]->is_generator)
      s_.cells[variables + f].value = {kOther, new_content()};
  }
  constraints_.reserve(p_.node_count() / 4 + 16);
  readers_.reserve(p_.node_count() / 2);
  for (const std::string& name : p_.options.host_names) {
    for (CellId v = 0; v < p_.module_variable_count(); ++v) {
      if (p_.names.text(p_.variable(v).name) == name) s_.cells[v].value = kAnything;
    }
  }
}

Inference::Inference(Sharing with) : p_(with.solved.p_), s_(with.solved.s_), solved_(true) {}

void Inference::extend(std::span<const Constraint> more) {
  const std::size_t first = constraints_.size();
  constraints_.insert(constraints_.end(), more.begin(), more.end());
  waiting_.resize((constraints_.size() + 63) / 64, 0);
  for (std::size_t next = first; next < constraints_.size(); ++next) {
    current_ = static_cast<std::uint32_t>(next);
    evaluate(constraints_[next]);
  }
  // What these gave each other, while they are at hand.
  for (std::size_t block = first / 64; block < waiting_.size(); ++block)
    drain(static_cast<std::uint32_t>(block));
}

void Inference::drain(std::uint32_t block) {
  std::uint64_t& bits = waiting_[block];
  while (bits) {
    current_ = block * 64 + static_cast<std::uint32_t>(std::countr_zero(bits));
    bits &= bits - 1;  // before: a constraint that changes what it reads itself comes again
    evaluate(constraints_[current_]);
  }
}

void Inference::settle() {
  for (std::size_t next = 0; next < queue_.size(); ++next) drain(queue_[next]);
  queue_.clear();
}

void Inference::solve() {
  settle();
  for (ContentId& parent : s_.parents) parent = find(parent);  // so that `find` writes no more
  current_ = kNone;
  solved_ = true;
}

void Inference::evaluate(const Constraint& c) {
  using Kind = Constraint::Kind;
  item_ = c.item;
  const auto* e = static_cast<const Expr*>(c.node);
  switch (c.kind) {
    case Kind::Bind: join(c.target, value(e)); break;
    case Kind::Function:
      join(c.target, {kFunction, function_content(*static_cast<const Function*>(c.node))});
      break;
    case Kind::BindType: {
      const auto types = static_cast<Types>(reinterpret_cast<std::uintptr_t>(c.node));
      join(c.target, {types, types & kHolds ? kUnknownContent : kNone});
      break;
    }
    case Kind::Return: return_value(c.target, value(e)); break;
    case Kind::Yield: {
      const Value generator = read(static_cast<CellId>(p_.variable_count() + c.target));
      // None: a mistake, a `yield` of a function that is no generator.
      if (generator.content != kNone) store_element(generator.content, value(e));
      break;
    }
    case Kind::Call: call_effects(as<CallExpr>(e)); break;
    case Kind::Items: {
      const ContentId content = site(e);
      for (const Expr* item : as<ArrayExpr>(e).items) store_element(content, value(item));
      break;
    }
    case Kind::Fields: {
      const ContentId content = site(e);
      for (const Property& property : as<ObjectExpr>(e).properties) {
        // A key that is no word of the program is only ever read by a computed key.
        const NameId name =
            property.key_kind == Property::Key::Number ? NameId::none() : p_.names.find(property.key);
        store_field(content, name ? name : kOtherKeys, value(property.value));
      }
      break;
    }
    case Kind::Store: {
      const auto& a = as<AssignStmt>(static_cast<const Stmt*>(c.node));
      const Value v = value(a.value);
      if (a.target->kind == ExprKind::Member) {
        const auto& m = as<MemberExpr>(a.target);
        const Value object = value(m.object);
        if (object.content != kNone) store_field(object.content, m.name, v);
      } else if (a.target->kind == ExprKind::Index) {
        const Value object = value(as<IndexExpr>(a.target).object);
        if (object.content != kNone) store_element(object.content, v);
      } else if (a.target->kind == ExprKind::Slice) {
        const Value object = value(as<SliceExpr>(a.target).object);
        if (object.content != kNone) {
          store_element(object.content, each_of(v));
          mark_resized(object.content);
        }
      }
      break;
    }
    case Kind::Each: join(c.target, each_of(value(e))); break;
    case Kind::Unpack: {
      const auto& u = as<UnpackStmt>(static_cast<const Stmt*>(c.node));
      const Value v = value(u.value);
      for (const Binding& b : u.names) {
        const CellId cell = p_.cell(item_, b.id);
        if (cell == kNone) continue;
        Value part = u.is_object ? field_of(v.content, b.name) : each_of(v);
        if (u.is_object && only(v.types, kObject) == false && v.types) part = merged(part, kAnything);
        join(cell, part);
      }
      break;
    }
    case Kind::Escape: escape(value(e)); break;
  }
}

// --- cells and contents
// ------------------------------------------------------------------------------------------

CellId Inference::new_cell(Value v) {
  s_.cells.push_back({v, kNone});
  return static_cast<CellId>(s_.cells.size() - 1);
}

ContentId Inference::new_content() {
  const auto id = static_cast<ContentId>(s_.contents.size());
  s_.contents.push_back({new_cell(), {}, kNone, kNone, false, false});
  s_.parents.push_back(id);
  return id;
}

ContentId Inference::site(const Expr* e) {
  ContentId& at = s_.site[p_.node(item_, e->id)];
  if (at == kNone) {
    if (solved_) return kUnknownContent;
    at = new_content();
  }
  return find(at);
}

ContentId Inference::function_content(const Function& f) {
  const FunctionNo no = p_.function_no(item_, f);
  if (s_.function_content[no] == kNone) {
    if (solved_) return kUnknownContent;
    const ContentId made = s_.function_content[no] = new_content();
    s_.contents[made].first_function = s_.contents[made].last_function = no;
  }
  return find(s_.function_content[no]);
}

ContentId Inference::find(ContentId c) {
  for (ContentId parent; (parent = s_.parents[c]) != c; c = parent) {
    const ContentId above = s_.parents[parent];
    if (above != parent) s_.parents[c] = parent = above;
  }
  return c;
}

Value Inference::read(CellId cell) {
  Cell& at = s_.cells[cell];
  if (current_ != kNone && (at.readers == kNone || readers_[at.readers].constraint != current_)) {
    readers_.push_back({current_, at.readers});
    at.readers = static_cast<std::uint32_t>(readers_.size() - 1);
  }
  Value v = at.value;
  if (v.content != kNone) v.content = find(v.content);
  return v;
}

void Inference::touch(CellId cell) {
  // Whoever is evaluated again reads the cell again, if it still has to.
  std::uint32_t r = std::exchange(s_.cells[cell].readers, kNone);
  while (r != kNone) {
    const Reader reader = readers_[r];
    std::uint64_t& block = waiting_[reader.constraint / 64];
    if (!block) queue_.push_back(reader.constraint / 64);
    block |= std::uint64_t{1} << reader.constraint % 64;
    r = reader.next;
  }
}

void Inference::join(CellId cell, Value v) {
  Value& at = s_.cells[cell].value;
  ContentId content = at.content;
  if (v.content != kNone) content = content == kNone ? find(v.content) : unify(content, v.content);
  Value& now = s_.cells[cell].value;  // unify may have moved the cells, and joined this one
  const auto types = static_cast<Types>(now.types | v.types);
  if (types == now.types &&
      (content == now.content || (now.content != kNone && find(now.content) == content)))
    return;
  now = {types, content};
  touch(cell);
  // Other modules read the variables of this one, and may change what they hold.
  if (!p_.options.closed_world && cell < p_.module_variable_count()) escape(v);
}

ContentId Inference::unify(ContentId a, ContentId b) {
  a = find(a);
  b = find(b);
  if (a == b) return a;
  if (b < a) std::swap(a, b);  // 0, what is unknown, always stays
  s_.parents[b] = a;
  if (s_.contents[b].resized_in_functions) s_.contents[a].resized_in_functions = true;
  const CellId gone = s_.contents[b].elements;
  const std::vector<Field> fields = std::move(s_.contents[b].fields);
  const FunctionNo first = std::exchange(s_.contents[b].first_function, kNone),
                   last = s_.contents[b].last_function;
  touch(gone);
  for (const Field& field : fields) touch(field.cell);
  if (a != kUnknownContent) {
    // Readers of the merged cells read the kept ones from now on: they are queued above and register again.
    touch(s_.contents[a].elements);
    for (const Field& field : s_.contents[a].fields) touch(field.cell);
    if (s_.contents[b].read_by_key && !s_.contents[a].read_by_key) {
      s_.contents[a].read_by_key = true;
      for (std::size_t i = 0; i < s_.contents[a].fields.size(); ++i) {
        const CellId cell = s_.contents[a].fields[i].cell;
        join(s_.contents[find(a)].elements, s_.cells[cell].value);
      }
    }
  }
  add_functions(find(a), first, last);
  store_element(a, s_.cells[gone].value);
  for (const Field& field : fields) store_field(a, NameId{field.name}, s_.cells[field.cell].value);
  return find(a);
}

// Those of a list that no content has any more.
void Inference::add_functions(ContentId to, FunctionNo first, FunctionNo last) {
  if (first == kNone) return;
  if (to == kUnknownContent) {
    for (FunctionNo f = first; f != kNone; f = s_.next_function[f]) escape_function(f);
    return;
  }
  Content& content = s_.contents[to];
  (content.first_function == kNone ? content.first_function : s_.next_function[content.last_function]) =
      first;
  content.last_function = last;
}

void Inference::escape(Value v) {
  if (!solved_ && v.content != kNone) unify(v.content, kUnknownContent);
}

void Inference::escape_function(FunctionNo f) {
  if (escaped_[f]) return;
  escaped_[f] = 1;
  for (std::size_t i = 0; i < s_.function_ast[f]->params.size(); ++i) join(p_.parameter(f, i), kAnything);
  escape(s_.cells[p_.variable_count() + f].value);
  touch(static_cast<CellId>(p_.variable_count() + f));
}

void Inference::return_value(FunctionNo f, Value v) {
  if (s_.function_ast[f] && s_.function_ast[f]->is_generator) return;
  join(static_cast<CellId>(p_.variable_count() + f), v);
  read(static_cast<CellId>(p_.variable_count() + f));  // again when the function escapes
  if (escaped_[f]) escape(v);
}

void Inference::mark_resized(ContentId c) {
  // Top-level code runs once: nothing that it calls can run it again.
  const Constraint& at = constraints_[current_];
  if (at.target != kNone) s_.contents[find(c)].resized_in_functions = true;
}

Value Inference::merged(Value a, Value b) {
  Value v{static_cast<Types>(a.types | b.types), a.content == kNone ? b.content : a.content};
  if (a.content == kNone || b.content == kNone) return v;
  if (!solved_)
    v.content = unify(a.content, b.content);
  else if (find(a.content) != find(b.content))
    v.content = kUnknownContent;
  return v;
}

void Inference::store_element(ContentId c, Value v) {
  if (solved_) return;
  c = find(c);
  if (c == kUnknownContent) return escape(v);
  join(s_.contents[c].elements, v);
}

void Inference::store_field(ContentId c, NameId name, Value v) {
  c = find(c);
  if (c == kUnknownContent) return escape(v);
  if (!name || s_.contents[c].read_by_key) store_element(c, v);
  if (!name) return;
  c = find(c);
  if (c == kUnknownContent) return escape(v);
  for (const Field& field : s_.contents[c].fields) {
    if (field.name == name.raw) return join(field.cell, v);
  }
  const CellId cell = new_cell();
  s_.contents[c].fields.push_back({name.raw, cell});
  join(cell, v);
}

Value Inference::field_of(ContentId c, NameId name) {
  if (c == kNone) return {};
  c = find(c);
  if (c == kUnknownContent) return kAnything;
  CellId cell = kNone;
  for (const Field& field : s_.contents[c].fields) {
    if (field.name == name.raw) cell = field.cell;
  }
  if (cell == kNone && solved_) {
    Value v = read(s_.contents[c].elements);
    v.types |= kNull;
    return v;
  }
  if (cell == kNone) {
    cell = new_cell();
    s_.contents[c].fields.push_back({name.raw, cell});
  }
  Value v = merged(read(cell), read(s_.contents[c].elements));
  v.types |= kNull;  // a missing key
  return v;
}

Value Inference::element_of(Value container, bool by_key) {
  if (container.content == kNone) return {};
  const ContentId c = find(container.content);
  if (c == kUnknownContent) return kAnything;
  if (by_key && !s_.contents[c].read_by_key) {
    if (solved_) {
      Value v = read(s_.contents[c].elements);
      for (const Field& field : s_.contents[c].fields) v = merged(v, read(field.cell));
      return v;
    }
    s_.contents[c].read_by_key = true;
    for (std::size_t i = 0; i < s_.contents[find(c)].fields.size(); ++i) {
      const CellId cell = s_.contents[find(c)].fields[i].cell;
      store_element(c, s_.cells[cell].value);
    }
  }
  return read(s_.contents[find(c)].elements);
}

Value Inference::each_of(Value iterable) {
  Value v;
  if (iterable.types & kString) v.types |= kString;
  if (iterable.types & (kArray | kOther)) v = merged(v, element_of(iterable, false));
  if (iterable.types & kObject) v.types |= kNull | kBool | kNumber | kString;
  return v;
}

// --- expressions
// -------------------------------------------------------------------------------------------------

Types Inference::types(std::uint32_t item, const Expr* e) {
  look_at(item);
  return without_sizes(value(e).types);
}

bool Inference::may_grow_large(std::uint32_t item, const BinaryExpr& b) {
  look_at(item);
  const Types l = value(b.left).types, r = value(b.right).types;
  if (b.op == BinaryOp::Add) return text_step(l) == kLastStep && text_step(r) == kLastStep;
  return b.op == BinaryOp::Mul && int_step(l) == kLastStep && int_step(r) == kLastStep;
}

Types Inference::element_types(std::uint32_t item, const Expr* e, Types kinds) {
  look_at(item);
  const Value v = value(e);
  if (!only(without_sizes(v.types), kinds) || v.content == kNone) return kAnyType;
  return without_sizes(element_of(v, false).types);
}

std::vector<std::pair<NameId, Types>> Inference::fields(std::uint32_t item, const Expr* e) {
  std::vector<std::pair<NameId, Types>> out;
  const ContentId c = content(item, e);
  if (c == find(kUnknownContent)) return out;
  for (const Field& field : s_.contents[c].fields) {
    if (field.name != kOtherKeys.raw) out.emplace_back(NameId{field.name}, variable_types(field.cell));
  }
  return out;
}

ContentId Inference::content(std::uint32_t item, const Expr* e) {
  look_at(item);
  const Value v = value(e);
  return v.content == kNone ? kUnknownContent : find(v.content);
}

}  // namespace ml::emit
