[
  (block) (object) (array) (call_expression) (params) (capability_statement) (template) (comment)
] @fold
