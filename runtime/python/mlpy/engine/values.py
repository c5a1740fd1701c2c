"""Values between Python and ML (cli-and-python-api.md 2.9)."""

from __future__ import annotations

import keyword
import sys
from collections.abc import Callable, Iterable, Mapping
from types import CellType
from typing import Any

from mlpy import _core, _native
from mlpy.ml.errors.exceptions import MLContextError, MLMarshalError

MOST_ITEMS = 10_000_000
SCALARS = frozenset((type(None), bool, int, float, str))
# Reserved words of ML and of Python: neither can be handed over by name everywhere.
_KEYWORDS = frozenset((*keyword.kwlist, "elif", "function", "fn", "throw", "true", "false", "null", "undefined"))
_ADVICE = {"bytes": "use .decode()", "bytearray": "use .decode()", "Decimal": "use float() or str()", "UUID": "use str()",
           "complex": "pass its parts"}
_registered: dict[type, tuple[Callable[[Any], Any], Callable[[Any], Any] | None, str | None]] = {}
_from_name: dict[str, Callable[[Any], Any]] = {}


def register_type(py_type: type, to_ml: Callable[[Any], Any], from_ml: Callable[[Any], Any] | None = None,
                  type_name: str | None = None) -> None:
    """Teaches how values of a type become values of ML, and, by ``_type: type_name``, how objects become them again."""
    _registered[py_type] = to_ml, from_ml, type_name
    if from_ml is not None and type_name is not None:
        _from_name[type_name] = from_ml


class ByCopy:
    """A value of which a program gets a copy."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


def by_copy(value: Any) -> ByCopy:
    """Lets a program see a copy, so that it cannot change the caller's objects."""
    return ByCopy(value)


class HostFunction:
    """A function of this process; with ``rpc`` also programs in sandbox processes may call it."""

    def __init__(self, function: Callable[..., Any], rpc: bool) -> None:
        self.function, self.rpc = function, rpc
        self.__name__ = getattr(function, "__name__", type(function).__name__)

    def __call__(self, *args: Any) -> Any:
        return self.function(*args)


def host_function(function: Callable[..., Any], *, rpc: bool = False) -> HostFunction:
    """A Python function for the context of programs. ``rpc``: programs in sandbox processes call it, too; it runs here, with
    the rights of this process, on copies of their values."""
    return HostFunction(function, rpc)


class Opaque:
    """A host object as ML holds it: to be kept, compared and handed back."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Opaque) and other.value is self.value

    def __hash__(self) -> int:
        return id(self.value)


class MLFunction:
    """A function of an ML program, to be called from Python. It keeps the program's variables alive."""

    def __init__(self, function: Any) -> None:
        self._function = function
        self._after_run = False  # the program is over, and its dicts are plain
        self.__name__ = getattr(function, "__name__", "<anonymous>")
        self.__doc__ = None

    @property
    def ml_name(self) -> str:
        return str(self.__name__)

    @property
    def ml_file(self) -> str | None:
        code = getattr(self._function, "__code__", None)
        return code.co_filename if code else None

    @property
    def ml_line(self) -> int | None:
        code = getattr(self._function, "__code__", None)
        return code.co_firstlineno if code else None

    def __call__(self, *args: Any, **named: Any) -> Any:
        given = [to_ml(value, f"argument {place + 1}") for place, value in enumerate(args)]
        by_name = {name: to_ml(value, f"argument {name}") for name, value in named.items()}
        if self._after_run:
            lend_variables(self._function)
        try:
            return from_ml(self._function(*given, **by_name), keep=True)
        except Exception as error:
            from mlpy.engine.problems import runtime_error

            raise runtime_error(error) from error

    def __repr__(self) -> str:
        return f"<ML function {self.__name__}>"


def lend_variables(function: Any) -> None:
    """Makes what a function can reach ML's again: dicts among the variables of its program and its own scopes."""
    cells = getattr(function, "__closure__", None) or ()
    reached = [cell.cell_contents for cell in cells if cell != _EMPTY_CELL]
    for value in (*getattr(function, "__globals__", {}).values(), *reached):
        if type(value) is dict or type(value) is list:
            _core.lend(value)


_EMPTY_CELL = CellType()


def wrap_callable(function: Callable[..., Any]) -> Any:
    """A Python callable as ML may call it: positional arguments, converted values."""

    def call(*args: Any) -> Any:
        return to_ml(function(*[from_ml(value, keep=True) for value in args]), "the result of a host function")

    name = getattr(function, "__name__", type(function).__name__)
    call.__name__ = name
    call.__qualname__ = f"host.{name}"
    return call


def refused(value: Any, path: str) -> MLMarshalError:
    name = type(value).__name__
    advice = _ADVICE.get(name)
    return MLMarshalError(f"{name} cannot be passed to ML" + (f" ({advice})" if advice else "") + f": {path}", path=path)


def simpler(value: Any, path: str) -> Any:
    """What stands in ML for a value that is no scalar, list or dict; the value itself when there is nothing."""
    kind = type(value)
    for cls, (convert, _, name) in _registered.items():
        if isinstance(value, cls):
            made = convert(value)
            return {"_type": name, **made} if name is not None and type(made) is dict else made
    if isinstance(value, ByCopy):
        return value.value
    if isinstance(value, bool) or value is None:
        return value
    from enum import Enum

    if isinstance(value, Enum):
        return value.value
    for base in (str, int, float):
        if isinstance(value, base):
            return base(value)
    if isinstance(value, tuple):
        return dict(value._asdict()) if hasattr(value, "_asdict") else list(value)
    if isinstance(value, list):
        return list(value)
    if isinstance(value, (set, frozenset)):
        try:
            return sorted(value)
        except TypeError:
            return list(value)
    if isinstance(value, Mapping):
        return dict(value)
    import dataclasses
    import datetime
    from os import PathLike, fspath

    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, PathLike):
        return fspath(value)
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if kind.__name__ in _ADVICE:
        raise refused(value, path)
    if hasattr(value, "tolist"):
        return value.tolist()
    if hasattr(value, "item") and callable(value.item):
        return value.item()
    if isinstance(value, Iterable) and not callable(value):
        items: list[Any] = []
        for item in value:
            if len(items) >= MOST_ITEMS:
                raise MLMarshalError(f"more than {MOST_ITEMS} items: {path}", path=path)
            items.append(item)
        return items
    return value


def to_ml(value: Any, path: str, lazy: bool = False) -> Any:
    """The value a program of this process gets. Lists and dicts are lent: they stay the same objects.

    ``lazy``: what is in them is looked at when the program touches it (``Program.lazy``).
    """
    kind = type(value)
    if kind is str:
        if not value.isascii():
            check_text(value, path)
        return value
    if kind in SCALARS:
        return value
    if kind is list or kind is dict or kind is _native.Object:
        try:
            if lazy:
                return _native.lend(value)
            _core.lend(value)
        except ValueError as problem:
            raise marshal_problem(problem, path) from None
        return value
    if kind is _native.Lent:
        return value
    if kind is MLFunction:
        return value._function
    if kind is Opaque or kind is _native.Error or kind is _native.Module:
        return value
    if kind is ByCopy:
        return unpack(pack(value.value, path), True)
    if callable(value) and not isinstance(value, type):
        return wrap_callable(value)
    made = simpler(value, path)
    return Opaque(value) if made is value else to_ml(made, path)


_native.set_converter(lambda value: to_ml(value, "a value that the program reads", True))


def check_text(value: str, path: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise MLMarshalError(f"a string with lone surrogates cannot be passed to ML: {path}", path=path) from None


def from_ml(value: Any, keep: bool = False) -> Any:
    """The Python value for a value of ML. ``keep``: the program goes on using its objects, so they stay ML's."""
    kind = type(value)
    if kind in SCALARS:
        return value
    if kind is list or kind is _native.Object or kind is _native.Lent:
        if not keep:
            _core.take_back(value)
        return restored(value) if _from_name and kind is not list else value
    if kind is Opaque:
        return value.value
    if _native.callable(value):
        return MLFunction(value)
    if kind is _native.Error:
        return {"type": value["type"], "message": value["message"]}
    dates = sys.modules.get("mlpy.stdlib.datetime_values")
    if dates is not None and isinstance(value, dates.Value):
        return value._value  # Python's own datetime, date, time or timedelta
    return value


def restored(value: dict[str, Any]) -> Any:
    """The Python value of an object that carries the name of a registered type."""
    name = value.get("_type")
    restore = _from_name.get(name) if type(name) is str else None
    return value if restore is None else restore(value)


def marshal_problem(problem: ValueError, path: str) -> MLMarshalError:
    text, where = problem.args if len(problem.args) == 2 else (str(problem), "")
    place = path + where
    if text.startswith(("circular", "nested")):
        return MLMarshalError(f"{text} at {place}", path=place)
    return MLMarshalError(f"{text}: {place}" if "cannot" in text else f"{text} cannot be passed to ML: {place}", path=place)


def pack(value: Any, path: str) -> bytes:
    """A value as bytes for another process."""

    def convert(item: Any) -> Any:
        if callable(item) and not isinstance(item, type):
            raise Unfit("a function cannot leave its process")
        try:
            made = simpler(item, "")
        except MLMarshalError as problem:
            raise Unfit(problem.message.removesuffix(": ")) from None
        if made is item:
            raise Unfit(f"{type(item).__name__} cannot be passed to ML")
        return made

    try:
        return _core.pack(value, convert)
    except Unfit as problem:
        raise marshal_problem(ValueError(str(problem), problem.ml_path), path) from None
    except ValueError as problem:
        if len(problem.args) != 2:
            raise
        raise marshal_problem(problem, path) from None


class Unfit(ValueError):
    """A value that cannot cross; ``_core.pack`` adds where it is."""

    ml_path = ""


def unpack(data: bytes, as_objects: bool = False) -> Any:
    return _core.unpack(data, as_objects)


def checked_names(context: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of a context; MLContextError when one is no name of ML, TypeError when it is no mapping."""
    if type(context) is not dict and not isinstance(context, Mapping):
        raise TypeError(f"a context must be a dict of names and values, not {type(context).__name__}")
    for name in context:
        if type(name) is not str or not name.isidentifier() or name in _KEYWORDS or name.startswith("__"):
            raise MLContextError(f"a context name must be an identifier and no keyword: {name!r}", path=str(name))
    return tuple(context)
