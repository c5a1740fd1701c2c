#include "core/ast/node_kinds.h"

#include "core/syntax/walk.h"

namespace ml::ast {
namespace {

struct Named {
  std::string_view name;
  NodeKind kind;
};
constexpr Named kNames[] = {
#define ML_KIND(name) {#name, NodeKind::k_##name},
    ML_NODE_KINDS(ML_KIND)
#undef ML_KIND
};

}  // namespace

NodeKinds::NodeKinds(const TSLanguage* language)
    : kinds_(ts_language_symbol_count(language), NodeKind::Token) {
  for (TSSymbol symbol = 0; symbol < kinds_.size(); ++symbol) {
    if (ts_language_symbol_type(language, symbol) != TSSymbolTypeRegular) continue;
    kinds_[symbol] = NodeKind::Unknown;
    const std::string_view name = ts_language_symbol_name(language, symbol);
    for (const Named& known : kNames) {
      if (known.name == name) kinds_[symbol] = known.kind;
    }
  }
  for (TSSymbol symbol = 0; symbol < kinds_.size(); ++symbol)
    walked_.push_back(of(syntax::public_symbol(symbol)));
}

}  // namespace ml::ast
