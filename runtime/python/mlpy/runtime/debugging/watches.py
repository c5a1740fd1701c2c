"""Data breakpoints: values that are compared after every statement while any is set (editor-protocols.md 6.1).

A place is named by a text that the client keeps: ``module:NUMBER:NAME`` lives as long as the program, the others, which
belong to a call or a value, as long as that.
"""

from mlpy import _native
from mlpy.runtime.debugging import values

_MISSING = object()


class Watches:
    def __init__(self):
        self.places = {}  # data id -> function that reads the value
        self.names = {}  # data id -> what a person calls it
        self.set = []  # what the adapter asked for, with the last value

    def place(self, holder, name, module):
        """Names the place of a variable for the client: (id, description, can persist)."""
        if holder.scope == "module" and module is not None:
            return f"module:{module}:{name}", name, True
        if holder.scope == "local":
            data_id, read = f"frame:{id(holder.frame)}:{name}", self.local(holder.frame, name)
        elif type(holder.value) is list:
            index = int(name.strip("[]"))
            data_id, read = f"slot:{id(holder.value)}:{index}", self.slot(holder.value, index)
        elif type(holder.value) is _native.Object:
            name = name[2:-2] if name.startswith(("['", '["')) else name
            data_id, read = f"field:{id(holder.value)}:{name}", self.field(holder.value, name)
        else:
            return None, f"{name} cannot be written", False
        self.places[data_id] = read
        shown = name if name.startswith("[") else "." + name
        self.names[data_id] = holder.path + shown if holder.path else name
        return data_id, self.names[data_id], False

    @staticmethod
    def local(frame, name):
        return lambda: frame.f_locals.get(name, _MISSING)

    @staticmethod
    def slot(array, index):
        return lambda: array[index] if index < len(array) else _MISSING

    @staticmethod
    def field(record, name):
        return lambda: dict.get(record, name, _MISSING)

    def replace(self, wanted, modules):
        """Sets all data breakpoints. Gives for each whether its place is known."""
        self.set = []
        known = []
        for b in wanted:
            read = self.places.get(b["dataId"])
            kind, _, rest = b["dataId"].partition(":")
            if kind == "module":
                number, _, name = rest.partition(":")
                read = modules(int(number), name)
            known.append(read is not None)
            if read is not None:
                self.set.append({**b, "read": read, "last": self.snapshot(read())})
        return known

    @staticmethod
    def snapshot(value):
        """What is compared later: the value itself, and of a collection how it looks."""
        return value, None if value is _MISSING else values.preview(value)

    def changes(self):
        """(breakpoint, what happened) of those whose value is another now."""
        found = []
        for b in self.set:
            now = b["read"]()
            before, shown = b["last"]
            if now is before and type(now) not in (list, _native.Object):
                continue
            last = self.snapshot(now)
            if last[1] == shown and (now is before or type(now) is type(before)):
                b["last"] = last
                continue
            b["last"] = last
            found.append((b, f"{self.names.get(b['dataId'], b.get('name', ''))}: {'unset' if shown is None else shown} → "
                             f"{'unset' if last[1] is None else last[1]}"))
        return found
