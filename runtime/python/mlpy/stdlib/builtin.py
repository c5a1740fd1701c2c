"""The built-in functions (stdlib-core.md section 4). Part of the start-up of every run: imports nothing more."""

import sys

from mlpy import _native
from mlpy._native import MLError, Object, display, quoted, typeof
from mlpy.stdlib import check, host

_abs, _all, _any, _bin, _bool, _chr, _enumerate, _float, _format, _hex, _int, _iter, _len, _max, _min, _next, _oct, \
    _ord, _range, _reversed, _round, _sum, _zip, _list, _type, _str = \
    abs, all, any, bin, bool, chr, enumerate, float, format, hex, int, iter, len, max, min, next, oct, \
    ord, range, reversed, round, sum, zip, list, type, str
_MISSING = object()
_MAX_WIDTH = 10_000
_iterable = check.iterable


def int(value):
    kind = _type(value)
    if kind is _str:
        return _int_of_text(value)
    if kind is _float or kind is _int or kind is _bool:
        return _int(value)
    raise check.wrong("int", "value", "a string or a number", value)


def _int_of_text(text):
    try:
        return _int(text)
    except ValueError:
        pass
    digits = text.strip()
    try:
        number = _float(digits)
        if "e" in digits or "E" in digits:
            return _int(number)
        whole = _int(digits.lstrip("+-").partition(".")[0] + "0") // 10
        return -whole if number < 0 else whole
    except (ValueError, OverflowError) as error:
        if _str(error).startswith("Exceeds"):
            raise check.limit_error("int(): more than 4300 digits") from None
        raise check.value_error(f"invalid literal for int() with base 10: {quoted(text)}") from None


def float(value):
    if _type(value) not in (_str, _float, _int, _bool):
        raise check.wrong("float", "value", "a string or a number", value)
    try:
        return _float(value)
    except ValueError:
        raise check.value_error(f"could not convert string to float: {quoted(value)}") from None


def str(value):
    return display(value)


def bool(value):
    return _bool(value)


def isinstance(value, type_name):
    return typeof(value) == type_name


def len(collection):
    kind = _type(collection)
    return _len(collection) if kind is _list or kind is _str or kind is Object else 0


def range(stop, end=_MISSING, step=1):
    if end is _MISSING:
        start = 0
    else:
        start, stop = stop, end
    try:
        numbers = _range(start, stop, step)
        if _len(numbers) > check.MAX_ITEMS:
            raise OverflowError
        return _list(numbers)
    except ValueError:
        raise check.value_error("range() arg 3 must not be zero") from None
    except OverflowError:
        raise check.limit_error(f"range() would give more than {check.MAX_ITEMS} items") from None
    except TypeError:
        for name, value in (("start", start), ("stop", stop), ("step", step)):
            check.integer("range", name, value)
        raise


def enumerate(array, start=0):
    pairs = _enumerate(_iterable("enumerate", "array", array), check.integer("enumerate", "start", start))
    return [[index, item] for index, item in pairs]


def zip(*arrays):
    return [_list(group) for group in _zip(*[_iterable("zip", "arrays", array) for array in arrays])]


def sorted(array, reverse=False):
    items = _list(_iterable("sorted", "array", array))
    try:
        items.sort(reverse=_bool(reverse))
    except TypeError as error:
        raise check.unordered(error) from None
    return items


def reversed(seq):
    kind = _type(seq)
    if kind is _list or kind is _str:
        return _list(seq[::-1])
    if kind is Object:
        return _list(_reversed(seq))
    raise check.type_error(f"'{typeof(seq)}' object is not reversible")


def keys(obj):
    return _list(_members_of("keys", obj))


def values(obj):
    return _list(_members_of("values", obj).values())


def _members_of(function, obj):
    if _type(obj) is Object:
        return obj
    if typeof(obj) == "error":
        return {name: _native.get_member(obj, name) for name in _native.iterate(obj)}
    raise check.wrong(function, "obj", "an object", obj)


def iter(iterable):
    return _native.Iterator(_iter(_iterable("iter", "iterable", iterable)))


def next(iterator, default=_MISSING):
    if typeof(iterator) not in ("iterator", "generator"):
        raise check.type_error(f"'{typeof(iterator)}' object is not an iterator")
    try:
        return _next(iterator)
    except StopIteration:
        if default is _MISSING:
            raise MLError("RuntimeError", "Iterator exhausted - use default parameter to avoid error") from None
        return default


def all(iterable):
    return _all(_iterable("all", "iterable", iterable))


def any(iterable):
    return _any(_iterable("any", "iterable", iterable))


def sum(iterable, start=0):
    items = _list(_iterable("sum", "iterable", iterable))
    try:
        if _type(start) is _str:
            raise TypeError
        total = _sum(items, start)
    except TypeError:
        total = start
        for item in items:
            try:
                if _type(item) is _str:
                    raise TypeError
                total = total + item
            except TypeError:
                raise check.type_error(
                    f"unsupported operand type(s) for +: '{typeof(total)}' and '{typeof(item)}'") from None
        return total
    if _type(total) is _float and sys.hexversion >= 0x030C0000:  # Python 3.12 began to correct rounding errors
        total = start
        for item in items:
            total = total + item
    return total


def abs(value):
    try:
        return _abs(value)
    except TypeError:
        raise check.bad_number("abs", value=value) from None


def min(*values):
    return _extreme(_min, values)


def max(*values):
    return _extreme(_max, values)


def _extreme(choose, values):
    if _len(values) == 1:
        values = values[0]
        if _type(values) is not _list:
            return values
    try:
        return choose(values, default=None)
    except TypeError as error:
        raise check.unordered(error) from None


def round(value, precision=0):
    kind = _type(value)
    digits = check.integer("round", "precision", precision)
    if kind is _float:
        return _round(value, digits)
    if kind is _int or kind is _bool:
        return _int(value) if digits >= 0 else _round(_int(value), digits)
    raise check.wrong("round", "value", "a number", value)


def chr(i):
    try:
        return _chr(i)
    except TypeError:
        raise check.wrong("chr", "i", "an integer", i) from None
    except (ValueError, OverflowError):
        raise check.value_error("chr() arg not in range(0x110000)") from None


def ord(c):
    if _type(c) is not _str:
        raise check.type_error(f"ord() expected string of length 1, but {typeof(c)} found")
    if _len(c) != 1:
        raise check.type_error(f"ord() expected a character, but string of length {_len(c)} found")
    return _ord(c)


def hex(n):
    return _hex(check.integer("hex", "n", n))


def bin(n):
    return _bin(check.integer("bin", "n", n))


def oct(n):
    return _oct(check.integer("oct", "n", n))


def repr(obj):
    return quoted(obj)


def format(value, format_spec=""):
    if _type(format_spec) is not _str:
        raise check.type_error(f"format() argument 2 must be a string, got {typeof(format_spec)}")
    if not format_spec:
        return display(value)
    kind = _type(value)
    if value is None or kind is _bool and format_spec[-1] not in "bcdoxXneEfFgG%":
        value, kind = display(value), _str
    if kind not in (_str, _int, _float, _bool):
        raise check.type_error(f"format(): {typeof(value)} takes no format spec")
    size = 0
    for digit in format_spec[1:] if format_spec[1:2] in "<>^=" else format_spec:
        size = size * 10 + _int(digit) if digit.isdecimal() else 0
        if size > _MAX_WIDTH:
            raise check.limit_error(f"format(): width or precision above {_MAX_WIDTH}")
    try:
        return _format(value, format_spec)
    except OverflowError as error:
        raise MLError("OverflowError", _str(error)) from None
    except ValueError as error:
        text = _str(error)
        for host_name in ("int", "float", "bool", "str"):
            text = text.replace(f"'{host_name}'", check.HOST_NAMES[f"'{host_name}'"])
        raise check.value_error(text) from None


def print(*values):
    sys.stdout.write(" ".join([display(value) for value in values]) + "\n")


def input(prompt=""):
    out = sys.stdout
    if prompt != "":
        out.write(display(prompt))
    out.flush()
    line = sys.stdin.readline()
    if not line:
        raise MLError("EOFError", "EOF when reading a line")
    return line.removesuffix("\n").removesuffix("\r")


def callable(obj):
    return _native.callable(obj)


def call(func, *args):
    if not _native.callable(func):
        raise check.uncallable(func)
    return func(*args)


def hasattr(obj, name):
    check.string("hasattr", "name", name)
    if name.startswith("_"):
        return False
    return name in obj if _type(obj) is Object else _native.has_member(obj, name)


def getattr(obj, name, default=None):
    if _type(name) is not _str or not hasattr(obj, name):
        return default
    return obj[name] if _type(obj) is Object else _native.get_member(obj, name)


def methods(value):
    return _introspection().methods(value)


def help(target):
    return _introspection().help(target)


def requiredCapabilities(func):
    return _introspection().required_capabilities(func)


def _introspection():
    from mlpy.stdlib import introspection

    return introspection


def _about(loader):
    """The built-ins that answer for one running program."""

    def modules():
        return _introspection().modules(loader)

    def available_modules(module_type=None):
        return _introspection().available_modules(loader, module_type)

    def has_module(module_name):
        return _introspection().has_module(loader, module_name)

    def module_info(module_name):
        return _introspection().module_info(loader, module_name)

    def hasCapability(name):
        return _introspection().has_capability(loader, name)

    def getCapabilities():
        return _introspection().capabilities(loader)

    def getCapabilityInfo(name):
        return _introspection().capability_info(loader, name)

    return modules, available_modules, has_module, module_info, hasCapability, getCapabilities, getCapabilityInfo


_SHARED = (int, float, str, bool, typeof, isinstance, len, range, enumerate, zip, sorted, reversed, keys, values, iter,
           next, all, any, sum, abs, min, max, round, chr, ord, hex, bin, oct, repr, format, print, input, callable, call,
           hasattr, getattr, methods, help, requiredCapabilities)


def functions(loader=None):
    """The 46 built-in functions by name."""
    table = {}
    for function in _SHARED + _about(loader):
        name = function.__name__
        if function is not typeof:
            function.__qualname__ = "builtin." + name
        table[name] = function
    table.update(_native.builtin_functions())
    return table


def install(table, loader=None):
    """Adds the built-ins, and the module ``builtin`` that reaches them when they are shadowed, to a built-ins table."""
    ours = functions(loader)
    table.update(ours)
    table["builtin"] = _native.Module("builtin", ours, library=True)
