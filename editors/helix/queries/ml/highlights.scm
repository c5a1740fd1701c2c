; Node names: core/syntax/NODES.md
(comment) @comment
(number) @number
(string) @string
(template) @string
(template_chars) @string
(substitution ["${" "}"] @punctuation.special)
(bool) @boolean
(null) @constant.builtin
(identifier) @variable
["if" "elif" "else" "while" "for" "in" "try" "except" "finally" "throw" "return" "break" "continue" "nonlocal"] @keyword
["import" "as"] @keyword.import
"function" @keyword.function
(function_statement name: (identifier) @function)
(function_expression name: (identifier) @function)
(param name: (identifier) @variable.parameter)
(call_expression callee: (identifier) @function.call)
(member_expression name: (identifier) @property)
(call_expression callee: (member_expression name: (identifier) @function.method.call))
(property key: (identifier) @property)
(import_statement path: (dotted_name part: (identifier) @module))
(import_statement alias: (identifier) @module)
["==" "!=" "<" ">" "<=" ">=" "+" "-" "*" "/" "%" "=" "&&" "||" "!" "=>" "?"] @operator
["(" ")" "[" "]" "{" "}"] @punctuation.bracket
["," ";" "." ":"] @punctuation.delimiter
