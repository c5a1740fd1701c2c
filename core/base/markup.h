#pragma once

#include <string>
#include <string_view>

namespace ml {

// `text` as text or as a quoted attribute of HTML or XML. Control characters, which XML cannot hold, are left
// out; ends of lines and tabs stay.
std::string escaped_markup(std::string_view text);

}  // namespace ml
