#pragma once

// Where completions come from.

#include <memory>

#include "lsp/features/completion/items.h"

namespace ml::lsp {

using FilePtr = std::shared_ptr<const Revision>;

void offer_names(const Ask& ask, const FilePtr& file, const Cursor& cursor, const CompletionContext& context,
                 Items& items);
void offer_keywords(const CompletionContext& context, Items& items);
void offer_modules(const Ask& ask, const Revision& file, const CompletionContext& context, Items& items);
void offer_types(Items& items);
void offer_paths(const Ask& ask, const Revision& file, const CompletionContext& context, Items& items);
void offer_capability_words(const CompletionContext& context, Items& items);
void offer_members(const Ask& ask, const FilePtr& file, const Cursor& cursor,
                   const CompletionContext& context, Items& items);

Item library_item(const stdlib::Entry& entry, char rank);

}  // namespace ml::lsp
