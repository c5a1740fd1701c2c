#include "core/syntax/deterministic.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include "core/syntax/blocks.h"
#include "core/syntax/internals.h"
#include "core/syntax/lexer.h"
#include "core/syntax/make.h"
#include "core/syntax/tree.h"

namespace ml::syntax {

namespace {

// The tables of the parser. Most states keep theirs as lists that have to be searched; what was found is
// kept.
class Tables {
 public:
  Tables() : language_(*language()), found_(new std::array<Found, kFound>()) {}

  const TSLanguage& operator*() const { return language_; }

  struct Actions {
    const TSParseAction* first;
    unsigned count;
  };
  Actions actions(TSStateId state, TSSymbol token) {
    const TSParseActionEntry* const entry = &language_.parse_actions[value(state, token)];
    return {reinterpret_cast<const TSParseAction*>(entry + 1), entry->entry.count};
  }
  TSStateId next(TSStateId state, TSSymbol symbol) { return value(state, symbol); }

  TSLexMode lex_mode(TSStateId state) const { return language_.lex_modes[state]; }
  const bool* external_tokens(TSLexMode mode) const {
    if (mode.external_lex_state == 0) return nullptr;
    return language_.external_scanner.states +
           std::size_t{language_.external_token_count} * mode.external_lex_state;
  }

 private:
  struct Found {
    std::uint32_t place;  // of state and symbol, from 1
    std::uint16_t value;
  };
  static constexpr std::size_t kFound = 4096;

  std::uint16_t value(TSStateId state, TSSymbol symbol) {
    const std::uint32_t place = state * language_.symbol_count + symbol + 1;
    if (state < language_.large_state_count) return language_.parse_table[place - 1];
    Found& found = (*found_)[(state * 37u + symbol) % kFound];
    if (found.place != place) found = {place, search(state, symbol)};
    return found.value;
  }

  // Groups of symbols that have the same value.
  std::uint16_t search(TSStateId state, TSSymbol symbol) const {
    const std::uint16_t* at =
        language_.small_parse_table + language_.small_parse_table_map[state - language_.large_state_count];
    for (unsigned groups = *at++; groups > 0; --groups) {
      const std::uint16_t value = at[0], count = at[1];
      at += 2;
      if (std::find(at, at + count, symbol) != at + count) return value;
      at += count;
    }
    return 0;
  }

  const TSLanguage& language_;
  std::unique_ptr<std::array<Found, kFound>> found_;
};

// What the scanner keeps between tokens, as it writes it down.
struct ScannerState {
  std::array<char, sizeof(SubtreeData::scanner.state)> bytes{};
  unsigned length = 0;

  std::string_view view() const { return {bytes.data(), length}; }
};

class Scanner {
 public:
  explicit Scanner(const TSLanguage& language)
      : functions_(language.external_scanner), payload_(functions_.create()) {}
  ~Scanner() { functions_.destroy(payload_); }
  Scanner(const Scanner&) = delete;
  Scanner& operator=(const Scanner&) = delete;

  bool scan(const ScannerState& before, TSLexer* lexer, const bool* valid) {
    functions_.deserialize(payload_, before.bytes.data(), before.length);
    return functions_.scan(payload_, lexer, valid);
  }
  // Nothing if it does not fit.
  std::optional<ScannerState> state() {
    std::array<char, TREE_SITTER_SERIALIZATION_BUFFER_SIZE> buffer;
    ScannerState out;
    out.length = functions_.serialize(payload_, buffer.data());
    if (out.length > out.bytes.size()) return std::nullopt;
    std::copy_n(buffer.begin(), out.length, out.bytes.begin());
    return out;
  }
  TSSymbol symbol(TSSymbol token) const { return functions_.symbol_map[token]; }

 private:
  decltype(TSLanguage::external_scanner) functions_;
  void* payload_;
};

class Run {
 public:
  Run(std::string_view text, ByteOffset certain)
      : text_(text), certain_(certain), lexer_(text), scanner_(*tables_) {
    states_.reserve(256);
    subtrees_.reserve(256);
    states_.push_back(kFirstState);
  }
  ~Run() { release(subtrees_); }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  TreePointer tree();

 private:
  static constexpr TSStateId kErrorState = 0, kFirstState = 1;
  enum class Step { kShifted, kAccepted, kLost };

  // A token that was read, but is not on the stack.
  struct Token {
    Leaf leaf;
    ByteOffset end;
    bool external, changes_scanner;
    ScannerState scanner;  // behind it, if external
  };
  bool look(Token& token, TSStateId state, bool is_first);
  bool read(Token& token);
  Length between(ByteOffset begin, ByteOffset end) const;
  Step act_on(Token& token);
  void shift(Token& token, TSStateId next, bool extra);
  bool reduce(const TSParseAction& action, bool fragile);
  bool comes_again(const Token& token);
  void push(Subtree subtree, TSStateId next) {
    subtrees_.push_back(subtree);
    states_.push_back(next);
  }
  Subtree accept();

  std::string_view text_;
  ByteOffset certain_;
  Tables tables_;
  Lexer lexer_;
  Scanner scanner_;
  ScannerState scanner_state_;  // behind what is on the stack
  ByteOffset at_ = 0;           // where that ends
  // The stack: states_[i + 1] is the parser's behind subtrees_[i].
  std::vector<TSStateId> states_;
  std::vector<Subtree> subtrees_, extras_;
  Balancer balancer_;
};

Length Run::between(ByteOffset begin, ByteOffset end) const {
  Length out{end - begin, {0, end - begin}};
  const char* at = text_.data() + begin;
  const char* const last = text_.data() + end;
  while (at != last &&
         (at = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(last - at))))) {
    ++at;
    ++out.extent.row;
    out.extent.column = static_cast<std::uint32_t>(last - at);
  }
  return out;
}

// Looks for a token at `at_` that the state may want: one turn of the loop of ts_parser__lex.
bool Run::look(Token& token, TSStateId state, bool is_first) {
  const TSLexMode mode = tables_.lex_mode(state);
  const bool* const valid = tables_.external_tokens(mode);
  token.external = false;
  if (valid != nullptr) {
    lexer_.start(at_, is_first);
    token.external = scanner_.scan(scanner_state_, lexer_.interface(), valid);
    lexer_.finish();
    // Nothing without width is taken in place of what the state wants.
    if (token.external && (is_first || lexer_.token_end() > at_)) return true;
    token.external = false;
  }
  lexer_.start(at_, is_first && valid == nullptr);
  const bool found = (*tables_).lex_fn(lexer_.interface(), mode.lex_state);
  lexer_.finish();
  return found;
}

// ts_parser__lex. False where it finds no token.
bool Run::read(Token& token) {
  const TSStateId state = states_.back();
  if (tables_.lex_mode(state).lex_state == UINT16_MAX)
    return false;  // behind an extra that is no token: there is none
  // Where the state wants nothing of what is there, it may be an extra that its tokens stand in the way of.
  if (!look(token, state, true) && !look(token, kErrorState, false)) return false;
  const ByteOffset end = lexer_.token_end(), begin = std::min(lexer_.token_begin(), end);
  if (lexer_.is_lost() || (at_ < certain_ && lexer_.read_end() > text_.size())) return false;
  TSSymbol symbol = lexer_.symbol();
  if (token.external) {
    symbol = scanner_.symbol(symbol);
    const std::optional<ScannerState> behind = scanner_.state();
    if (!behind) return false;
    token.scanner = *behind;
    token.changes_scanner = behind->view() != scanner_state_.view();
  }
  token.end = end;
  token.leaf = {symbol, between(at_, begin),         between(begin, end), lexer_.read_end() - end,
                state,  symbol == ts_builtin_sym_end};
  return true;
}

void Run::shift(Token& token, TSStateId next, bool extra) {
  token.leaf.extra = extra;
  push(token.external ? make_external_leaf(token.leaf, token.scanner.view(), token.changes_scanner)
                      : make_leaf(token.leaf),
       next);
  at_ = token.end;
  if (token.external) scanner_state_ = token.scanner;
}

// ts_parser__reduce, for one version of the stack. Extras behind the last child stay behind the new node.
bool Run::reduce(const TSParseAction& action, bool fragile) {
  std::size_t first = subtrees_.size();
  for (unsigned left = action.reduce.child_count; left > 0; --left) {
    do --first;
    while (is_extra(subtrees_[first]));
  }
  std::size_t end = subtrees_.size();
  if (action.reduce.child_count > 0) {
    while (is_extra(subtrees_[end - 1])) --end;
  }
  if (end - first > UINT16_MAX) return false;
  const TSStateId below = states_[first];
  const TSSymbol symbol = action.reduce.symbol;
  const Subtree node =
      make_node({symbol, action.reduce.production_id, action.reduce.dynamic_precedence, fragile},
                std::span(subtrees_).subspan(first, end - first), below);
  balancer_.balance_lists_in(node);
  const TSStateId next = tables_.next(below, symbol);
  extras_.assign(subtrees_.begin() + static_cast<std::ptrdiff_t>(end), subtrees_.end());
  subtrees_.resize(first);
  states_.resize(first + 1);
  push(node, next);
  for (const Subtree extra : extras_) push(extra, next);
  return true;
}

// ts_parser__get_cached_token: a token without width stands where the next one is looked for. Where the
// parser may expect the same again, it is not looked for anew: several brackets are missing in one place.
bool Run::comes_again(const Token& token) {
  if (token.leaf.padding.bytes + token.leaf.size.bytes > 0 || token.changes_scanner) return false;
  const TSLexMode then = tables_.lex_mode(token.leaf.state), now = tables_.lex_mode(states_.back());
  return then.lex_state == now.lex_state && then.external_lex_state == now.external_lex_state &&
         tables_.actions(states_.back(), token.leaf.symbol).count > 0;
}

// What the parser does with the token: reductions, and then one thing more.
Run::Step Run::act_on(Token& token) {
  for (;;) {
    const TSStateId state = states_.back();
    const Tables::Actions actions = tables_.actions(state, token.leaf.symbol);
    bool reduced = false;
    for (unsigned i = 0; i < actions.count; ++i) {
      const TSParseAction& action = actions.first[i];
      switch (action.type) {
        case TSParseActionTypeShift:
          if (action.shift.repetition) break;  // the other reading of a list, never followed
          if (reduced || actions.count > 1) return Step::kLost;
          shift(token, action.shift.extra ? state : action.shift.state, action.shift.extra);
          return Step::kShifted;
        case TSParseActionTypeReduce:
          if (reduced || !reduce(action, actions.count > 1)) return Step::kLost;
          reduced = true;
          break;
        case TSParseActionTypeAccept:
          if (reduced) return Step::kLost;
          push(make_leaf(token.leaf), kFirstState);
          return Step::kAccepted;
        default: return Step::kLost;
      }
    }
    if (!reduced) return Step::kLost;
  }
}

// ts_parser__accept: the root has the children of the node for the program, and the extras around it.
Subtree Run::accept() {
  auto program = std::prev(subtrees_.end());
  while (is_extra(*program)) --program;
  const Subtree inner = *program;
  if (subtrees_.size() - 1 + data(inner)->children > UINT16_MAX) return 0;
  std::vector<Subtree> children(subtrees_.begin(), program);
  for (const Subtree* child = children_begin(inner); child != children_end(inner); ++child) {
    ts_subtree_retain(*child);
    children.push_back(*child);
  }
  children.insert(children.end(), std::next(program), subtrees_.end());
  const Production production{symbol(inner), data(inner)->inner.production, 0, false};
  subtrees_ = {inner};
  return make_node(production, children, 0);
}

TreePointer Run::tree() {
  Token token;
  if (!read(token)) return nullptr;
  for (;;) {
    switch (act_on(token)) {
      case Step::kShifted: break;
      case Step::kLost: return nullptr;
      case Step::kAccepted: const Subtree root = accept(); return root == 0 ? nullptr : make_tree(root);
    }
    if (!comes_again(token) && !read(token)) return nullptr;
  }
}

}  // namespace

TreePointer run_deterministic(std::string_view text, ByteOffset certain) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) return nullptr;
  TreePointer tree = Run(text, certain).tree();
  share_blocks();
  return tree;
}

}  // namespace ml::syntax
