// The grammar of ML (language.md section 2). README.md beside this file tells how to regenerate the parser,
// ../NODES.md lists the nodes and their fields. LR(1) without conflicts: what needs more lookahead is decided by
// src/scanner.c, which emits one of the tokens in `externals`.

const PREC = {
  assignment: -2,
  arrow: -1,
  ternary: 1,
  or: 2,
  and: 3,
  bitwise: 4,
  equality: 5,
  comparison: 6,
  additive: 7,
  multiplicative: 8,
  unary: 9,
  postfix: 10,
};

const open = $ => choice('(', $.missing_open);

// Written out where it is used: a hidden rule would cost a node.
const condition = $ => seq(open($), field('condition', $._expression), close($, ')'));
const declaration = $ => seq(
  field('word', alias($._declare_keyword, $.declare_word)),
  field('target', choice($.identifier, $.array, $.object)),
  optional(seq('=', field('value', $._expression))),
);
const arrowBody = $ => choice(
  field('result', $._expression),
  seq(field('body', $.block), optional($._no_floor_division)),
);

const importPath = $ => seq(
  field('path', $.dotted_name), optional(choice(seq('as', field('alias', $.identifier)), $._at_alias)));

const close = ($, bracket) => choice(bracket, $.missing_close);

const list = ($, rule) => choice(
  $._may_end,
  seq(rule, repeat(seq(',', rule)), optional(seq(',', optional($._may_end)))),
);

module.exports = grammar({
  name: 'ml',

  // The order is the order of `enum Token` in src/scanner.c.
  externals: $ => [
    $.number,
    $.malformed_number,
    $.string,
    $._string_before_slash,
    $.unterminated_string,
    $.template_chars,
    $._template_begin,
    $._template_end,
    $._substitution_begin,
    $._unterminated_template_begin,
    $._template_rest,
    $._floor_division,
    $._arrow_parenthesis, // `(` that opens the parameters of an arrow function
    $._arrow_name, // `x` of `x => …`
    $._block_brace, // `{` that opens a block
    $._function_keyword, // `function` of a declaration
    $._declare_keyword, // `let`, `const`, `var` followed by a name or a pattern
    $._yield_keyword,
    $._capability_keyword,
    $._update_operator, // `++` or `--` before the end of an expression
    $._prefix_word, // `not x`, `new X(…)`, `await x`, ...
    $._infix_word, // `and`, `or`
    $._catch_keyword, // `catch (e) {`
    $._elseif_keyword, // `elseif (`, `elsif (`
    $._automatic_semicolon,
    $.missing_semicolon,
    $.missing_expression,
    $.missing_close, // `)`, `]` or `}`
    $.missing_open, // `(` behind `if`, `elif`, `while`, `for`
    $.missing_name, // behind `.`
    $.missing_statement, // a body; while it may stand, `{` opens a block, never an object
    $.comment,
    $.unterminated_comment,
    $.unexpected_character,
    $._no_floor_division, // the operand before cannot be divided (section 1.3, rule A), and a `//` comment follows
    $.identifier, // by the scanner only while the parser looks for a place to resume
    $._chunk_end, // without width, before some of the words that begin a top-level statement
    $._item_mark, // without width, before all others but the first of a chunk
    // Never emitted: they only tell the scanner where the parser is.
    $._at_statement,
    $._may_end, // an expression may start here, but need not
    $._at_alias,
    $._at_list, // `,` goes on
    $._at_action,
    $._in_error,
  ],

  extras: $ => [/[ \t\n\r\f]/, $.comment, $.unterminated_comment, $.unexpected_character],

  inline: $ => [$._top, $._key, $._any_string, $._item, $._property, $._param],

  rules: {
    // A chunk ends where the next few bytes say so. An incremental parse takes over chunks whole, while it must look at
    // every element of a `repeat`. All of this is hidden but for the end of a chunk.
    program: $ => seq(repeat($._chunk), optional($._items)),
    _chunk: $ => seq($._items, alias($._chunk_end, 'chunk_end')),
    _items: $ => seq($._top, repeat(choice($._top, seq($._item_mark, $._statement)))),
    _top: $ => choice($._statement, $.unexpected_close),

    unexpected_close: _ => '}',

    // Behind a missing_semicolon, most of the time.
    unexpected_token: _ => choice(',', ':', ')', ']', '=>'),

    identifier: _ => /[A-Za-z_][A-Za-z0-9_]*/,

    // --- statements --------------------------------------------------------------------------------------------

    _statement: $ => choice($.if_statement, $._statement_but_if),

    _statement_but_if: $ => choice(
      $.empty_statement,
      $.expression_statement,
      $.assign_statement,
      $.declare_statement,
      $.function_statement,
      $.while_statement,
      $.for_in_statement,
      $.for_c_statement,
      $.try_statement,
      $.return_statement,
      $.throw_statement,
      $.break_statement,
      $.continue_statement,
      $.nonlocal_statement,
      $.yield_statement,
      $.import_statement,
      $.capability_statement,
      $.bare_block_statement,
      $.decorator,
      $.unexpected_token,
      $._at_statement,
    ),

    _end: $ => choice(';', $._automatic_semicolon, $.missing_semicolon),

    empty_statement: _ => ';',

    expression_statement: $ => seq(field('value', $._expression), $._end),

    assign_statement: $ => seq(field('target', $._expression), '=', field('value', $._expression), $._end),

    declare_statement: $ => seq(declaration($), $._end),

    function_statement: $ => seq(
      alias($._function_keyword, 'function'),
      optional(field('star', '*')),
      field('name', $.identifier),
      field('params', $.params),
      optional(seq(':', field('type', $.identifier))),
      field('body', $.block),
    ),

    block: $ => seq(alias($._block_brace, '{'), repeat($._statement), close($, '}')),

    bare_block_statement: $ => field('body', $.block),

    decorator: $ => prec.right(seq('@', field('name', $.identifier), repeat(seq('.', $.identifier)),
      optional(field('arguments', $.arguments)))),

    _body: $ => choice(prec(1, $.block), $._statement, $.missing_statement),

    if_statement: $ => prec.right(seq(
      'if',
      condition($),
      field('body', $._body),
      repeat(field('alternative', $.elif_clause)),
      optional(field('alternative', $.else_clause)),
    )),

    elif_clause: $ => seq(
      choice('elif', seq('else', 'if'), field('misspelt', alias($._elseif_keyword, $.invalid_operator))),
      condition($),
      field('body', $._body),
    ),

    else_clause: $ => seq('else', field('body', choice(prec(1, $.block), $._statement_but_if, $.missing_statement))),

    while_statement: $ => seq('while', condition($), field('body', $._body)),

    for_in_statement: $ => seq(
      'for',
      open($),
      optional(field('word', alias($._declare_keyword, $.declare_word))),
      field('variable', $.identifier),
      'in',
      field('iterable', $._expression),
      close($, ')'),
      field('body', $._body),
    ),

    for_c_statement: $ => seq(
      'for',
      open($),
      optional(choice(field('init', choice($._for_simple, alias($._for_declaration, $.declare_statement))), $._may_end)),
      ';',
      optional(choice(field('condition', $._expression), $._may_end)),
      ';',
      optional(choice(field('step', $._for_simple), $._may_end)),
      close($, ')'),
      field('body', $._body),
    ),

    _for_simple: $ => choice(
      alias($._for_assign, $.assign_statement),
      alias($._for_expression, $.expression_statement),
    ),
    _for_declaration: $ => declaration($),
    _for_assign: $ => seq(field('target', $._expression), '=', field('value', $._expression)),
    _for_expression: $ => field('value', $._expression),

    try_statement: $ => seq(
      'try',
      field('body', $.block),
      repeat(field('except', $.except_clause)),
      optional(field('finally', $.finally_clause)),
    ),

    except_clause: $ => seq(
      choice('except', field('misspelt', alias($._catch_keyword, $.invalid_operator))),
      optional(seq('(', field('variable', $.identifier), ')')),
      field('body', $.block),
    ),

    finally_clause: $ => seq('finally', field('body', $.block)),

    return_statement: $ => seq('return', optional(choice(field('value', $._expression), $._may_end)), $._end),
    throw_statement: $ => seq('throw', field('value', $._expression), $._end),
    break_statement: $ => seq('break', $._end),
    continue_statement: $ => seq('continue', $._end),
    nonlocal_statement: $ => seq(
      'nonlocal', field('name', $.identifier), repeat(seq(',', field('name', $.identifier))), optional($._at_list), $._end),
    yield_statement: $ => seq(
      alias($._yield_keyword, 'yield'), optional(choice(field('value', $._expression), $._may_end)), $._end),

    import_statement: $ => seq(
      'import',
      choice(
        seq(importPath($), repeat(seq(',', field('extra', $.import_extra))), optional($._at_list)),
        field('foreign', $.foreign_import),
      ),
      $._end,
    ),
    import_extra: $ => importPath($),
    foreign_import: $ => choice(
      $._any_string,
      seq(choice('*', seq('{', optional(list($, seq($.identifier, optional(seq('as', $.identifier))))), '}')),
        optional(seq('as', $.identifier)), 'from', choice($._any_string, $.dotted_name)),
    ),
    dotted_name: $ => seq(field('part', $.identifier), repeat(seq('.', field('part', $.identifier)))),

    capability_statement: $ => seq(
      alias($._capability_keyword, 'capability'),
      field('name', $.dotted_name),
      '{',
      repeat(choice(field('item', $.capability_item), ';')),
      close($, '}'),
    ),
    capability_item: $ => seq(
      field('kind', $.identifier),
      optional(choice(field('action', $.identifier), $._at_action)),
      optional(field('target', $._any_string)),
      $._end,
    ),

    // --- functions ---------------------------------------------------------------------------------------------

    params: $ => seq('(', optional(list($, $._param)), close($, ')')),
    _arrow_params: $ => seq(alias($._arrow_parenthesis, '('), optional(list($, $._param)), ')'),

    _param: $ => choice($.param, alias($._spread_param, $.spread_element)),
    _spread_param: $ => seq('...', field('value', $.identifier)),

    param: $ => seq(
      field('name', $.identifier),
      optional(seq(':', field('type', $.identifier))),
      optional(seq('=', field('default', $._expression))),
    ),

    function_expression: $ => seq(
      'function',
      optional(field('star', '*')),
      optional(field('name', $.identifier)),
      field('params', $.params),
      optional(seq(':', field('type', $.identifier))),
      field('body', $.block),
      optional($._no_floor_division),
    ),

    fn_arrow_function: $ => prec.right(PREC.arrow, seq('fn', field('params', $.params), '=>', arrowBody($))),

    arrow_function: $ => prec.right(PREC.arrow, seq(
      choice(field('param', alias($._arrow_name, $.identifier)), field('params', alias($._arrow_params, $.params))),
      '=>',
      arrowBody($),
    )),

    // --- expressions -------------------------------------------------------------------------------------------

    assignment_expression: $ => prec.right(PREC.assignment,
      seq(field('target', $._expression), '=', field('value', $._expression))),

    compound_assignment: $ => prec.right(PREC.assignment, seq(
      field('target', $._expression),
      field('operator', alias(choice('+=', '-=', '*=', '/=', '%=', '**=', '&=', '|=', '^=', '&&=', '||=', '<<=', '>>='),
        $.invalid_operator)),
      field('value', $._expression),
    )),

    update_expression: $ => prec(PREC.postfix, seq(
      field('target', $._expression),
      field('operator', alias($._update_operator, $.invalid_operator)),
    )),

    ternary_expression: $ => prec.right(PREC.ternary, seq(
      field('condition', $._expression),
      '?',
      field('then', $._expression),
      ':',
      field('else', $._expression),
    )),

    // An arrow function or ternary as an operand of something that binds closer is for the AST builder to reject.
    _expression: $ => choice(
      $.ternary_expression,
      $.arrow_function,
      $.assignment_expression,
      $.compound_assignment,
      $.update_expression,
      $.identifier,
      $.number,
      $.malformed_number,
      $.string,
      seq(alias($._string_before_slash, $.string), optional($._no_floor_division)),
      seq($.unterminated_string, optional($._no_floor_division)),
      $.unterminated_template,
      $.template,
      $.bool,
      $.null,
      $.array,
      $.comprehension,
      $.object,
      $.parenthesized_expression,
      $.function_expression,
      $.fn_arrow_function,
      $.unary_expression,
      $.binary_expression,
      $.logical_expression,
      $.call_expression,
      $.index_expression,
      $.slice_expression,
      $.member_expression,
      $.missing_expression,
    ),

    bool: $ => seq(choice('true', 'false'), optional($._no_floor_division)),
    null: $ => seq(choice('null', 'undefined'), optional($._no_floor_division)),

    template: $ => seq(
      alias($._template_begin, '`'),
      repeat(choice($.template_chars, $.substitution)),
      alias($._template_end, '`'),
      optional($._no_floor_division),
    ),
    unterminated_template: $ => seq($._unterminated_template_begin, $._template_rest, optional($._no_floor_division)),
    substitution: $ => seq(
      alias($._substitution_begin, '${'),
      optional(choice(field('value', $._expression), $._may_end)),
      '}',
    ),

    array: $ => seq('[', optional(list($, $._item)), close($, ']')),
    _item: $ => choice($._expression, $.spread_element),
    spread_element: $ => seq('...', field('value', $._expression)),

    comprehension: $ => seq(
      '[', field('value', $._expression), 'for', optional('('), field('variable', $.identifier), 'in',
      field('iterable', $._expression), optional(')'),
      optional(seq('if', field('condition', $._expression))), ']'),

    object: $ => seq('{', optional(list($, $._property)), '}', optional($._no_floor_division)),
    _property: $ => choice(
      $.property, $.shorthand_property, $.computed_property, $.method_property, $.spread_element),
    property: $ => seq(field('key', $._key), ':', field('value', $._expression)),
    _key: $ => choice($.identifier, $._any_string, $.number, $.malformed_number),
    shorthand_property: $ => field('name', $.identifier),
    computed_property: $ => seq('[', field('key', $._expression), ']', ':', field('value', $._expression)),
    method_property: $ => seq(field('name', $.identifier), field('params', $.params), field('body', $.block)),
    _any_string: $ => choice($.string, alias($._string_before_slash, $.string), $.unterminated_string),

    parenthesized_expression: $ => seq('(', field('value', $._expression), close($, ')')),

    unary_expression: $ => prec(PREC.unary, seq(
      field('operator', choice('!', '-', '+', alias(choice('~', $._prefix_word), $.invalid_operator))),
      field('operand', $._expression),
    )),

    binary_expression: $ => choice(
      ...[
        [PREC.equality, choice('==', '!=', alias(choice('===', '!=='), $.invalid_operator))],
        [PREC.comparison, choice('<', '>', '<=', '>=')],
        [PREC.additive, choice('+', '-')],
        [PREC.multiplicative,
          choice('*', '/', alias($._floor_division, '//'), '%', alias('**', $.invalid_operator))],
        [PREC.bitwise, alias(choice('&', '|', '^', '<<', '>>', $._infix_word), $.invalid_operator)],
      ].map(([level, operator]) => prec.left(level, seq(
        field('left', $._expression),
        field('operator', operator),
        field('right', $._expression),
      ))),
    ),

    logical_expression: $ => choice(
      ...[[PREC.and, '&&'], [PREC.or, '||']].map(([level, operator]) => prec.left(level, seq(
        field('left', $._expression),
        field('operator', operator),
        field('right', $._expression),
      ))),
    ),

    call_expression: $ => prec(PREC.postfix, seq(
      field('callee', $._expression), '(', optional(list($, field('argument', $._item))), close($, ')'))),
    arguments: $ => seq('(', optional(list($, $._item)), close($, ')')),

    index_expression: $ => prec(PREC.postfix, seq(
      field('object', $._expression), '[', field('index', $._expression), close($, ']'))),

    slice_expression: $ => prec(PREC.postfix, seq(
      field('object', $._expression),
      '[',
      optional(choice(field('begin', $._expression), $._may_end)),
      ':',
      optional(choice(field('end', $._expression), $._may_end)),
      optional(seq(
        field('step_colon', ':'),
        optional(choice(field('step', $._expression), $._may_end)),
        repeat(seq(field('extra_colon', ':'), optional(choice(field('extra', $._expression), $._may_end)))),
      )),
      ']',
    )),

    member_expression: $ => prec(PREC.postfix, seq(
      field('object', $._expression), '.', field('name', choice($.identifier, $.missing_name)))),
  },
});
