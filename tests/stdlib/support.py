"""The library as a program sees it, without a program."""

from mlpy import _native, stdlib
from mlpy._native import MLError, Object, display
from mlpy.stdlib import builtin, host


class Loader:
    """Describes a program; see mlpy.stdlib.host."""

    def __init__(self, grants=None):
        self.loaded = {}
        self.program = []
        self.grants = grants


class Library:
    """Attributes are the members of a module: ``Library("math").sqrt(4)``; ``Library("builtin")`` the built-ins."""

    def __init__(self, name, loader=None):
        loader = loader or Loader()
        self.members = builtin.functions(loader) if name == "builtin" else stdlib.load(name, loader)

    def __getattr__(self, name):
        return self.members[name]


def obj(**members):
    return Object(members)


def method(value, name, *arguments):
    """``value.name(arguments)``"""
    return _native.get_member(value, name)(*arguments)


def failure(function, *arguments):
    """``Type: message`` of the error that a call ends with, as ML sees it."""
    try:
        result = function(*arguments)
    except MLError as error:
        return f"{error.args[0]}: {error.args[1]}"
    except Exception as error:
        return f"{type(error).__name__}: {host.translate_arity(str(error)) or error}"
    return f"no error: {display(result)}"
