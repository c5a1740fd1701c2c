"""The library as a program sees it, without a program."""

import os
import tempfile
import unittest

from mlpy import _native, stdlib
from mlpy._native import MLError, Object, display
from mlpy.runtime.capabilities import Grant, Policy, grants_of, needs_of
from mlpy.runtime.services import Services
from mlpy.stdlib import builtin, host


class Loader:
    """Describes a program; see mlpy.stdlib.host. ``grants`` are texts; a list of names alone withholds all others."""

    def __init__(self, grants=(), deny=(), only=None, arguments=(), script="", declarations=(), everything=False):
        self.loaded = {}
        self.program = []
        given = [Grant(name) for name in only] if only is not None else grants_of(grants)
        self.policy = Policy(given, grants_of(deny), needs_of(declarations), only is None, everything)
        self.restricted = only is not None or bool(deny)
        self.services = Services(self.policy, arguments, script)


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


class Folder(unittest.TestCase):
    """A folder of its own as working directory, with everything below ``w`` granted."""

    GRANTS = ("file.*:w/**", "path.*:w/**")

    def setUp(self):
        holder = tempfile.TemporaryDirectory(prefix="mlpy-io-")
        self.addCleanup(holder.cleanup)
        before = os.getcwd()
        self.addCleanup(os.chdir, before)
        os.chdir(holder.name)
        os.mkdir("w")
        self.put("secret", "secret")
        self.loader = Loader(self.GRANTS)
        self.addCleanup(self.loader.services.close)
        self.file, self.path = Library("file", self.loader), Library("path", self.loader)

    def put(self, name, text=""):
        os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
        with open(name, "wb") as stream:
            stream.write(text if isinstance(text, bytes) else text.encode())

    def get(self, name):
        with open(name, "rb") as stream:
            return stream.read()

    def descriptors(self):
        return len(os.listdir("/proc/self/fd"))
