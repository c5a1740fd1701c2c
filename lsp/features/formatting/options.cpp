#include "lsp/features/formatting/options.h"

namespace ml::lsp {
namespace {

bool option(const Ask& ask, std::string_view path, bool otherwise) {
  const json::value* value = ask.find(path);
  return value && value->is_bool() ? value->get_bool() : otherwise;
}

unsigned number(const json::value* value, unsigned least, unsigned most, unsigned otherwise) {
  if (!value || !value->is_number()) return otherwise;
  const double n = value->to_number<double>();
  return n < least || n > most ? otherwise : static_cast<unsigned>(n);
}

}  // namespace

format::Options format_options(const Ask& ask) {
  format::Options out;
  const Settings& settings = ask.settings();
  out.indent = number(ask.find("/options/tabSize"), 1, 16, out.indent);
  out.indent = number(settings.at("format.indent"), 1, 16, out.indent);
  out.tabs = !option(ask, "/options/insertSpaces", true);
  out.line_width = number(settings.at("format.lineWidth"), 20, 1000, out.line_width);
  const std::string quotes = settings.text("format.quotes", "keep");
  if (quotes == "double") out.quotes = format::Quotes::Double;
  if (quotes == "single") out.quotes = format::Quotes::Single;
  out.insert_final_newline = option(ask, "/options/insertFinalNewline", true);
  out.trim_final_newlines = option(ask, "/options/trimFinalNewlines", true);
  return out;
}

}  // namespace ml::lsp
