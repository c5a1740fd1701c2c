(function_statement "function" @context name: (identifier) @name) @item
(assign_statement target: (identifier) @name value: [(arrow_function) (fn_arrow_function) (function_expression)]) @item
(declare_statement target: (identifier) @name value: [(arrow_function) (fn_arrow_function) (function_expression)]) @item
