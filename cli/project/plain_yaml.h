#pragma once

// The plain subset of YAML in which project files may be written (cli-and-python-api.md 4): maps, lists in
// both styles, scalars, comments. Anchors, references, tags, text blocks, directives and further documents
// are errors.

#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace ml::cli {

// The value of a document, null when it is empty; or nothing, and `problem` says in which line and why. Any
// bytes are safe.
std::optional<boost::json::value> parse_plain_yaml(std::string_view text, std::string& problem);

}  // namespace ml::cli
