"""regex: regular expressions (stdlib-core.md section 12). How a search is kept within its budget: ``regex_engine``."""

import re as _re

from mlpy import _native
from mlpy._native import MLError, Object, quoted
from mlpy.stdlib.check import integer, limit_error, string, value_error, wrong
from mlpy.stdlib.regex_engine import MAX_PATTERN, Engine

EXPORTS = ("IGNORECASE", "MULTILINE", "DOTALL", "UNICODE", "VERBOSE", "ASCII", "compile", "search", "match", "fullmatch",
           "findall", "finditer", "split", "sub", "subn", "test", "count", "escape", "isValid")

_ALL_FLAGS = 2 | 8 | 16 | 32 | 64 | 256
_SHOWN_FLAGS = ((2, "IGNORECASE"), (8, "MULTILINE"), (16, "DOTALL"), (64, "VERBOSE"))
_TO_THE_END = 1 << 62
_KEPT = 256
_engines = {}


def _engine(function, pattern, flags):
    found = _engines.get((pattern, flags)) if type(pattern) is str and type(flags) is int else None
    if found is not None:
        return found
    string(function, "pattern", pattern)
    flags = integer(function, "flags", flags)
    if flags & ~_ALL_FLAGS:
        raise value_error(f"Invalid regex flags {flags}")
    if len(pattern) > MAX_PATTERN:
        raise limit_error(f"{function}(): pattern of more than {MAX_PATTERN} characters")
    try:
        engine = Engine(pattern, flags)
    except _re.error as error:
        raise _invalid(pattern, f"{error.msg} at position {error.pos}" if error.pos is not None else error.msg) from None
    except (ValueError, OverflowError, RecursionError) as error:
        raise _invalid(pattern, str(error)) from None
    if len(_engines) >= _KEPT:
        _engines.clear()
    _engines[pattern, flags] = engine
    return engine


def _invalid(pattern, reason):
    return value_error(f"Invalid regex pattern '{pattern}': {reason}")


class Match:
    __slots__ = ("_match",)

    def __init__(self, match):
        self._match = match

    def _of(self, method, group, missing):
        if type(group) is bool or type(group) not in (int, str):
            return missing
        try:
            return getattr(self._match, method)(group)
        except IndexError:
            return missing

    def group(self, group_id=0):
        return self._of("group", group_id, None)

    def groups(self):
        return list(self._match.groups())

    def groupDict(self, default=None):
        return Object(self._match.groupdict(default))

    def start(self, group=0):
        return self._of("start", group, -1)

    def end(self, group=0):
        return self._of("end", group, -1)

    def span(self, group=0):
        return list(self._of("span", group, (-1, -1)))

    def value(self):
        return self._match.group()

    def lastGroup(self):
        return self._match.lastgroup

    def groupCount(self):
        return self._match.re.groups

    def expand(self, template):
        return _filler("Match.expand", "template", template, self._match.re)(self._match)

    def toString(self):
        return f"Match(value={quoted(self._match.group())}, span=[{self._match.start()}, {self._match.end()}])"


def _wrapped(match):
    return None if match is None else Match(match)


def _filler(function, parameter, template, compiled):
    """A function of a host match that gives the text of a replacement: a template, or an ML function."""
    if parameter == "replacement" and _native.callable(template):
        def call(match):
            text = template(Match(match))
            if type(text) is not str:
                raise wrong(function, parameter, "a function returning a string", text)
            return text

        return call
    string(function, parameter, template)
    if "\\" not in template:
        return lambda match: template
    try:
        parsed = _re._parser.parse_template(template, compiled)
    except (_re.error, IndexError) as error:
        reason = f"{error.msg} at position {error.pos}" if isinstance(error, _re.error) else str(error)
        raise value_error(f"Invalid replacement template '{template}': {reason}") from None
    return lambda match: match.expand(template) if parsed else ""


def _found(engine, text, start=0, end=_TO_THE_END):
    """What findall gives: whole matches, the only group, or arrays of groups; unused groups are empty."""
    matches = engine.all(text, start, end)
    groups = engine.compiled.groups
    if groups == 0:
        return [match.group() for match in matches]
    if groups == 1:
        return [match.group(1) or "" for match in matches]
    return [list(match.groups("")) for match in matches]


def _split(engine, text, maxsplit):
    parts = []
    place = 0
    for match in _first(engine.all(text, 0, _TO_THE_END), maxsplit):
        parts.append(text[place:match.start()])
        parts += match.groups()
        place = match.end()
    parts.append(text[place:])
    return parts


def _first(matches, limit):
    """0: all; negative: none."""
    return matches if limit == 0 else matches[:max(0, limit)]


def _replaced(function, engine, replacement, text, count):
    """Text and number of replacements."""
    fill = _filler(function, "replacement", replacement, engine.compiled)
    matches = _first(engine.all(text, 0, _TO_THE_END), count)
    parts = []
    place = 0
    for match in matches:
        parts.append(text[place:match.start()])
        parts.append(fill(match))
        place = match.end()
    parts.append(text[place:])
    return "".join(parts), len(matches)


def _counted(result):
    return Object([("result", result[0]), ("count", result[1])])


class Pattern:
    __slots__ = ("_engine", "_flags")

    def __init__(self, engine, flags):
        self._engine = engine
        self._flags = flags

    @property
    def pattern(self):
        return self._engine.compiled.pattern

    @property
    def flags(self):
        return self._flags

    def _one(self, method, text, pos, endpos):
        name = f"Pattern.{method}"
        return _wrapped(self._engine.one(method, string(name, "text", text), *_region(name, pos, endpos)))

    def search(self, text, pos=0, endpos=None):
        return self._one("search", text, pos, endpos)

    def match(self, text, pos=0, endpos=None):
        return self._one("match", text, pos, endpos)

    def fullmatch(self, text, pos=0, endpos=None):
        return self._one("fullmatch", text, pos, endpos)

    def findall(self, text, pos=0, endpos=None):
        string("Pattern.findall", "text", text)
        return _found(self._engine, text, *_region("Pattern.findall", pos, endpos))

    def finditer(self, text, pos=0, endpos=None):
        string("Pattern.finditer", "text", text)
        return [Match(match) for match in self._engine.all(text, *_region("Pattern.finditer", pos, endpos))]

    def split(self, text, maxsplit=0):
        string("Pattern.split", "text", text)
        return _split(self._engine, text, integer("Pattern.split", "maxsplit", maxsplit))

    def sub(self, replacement, text, count=0):
        string("Pattern.sub", "text", text)
        return _replaced("Pattern.sub", self._engine, replacement, text, integer("Pattern.sub", "count", count))[0]

    def subn(self, replacement, text, count=0):
        string("Pattern.subn", "text", text)
        return _counted(
            _replaced("Pattern.subn", self._engine, replacement, text, integer("Pattern.subn", "count", count)))

    def test(self, text):
        return self._engine.one("search", string("Pattern.test", "text", text), 0, _TO_THE_END) is not None

    def count(self, text):
        return len(self._engine.all(string("Pattern.count", "text", text), 0, _TO_THE_END))

    def getPattern(self):
        return self._engine.compiled.pattern

    def getFlags(self):
        return self._flags

    def toString(self):
        names = [name for flag, name in _SHOWN_FLAGS if self._flags & flag]
        flags = f", flags={' | '.join(names)}" if names else ""
        return f"Pattern({quoted(self._engine.compiled.pattern)}{flags})"


def _region(function, pos, endpos):
    pos = integer(function, "pos", pos)
    return max(0, pos), _TO_THE_END if endpos is None else max(0, integer(function, "endpos", endpos))


for _class in (Pattern, Match):
    _native.register_class(_class, _class.__name__, [name for name in vars(_class) if not name.startswith("_")])


def IGNORECASE():
    return 2


def MULTILINE():
    return 8


def DOTALL():
    return 16


def UNICODE():
    return 32


def VERBOSE():
    return 64


def ASCII():
    return 256


def compile(pattern, flags=0):
    return Pattern(_engine("regex.compile", pattern, flags), int(flags))


def _one(method, pattern, text, flags):
    name = f"regex.{method}"
    return _engine(name, pattern, flags).one(method, string(name, "text", text), 0, _TO_THE_END)


def search(pattern, text, flags=0):
    return _wrapped(_one("search", pattern, text, flags))


def match(pattern, text, flags=0):
    return _wrapped(_one("match", pattern, text, flags))


def fullmatch(pattern, text, flags=0):
    return _wrapped(_one("fullmatch", pattern, text, flags))


def findall(pattern, text, flags=0):
    return _found(_engine("regex.findall", pattern, flags), string("regex.findall", "text", text))


def finditer(pattern, text, flags=0):
    engine = _engine("regex.finditer", pattern, flags)
    return [Match(found) for found in engine.all(string("regex.finditer", "text", text), 0, _TO_THE_END)]


def split(pattern, text, maxsplit=0, flags=0):
    engine = _engine("regex.split", pattern, flags)
    return _split(engine, string("regex.split", "text", text), integer("regex.split", "maxsplit", maxsplit))


def sub(pattern, replacement, text, count=0, flags=0):
    engine = _engine("regex.sub", pattern, flags)
    string("regex.sub", "text", text)
    return _replaced("regex.sub", engine, replacement, text, integer("regex.sub", "count", count))[0]


def subn(pattern, replacement, text, count=0, flags=0):
    engine = _engine("regex.subn", pattern, flags)
    string("regex.subn", "text", text)
    return _counted(_replaced("regex.subn", engine, replacement, text, integer("regex.subn", "count", count)))


def test(pattern, text, flags=0):
    engine = _engine("regex.test", pattern, flags)
    return engine.one("search", string("regex.test", "text", text), 0, _TO_THE_END) is not None


def count(pattern, text, flags=0):
    return len(_engine("regex.count", pattern, flags).all(string("regex.count", "text", text), 0, _TO_THE_END))


def escape(text):
    return _re.escape(string("regex.escape", "text", text))


def isValid(pattern):
    if type(pattern) is not str:
        return False
    try:
        _engine("regex.isValid", pattern, 0)
    except MLError:
        return False
    return True
