"""json: read, write and inspect JSON (stdlib-core.md section 7).

Uses the C parts of Python's json package directly: the package itself would import ``re`` and cost milliseconds.
"""

import sys
from _json import encode_basestring_ascii as _quoted
from _json import make_encoder, make_scanner

from mlpy._native import Object, typeof
from mlpy.stdlib.check import integer, limit_error, value_error, wrong

EXPORTS = ("parse", "safeParse", "stringify", "prettyPrint", "validate", "isObject", "isArray", "isString", "isNumber",
           "isBoolean", "isNull", "keys", "values", "hasKey", "get", "merge")

MAX_NESTING = 1000
MAX_TEXT = 32 * 1024 * 1024
_BLANKS = " \t\n\r"
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


class _NotJson(Exception):
    pass


def _refuse_constant(name):
    raise _NotJson(name)


class _Settings:
    """What the C scanner reads: strict JSON, objects as ML objects."""

    strict = True
    object_hook = Object
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = staticmethod(_refuse_constant)
    memo = {}


_scan = make_scanner(_Settings)


def parse(json_string):
    if type(json_string) is not str:
        raise _failed(f"expected a string, got {typeof(json_string)}")
    if len(json_string) > MAX_TEXT:
        raise limit_error(f"json.parse(): text of more than {MAX_TEXT} characters")
    if json_string.count("[") + json_string.count("{") > MAX_NESTING and _nesting(json_string) > MAX_NESTING:
        raise _failed("nesting too deep")
    start = 0
    while json_string[start:start + 1] in _BLANKS and start < len(json_string):
        start += 1
    try:
        value, end = _scanned(json_string, start)
    except RecursionError:
        value, end = _scanned_deep(json_string, start)
    while end < len(json_string) and json_string[end] in _BLANKS:
        end += 1
    if end != len(json_string):
        raise _failed_at("Extra data", json_string, end)
    return value


def _failed(reason):
    return value_error(f"JSON parsing failed: {reason}")


def _failed_at(reason, text, place):
    line = text.count("\n", 0, place) + 1
    column = place - text.rfind("\n", 0, place)
    return _failed(f"{reason}: line {line} column {column} (char {place})")


def _explained(error, text):
    place = getattr(error, "pos", None)
    if place is None:  # not a JSONDecodeError: an integer of too many digits
        return limit_error("json.parse(): number of more than 4300 digits")
    reason = error.msg.rstrip(": ")
    if reason.startswith("Illegal trailing comma"):  # Python 3.13
        place += 1
        while text[place:place + 1] and text[place] in _BLANKS:
            place += 1
        reason = "Expecting value" if text[place:place + 1] == "]" else "Expecting property name enclosed in double quotes"
    return _failed_at(reason, text, place)


def _outside_strings(text):
    """Positions of the characters that are not part of a string."""
    inside = escaped = False
    for place, character in enumerate(text):
        if not inside:
            inside = character == '"'
            if not inside:
                yield place
        elif escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == '"':
            inside = False


def _place_of(constant, text):
    return next(place for place in _outside_strings(text) if text.startswith(constant, place))


def _nesting(text):
    """A depth of brackets that is exact, or at least the real one and small enough not to matter.

    Brackets in strings only matter when they do not pair up; then the text is walked.
    """
    rest = text.encode("utf-8", "replace").translate(None, _NOT_BRACKETS)
    rounds = 0
    while rest and rounds <= MAX_NESTING:
        shorter = rest.replace(b"[]", b"").replace(b"{}", b"")
        if len(shorter) == len(rest):
            break
        rest = shorter
        rounds += 1
    if rounds + len(rest) <= MAX_NESTING:
        return rounds
    deepest = depth = 0
    for place in _outside_strings(text):
        if text[place] in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif text[place] in "]}":
            depth -= 1
    return deepest


def _scanned(text, start):
    """One value and where it ends."""
    try:
        return _scan(text, start)
    except StopIteration as stop:
        raise _failed_at("Expecting value", text, stop.value) from None
    except _NotJson as constant:
        raise _failed_at("Expecting value", text, _place_of(constant.args[0], text)) from None
    except SystemError:
        # Python 3.11 wants to raise json.decoder.JSONDecodeError, but only if somebody has imported it.
        import json.decoder  # noqa: F401
    except ValueError as error:
        raise _explained(error, text) from None
    try:
        return _scan(text, start)
    except ValueError as error:
        raise _explained(error, text) from None


def _scanned_deep(text, start):
    """Scans a text whose nesting is allowed but more than the interpreter has room for at this depth of calls."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(limit + 3 * MAX_NESTING)
    try:
        return _scanned(text, start)
    finally:
        sys.setrecursionlimit(limit)


def safeParse(json_string, max_depth=100):
    limit = min(integer("json.safeParse", "max_depth", max_depth), 100)
    value = parse(json_string)
    depth = 0
    level = [value]
    while level:
        if depth > limit:
            raise value_error(f"JSON object depth exceeds maximum allowed ({max_depth})")
        below = []
        for item in level:
            if type(item) is list:
                below += item
            elif type(item) is Object:
                below += item.values()
        level = below
        depth += 1
    return value


def _unserializable(value):
    raise _unwritten(f"Object of type {typeof(value)} is not JSON serializable")


def _unwritten(reason):
    return value_error(f"JSON serialization failed: {reason}")


def stringify(obj):
    try:
        return "".join(make_encoder({}, _unserializable, _quoted, None, ": ", ", ", False, False, False)(obj, 0))
    except RecursionError:
        raise _unwritten("nesting too deep") from None
    except ValueError as error:
        text = str(error)
        if text.startswith("Circular"):
            raise _unwritten("Circular reference detected") from None
        if text.startswith("Exceeds"):
            raise limit_error("json.stringify(): number of more than 4300 digits") from None
        raise _unwritten("NaN is not valid JSON") from None


def prettyPrint(obj, indent=4):
    if indent is None:
        return stringify(obj)
    if type(indent) is str:
        unit = indent
    elif type(indent) is int or type(indent) is bool:
        unit = " " * min(indent, 10_000)
    else:
        raise value_error(f"json.prettyPrint(): 'indent' must be an integer, a string or null, got {typeof(indent)}")
    chunks = []
    try:
        _write(obj, unit, "\n", chunks.append, set())
    except RecursionError:
        raise _unwritten("nesting too deep") from None
    return "".join(chunks)


def _write(value, unit, line, out, open_containers):
    kind = type(value)
    if kind is not list and kind is not Object or not value:
        out(stringify(value))
        return
    if id(value) in open_containers:
        raise _unwritten("Circular reference detected")
    open_containers.add(id(value))
    inner = line + unit
    separator = inner
    if kind is list:
        out("[")
        for item in value:
            out(separator)
            _write(item, unit, inner, out, open_containers)
            separator = "," + inner
        out(line + "]")
    else:
        out("{")
        for key, item in value.items():
            out(separator)
            out(stringify(Object([(key, None)]))[1:-5])
            _write(item, unit, inner, out, open_containers)
            separator = "," + inner
        out(line + "}")
    open_containers.discard(id(value))


def validate(json_string):
    if type(json_string) is not str:
        return False
    try:
        parse(json_string)
    except Exception:
        return False
    return True


def isObject(value):
    return type(value) is Object


def isArray(value):
    return type(value) is list


def isString(value):
    return type(value) is str


def isNumber(value):
    return type(value) is int or type(value) is float


def isBoolean(value):
    return type(value) is bool


def isNull(value):
    return value is None


def keys(obj):
    return list(obj) if type(obj) is Object else []


def values(obj):
    return list(obj.values()) if type(obj) is Object else []


def _has(function, obj, key):
    if type(obj) is not Object:
        return False
    if type(key) not in (str, int, float, bool, type(None)):
        raise wrong(function, "key", "a string", key)
    return key in obj


def hasKey(obj, key):
    return _has("json.hasKey", obj, key)


def get(obj, key, default=None):
    return obj[key] if _has("json.get", obj, key) else default


def merge(obj1, obj2):
    merged = Object()
    for source in (obj1, obj2):
        if type(source) is Object:
            merged.update(source)
    return merged
