(function_statement) @local.scope
(function_expression) @local.scope
(arrow_function) @local.scope
(param name: (identifier) @local.definition.parameter)
(function_statement name: (identifier) @local.definition.function)
(assign_statement target: (identifier) @local.definition.var)
(for_in_statement variable: (identifier) @local.definition.var)
(identifier) @local.reference
