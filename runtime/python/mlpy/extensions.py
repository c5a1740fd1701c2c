"""Decorators for modules written in Python and used from ML (stdlib-io.md section 9).

An extension is a file ``<anything>_bridge.py`` in an extension folder. It decorates one class with ``ml_module`` and binds
an instance of it to a variable of the module's name:

    @ml_module(name="geo", description="Distances", capabilities=["geo.read"])
    class Geo:
        @ml_function(description="Add two legs", capabilities=["geo.read"])
        def legs(self, a, b=2):
            return a + b

    geo = Geo()

The decorators need not be imported. Programs reach what is decorated, and nothing else.
"""

import inspect


class Function:
    """What ``ml_function`` says of a method."""

    def __init__(self, description, capabilities, params, returns, resource):
        self.description = description
        self.capabilities = list(capabilities)
        self.params = params
        self.returns = returns
        self.resource = dict(resource or {})

    def metadata(self):
        return {"description": self.description, "capabilities": list(self.capabilities), "params": self.params,
                "returns": self.returns}


class Class:
    """What ``ml_class`` says of a class."""

    def __init__(self, name, description, capabilities):
        self.name, self.description, self.capabilities = name, description, list(capabilities)
        self.functions, self.properties = {}, {}

    def metadata(self):
        return {"description": self.description, "capabilities": list(self.capabilities),
                "methods": {name: function.metadata() for name, function in self.functions.items()}}


class Module:
    """What ``ml_module`` says of a class."""

    def __init__(self, name, description, capabilities, version, runs):
        self.name, self.description, self.capabilities = name, description, list(capabilities)
        self.version, self.runs = version, runs
        self.functions, self.properties, self.constants, self.classes = {}, {}, {}, {}

    def metadata(self):
        return {"name": self.name, "description": self.description, "capabilities": list(self.capabilities),
                "version": self.version,
                "functions": {name: function.metadata() for name, function in self.functions.items()},
                "classes": {name: found.metadata() for name, found in self.classes.items()}}


class BadExtension(Exception):
    """An extension module that cannot be used; says why."""


_modules = {}  # name -> Module
_classes = {}  # Python class -> Class


def checked(capabilities):
    from mlpy.runtime.capabilities import is_name

    for name in capabilities:
        if not isinstance(name, str) or not is_name(name):
            raise BadExtension(f"SEC116: capability '{name}' must have the form module.word")
    return capabilities


def ml_function(description="", capabilities=(), params=None, returns=None, resource=None):
    """Makes a method callable from ML. ``resource`` maps a capability to the parameter it is checked against."""
    checked(capabilities)
    unknown = set(resource or ()) - set(capabilities)
    if unknown:
        raise BadExtension(f"resource of '{sorted(unknown)[0]}', which is not among the capabilities")

    def mark(function):
        names = list(inspect.signature(function).parameters)[1:]
        for parameter in (resource or {}).values():
            if parameter not in names:
                raise BadExtension(f"resource names no parameter: '{parameter}'")
        function.__ml_function__ = Function(description, capabilities, params, returns, resource)
        return function

    return mark


def ml_property(description=""):
    """Exposes a read-only attribute: a method of no arguments, or a property."""

    def mark(getter):
        getter = getter.fget if isinstance(getter, property) else getter
        getter.__ml_property__ = description
        return property(getter)

    return mark


def ml_class(description="", capabilities=()):
    """Lets instances of a class be handed to ML."""
    checked(capabilities)

    def mark(cls):
        found = Class(cls.__name__, description, capabilities)
        for name, member in public_members(cls):
            function = getattr(member, "__ml_function__", None)
            if function is not None:
                found.functions[name] = function
            elif isinstance(member, property) and hasattr(member.fget, "__ml_property__"):
                found.properties[name] = member
        _classes[cls] = found
        return cls

    return mark


def ml_module(name, description="", capabilities=(), version="1.0.0", runs="sandbox"):
    """Makes a class an ML module."""
    checked(capabilities)
    if runs not in ("sandbox", "host"):
        raise BadExtension("runs must be 'sandbox' or 'host'")

    def mark(cls):
        found = Module(name, description, capabilities, version, runs)
        for member_name, member in public_members(cls):
            function = getattr(member, "__ml_function__", None)
            if isinstance(member, type):
                if member in _classes:
                    found.classes[member_name] = _classes[member]
            elif function is not None:
                found.functions[member_name] = function
            elif isinstance(member, property):
                if hasattr(member.fget, "__ml_property__"):
                    found.properties[member_name] = member
            elif member_name.isupper() and isinstance(member, (str, int, float, type(None))):
                found.constants[member_name] = member
        _modules[name] = found
        cls.__ml_module__ = found
        return cls

    return mark


def public_members(cls):
    """Names and attributes of a class and of those it inherits from, without private ones."""
    names = {name: None for base in reversed(cls.__mro__[:-1]) for name in vars(base)}
    return [(name, inspect.getattr_static(cls, name)) for name in names if not name.startswith("_")]


def class_of(value):
    """The ``Class`` whose instance a value is, or None. Exactly decorated classes count, and what inherits from them."""
    for cls in type(value).__mro__:
        if cls in _classes:
            return _classes[cls]
    return None


def get_module_metadata(name):
    """What the decorators say of a module, as plain dictionaries; None when there is none of that name."""
    found = _modules.get(name)
    return found.metadata() if found else None


def get_all_modules():
    return {name: found.metadata() for name, found in _modules.items()}


DECORATORS = {"ml_module": ml_module, "ml_function": ml_function, "ml_class": ml_class, "ml_property": ml_property}
