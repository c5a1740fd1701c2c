; Highlighting. Later patterns win.

(identifier) @variable

((identifier) @variable.builtin (#eq? @variable.builtin "builtin"))

(param name: (identifier) @variable.parameter)
(arrow_function param: (identifier) @variable.parameter)
(nonlocal_statement name: (identifier) @variable)
(except_clause variable: (identifier) @variable)

(member_expression name: (identifier) @property)
(property key: (identifier) @property)
(shorthand_property name: (identifier) @property)

(call_expression callee: (identifier) @function)
(call_expression callee: (member_expression name: (identifier) @function.method))
(function_statement name: (identifier) @function)
(function_expression name: (identifier) @function)
(assign_statement target: (identifier) @function value: [(arrow_function) (fn_arrow_function) (function_expression)])
(declare_statement target: (identifier) @function value: [(arrow_function) (fn_arrow_function) (function_expression)])

(dotted_name part: (identifier) @namespace)
(import_statement alias: (identifier) @namespace)
(capability_item kind: (identifier) @keyword)
(capability_item action: (identifier) @keyword)

(param type: (identifier) @type)
(function_statement type: (identifier) @type)
(function_expression type: (identifier) @type)

[
  "if" "elif" "else" "while" "for" "in" "break" "continue" "return" "try" "except" "finally" "throw" "nonlocal" "yield"
  "import" "as" "capability" "function" "fn"
] @keyword
(declare_word) @keyword

(bool) @constant.builtin
(null) @constant.builtin
(number) @number
(string) @string
(template) @string
(substitution ["${" "}"] @punctuation.special)
(comment) @comment

[
  "+" "-" "*" "/" "//" "%" "==" "!=" "<" ">" "<=" ">=" "&&" "||" "!" "?" "=" "=>"
] @operator

["(" ")" "[" "]" "{" "}"] @punctuation.bracket
["," "." ";" ":"] @punctuation.delimiter

[
  (malformed_number) (unterminated_string) (unterminated_template) (unterminated_comment) (unexpected_character)
  (invalid_operator)
] @error
