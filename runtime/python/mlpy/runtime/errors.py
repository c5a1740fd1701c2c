"""What an error says to people: ML type, message, place, stack, hint (language.md section 5).

Loaded when somebody first asks what an error says. Errors raised by generated code are Python's; ``translation`` gives
them ML's type and message. Places come from the code objects, which carry ML positions.
"""

import sys
from itertools import islice
from os import environ

from mlpy import _native
from mlpy.runtime.error_texts import translate

CODES = {
    "NameError": "ML2001", "TypeError": "ML2002", "ZeroDivisionError": "ML2003", "IndexError": "ML2004",
    "KeyError": "ML2005", "ValueError": "ML2006", "AttributeError": "ML2007", "RecursionError": "ML2008",
    "OverflowError": "ML2009", "RuntimeError": "ML2010", "EOFError": "ML2010", "ImportError": "ML2011",
    "SecurityError": "ML2012", "CapabilityError": "ML2013", "LimitError": "ML2015", "ResourceLimitError": "ML2015",
    "NotFound": "ML2010", "IsADirectory": "ML2010", "NotADirectory": "ML2010", "AlreadyExists": "ML2010",
    "NotEmpty": "ML2010", "PermissionDenied": "ML2010", "DecodeError": "ML2010", "NetworkError": "ML2010",
    "RequestError": "ML2010", "ExtensionError": "ML2010", "MarshalError": "ML2002", "InternalError": "ML2099",
}
THROWN_CODE = "ML2014"
EXIT_CODES = {"CapabilityError": 5, "ResourceLimitError": 6, "SecurityError": 8}
ML_CODE = 0x40000000  # co_flags of code made from ML (runtime/native/kinds.h)
MOST_FRAMES, FIRST_FRAMES, LAST_FRAMES = 20, 10, 9

_sources = {}


class Place:
    """One ML frame: its code object, the instruction it is at, and the Python frame where it still exists."""

    def __init__(self, code, instruction, frame=None):
        self.code = code
        self.frame = frame
        line, _, column, _ = next(islice(code.co_positions(), instruction // 2, None), (None,) * 4)
        self.line = line or code.co_firstlineno
        self.byte_column = column

    @property
    def file(self):
        return self.code.co_filename

    @property
    def function(self):
        return self.code.co_qualname

    @property
    def column(self):
        """From 1, in code points."""
        if self.byte_column is None:
            return 1
        line = source_line(self.file, self.line)
        if line is None:
            return self.byte_column + 1
        return len(line[:self.byte_column].decode("utf-8", "replace")) + 1

    @property
    def text(self):
        """The rest of the source line from the place on, and what stands before it; empty if the source is gone."""
        line = source_line(self.file, self.line)
        if line is None or self.byte_column is None:
            return "", ""
        return line[self.byte_column:].decode("utf-8", "replace"), line[:self.byte_column].decode("utf-8", "replace")


def source_line(file, number):
    """A line of an ML file as bytes, or None."""
    lines = _sources.get(file)
    if lines is None:
        try:
            with open(file, "rb") as stream:
                text = stream.read()
        except OSError:
            text = b""
        lines = _sources[file] = text.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").split(b"\n")
    return lines[number - 1] if 0 < number <= len(lines) and lines != [b""] else None


def keep_source(file, text):
    """Lets reports show a program that is in no file: ``text`` is its source as bytes."""
    _sources[file] = text.split(b"\n")


def traceback_places(error):
    """ML frames of the traceback, innermost first, and after them the callers of its outermost frame."""
    places = []
    trace = error.__traceback__
    frame = trace.tb_frame.f_back if trace else None
    while trace:
        if trace.tb_frame.f_code.co_flags & ML_CODE:
            places.append(Place(trace.tb_frame.f_code, trace.tb_lasti, trace.tb_frame))
        trace = trace.tb_next
    places.reverse()
    while frame:
        if frame.f_code.co_flags & ML_CODE:
            places.append(Place(frame.f_code, frame.f_lasti, frame))
        frame = frame.f_back
    return places


def places_of(error):
    """ML frames of an exception, innermost first: those of its first catch, else those of its traceback."""
    kept = getattr(error, "__ml_trace__", None)
    if kept is None:
        return traceback_places(error)
    places = [Place(kept[i], kept[i + 1]) for i in range(0, len(kept), 2)]
    # The frame itself is only at hand if the error was not caught and thrown again since.
    trace = error.__traceback__
    while trace and places:
        if trace.tb_frame.f_code is places[0].code and trace.tb_lasti // 2 * 2 == kept[1] // 2 * 2:
            places[0].frame = trace.tb_frame
        trace = trace.tb_next
    return places


def translation(error, places):
    """ML type and message of an exception."""
    kept = getattr(error, "__ml_message__", None)
    if kept:
        return kept
    if isinstance(error, (_native.MLError, _native.Thrown)):
        value = _native.error_value(error)
        return value.type, value.message
    if isinstance(error, _native.ResourceLimit):
        return "ResourceLimitError", str(error)
    return translate(error, places[0] if places else None)


def keep_message(error):
    """Translates an exception while its frames still exist (called when it is caught)."""
    error.__ml_message__ = translation(error, traceback_places(error))


def facts(error, trace):
    """What an error value shows of itself, by property name."""
    places = [Place(trace[i], trace[i + 1]) for i in range(0, len(trace), 2)]
    kind, message = translation(error, places)
    here = places[0] if places else None
    return {
        "type": kind, "message": message, "file": here and here.file, "line": here and here.line,
        "column": here and here.column,
        "stack": [_native.Object(function=p.function, file=p.file, line=p.line) for p in places],
    }


def describe(error):
    """Everything a report says, ready for JSON: ``{code, type, message, file, line, column, stack, hint, data}``.

    ``handling`` (type, message, file, line) is there only when another error was being handled.
    """
    places = places_of(error)
    kind, message = translation(error, places)
    thrown = isinstance(error, _native.Thrown)
    here = places[0] if places else None
    report = {
        "code": THROWN_CODE if thrown else CODES.get(kind, THROWN_CODE), "type": kind, "message": message,
        "file": here and here.file, "line": here and here.line, "column": here and here.column,
        "stack": [{"function": p.function, "file": p.file, "line": p.line, "column": p.column} for p in places],
        "hint": None if thrown else hint(error, kind, message, here), "data": thrown_data(error) if thrown else None,
    }
    other = handled(error)
    if other is not None:
        others = places_of(other)
        kind, message = translation(other, others)
        report["handling"] = {"type": kind, "message": message, "file": others[0].file if others else None,
                              "line": others[0].line if others else None}
    return report


def hint(error, kind, message, here):
    own = getattr(error, "args", ())
    if isinstance(error, _native.MLError) and len(own) > 2:
        return own[2]
    from mlpy.runtime.error_hints import find

    return find(kind, message, here)


def thrown_data(error):
    value = error.args[0] if error.args else None
    if type(value) is not _native.Object and type(value) is not _native.Lent:
        return None
    rest = {key: item for key, item in value.items() if key not in ("message", "type")}
    return _native.Object(rest) if rest else None


def handled(error):
    """The error that ML code was handling when this one was raised, or None."""
    other = error.__context__
    if other is None or error.__suppress_context__ or not isinstance(other, Exception):
        return None
    trace = other.__traceback__
    by_ml = hasattr(other, "__ml_trace__") or (trace and trace.tb_frame.f_code.co_flags & ML_CODE)
    return other if by_ml else None


def shown_file(file):
    """The file as a person running the program knows it: never a path of the host that they did not type."""
    if not file:
        return "?"
    if file.startswith("/"):
        from os import getcwd

        folder = getcwd().rstrip("/") + "/"
        return file[len(folder):] if file.startswith(folder) else file.rpartition("/")[2]
    return file


def printable(text):
    """Text without control characters that a terminal would obey."""
    return "".join(c if c == "\n" or c == "\t" or c.isprintable() else f"\\x{ord(c):02x}" if ord(c) < 256
                   else f"\\u{ord(c):04x}" for c in text)


def render(report):
    """The report as text (language.md section 5)."""
    lines = [printable(f"error[{report['code']}] {report['type']}: {report['message']}")]
    if report["line"]:
        lines += excerpt(report)
    stack = [f"  at {f['function']} ({shown_file(f['file'])}:{f['line']}:{f['column']})" for f in report["stack"]]
    if len(stack) > MOST_FRAMES:
        left_out = len(stack) - FIRST_FRAMES - LAST_FRAMES
        stack[FIRST_FRAMES:-LAST_FRAMES] = [f"  ... {left_out} more ..."]
    lines += stack
    if report["data"]:
        lines.append(printable("data: " + _native.display(report["data"])))
    other = report.get("handling")
    if other:
        place = f" ({shown_file(other['file'])}:{other['line']})" if other["file"] else ""
        lines.append(printable(f"while handling: {other['type']}: {other['message']}{place}"))
    if report["hint"]:
        lines.append(printable("hint: " + report["hint"]))
    return "\n".join(lines) + "\n"


def excerpt(report):
    number = str(report["line"])
    blank = " " * (len(number) + 2)
    lines = [f"{blank[:-1]}--> {shown_file(report['file'])}:{number}:{report['column']}"]
    source = source_line(report["file"], report["line"])
    if source is not None:
        text = printable(source.decode("utf-8", "replace").rstrip("\r"))
        before = "".join("\t" if c == "\t" else " " for c in text[:report["column"] - 1])
        lines += [f"{blank}|", f" {number} | {text}", f"{blank}| {before}^"]
    return lines


def exit_code(report):
    return EXIT_CODES.get(report["type"], 1) if report["code"] != THROWN_CODE else 1


def internal_trace(error):
    """Every frame an error came through, mlpy's own, too (``mlpy run --internal-trace``). Opens no file."""
    lines = ["Traceback (of mlpy):"]
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        lines.append(f'  File "{code.co_filename}", line {trace.tb_lineno}, in {code.co_name}')
        trace = trace.tb_next
    lines.append(printable(f"{type(error).__name__}: {error}"))
    return "\n".join(lines) + "\n"


def report_uncaught(error, as_json=False):
    """Writes the report of an uncaught error to standard error and returns the exit code of the run."""
    report = describe(error)
    if as_json:
        import json

        text = json.dumps(report, default=_native.display) + "\n"
    else:
        text = render(report)
    if "MLPY_INTERNAL_TRACE" in environ:
        text += internal_trace(error)
    try:
        sys.stderr.write(text)
    except (OSError, ValueError):
        pass
    return exit_code(report)
