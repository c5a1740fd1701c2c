#pragma once

// The tokens of a file (editor-protocols.md 3.4).

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "lsp/documents/revision.h"
#include "wire/stop.h"

namespace ml::lsp {

inline constexpr std::array<std::string_view, 24> kTokenTypes{
    "namespace", "type",     "class",      "enum",   "interface", "struct",   "typeParameter", "parameter",
    "variable",  "property", "enumMember", "event",  "function",  "method",   "macro",         "keyword",
    "modifier",  "comment",  "string",     "number", "regexp",    "operator", "decorator",     "label"};
inline constexpr std::array<std::string_view, 17> kTokenModifiers{
    "declaration", "definition",   "readonly",      "static",         "deprecated", "abstract",
    "async",       "modification", "documentation", "defaultLibrary", "captured",   "unused",
    "unsafe",      "hot1",         "hot2",          "hot3",           "hot4"};

enum class TokenType : std::uint8_t {
  Namespace,
  Type,
  Class,
  Enum,
  Interface,
  Struct,
  TypeParameter,
  Parameter,
  Variable,
  Property,
  EnumMember,
  Event,
  Function,
  Method,
  Macro,
  Keyword,
  Modifier,
  Comment,
  String,
  Number,
  Regexp,
  Operator,
  Decorator,
  Label
};
enum TokenModifier : std::uint32_t {
  kDeclaration = 1u << 0,
  kDefinition = 1u << 1,
  kReadonly = 1u << 2,
  kModification = 1u << 7,
  kDefaultLibrary = 1u << 9,
  kCaptured = 1u << 10,
  kUnsafe = 1u << 12,
  kHot1 = 1u << 13  // to hot4
};

struct Token {
  Span span;
  TokenType type;
  std::uint32_t modifiers = 0;
};

// Those that touch `within`, in source order, without overlaps. Throws wire::Stopped.
std::vector<Token> tokens_of(const Revision& file, Span within, const wire::StopFlag& stop);

}  // namespace ml::lsp
