"""Argument errors in the words of stdlib-core.md 1.3. Called on the failing path, or where Python would be too lenient."""

from mlpy._native import MLError, Object, callable as is_function, iterate, typeof

HOST_NAMES = {"'str'": "'string'", "'list'": "'array'", "'mlpy._native.Object'": "'object'", "'mlpy._native.Lent'": "'object'",
              "'dict'": "'object'", "'NoneType'": "'null'", "'int'": "'number'", "'float'": "'number'", "'bool'": "'boolean'",
              "'method'": "'function'", "'builtin_function_or_method'": "'function'"}

MAX_ITEMS = 10_000_000


def wrong(function, parameter, wanted, value):
    """The error for an argument of the wrong type, to be raised."""
    return MLError("TypeError", f"{function}(): '{parameter}' must be {wanted}, got {typeof(value)}")


def type_error(message):
    return MLError("TypeError", message)


def value_error(message):
    return MLError("ValueError", message)


def limit_error(message):
    return MLError("LimitError", message)


def bad_number(function, **arguments):
    """The error for the first argument that is not a number; for use when the operation has failed with TypeError."""
    for parameter, value in arguments.items():
        if type(value) not in (int, float, bool):
            return wrong(function, parameter, "a number", value)
    return MLError("InternalError", f"{function}() failed on numbers")


def number(function, parameter, value):
    if type(value) not in (int, float, bool):
        raise wrong(function, parameter, "a number", value)
    return value


def integer(function, parameter, value):
    """The value as an integer; booleans are 1 and 0."""
    kind = type(value)
    if kind is int:
        return value
    if kind is bool:
        return int(value)
    raise wrong(function, parameter, "an integer", value)


def string(function, parameter, value):
    if type(value) is not str:
        raise wrong(function, parameter, "a string", value)
    return value


def array(function, parameter, value):
    if type(value) is not list:
        raise wrong(function, parameter, "an array", value)
    return value


def sequence(function, parameter, value):
    """An array or a string."""
    if type(value) is not list and type(value) is not str:
        raise wrong(function, parameter, "an array", value)
    return value


def iterable(function, parameter, value):
    """Something Python can iterate: arrays and strings as they are, the keys of an object as an array."""
    kind = type(value)
    if kind is list or kind is str:
        return value
    if kind is Object:
        return list(value)
    try:
        return iterate(value)
    except (TypeError, MLError):
        raise wrong(function, parameter, "iterable", value) from None


def uncallable(value):
    """The error for calling something that is not a function."""
    return MLError("TypeError", f"Cannot call {typeof(value)}: not callable")


def function(value):
    if not is_function(value):
        raise uncallable(value)
    return value


def unordered(error):
    """ML's words for Python's TypeError about ``<``, ``+`` or another operator between values that do not fit."""
    return MLError("TypeError", ml_types(str(error)))


def ml_types(text):
    """A message of Python's with ML's names of types."""
    for host, name in HOST_NAMES.items():
        text = text.replace(host, name)
    return text


def frozen(value):
    """A hashable stand-in: two values have equal stand-ins exactly if ML's ``==`` holds between them."""
    kind = type(value)
    if kind is list:
        return list, tuple([frozen(item) for item in value])
    if kind is Object:
        return Object, frozenset([(key, frozen(item)) for key, item in value.items()])
    return value
