#include "lsp/features/completion/items.h"

#include "lsp/semantics/imports.h"

namespace ml::lsp {

json::object import_edit(const Ask& ask, const Revision& file, std::string_view dotted) {
  const Insertion insertion = import_insertion(file, dotted);
  return {{"range", ask.range(file, {insertion.at, insertion.at})}, {"newText", insertion.text}};
}

Items::Items(const Ask& ask, const Revision& file, const Cursor& cursor, const CompletionContext& context)
    : ask_(ask), file_(file), cursor_(cursor), context_(context) {
  const ClientInfo& client = ask.client();
  const std::string item = "textDocument.completion.completionItem.";
  snippets_ = client.can(item + "snippetSupport") && ask.settings().flag("completion.snippets", true);
  details_ = client.can(item + "labelDetailsSupport");
  insert_replace_ = client.can(item + "insertReplaceSupport");
  lazy_edits_ = client.lists(item + "resolveSupport.properties", "additionalTextEdits");
  defaults_ = client.lists("textDocument.completion.completionList.itemDefaults", "editRange");
}

bool Items::fits(std::string_view label) const { return completes(context_.prefix, label); }

void Items::add(Item item) {
  if (!fits(item.filter.empty() ? item.label : item.filter)) return;
  if (full()) {
    incomplete_ = true;
    return;
  }
  const std::string identity = item.label + '\0' + item.origin;
  if (!taken_.insert(identity).second) return;
  json::object out{{"label", item.label}, {"kind", static_cast<int>(item.kind)}};
  out["sortText"] = std::string(1, item.rank) + item.label;
  if (!item.filter.empty()) out["filterText"] = item.filter;
  if (details_ && !(item.detail.empty() && item.origin.empty())) {
    json::object details;
    if (!item.detail.empty()) details["detail"] = item.detail;
    if (!item.origin.empty()) details["description"] = item.origin;
    out["labelDetails"] = std::move(details);
  } else if (!item.detail.empty() || !item.origin.empty()) {
    out["detail"] =
        item.origin.empty() ? item.detail : item.origin + (item.detail.empty() ? "" : item.detail);
  }
  if (item.snippet) out["insertTextFormat"] = 2;
  const std::string& text = item.insert.empty() ? item.label : item.insert;
  if (defaults_ && !item.replaced) {
    if (text != item.label) out["textEditText"] = text;
  } else {
    const Span span = item.replaced.value_or(context_.replaced);
    json::object edit{{"newText", text}};
    if (insert_replace_) {
      edit["insert"] = ask_.range(file_, {span.begin, std::max(span.begin, cursor_.at)});
      edit["replace"] = ask_.range(file_, span);
    } else {
      edit["range"] = ask_.range(file_, span);
    }
    out["textEdit"] = std::move(edit);
  }
  if (!item.import.empty()) {
    if (lazy_edits_) {
      item.data["import"] = item.import;
      item.data["into"] = file_.file().uri;
    } else {
      out["additionalTextEdits"] = json::array{import_edit(ask_, file_, item.import)};
    }
  }
  if (!item.data.empty()) out["data"] = std::move(item.data);
  list_.push_back(std::move(out));
}

json::value Items::take() {
  json::object out{{"isIncomplete", incomplete_}};
  if (defaults_) {
    const json::object replace = ask_.range(file_, context_.replaced);
    json::value range = replace;
    if (insert_replace_)
      range = {{"insert", ask_.range(file_, {context_.replaced.begin, cursor_.at})}, {"replace", replace}};
    out["itemDefaults"] = {{"editRange", std::move(range)}};
  }
  out["items"] = std::move(list_);
  return out;
}

}  // namespace ml::lsp
