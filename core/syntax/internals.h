#pragma once

// What tree-sitter 0.20 has and its api.h does not declare: the tables of a language, which the generated
// parser comes with, and functions of the library (subtree.h, tree.h, language.h there). Private to
// core/syntax.

#include <tree_sitter/api.h>

#include <cstdint>

#include "core/syntax/grammar/src/tree_sitter/parser.h"
#include "core/syntax/subtree.h"

extern "C" {

struct SubtreeArray {
  ml::syntax::Subtree* contents;
  std::uint32_t size, capacity;
};
struct SubtreePool {
  SubtreeArray free_trees, tree_stack;
};

SubtreePool ts_subtree_pool_new(std::uint32_t capacity);
void ts_subtree_pool_delete(SubtreePool*);
void ts_subtree_retain(ml::syntax::Subtree);
void ts_subtree_release(SubtreePool*, ml::syntax::Subtree);
ml::syntax::Subtree ts_subtree_new_leaf(SubtreePool*, TSSymbol, ml::syntax::Length padding,
                                        ml::syntax::Length size, std::uint32_t lookahead, std::uint16_t state,
                                        bool external, bool column, bool keyword, const TSLanguage*);
ml::syntax::Subtree ts_subtree_new_node(TSSymbol, SubtreeArray* children, unsigned production,
                                        const TSLanguage*);
TSTree* ts_tree_new(ml::syntax::Subtree root, const TSLanguage*, const TSRange*, unsigned ranges);
TSSymbol ts_language_public_symbol(const TSLanguage*, TSSymbol);
}
