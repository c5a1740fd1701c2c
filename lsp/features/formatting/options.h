#pragma once

#include "core/format/format.h"
#include "lsp/features/registry.h"

namespace ml::lsp {

// What the request and the settings `ml.format.*` say: a setting that is made wins over the editor's option.
format::Options format_options(const Ask& ask);

}  // namespace ml::lsp
