"""From CPython's error texts (3.11 to 3.13) to ML's types and messages (language.md sections 3 and 5)."""

import re

from mlpy import _native

TYPE_NAMES = {
    "int": "number", "float": "number", "bool": "boolean", "str": "string", "list": "array", "tuple": "array",
    "dict": "object", "NoneType": "null", "function": "function", "builtin_function_or_method": "function",
    "method": "function", "generator": "generator", "range_iterator": "iterator", "range": "array",
    "mlpy._native.Object": "object", "mlpy._native.Error": "error", "mlpy._native.Module": "module",
    "mlpy._native.Method": "function", "mlpy._native.Iterator": "iterator",
    "Object": "object", "Error": "error", "Module": "module", "Method": "function", "Iterator": "iterator",
}
KINDS = (NameError, TypeError, ZeroDivisionError, IndexError, KeyError, ValueError, AttributeError, RecursionError,
         OverflowError, RuntimeError, ImportError, EOFError)
WORD = re.compile(r"[A-Za-z_]\w*")
QUOTED_TYPE = re.compile("'(" + "|".join(re.escape(name) for name in TYPE_NAMES) + ")'")


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
    for pattern, message in _UNBOUND:
        found = pattern.match(text)
        if found:
            return "NameError", message.format(found[1])
    return "NameError", text


def zero_division(error, text, place):
    return "ZeroDivisionError", "division by zero"


def key_error(error, text, place):
    return "KeyError", _native.quoted(error.args[0]) if error.args else text


def value_error(error, text, place):
    if text == "generator already executing":
        return "RuntimeError", text
    if text.startswith("Exceeds the limit"):
        return "LimitError", "the integer has too many digits to be shown"
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
    found = re.match(r"module '(.+?)' has no attribute '(\w+)'", text)
    if found:
        return "AttributeError", f"module '{found[1]}' has no member '{found[2]}'"
    found = re.match(r"'(.+?)' object has no attribute '(\w+)'", text)
    if not found:
        return "AttributeError", text
    called = place is not None and re.match(r"\w+\s*\(", place.text[0])
    kind, name = ml_type(found[1]), found[2]
    if kind == "null":
        return "TypeError", f"cannot {'call method' if called else 'read property'} '{name}' of null"
    return "AttributeError", f"{kind} has no {'method' if called else 'property'} '{name}'"


def type_error(error, text, place):
    for pattern, rule in _TYPE_RULES:
        found = pattern.match(text)
        if found:
            result = rule(found, place)
            return result if type(result) is tuple else ("TypeError", result)
    from mlpy.stdlib.host import translate_arity

    return "TypeError", translate_arity(text) or QUOTED_TYPE.sub(lambda m: f"'{ml_type(m[1])}'", text)


def member_at(place):
    """Name of the member that is read at the place, None if an index is."""
    found = WORD.match(place.text[0]) if place is not None else None
    return found[0] if found else None


def key_at(place):
    """The key read at the place, as text; empty if it cannot be told."""
    name = member_at(place)
    if name is not None or place is None:
        return name or ""
    found = re.match(r"\[\s*(?:'([^'\\]*)'|\"([^\"\\]*)\"|(-?[\w.]+)|([^\]]*))\s*\]", place.text[0])
    if not found:
        return ""
    text = next((group for group in found.groups() if group is not None), "")
    if found[3] and WORD.fullmatch(text) and place.frame is not None:
        for names in (place.frame.f_locals, place.frame.f_globals):
            if text in names:
                return _native.display(names[text])
    return text


def operands(operator, left, right):
    return f"unsupported operand type(s) for {operator.rstrip('=')}: '{ml_type(left)}' and '{ml_type(right)}'"


def not_subscriptable(found, place):
    kind = ml_type(found[1])
    if kind == "null":
        key = key_at(place)
        return f"cannot read property '{key}' of null" if key else "cannot read a property of null"
    name = member_at(place)
    if name is not None:
        return "AttributeError", f"{kind} has no property '{name}'"
    return f"'{kind}' object is not subscriptable"


def repetition(found, place):
    """Python names only one operand: the left one if it is no sequence, else the right one."""
    other = ml_type(found[1])
    after, before = place.text if place is not None else ("", "")
    left = operand_type(re.search(r"([A-Za-z_]\w*|['\"\]])\s*$", before), place)
    right = operand_type(re.match(r"\*\s*([A-Za-z_]\w*|['\"\[])", after), place)
    if left in ("string", "array") or right not in ("string", "array"):
        return operands("*", left if left in ("string", "array") else "string", other)
    return operands("*", other, right)


def operand_type(found, place):
    """ML type of an operand that is a literal or a variable, as far as the source tells."""
    if not found:
        return None
    if found[1] in "[]":
        return "array"
    if found[1] in "'\"":
        return "string"
    if place.frame is not None:
        for names in (place.frame.f_locals, place.frame.f_globals):
            if found[1] in names:
                return _native.typeof(names[found[1]])
    return None


def no_assignment(found, place):
    what = "item" if member_at(place) is None else "property"
    return f"'{ml_type(found[1])}' object does not support {what} assignment"


def bad_index(found, place):
    name = member_at(place)
    if name is None:
        return f"{found[1]} indices must be integers, not {ml_type(found[2])}"
    kind = "array" if found[1] == "list" else "string"
    if re.match(r"\w+\s*=(?!=)", place.text[0]):
        return f"'{kind}' object does not support property assignment"
    return "AttributeError", f"{kind} has no property '{name}'"


_BY_KIND = {
    "NameError": name_error, "TypeError": type_error, "ZeroDivisionError": zero_division, "IndexError": index_error,
    "KeyError": key_error, "ValueError": value_error, "AttributeError": attribute_error,
    "RecursionError": recursion_error, "OverflowError": overflow_error,
}

_UNBOUND = [
    (re.compile(r"cannot access local variable '(.+?)' where"), "local variable '{}' used before assignment"),
    (re.compile(r"local variable '(.+?)' referenced"), "local variable '{}' used before assignment"),
    (re.compile(r"cannot access free variable '(.+?)' where"), "name '{}' is not defined"),
    (re.compile(r"free variable '(.+?)' referenced"), "name '{}' is not defined"),
    (re.compile(r"name '(.+?)' is not defined"), "name '{}' is not defined"),
]

_TYPE_RULES = [(re.compile(pattern), rule) for pattern, rule in [
    (r"unsupported operand type\(s\) for (\S+?):? '(.+?)' and '(.+?)'", lambda m, _: operands(m[1], m[2], m[3])),
    (r"can only concatenate (\w+) \(not \"(.+?)\"\)", lambda m, _: operands("+", m[1], m[2])),
    (r"can't multiply sequence by non-int of type '(.+?)'", repetition),
    (r"'(\S+)' not supported between instances of '(.+?)' and '(.+?)'",
     lambda m, _: f"'{m[1]}' not supported between instances of '{ml_type(m[2])}' and '{ml_type(m[3])}'"),
    (r"bad operand type for (unary [-+~]|abs\(\)): '(.+?)'",
     lambda m, _: f"bad operand type for {m[1]}: '{ml_type(m[2])}'"),
    (r"'(.+?)' object is not subscriptable", not_subscriptable),
    (r"'(.+?)' object does not support item", no_assignment),
    (r"(list|string|tuple) indices must be integers(?: or slices)?(?:, not '?([\w.]+)'?)?", bad_index),
    (r"'(.+?)' object is not callable", lambda m, _: f"Cannot call {ml_type(m[1])}: not callable"),
    (r"'(.+?)' object is not (iterable|an iterator)", lambda m, _: f"'{ml_type(m[1])}' object is not {m[2]}"),
    (r"cannot unpack non-iterable (.+?) object", lambda m, _: f"'{ml_type(m[1])}' object is not iterable"),
    (r"unhashable type: '(.+?)'",
     lambda m, _: f"an object key must be a string, number, boolean or null, not {ml_type(m[1])}"),
    (r"object of type '(.+?)' has no len", lambda m, _: f"{ml_type(m[1])} has no length"),
    (r"slice indices must be integers or None", lambda m, _: "slice indices must be integers or null"),
    (r"can only assign an iterable|must assign iterable", lambda m, _: "a slice can only be replaced by an array"),
    (r"'(.+?)' object cannot be interpreted as an integer", lambda m, _: f"an integer is needed, got {ml_type(m[1])}"),
    (r"must be real number, not (.+)", lambda m, _: f"a number is needed, got {ml_type(m[1])}"),
]]
