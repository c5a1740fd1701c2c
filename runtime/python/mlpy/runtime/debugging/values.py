"""Values as a debugger shows them: short, never running code of the program, pages of huge ones."""

from itertools import islice

from mlpy import _native

FunctionType = type(lambda: None)
ML_CODE = 0x40000000  # co_flags of code made from ML (runtime/native/kinds.h)
MOST_TEXT, MOST_ITEMS, LONG_TEXT = 100, 5, 1000


def type_of(value):
    try:
        return _native.typeof(value)
    except Exception:
        return type(value).__name__


def visible(variables):
    """What a person sees of a dict of variables: none of the names of generated code, no parameter left out."""
    return {name: value for name, value in variables.items()
            if not name.startswith(("__", ".")) and type(value) is not object} if len(variables) < 100_000 else variables


def preview(value, depth=0):
    """At most MOST_TEXT characters."""
    kind = type(value)
    if kind is str:
        text = _native.quoted(value[:MOST_TEXT])
    elif kind is list:
        if depth > 1:
            return f"array({len(value)})"
        items = [preview(item, depth + 1) for item in value[:MOST_ITEMS]]
        text = "[" + ", ".join(items + ["…"] * (len(value) > MOST_ITEMS)) + "]"
        if len(value) > MOST_ITEMS:
            text = f"({len(value)}) {text}"
    elif kind is _native.Object:
        if depth > 1:
            return "{…}"
        items = [f"{key}: {preview(item, depth + 1)}" for key, item in islice(value.items(), MOST_ITEMS)]
        text = "{" + ", ".join(items + ["…"] * (len(value) > MOST_ITEMS)) + "}"
    elif kind is int and value.bit_length() > 400:
        text = f"({value.bit_length()} bits) {value >> (value.bit_length() - 64)}…"
    else:
        text = _native.display(value)
    return text if len(text) <= MOST_TEXT else text[:MOST_TEXT - 1] + "…"


def sizes(value):
    """Number of named and of indexed children."""
    kind = type(value)
    if kind is list or kind is bytes:
        return 0, len(value)
    if kind is str:
        return int(len(value) > LONG_TEXT), 0
    if kind is _native.Object:
        return len(value), 0
    if kind is _native.Module:
        return len(visible(_native.module_members(value))), 0
    if kind is _native.Error:
        return len(ERROR_PARTS), 0
    return 0, 0


ERROR_PARTS = ("type", "message", "file", "line", "column", "stack")


def children(value, path, scope, only, start, count):
    """(name, value, path) of a page of a value's children."""
    stop = start + count if count else None
    kind = type(value)
    if scope:
        for name, item in islice(value.items(), start, stop):
            yield name, item, "" if scope == "fixed" else name
    elif kind is list or kind is bytes:
        if only == "named":
            return
        last = len(value) if stop is None else min(stop, len(value))
        for index in range(start, last):
            yield f"[{index}]", value[index], path and f"{path}[{index}]"
    elif only == "indexed":
        return
    elif kind is _native.Object:
        for name, item in islice(value.items(), start, stop):
            dotted = isinstance(name, str) and name.isidentifier()
            yield (name if isinstance(name, str) else _native.display(name)), item, path and (
                f"{path}.{name}" if dotted else f"{path}[{_native.quoted(name)}]")
    elif kind is _native.Module:
        for name, item in islice(visible(_native.module_members(value)).items(), start, stop):
            yield name, item, path and f"{path}.{name}"
    elif kind is _native.Error:
        for name in islice(ERROR_PARTS, start, stop):
            yield name, _native.get_member(value, name), path and f"{path}.{name}"
    elif kind is str:
        yield "full text", value, path


def definition(value):
    """[file, line] of the function that a value is, where it is written in ML."""
    code = value.__code__ if type(value) is FunctionType else None
    return [code.co_filename, code.co_firstlineno] if code and code.co_flags & ML_CODE else None


def members(value):
    """Names of the methods of a value."""
    try:
        return [name for name in _native.member_names(value) if not name.startswith("_")]
    except Exception:
        return []
