"""math: elementary functions on numbers (stdlib-core.md section 6)."""

import math as _math

from mlpy.stdlib.check import bad_number, integer, limit_error, unordered, value_error

EXPORTS = ("sqrt", "abs", "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "ln", "log", "exp", "pow", "floor", "ceil",
           "round", "min", "max", "sign", "random", "degToRad", "radToDeg", "radians", "degrees", "factorial", "gcd", "lcm",
           "pi", "e")

pi = _math.pi
e = _math.e

_abs, _round = abs, round
_NO_LOGARITHM = -999
_MAX_BITS = 1_000_000
_LN_2 = _math.log(2)
_sqrt, _sin, _cos, _tan, _asin, _acos, _atan, _atan2 = \
    _math.sqrt, _math.sin, _math.cos, _math.tan, _math.asin, _math.acos, _math.atan, _math.atan2
_floor, _ceil, _log, _log2, _log10, _exp, _power = \
    _math.floor, _math.ceil, _math.log, _math.log2, _math.log10, _math.exp, _math.pow


def _domain():
    return value_error("math domain error")


def sqrt(x):
    try:
        return 0 if x < 0 else _sqrt(x)
    except TypeError:
        raise bad_number("math.sqrt", x=x) from None


def abs(x):
    try:
        return _abs(x)
    except TypeError:
        raise bad_number("math.abs", x=x) from None


def sin(x):
    try:
        return _sin(x)
    except TypeError:
        raise bad_number("math.sin", x=x) from None
    except ValueError:
        raise _domain() from None


def cos(x):
    try:
        return _cos(x)
    except TypeError:
        raise bad_number("math.cos", x=x) from None
    except ValueError:
        raise _domain() from None


def tan(x):
    try:
        return _tan(x)
    except TypeError:
        raise bad_number("math.tan", x=x) from None
    except ValueError:
        raise _domain() from None


def asin(x):
    try:
        return _asin(x)
    except TypeError:
        raise bad_number("math.asin", x=x) from None
    except ValueError:
        raise _domain() from None


def acos(x):
    try:
        return _acos(x)
    except TypeError:
        raise bad_number("math.acos", x=x) from None
    except ValueError:
        raise _domain() from None


def atan(x):
    try:
        return _atan(x)
    except TypeError:
        raise bad_number("math.atan", x=x) from None


def atan2(y, x):
    try:
        return _atan2(y, x)
    except TypeError:
        raise bad_number("math.atan2", y=y, x=x) from None


def ln(x):
    try:
        return _NO_LOGARITHM if x <= 0 else _log(x)
    except TypeError:
        raise bad_number("math.ln", x=x) from None


def log(x, base=10):
    try:
        if x <= 0 or base <= 0 or base == 1:
            return _NO_LOGARITHM
        if base == 10:
            return _log10(x)
        return _log2(x) if base == 2 else _log(x, base)
    except TypeError:
        raise bad_number("math.log", x=x, base=base) from None


def exp(x):
    try:
        return _exp(x)
    except OverflowError:
        return _math.inf
    except TypeError:
        raise bad_number("math.exp", x=x) from None


def pow(x, y):
    try:
        if type(x) is bool or type(y) is bool:
            x, y = +x, +y
        if type(x) is int and type(y) is int and y >= 0:
            if y > 1 and x.bit_length() * y > _MAX_BITS and _abs(x) > 1:
                raise limit_error(f"math.pow(): result of more than {_MAX_BITS} bits")
            return x ** y
        return _power(x, y)
    except OverflowError:
        return _math.inf if x > 0 else 0
    except TypeError:
        raise bad_number("math.pow", x=x, y=y) from None
    except ValueError:
        if x == 0:
            return 0
        raise _domain() from None


def floor(x):
    try:
        return _floor(x)
    except TypeError:
        raise bad_number("math.floor", x=x) from None


def ceil(x):
    try:
        return _ceil(x)
    except TypeError:
        raise bad_number("math.ceil", x=x) from None


def round(x):
    try:
        return _round(x)
    except TypeError:
        raise bad_number("math.round", x=x) from None


def min(a, b):
    try:
        return b if b < a else a
    except TypeError as error:
        raise unordered(error) from None


def max(a, b):
    try:
        return b if b > a else a
    except TypeError as error:
        raise unordered(error) from None


def sign(x):
    try:
        return (x > 0) - (x < 0)
    except TypeError:
        raise bad_number("math.sign", x=x) from None


def random():
    from mlpy.stdlib.random import random as shared

    return shared()


def degToRad(degrees):
    try:
        return _math.radians(degrees)
    except TypeError:
        raise bad_number("math.degToRad", degrees=degrees) from None


def radToDeg(radians):
    try:
        return _math.degrees(radians)
    except TypeError:
        raise bad_number("math.radToDeg", radians=radians) from None


radians = degToRad
degrees = radToDeg


def factorial(n):
    n = integer("math.factorial", "n", n)
    if n < 0:
        return 0
    if n > 10_000 and _math.lgamma(n + 1) / _LN_2 > _MAX_BITS:
        raise limit_error(f"math.factorial(): result of more than {_MAX_BITS} bits")
    return _math.factorial(n)


def gcd(a, b):
    return _math.gcd(integer("math.gcd", "a", a), integer("math.gcd", "b", b))


def lcm(a, b):
    return _math.lcm(integer("math.lcm", "a", a), integer("math.lcm", "b", b))
