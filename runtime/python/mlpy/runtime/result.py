"""What a run tells the command about itself for ``mlpy run --json`` (security.md 6, cli-and-python-api.md 1.4)."""

from _json import encode_basestring_ascii as quoted

from mlpy import _native

MOST_NESTING = 500
STRICT_LIMIT, LIMIT = 1 << 20, 256 << 20  # characters of the value's JSON text


class TooLarge(Exception):
    pass


class Value:
    """The JSON text of an ML value. What JSON cannot say is null, what is no data its display form; ``notes`` has
    the paths of both (``$.items[2]``)."""

    def __init__(self, value, limit):
        self.notes = []
        self.limit = limit
        self.size = 0
        self.parts = []
        self.open = set()
        self.write(value, "$", 0)
        self.text = "".join(self.parts)

    def put(self, text):
        self.size += len(text)
        if self.size > self.limit:
            raise TooLarge
        self.parts.append(text)

    def note(self, path, text="null"):
        self.notes.append(path)
        self.put(text)

    def write(self, value, path, depth):
        kind = type(value)
        if value is None or kind is bool:
            self.put({None: "null", True: "true", False: "false"}[value])
        elif kind is int:
            try:
                self.put(str(value))
            except ValueError:  # more digits than Python writes
                self.note(path)
        elif kind is float:
            if value - value == 0:
                self.put(repr(value))
            else:
                self.note(path)
        elif kind is str:
            self.put(quoted(value))
        elif kind is list or kind is _native.Object:
            if depth >= MOST_NESTING or id(value) in self.open:
                return self.note(path)
            self.open.add(id(value))
            if kind is list:
                self.put("[")
                for index, item in enumerate(value):
                    if index:
                        self.put(",")
                    self.write(item, f"{path}[{index}]", depth + 1)
                self.put("]")
            else:
                self.put("{")
                for index, (key, item) in enumerate(value.items()):
                    key = key if type(key) is str else _native.display(key)
                    self.put((",%s:" if index else "%s:") % quoted(key))
                    self.write(item, f"{path}.{key}", depth + 1)
                self.put("}")
            self.open.discard(id(value))
        else:
            self.note(path, quoted(_native.display(value)))


def text_of(value):
    """JSON of what this module itself puts together."""
    if type(value) is dict:
        return "{" + ",".join([f"{quoted(key)}:{text_of(item)}" for key, item in value.items()]) + "}"
    if type(value) is list:
        return "[" + ",".join([text_of(item) for item in value]) + "]"
    if type(value) is str:
        return quoted(value)
    return "null" if value is None else str(value).lower()


def told(loader, status, error, strict, tried=()):
    """The JSON text of everything, and the exit code: another one if the value is too large. ``tried``: refused accesses
    as (message, code object, instruction)."""
    kind = message = position = None
    if error is not None:
        from mlpy.runtime import errors

        report = errors.describe(error)
        kind = "UserError" if isinstance(error, _native.Thrown) else report["type"]
        message = report["message"]
        if report["line"]:
            position = {"file": errors.shown_file(report["file"]), "line": report["line"], "column": report["column"]}
    violations = [violation(*each) for each in tried]
    if kind == "ResourceLimitError":
        kind = "cpu_limit" if message.startswith("CPU") else "SecurityError" if "violations" in message else "memory_limit"
    value, notes = "null", []
    main = loader.loaded.get(0)
    result = vars(main[1]).get("result") if main else None
    try:
        written = Value(result, STRICT_LIMIT if strict else LIMIT)
        value, notes = written.text, written.notes
    except TooLarge:
        if status == 0:
            status, kind, message = 6, "result_limit", f"result larger than {'1MB' if strict else '256MB'}"
    facts = {"exit_code": status, "kind": kind, "message": message, "position": position, "violations": violations,
             "capabilities": capabilities(loader), "usage": usage(loader), "value_notes": notes}
    return text_of(facts)[:-1] + f',"value":{value}}}', status


def violation(message, code, instruction):
    from mlpy.runtime import errors

    place = errors.Place(code, instruction)
    position = {"file": errors.shown_file(code.co_filename), "line": place.line, "column": place.column} if place.line else None
    return {"kind": "SecurityError", "message": message, "position": position}


def capabilities(loader):
    if loader._policy is None and not loader.restricted and not loader.declarations():
        return {"granted": [], "declared": [], "used": [], "denied": []}
    from mlpy.runtime.capabilities import PURE

    policy = loader.policy
    return {
        "granted": [str(grant) for grant in policy.grants if grant.name not in PURE],
        "declared": [str(grant) for need in policy.needs or () for grant in need.grants],
        "used": [{"name": name, "resource": resource, "count": count} for (name, resource), count in policy.used.items()
                 if name not in PURE],
        "denied": [{"name": name, "resource": resource, "function": function}
                   for name, function, resource in policy.refused],
    }


def usage(loader):
    policy, services = loader._policy, loader._services
    return {
        "written_bytes": services.files.written if services else 0,
        "http_requests": sum(count for (name, _), count in policy.used.items() if name.startswith("network."))
        if policy else 0,
    }
