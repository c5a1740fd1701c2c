"""From CPython's error texts (3.11 to 3.13) to ML's types and messages (language.md sections 3 and 5).

Without regular expressions: a program that catches its first error should not wait for their module.
"""

from mlpy import _native

TYPE_NAMES = {
    "int": "number", "float": "number", "bool": "boolean", "str": "string", "list": "array", "tuple": "array",
    "dict": "object", "NoneType": "null", "function": "function", "builtin_function_or_method": "function",
    "method": "function", "bytes": "bytes", "generator": "generator", "range_iterator": "iterator", "range": "array",
    "mlpy._native.Object": "object", "mlpy._native.Lent": "object", "mlpy._native.Error": "error", "mlpy._native.Module": "module",
    "mlpy._native.Method": "function", "mlpy._native.Iterator": "iterator",
    "Object": "object", "Lent": "object", "Error": "error", "Module": "module", "Method": "function", "Iterator": "iterator",
}
KINDS = (NameError, TypeError, ZeroDivisionError, IndexError, KeyError, ValueError, AttributeError, RecursionError,
         OverflowError, RuntimeError, ImportError, EOFError)

def ml_type(python_name):
    return TYPE_NAMES.get(python_name, python_name)


def translate(error, place):
    """ML type and message of an exception that CPython or the library raised at ``place`` (None: unknown)."""
    text = str(error)
    for python_class in KINDS:
        if isinstance(error, python_class):
            kind = python_class.__name__
            found = _BY_KIND.get(kind)
            return found(error, text, place) if found else (kind, text)
    if isinstance(error, MemoryError):
        return "LimitError", "out of memory"
    if isinstance(error, ArithmeticError):
        return "ValueError", text
    if isinstance(error, StopIteration):
        return "RuntimeError", "iterator exhausted"
    if isinstance(error, OSError):
        return "RuntimeError", text
    return "InternalError", f"{type(error).__name__}: {text}"


def name_error(error, text, place):
    if "'" not in text:
        return "NameError", text
    name = text.split("'")[1]
    if text.startswith(("cannot access local", "local variable")):
        return "NameError", f"local variable '{name}' used before assignment"
    return "NameError", f"name '{name}' is not defined"


def zero_division(error, text, place):
    return "ZeroDivisionError", "division by zero"


def key_error(error, text, place):
    return "KeyError", _native.quoted(error.args[0]) if error.args else text


def value_error(error, text, place):
    if text == "generator already executing":
        return "RuntimeError", text
    if text.startswith("Exceeds the limit"):
        return "LimitError", "integer larger than 4300 digits"
    return "ValueError", text


def recursion_error(error, text, place):
    return "RecursionError", f"recursion deeper than {_native.recursion_limit()}"


def overflow_error(error, text, place):
    if text.startswith("integer division result too large"):
        text = "int too large to convert to float"
    return "OverflowError", text


def index_error(error, text, place):
    if text.startswith("cannot fit"):
        text = "list index out of range"
    return "IndexError", text


def attribute_error(error, text, place):
    parts = text.split("'")
    if len(parts) < 5 or "has no attribute" not in text:
        return "AttributeError", text
    owner, name = parts[1], parts[3]
    if text.startswith("module "):
        return "AttributeError", f"module '{owner}' has no member '{name}'"
    called = after_member(place).startswith("(")
    kind = ml_type(owner)
    if kind == "null":
        # Python's name of the method may be another one (append for push).
        return "TypeError", f"cannot {'call method' if called else 'read property'} '{member_at(place) or name}' of null"
    return "AttributeError", f"{kind} has no {'method' if called else 'property'} '{name}'"


def type_error(error, text, place):
    for part, rule in _TYPE_RULES:
        if part in text:
            try:
                result = rule(text, text.split("'"), place)
            except IndexError:
                continue  # a library's text that only looks like one of CPython's
            return result if type(result) is tuple else ("TypeError", result)
    from mlpy.stdlib.host import translate_arity

    return "TypeError", translate_arity(text) or with_ml_names(text)


def with_ml_names(text):
    """The text with every quoted Python type name replaced."""
    parts = text.split("'")
    return "'".join(TYPE_NAMES.get(part, part) if i % 2 else part for i, part in enumerate(parts))


# What the ML source says at a place ------------------------------------------------------------------------------------


def word(text):
    """The identifier or number that a text begins with."""
    end = 0
    while end < len(text) and (text[end].isalnum() or text[end] == "_"):
        end += 1
    return text[:end]


def last_word(text):
    text = text.rstrip()
    begin = len(text)
    while begin and (text[begin - 1].isalnum() or text[begin - 1] == "_"):
        begin -= 1
    return text[begin:]


def member_at(place):
    """Name of the member that is read at the place, None if an index is."""
    return place is not None and word(place.text[0]) or None


def after_member(place):
    """What follows the member name at the place."""
    if place is None:
        return ""
    text = place.text[0]
    return text[len(word(text)):].lstrip()


def key_at(place):
    """The key read at the place, as text; empty if it cannot be told."""
    name = member_at(place)
    if name is not None or place is None or not place.text[0].startswith("["):
        return name or ""
    text = place.text[0][1:].strip()
    if text[:1] in ("'", '"'):
        return text[1:text.find(text[0], 1)]
    text = text.partition("]")[0].strip()
    name = word(text)
    if name == text:
        value = variable(name, place)
        return text if value is None else _native.display(value[0])
    return text


def variable(name, place):
    """The value of a variable in a tuple, None if it cannot be told."""
    if name and place.frame is not None:
        for names in (place.frame.f_locals, place.frame.f_globals):
            if name in names:
                return (names[name],)
    return None


def operand_type(text, at_end, place):
    """ML type of the operand at the end or the begin of a text, if it is a literal or a variable."""
    text = text.strip()
    edge = text[-1:] if at_end else text[:1]
    if edge and edge in "[]":
        return "array"
    if edge and edge in "'\"":
        return "string"
    value = variable(last_word(text) if at_end else word(text), place)
    return _native.typeof(value[0]) if value else None


# Rules for TypeErrors: a part of the text -> function of (text, text split at quotes, place) ------------------------------


def operands(operator, left, right):
    return f"unsupported operand type(s) for {operator.rstrip('=')}: '{ml_type(left)}' and '{ml_type(right)}'"


def unsupported(text, parts, place):
    return operands(text.partition(" for ")[2].partition(":")[0], parts[1], parts[3])


def concatenation(text, parts, place):
    return operands("+", text.split()[3], text.split('"')[1])


def repetition(text, parts, place):
    """Python names only one operand: the left one if it is no sequence, else the right one."""
    other = ml_type(parts[2])
    after, before = place.text if place is not None else ("", "")
    left = operand_type(before, True, place)
    right = operand_type(after[1:], False, place)
    if left in ("string", "array") or right not in ("string", "array"):
        return operands("*", left if left in ("string", "array") else "string", other)
    return operands("*", other, right)


def comparison(text, parts, place):
    return f"'{parts[1]}' not supported between instances of '{ml_type(parts[3])}' and '{ml_type(parts[5])}'"


def unary(text, parts, place):
    return f"{text.partition(':')[0]}: '{ml_type(parts[1])}'"


def not_callable(text, parts, place):
    """A call of `o.m` where the property holds no function. A missing property is null."""
    kind = ml_type(parts[1])
    name = member_at(place)
    if name is None or not place.text[1].rstrip().endswith("."):
        return f"Cannot call {kind}: not callable"
    if kind == "null":
        return "AttributeError", f"ML object has no property '{name}'"
    return f"Property '{name}' is not callable (got {kind})"


def not_subscriptable(text, parts, place):
    kind = ml_type(parts[1])
    called = after_member(place).startswith("(")
    if kind == "null":
        key = key_at(place)
        if called and member_at(place) is not None:
            return f"cannot call method '{key}' of null"
        return f"cannot read property '{key}' of null" if key else "cannot read a property of null"
    name = member_at(place)
    if name is not None:
        return "AttributeError", f"{kind} has no {'method' if called else 'property'} '{name}'"
    return f"'{kind}' object is not subscriptable"


def no_assignment(text, parts, place):
    what = "item" if member_at(place) is None else "property"
    return f"'{ml_type(parts[1])}' object does not support {what} assignment"


def bad_index(text, parts, place):
    sequence = word(text)
    name = member_at(place)
    if name is None:
        return f"{sequence} indices must be integers, not {ml_type(text.partition(', not ')[2].strip(chr(39)))}"
    kind = {"list": "array", "byte": "bytes"}.get(sequence, "string")
    rest = after_member(place)
    if rest.startswith("=") and not rest.startswith("=="):
        return f"'{kind}' object does not support property assignment"
    return "AttributeError", f"{kind} has no {'method' if rest.startswith('(') else 'property'} '{name}'"


def no_length(text, parts, place):
    kind = ml_type(parts[1])
    if kind == "null" and member_at(place) == "length":
        called = after_member(place).startswith("(")
        return f"cannot {'call method' if called else 'read property'} 'length' of null"
    return f"{kind} has no length"


def not_iterable(text, parts, place):
    kind = parts[1] if len(parts) > 1 else text.removeprefix("cannot unpack non-iterable ").partition(" ")[0]
    return f"'{ml_type(kind)}' object is not iterable"


_TYPE_RULES = (
    ("unsupported operand type(s) for ", unsupported),
    ("can only concatenate ", concatenation),
    ("can't multiply sequence by non-int of type", repetition),
    ("not supported between instances of", comparison),
    ("bad operand type for ", unary),
    ("object is not subscriptable", not_subscriptable),
    ("object does not support item", no_assignment),
    (" indices must be integers", bad_index),
    ("object is not callable", not_callable),
    ("object is not iterable", not_iterable),
    ("cannot unpack non-iterable ", not_iterable),
    ("object is not an iterator", lambda text, parts, place: f"'{ml_type(parts[1])}' object is not an iterator"),
    ("unhashable type: ", lambda text, parts, place:
     f"an object key must be a string, number, boolean or null, not {ml_type(parts[1])}"),
    (" has no len()", no_length),
    ("slice indices must be integers or None", lambda text, parts, place: "slice indices must be integers or null"),
    ("assign iterable", lambda text, parts, place: "a slice can only be replaced by an array"),
    ("can only assign an iterable", lambda text, parts, place: "a slice can only be replaced by an array"),
    ("object cannot be interpreted as an integer",
     lambda text, parts, place: f"an integer is needed, got {ml_type(parts[1])}"),
    ("must be real number, not ",
     lambda text, parts, place: f"a number is needed, got {ml_type(text.rpartition(' ')[2])}"),
)

_BY_KIND = {
    "NameError": name_error, "TypeError": type_error, "ZeroDivisionError": zero_division, "IndexError": index_error,
    "KeyError": key_error, "ValueError": value_error, "AttributeError": attribute_error,
    "RecursionError": recursion_error, "OverflowError": overflow_error,
}
