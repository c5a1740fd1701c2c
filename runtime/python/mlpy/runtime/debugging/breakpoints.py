"""Breakpoints of the program and what decides whether one is due."""

import sys
from time import monotonic

from mlpy import _native
from mlpy.runtime.debugging.snippets import Snippet

MOST_LOGS = 10_000  # a second


class Breakpoints:
    def __init__(self, channel):
        self.channel = channel
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
        verified = []
        for (where, stop), list_ in self.places.items():
            if where != module:
                continue
            native = list_[0].get("native") if len(list_) == 1 else None
            if _native.debug_breakpoint(module, stop, True, *(native or ())):
                verified += [b["id"] for b in list_]
        return verified

    def due(self, module, stop, frame):
        return [b for b in self.places.get((module, stop), ()) if self.is_due(b, frame)]

    @staticmethod
    def reason(due):
        kinds = {b.get("kind", "breakpoint") for b in due}
        return "breakpoint" if "breakpoint" in kinds else kinds.pop()

    def is_due(self, b, frame):
        b["reached"] = b.get("reached", 0) + 1
        b.pop("error", None)
        if b.get("condition"):
            try:
                if not self.compiled(b, "condition").run(frame, {"dollar_hits": b["reached"], "dollar_thread": 1}):
                    return False
            except Exception as error:
                from mlpy.runtime.debugging.agent import describe

                if b.get("failed"):
                    return False
                b["failed"] = True
                b["error"] = f"error in the condition: {describe(error)}"
                return True
        b["hits"] += 1
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
                text += _native.display(self.compiled(part, "code").run(frame))
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
