#include "core/emit/types.h"

namespace ml::emit {

Types types_of_catalogue(std::string_view text) {
  Types all = 0;
  while (!text.empty()) {
    const std::size_t bar = text.find('|');
    std::string_view one = text.substr(0, bar);
    text = bar == std::string_view::npos ? std::string_view{} : text.substr(bar + 1);
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (one == "number")
      all |= kNumber;
    else if (one == "integer")
      all |= kInt;
    else if (one == "float")
      all |= kFloat;
    else if (one == "string")
      all |= kString;
    else if (one == "boolean")
      all |= kBool;
    else if (one == "array")
      all |= kArray;
    else if (one == "object")
      all |= kObject;
    else if (one == "function")
      all |= kFunction;
    else if (one == "null")
      all |= kNull;
    else if (one == "any")
      all |= kAnyType;
    else
      all |= kOther;
  }
  return all ? all : kAnyType;
}

}  // namespace ml::emit
