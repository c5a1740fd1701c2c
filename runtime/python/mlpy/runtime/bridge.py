"""What ML sees of an extension module: checked functions, constants, handles of its objects (stdlib-io.md 9.3, 9.4).

Values are copied in both directions. No Python object, class, function or exception of an extension becomes a value of
a program.
"""

import inspect

from mlpy import _native
from mlpy._native import MLError, Object, typeof
from mlpy.extensions import class_of

MAX_ITEMS = 1_000_000
MAX_NESTING = 200
_KINDS = ((FileNotFoundError, "NotFound"), (IsADirectoryError, "IsADirectory"), (NotADirectoryError, "NotADirectory"),
          (FileExistsError, "AlreadyExists"), (PermissionError, "PermissionDenied"), (UnicodeDecodeError, "DecodeError"),
          (ConnectionError, "NetworkError"), (TimeoutError, "NetworkError"), (TypeError, "TypeError"),
          (ValueError, "ValueError"), (KeyError, "KeyError"), (IndexError, "IndexError"),
          (ZeroDivisionError, "ZeroDivisionError"), (OverflowError, "OverflowError"), (RecursionError, "RecursionError"))
_ITERATORS = (tuple, set, frozenset, type({}.keys()), type({}.values()), type({}.items()), range)


class Bridge:
    """One extension module for one program."""

    def __init__(self, services):
        self.services = services

    def members(self, instance):
        """The members of the ML module."""
        declared = type(instance).__ml_module__
        members = {name: value for name, value in declared.constants.items()}
        for name in declared.properties:
            members[name] = self.to_ml(getattr(instance, name))
        for name, function in declared.functions.items():
            members[name] = self.function(f"{declared.name}.{name}", getattr(instance, name), function)
        return members

    def function(self, name, bound, declared):
        """A function that checks, converts and calls. ``bound``: what it calls."""
        signature = Signature(name, bound)

        def call(*args):
            return self.run(name, bound, signature, declared, args)

        call.__qualname__ = name
        call.__name__ = name.rpartition(".")[2]
        call.__ml_entry__ = signature.entry(declared)
        return call

    def run(self, name, bound, signature, declared, args):
        signature.check(args)
        for capability in declared.capabilities:
            shown = resource = None
            parameter = declared.resource.get(capability)
            if parameter is not None:
                from mlpy.runtime.services import resource_of

                shown = signature.value(parameter, args)
                if type(shown) is not str:
                    raise MLError("TypeError", f"{name}(): '{parameter}' must be a string, got {typeof(shown)}")
                try:
                    resource = resource_of(self.services, capability, shown)
                except ValueError as error:
                    raise MLError("ValueError", str(error)) from None
                if resource is None:
                    resource = shown
            self.services.need(name, capability, resource, shown)
        given = signature.filled(args, self.to_python)
        try:
            result = bound(*given)
            return self.to_ml(result)
        except (MLError, _native.Thrown, _native.ResourceLimit):
            raise
        except Exception as error:
            raise _translated(error) from None

    def to_ml(self, value, depth=0):
        """A value of ML for what an extension returned."""
        kind = type(value)
        if value is None or kind in (bool, int, float, str, bytes):
            return value
        if depth >= MAX_NESTING:
            raise MLError("LimitError", "value from an extension is nested too deeply")
        if kind is list or kind in _ITERATORS or inspect.isgenerator(value):
            result = []
            for item in value:
                if len(result) >= MAX_ITEMS:
                    raise MLError("LimitError", f"more than {MAX_ITEMS} items from an extension")
                result.append(self.to_ml(item, depth + 1))
            return result
        if kind is dict or kind is Object:
            for key in value:
                if type(key) is not str:
                    raise MLError("TypeError", f"cannot return dict with {type(key).__name__} keys to ML")
            return Object({key: self.to_ml(item, depth + 1) for key, item in value.items()})
        if kind is Callback:
            return value._function
        if class_of(value) is not None:
            return self.handle(value)
        raise MLError("TypeError", f"cannot return {kind.__name__} to ML")

    def to_python(self, value, depth=0):
        """What an extension gets for a value of ML."""
        kind = type(value)
        if value is None or kind in (bool, int, float, str, bytes):
            return value
        if depth >= MAX_NESTING:
            raise MLError("LimitError", "value for an extension is nested too deeply")
        if kind is list:
            return [self.to_python(item, depth + 1) for item in value]
        if kind is Object:
            return {key: self.to_python(item, depth + 1) for key, item in value.items()}
        if _native.callable(value):
            return Callback(self, value)
        if isinstance(value, Handle):
            return value._object
        raise MLError("TypeError", f"cannot pass {typeof(value)} to an extension")

    def handle(self, value):
        cls = type(value)
        known = _handle_classes.get(cls)
        if known is None:
            known = _handle_classes[cls] = make_handle_class(cls, class_of(value))
        handle = known()
        handle._bridge, handle._object = self, value
        return handle


class Handle:
    """What a program holds of an object of an extension. There is one class of handles for each class of objects."""

    __slots__ = ("_bridge", "_object")

    def __eq__(self, other):
        return isinstance(other, Handle) and self._object is other._object

    def __hash__(self):
        return id(self._object)


_handle_classes = {}  # Python class -> class of its handles, which the extension module of ML knows for ever


def make_handle_class(cls, declared):
    made = type(declared.name, (Handle,), {"__slots__": ()})
    members = {}
    for name, function in declared.functions.items():
        members[name] = make_method(f"{declared.name}.{name}", cls, name, function)
    for name in declared.properties:
        members[name] = property(lambda handle, name=name: handle._bridge.to_ml(getattr(handle._object, name)))
    shown = f"<{declared.name}>"
    _native.register_class(made, declared.name, members, lambda handle: shown)
    return made


def make_method(name, cls, member, declared):
    signature = Signature(name, getattr(cls, member), receiver=True)

    def call(handle, *args):
        return handle._bridge.run(name, getattr(handle._object, member), signature, declared, args)

    call.__qualname__ = name
    call.__ml_entry__ = signature.entry(declared)
    return call


class Callback:
    """What an extension holds of an ML function: it can be called, and nothing else."""

    __slots__ = ("_bridge", "_function")

    def __init__(self, bridge, function):
        object.__setattr__(self, "_bridge", bridge)
        object.__setattr__(self, "_function", function)

    def __setattr__(self, name, value):
        raise AttributeError("read-only")

    def __call__(self, *args):
        return self._bridge.to_python(self._function(*[self._bridge.to_ml(value) for value in args]))


class Signature:
    """How many arguments a function takes, and which."""

    def __init__(self, name, function, receiver=False):
        self.function = name
        parameters = list(inspect.signature(function).parameters.values())[receiver:]
        self.variadic = any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters)
        self.parameters = [parameter for parameter in parameters
                           if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)]
        self.least = sum(parameter.default is parameter.empty for parameter in self.parameters)

    def check(self, args):
        if len(args) < self.least:
            missing = self.parameters[len(args)].name
            raise MLError("TypeError", f"{self.function}() missing required argument '{missing}'")
        most = len(self.parameters)
        if len(args) > most and not self.variadic:
            raise MLError("TypeError", f"{self.function}() takes at most {most} argument{'' if most == 1 else 's'}"
                          f" but {len(args)} {'was' if len(args) == 1 else 'were'} given")

    def filled(self, args, convert=lambda value: value):
        """The arguments, converted; null stands for the default of a parameter that has one."""
        values = [convert(value) for value in args]
        for place, parameter in enumerate(self.parameters[:len(values)]):
            if args[place] is None and parameter.default is not parameter.empty:
                values[place] = parameter.default
        return values

    def value(self, parameter, args):
        names = [known.name for known in self.parameters]
        place = names.index(parameter)
        return self.filled(args)[place] if place < len(args) else self.parameters[place].default

    def entry(self, declared):
        """Like an entry of the catalogue (``_stdlib_catalogue.ENTRIES``)."""
        names = tuple(parameter.name for parameter in self.parameters)
        label = f"{self.function.rpartition('.')[2]}({', '.join(names)})"
        return ("function", self.least, None if self.variadic else len(names), names, label, declared.description,
                tuple(declared.capabilities), "")


def _translated(error):
    """The ML error for an exception of an extension: its text, without paths of the host."""
    kind = next((name for known, name in _KINDS if isinstance(error, known)), "ExtensionError")
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    if isinstance(error, KeyError) and error.args:
        text = str(error.args[0])
    return MLError(kind, text or type(error).__name__)
