"""The built-in functions (stdlib-core.md section 4) that are not native.

Part of the start-up of every run: imports nothing but ``_native``. Other modules are imported by the functions that need
them.
"""

import sys

from mlpy import _native
from mlpy._native import MLError, Object, display, typeof

_list, _type, _str, _int = list, type, str, int
_bin, _chr, _format, _hex, _oct, _ord, _reversed, _round = bin, chr, format, hex, oct, ord, reversed, round
_MAX_WIDTH = 10_000


def _check():
    from mlpy.stdlib import check

    return check


def reversed(seq):
    kind = _type(seq)
    if kind is _list or kind is _str:
        return _list(seq[::-1])
    if kind is Object:
        return _list(_reversed(seq))
    raise MLError("TypeError", f"'{typeof(seq)}' object is not reversible")


def round(value, precision=0):
    kind = _type(value)
    digits = precision if _type(precision) is _int else _check().integer("round", "precision", precision)
    if kind is float:
        return _round(value, digits)
    if kind is _int or kind is bool:
        return _int(value) if digits >= 0 else _round(_int(value), digits)
    raise _check().wrong("round", "value", "a number", value)


def chr(i):
    try:
        return _chr(i)
    except TypeError:
        raise _check().wrong("chr", "i", "an integer", i) from None
    except (ValueError, OverflowError):
        raise MLError("ValueError", "chr() arg not in range(0x110000)") from None


def ord(c):
    if _type(c) is not _str:
        raise MLError("TypeError", f"ord() expected string of length 1, but {typeof(c)} found")
    if len(c) != 1:
        raise MLError("TypeError", f"ord() expected a character, but string of length {len(c)} found")
    return _ord(c)


def hex(n):
    return _hex(_check().integer("hex", "n", n))


def bin(n):
    return _bin(_check().integer("bin", "n", n))


def oct(n):
    return _oct(_check().integer("oct", "n", n))


def format(value, format_spec=""):
    if _type(format_spec) is not _str:
        raise MLError("TypeError", f"format() argument 2 must be a string, got {typeof(format_spec)}")
    if not format_spec:
        return display(value)
    kind = _type(value)
    if value is None or kind is bool and format_spec[-1] not in "bcdoxXneEfFgG%":
        value, kind = display(value), _str
    if kind not in (_str, _int, float, bool):
        raise MLError("TypeError", f"format(): {typeof(value)} takes no format spec")
    size = 0
    for digit in format_spec[1:] if format_spec[1:2] in "<>^=" else format_spec:
        size = size * 10 + _int(digit) if digit.isdecimal() else 0
        if size > _MAX_WIDTH:
            raise MLError("LimitError", f"format(): width or precision above {_MAX_WIDTH}")
    try:
        return _format(value, format_spec)
    except OverflowError as error:
        raise MLError("OverflowError", _str(error)) from None
    except ValueError as error:
        raise MLError("ValueError", _check().ml_types(_str(error))) from None


def input(prompt=""):
    out = sys.stdout
    if prompt != "":
        out.write(display(prompt))
    out.flush()
    line = sys.stdin.readline()
    if not line:
        raise MLError("EOFError", "EOF when reading a line")
    return line.removesuffix("\n").removesuffix("\r")


def call(func, *args):
    if not _native.callable(func):
        raise _check().uncallable(func)
    return func(*args)


def hasattr(obj, name):
    if _type(name) is not _str:
        raise _check().wrong("hasattr", "name", "a string", name)
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


_SHARED = (reversed, round, chr, ord, hex, bin, oct, format, input, call, hasattr, getattr, methods, help,
           requiredCapabilities)


def functions(loader=None):
    """The 46 built-in functions by name: the native ones and those of this file."""
    table = _native.builtin_functions()
    for function in _SHARED + _about(loader):
        name = function.__name__
        function.__qualname__ = "builtin." + name
        table[name] = function
    return table


def install(table, loader=None):
    """Adds the built-ins, and the module ``builtin`` that reaches them when they are shadowed, to a built-ins table."""
    ours = functions(loader)
    table.update(ours)
    table["builtin"] = _native.Module("builtin", ours, library=True)
