#pragma once

// Walks the nodes and says how they are laid out.

#include <cstdint>
#include <vector>

#include "core/format/emitter.h"
#include "core/format/nodes.h"

namespace ml::format {

class Printer {
 public:
  Printer(const Nodes& nodes, Emitter& out) : nodes_(nodes), out_(out) {}

  // A statement of a block of this level; the gap before it has been asked for.
  void statement(const Node& node, unsigned level);
  // Asks for the gap before a statement; `previous` is null before the first of a block.
  void gap_before(const Node& node, const Node* previous, unsigned level);

 private:
  // print_statements.cpp
  void compound(const Node& node);
  void simple(const Node& node, bool terminated);
  void block(const Node& node, std::uint32_t most);
  void body(const Node& node, ByteOffset before);
  void clause(const Node& node);  // keyword, parenthesis, body
  void if_parts(const Node& node);
  void capability(const Node& node);
  bool stays_on_line(const Node& block, std::uint32_t most) const;

  // print_expressions.cpp
  void expression(const Node& node);
  void operators(const Node& node);
  void ternary(const Node& node);
  template <class Print>
  bool stays_together(const Node& node, const Node& last, Print print);
  void postfix(const Node& node);
  void function(const Node& node, std::uint32_t most);  // statements its block may hold on the line
  void slice(const Node& node);
  void words(const Node& node);  // leaves and expressions with a space between
  void leaf(const Node& node);
  void string(const Node& node);
  void parameter(const Node& node);
  void property(const Node& node);

  // print_lists.cpp: from the bracket on; returns what is behind the closing one.
  const Node* list(const Node* open, const Node* end);
  struct Items {
    const Node *open, *close;
    std::vector<const Node*> item, comma;  // comma[i] follows item[i]; the last may be null
  };
  Items items_of(const Node* open, const Node* end) const;
  void list_flat(const Items& items);
  bool list_hugging(const Items& items);
  void list_broken(const Items& items, bool rows);
  void element(const Node& node);

  template <class Print>
  Fit fits(unsigned tail, Print print) {
    return out_.measure(tail + tail_, false, [&] {
      const bool before = flat_;
      flat_ = true;
      print();
      flat_ = before;
    });
  }
  template <class Print>
  void flat(Print print) {
    const bool before = flat_;
    flat_ = true;
    print();
    flat_ = before;
  }
  void line() { out_.newline(level_); }
  void set_level(unsigned level) {
    level_ = level;
    out_.set_levels(level);
  }

  const Nodes& nodes_;
  Emitter& out_;
  unsigned level_ = 0;          // indentation of the line we are on
  unsigned tail_ = 0;           // columns that what follows needs on the line
  bool flat_ = false;           // everything on this line
  const Node* stop_ = nullptr;  // on trial: the bracket behind which the line ends
  bool ignore_author_ = false;  // on trial: as if the author had broken no line
};

}  // namespace ml::format
