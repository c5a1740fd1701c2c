; Scopes are functions: blocks do not open one (language.md 3.3).

(program) @local.scope
[(function_statement) (function_expression) (fn_arrow_function) (arrow_function)] @local.scope

(function_statement name: (identifier) @local.definition.function)
(param name: (identifier) @local.definition.parameter)
(arrow_function param: (identifier) @local.definition.parameter)
(assign_statement target: (identifier) @local.definition.var)
(assign_statement target: (array (identifier) @local.definition.var))
(assign_statement target: (object (shorthand_property name: (identifier) @local.definition.var)))
(declare_statement target: (identifier) @local.definition.var)
(declare_statement target: (array (identifier) @local.definition.var))
(declare_statement target: (object (shorthand_property name: (identifier) @local.definition.var)))
(for_in_statement variable: (identifier) @local.definition.var)
(except_clause variable: (identifier) @local.definition.var)
(import_statement alias: (identifier) @local.definition.import)

(identifier) @local.reference
