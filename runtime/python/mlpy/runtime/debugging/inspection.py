"""What a stopped program shows of itself: frames, scopes, variables, values of expressions.

References are numbers that live until the program goes on. Nothing here runs code of the program except ``evaluate``.
"""

from itertools import islice

from mlpy import _native
from mlpy.runtime.debugging import values
from mlpy.runtime.debugging.history import Past, ReadOnly
from mlpy.runtime.debugging.snippets import Snippet, assign

BUCKET = 100
_numbers = iter(range(1000, 1 << 31))


def place(code, instruction):
    """(line, column) of an instruction; of one without a place, as the end of an arrow is, that of the last before it."""
    index = max(instruction, 0) // 2
    line, _, column, end = next(islice(code.co_positions(), index, None), (None,) * 4)
    if line is None or not end:
        known = [(line, column) for line, _, column, end in islice(code.co_positions(), index) if line and end]
        line, column = known[-1] if known else (line or code.co_firstlineno, column or 0)
    return line, column


class Holder:
    """Something that can be opened: a scope or a value. ``path`` is ML that evaluates to it, where there is some."""

    def __init__(self, value, frame, path="", scope=None, part=None):
        self.value, self.frame, self.path, self.scope = value, frame, path, scope
        self.part = part  # (begin, end): only these elements


class Inspection:
    """One stop. ``frames``: (frame, instruction), innermost first; ``site``: (module, stop) of the innermost where a
    statement is about to begin; ``error``, ``returned``: the exception, or value of a function, that led here."""

    def __init__(self, agent, frames, site, error, returned):
        self.agent = agent
        self.frames, self.site, self.error, self.returned = frames, site, error, returned
        self.holders = {}
        self.frame_ids = {}
        self.past = Past(site) if agent.options.get("record") else None
        self.present = frames, site, error, returned

    def handle(self, message):
        return getattr(self, "do_" + message["command"])(message)

    def do_move(self, message):
        """Shows another moment of the past, or the stop again."""
        if self.past is None:
            raise _native.MLError("ValueError", "this program does not record its values")
        before = self.past.at
        reason = self.past.move(message["way"], self.agent.breakpoints.places)
        moment = self.past.moment
        self.frames, self.site, self.error, self.returned = self.present if moment is None else ([(moment, 0)], moment.site, None, None)
        self.holders.clear()
        self.frame_ids.clear()
        return {"reason": reason, "moved": self.past.at != before, "past": moment is not None, "left": self.past.at}

    @property
    def kinds(self):
        return ReadOnly if self.past and self.past.moment else self.agent.kinds

    def do_history(self, message):
        if self.past is None:
            raise _native.MLError("ValueError", "this program does not record its values: launch it with \"record\": true")
        frame, site = self.frame(message), self.present[1]
        return {"changes": self.past.changes(frame, message["name"], site if frame is self.present[0][0][0] else None)}

    def keep(self, holder):
        number = next(_numbers)
        self.holders[number] = holder
        return number

    def frame(self, message):
        """The frame a message names, or the outermost for none."""
        if message.get("frame") and message["frame"] not in self.frame_ids:
            raise _native.MLError("ValueError", "this frame is no longer shown")
        frame = self.frame_ids.get(message.get("frame"), self.frames[-1][0])
        if frame is None:
            raise _native.MLError("ValueError", "this thread runs: its variables change")
        return frame

    # --- frames

    def do_stack(self, message):
        own = "thread" not in message
        frames = self.frames if own else self.agent.frames_of(message["thread"])
        start, count = message.get("start", 0), message.get("levels", 0) or len(frames)
        rows = []
        for index in range(start, min(start + count, len(frames))):
            frame, instruction = frames[index]
            number = next(_numbers)
            self.frame_ids[number] = frame if own else None
            code = frame.f_code
            line, column = place(code, instruction)
            rows.append({"id": number, "name": code.co_name, "file": code.co_filename, "line": line, "column": column,
                         "site": self.site if own and index == 0 else None,
                         "ml": bool(code.co_flags & 0x40000000),
                         "parameters": self.parameters(frame) if message.get("parameters") else []})
        return {"frames": rows, "total": len(frames)}

    def function_code(self, code):
        """The code object of the function that an expression of the innermost frame is."""
        try:
            return Snippet(code).run(self.frames[0][0], self.extra()).__code__ if code else None
        except Exception:
            return None

    def do_jump(self, message):
        """The innermost frame is to go on at another statement."""
        if self.site is None or not _native.debug_goto(self.frames[0][0], message["module"], message["stop"]):
            raise _native.MLError("ValueError", "the program cannot go on there")
        return {}

    def do_lazy(self, message):
        """Something that is evaluated when a person opens it."""
        return {"reference": self.keep(Holder(Snippet(message["code"]), self.frame(message), scope="lazy"))}

    def do_place(self, message):
        """The place of a variable, for a data breakpoint."""
        holder = self.holders.get(message["reference"]) if "reference" in message else None
        name = message["name"]
        if "code" in message:  # `name` is a field or an element of what this is
            frame = self.frame(message)
            holder = Holder(Snippet(message["code"]).run(frame, self.extra()), frame, message["path"])
        if holder is None:
            frame = self.frame(message)
            local = frame.f_locals is not frame.f_globals and name in frame.f_locals
            if not local and name not in frame.f_globals:
                return {"dataId": None, "description": f"there is no variable '{name}'", "persists": False}
            holder = Holder(None, frame, scope="local" if local else "module")
        program = [module[1] for module in self.agent.program]
        file = holder.frame.f_code.co_filename
        module = program.index(file) if file in program else None
        data_id, description, persists = self.agent.watches.place(holder, name, module)
        return {"dataId": data_id, "description": description, "persists": persists}

    def do_scopes(self, message):
        if self.frame_ids.get(message.get("frame")) is None:
            return {"scopes": []}  # of an earlier stop, or of a thread that runs
        frame = self.frame(message)
        code = frame.f_code
        scopes = []

        def scope(name, found, kind, hint=None, expensive=False):
            scopes.append({"name": name, "hint": hint, "named": len(found), "expensive": expensive,
                           "reference": self.keep(Holder(found, frame, scope=kind))})

        module = values.visible(frame.f_globals)
        if frame.f_locals is frame.f_globals:
            scope("Locals", module, "module", "locals")
        else:
            own = values.visible(frame.f_locals)
            closure = {name: own.pop(name) for name in code.co_freevars if name in own}
            order = [*code.co_varnames, *code.co_cellvars]
            scope("Locals", {name: own[name] for name in dict.fromkeys(order) if name in own}, "local", "locals")
            if arguments := {name: own[name] for name in code.co_varnames[:code.co_argcount] if name in own}:
                scope("Arguments", arguments, "local", "arguments")
            if closure:
                scope("Closure", closure, "local")
        moment = self.past and self.past.moment
        if not moment:  # of functions' past only their own variables are known
            scope("Module", module, "module")
        if self.past and (changed := self.past.of(frame)):
            scope("History", changed, "fixed")
        if frame is self.frames[0][0]:
            if self.returned is not None:
                scope("Return value", {"(return value)": self.returned}, "fixed", "returnValue")
            if self.error is not None:
                scope("Exception", {"$exception": _native.error_value(self.error)}, "fixed")
        scope("Builtins", values.visible(frame.f_globals["__builtins__"]), "fixed", expensive=True)
        return {"scopes": scopes}

    def parameters(self, frame):
        """(name, type, value) of the parameters that are bound."""
        code, own = frame.f_code, frame.f_locals
        return [(name, values.type_of(own[name]), values.preview(own[name]))
                for name in code.co_varnames[:code.co_argcount] if name in own]

    # --- values

    def describe(self, name, value, frame, path, hexadecimal=False):
        row = {"name": name, "value": hex(value) if hexadecimal and type(value) is int else values.preview(value), "type": values.type_of(value), "path": path}
        if definition := values.definition(value):
            row["definition"] = definition
        named, indexed = values.sizes(value)
        if named or indexed:
            row.update(reference=self.keep(Holder(value, frame, path)), named=named, indexed=indexed)
        return row

    def do_variables(self, message):
        holder = self.holders.get(message["reference"])
        if holder is None:
            return {"variables": []}
        if holder.scope == "lazy":
            return {"variables": [self.describe("", holder.value.run(holder.frame, self.extra()), holder.frame, "")]}
        start, count = message.get("start", 0), message.get("count", 0)
        if holder.part:
            begin, end = holder.part
            start, count = begin + start, min(count or end - begin, end - begin - start)
        elif message.get("buckets") and not start and not count and values.sizes(holder.value)[1] > BUCKET:
            return {"variables": self.buckets(holder)}
        rows = []
        for name, value, path in values.children(holder.value, holder.path, holder.scope, message.get("filter"),
                                                 start, count):
            if type(holder.value) is str and not holder.scope:
                rows.append({"name": name, "value": _native.quoted(value), "type": "string", "path": path})
                continue
            rows.append(self.describe(name, value, holder.frame, path, message.get("hex")))
        return {"variables": rows}

    def buckets(self, holder):
        """For clients without pages: rows that hold a hundred elements each, or a hundred such rows."""
        size = values.sizes(holder.value)[1]
        begin, end = holder.part or (0, size)
        width = BUCKET
        while (end - begin) / width > 1000:
            width *= BUCKET
        rows = []
        for first in range(begin, end, width):
            last = min(first + width, end)
            part = Holder(holder.value, holder.frame, holder.path, part=(first, last))
            rows.append({"name": f"[{first}..{last - 1}]", "value": "", "type": "", "path": "",
                         "reference": self.keep(part), "named": 0, "indexed": last - first})
        return rows

    def do_evaluate(self, message):
        frame = self.frame(message)
        extra = self.extra()
        if message.get("repl") and "_" not in frame.f_locals and "_" not in frame.f_globals:
            extra["_"] = self.agent.last
        value = Snippet(message["code"]).run(frame, extra, self.kinds)
        if message.get("repl"):
            self.agent.last = value
        if message.get("full"):
            return {"value": _native.display(value) if message["full"] == "text" else _native.quoted(value),
                    "type": values.type_of(value)}
        return self.describe("", value, frame, message.get("path", ""), message.get("hex"))

    def extra(self):
        found = {"__import": self.agent.load}
        if self.error is not None:
            found["dollar_exception"] = _native.error_value(self.error)
        return found

    def do_set(self, message):
        holder = self.holders.get(message["reference"])
        if holder is None:
            raise _native.MLError("ValueError", "this value is no longer shown")
        name, frame = message["name"], holder.frame
        value = Snippet(message["code"]).run(frame, self.extra())
        if holder.scope and name not in holder.value:
            raise _native.MLError("NameError", f"there is no variable '{name}' here")
        if holder.scope == "fixed":
            raise _native.MLError("TypeError", f"{name} cannot be assigned")
        if holder.scope:
            value = self.kinds.fitted(frame, name, value, holder.scope == "local")
            assign(frame, name, value, holder.scope == "local")
        elif self.kinds is ReadOnly:
            ReadOnly.fitted(frame, name, value, False)
        elif type(holder.value) is list:
            index = name.strip("[]")
            if not index.isdecimal() or int(index) >= len(holder.value):
                raise _native.MLError("IndexError", f"there is no element '{name}' here")
            holder.value[int(index)] = value
        elif type(holder.value) is _native.Object:
            holder.value[name] = value
        else:
            raise _native.MLError("TypeError", f"a {values.type_of(holder.value)} cannot be changed")
        return self.describe(name, value, frame, "")

    def do_names(self, message):
        """Names and members for completions: of the frame, or of the value of an expression."""
        frame = self.frame(message)
        if "code" not in message:
            names = dict.fromkeys([*values.visible(frame.f_locals), *values.visible(frame.f_globals)], "variable")
            built_in = values.visible(frame.f_globals["__builtins__"])
            return {"names": [*map(list, names.items()), *([name, "function"] for name in built_in if name not in names)]}
        value = Snippet(message["code"]).run(frame, self.extra())
        own = {} if type(value) is str else {name: "property" for name, _, _ in values.children(value, "", None, "named", 0, 1000)}
        return {"names": list(map(list, ({name: "method" for name in values.members(value)} | own).items()))}

    def do_exception(self, message):
        from mlpy.runtime import errors

        if self.error is None:
            raise _native.MLError("ValueError", "the program did not stop on an exception")
        report = errors.describe(self.error)
        inner = self.error.__cause__ or self.error.__context__
        if inner is not None:
            kind, text = errors.translation(inner, errors.traceback_places(inner))
            inner = {"type": kind, "message": text}
        return {"inner": inner, "type": report["type"], "message": report["message"], "code": report["code"],
                "stack": [f"at {f['function']} ({f['file']}:{f['line']}:{f['column']})" for f in report["stack"]]}
