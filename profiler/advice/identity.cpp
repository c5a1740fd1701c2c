#include "profiler/advice/identity.h"

#include "core/text/hex.h"

namespace ml::profiler {

void take_identity(Profile::Function& function, const ast::FunctionKey& key) {
  function.path = key.path;
  function.ordinal = key.ordinal;
  function.arity = key.arity;
  function.end_line = key.end_line;
  function.body_hash = hexadecimal(key.body_hash);
  function.shape_hash = hexadecimal(key.shape_hash);
}

}  // namespace ml::profiler
