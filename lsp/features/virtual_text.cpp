// ml/virtualText: the text of a read-only document that is no file. "ml-stdlib:/math" shows the signatures of
// a library module, "ml-python:URI" the Python of a file, "ml-security:URI" its security report.

#include "lsp/features/execute_command/preview.h"
#include "lsp/features/registry.h"
#include "lsp/profile/requests.h"
#include "lsp/semantics/library.h"

namespace ml::lsp {
namespace {

json::value virtual_text(const Ask& ask) {
  const std::string uri = ask.text("/uri");
  constexpr std::string_view kLibrary = "ml-stdlib:/";
  if (uri.starts_with(kLibrary)) {
    const std::string name = uri.substr(kLibrary.size());
    std::string text = library_text(name);
    if (text.empty()) text = library_text("$" + name);
    if (!text.empty()) return json::object{{"text", text}};
  }
  if (std::string text = preview_text(ask, uri); !text.empty())
    return json::object{{"text", std::move(text)}};
  if (std::string text = profile_page(ask.snapshot, uri); !text.empty())
    return json::object{{"text", std::move(text)}};
  throw Refusal{wire::code::InvalidParams, "/uri is no document of this server: " + uri};
}

}  // namespace

void add_virtual_text(Registry& registry) { registry.request("ml/virtualText", Lane::Latency, virtual_text); }

}  // namespace ml::lsp
