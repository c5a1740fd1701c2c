"""Breakpoints of the program and what decides whether one is due."""

import sys
from resource import RUSAGE_SELF, getrusage
from time import monotonic, monotonic_ns, thread_time_ns

from mlpy import _native
from mlpy.runtime.debugging.snippets import Snippet

MOST_LOGS = 10_000  # a second


def peak_bytes():
    return getrusage(RUSAGE_SELF).ru_maxrss * 1024


class Entered:
    """When a call began; kept in its frame."""

    __slots__ = ("clock", "cpu", "peak", "calls")

    def __init__(self, calls):
        self.clock, self.cpu, self.peak, self.calls = monotonic_ns(), thread_time_ns(), peak_bytes(), calls

    def costs(self):
        """`$elapsed` and `$self`: nanoseconds and those of the processor since the call began; `$calls`: of the function since
        the breakpoint was set; `$alloc`: bytes by which the program grew to a new peak since."""
        return {"dollar_elapsed": monotonic_ns() - self.clock, "dollar_self": thread_time_ns() - self.cpu,
                "dollar_calls": self.calls, "dollar_alloc": peak_bytes() - self.peak}


class Breakpoints:
    def __init__(self, channel, thread_number):
        self.channel, self.thread_number = channel, thread_number
        self.calls = {}  # code object -> calls since it was watched
        self.begun = Entered(1)  # the program
        self.places = {}  # (module, stop) -> breakpoints as the adapter sent them
        self.second, self.logged = 0, 0

    def clear(self):
        for module, stop in self.places:
            _native.debug_breakpoint(module, stop, False)
        self.places = {}

    def replace(self, module, breakpoints):
        """Sets all breakpoints of a module. Gives those that have a place in the code."""
        known = {b["id"]: b for place, list_ in self.places.items() if place[0] == module for b in list_}
        for place in [place for place in self.places if place[0] == module]:
            _native.debug_breakpoint(*place, False)
            del self.places[place]
        for b in breakpoints:
            old = known.get(b["id"])
            b["hits"] = old["hits"] if old and old["wire"] == repr(b) else 0
            b["wire"] = repr({key: value for key, value in b.items() if key != "hits"})
            self.places.setdefault((module, b["stop"]), []).append(b)
        for b in breakpoints:
            if "entry" in b:
                self.places.setdefault((module, b["entry"]), []).insert(0, {"id": 0, "entry": True})
        verified = []
        for (where, stop), list_ in self.places.items():
            if where != module:
                continue
            condition = native_condition(list_[0], module, stop) if len(list_) == 1 else None
            if _native.debug_breakpoint(module, stop, True, *((condition,) if condition else ())):
                verified += [b["id"] for b in list_ if b["id"]]
        return verified

    def due(self, module, stop, frame):
        return [b for b in self.places.get((module, stop), ()) if self.is_due(b, frame)]

    def enter(self, frame):
        """A call is at the first statement of its function; not for the first time in a loop."""
        if type(frame.f_trace) is not Entered:
            self.calls[frame.f_code] = self.calls.get(frame.f_code, 0) + 1
            frame.f_trace = Entered(self.calls[frame.f_code])

    def pseudo(self, b, frame):
        """The values of the names with a `$`."""
        entered = frame.f_trace if type(frame.f_trace) is Entered else self.begun
        return {"dollar_hits": b["reached"], "dollar_thread": self.thread_number(), **(entered.costs() if "entry" in b or b.get("costs") else {})}

    @staticmethod
    def reason(due):
        kinds = {b.get("kind", "breakpoint") for b in due}
        return "breakpoint" if "breakpoint" in kinds else kinds.pop()

    def is_due(self, b, frame):
        if b.get("entry") is True:
            self.enter(frame)
            return False
        b["reached"] = b.get("reached", 0) + 1
        b.pop("error", None)
        if b.get("condition"):
            try:
                if not self.compiled(b, "condition").run(frame, self.pseudo(b, frame)):
                    return False
            except Exception as error:
                from mlpy.runtime.debugging.agent import describe

                if b.get("failed"):
                    return False
                b["failed"] = True
                b["error"] = f"error in the condition: {describe(error)}"
                return True
        b["hits"] = b.get("hits", 0) + 1
        if b.get("hit") and not holds(b["hit"], b["hits"]):
            return False
        if "log" in b:
            self.log(b, frame)
            return False
        return True

    def compiled(self, holder, key):
        made = holder.get("made " + key)
        if made is None:
            made = holder["made " + key] = Snippet(holder[key])
        return made

    def log(self, b, frame):
        now = int(monotonic())
        if now != self.second:
            if self.logged > MOST_LOGS:
                self.channel.send({"event": "log", "id": b["id"], "text": f"{self.logged - MOST_LOGS} suppressed\n"})
            self.second, self.logged = now, 0
        self.logged += 1
        if self.logged > MOST_LOGS:
            return
        sys.stdout.flush()
        text = ""
        for part in b["log"]:
            if isinstance(part, str):
                text += part
                continue
            try:
                text += _native.display(self.compiled(part, "code").run(frame, self.pseudo(b, frame)))
            except Exception as error:
                from mlpy.runtime.debugging.agent import describe

                text += f"<{describe(error)}>"
        self.channel.send({"event": "log", "id": b["id"], "text": text + "\n"})

    def exception_holds(self, condition, kind, error, frame):
        if kind in condition.get("types", ()):
            return True
        if "code" not in condition or frame is None:
            return False
        try:
            return bool(self.compiled(condition, "code").run(frame, {"dollar_exception": _native.error_value(error)}))
        except Exception:
            return False


def native_condition(b, module, stop):
    """What `debug_breakpoint` takes as the condition of a breakpoint: a comparison, or for other expressions without calls a
    function of the variables they name. None: somebody has to look each time. Whatever is true is asked again (``is_due``)."""
    if b.get("native"):
        return tuple(b["native"])
    if not b.get("quiet"):
        return None
    python = b["condition"]["python"].strip()
    try:
        asked = names_in(compile(python, "<condition>", "eval"))
        names = tuple(name for name in _native.debug_locals_at(module, stop) if name in asked)
        made = eval(f"lambda {', '.join(names)}: (\n{python}\n)", {"__builtins__": {}})
    except SyntaxError:  # more than an expression, or a name that Python does not have
        return None
    return made.__code__, names


def names_in(code):
    found = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, type(code)):
            found |= names_in(constant)
    return found


def holds(hit, count):
    """Whether a hit condition wants this coming: `5`, `== 5`, `> 5`, `% 5`."""
    operator, number = hit
    match operator:
        case ">":
            return count > number
        case ">=":
            return count >= number
        case "<":
            return count < number
        case "<=":
            return count <= number
        case "%":
            return number > 0 and count % number == 0
    return count == number
