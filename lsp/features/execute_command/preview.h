#pragma once

#include <string>
#include <string_view>

#include "lsp/features/registry.h"

namespace ml::lsp {

// The Python that a file becomes; lines carry the ML line they came from. Refuses files with errors.
std::string python_of(const Revision& file);

// Findings of the security checks of a file, for people.
std::string security_report(const Revision& file);

// "ml-python:FILE-URI" and "ml-security:FILE-URI" name these texts. Empty: no such document.
std::string preview_text(const Ask& ask, std::string_view uri);

}  // namespace ml::lsp
