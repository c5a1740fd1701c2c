"""What variables held before the statements that ran last (`record`): steps back through them, read only."""

from mlpy import _native
from mlpy.runtime.debugging import values

MOST_CHANGES = 1000


class Moment:
    """Stands for the frame that ran the statement, with the variables it had before."""

    f_lasti = -1
    f_back = None

    def __init__(self, module, stop, code, variables, own):
        self.site = module, stop
        self.f_code, self.f_globals, self.f_locals = code, variables, own


class Past:
    """The moments before one stop. ``at`` is the one that is shown, ``len(moments)`` the stop itself."""

    def __init__(self, site):
        self.moments = [Moment(*row) for row in _native.debug_history()]
        if self.moments and self.moments[-1].site == site:
            self.moments.pop()  # the stop itself
        self.at = len(self.moments)

    @property
    def moment(self):
        return self.moments[self.at] if self.at < len(self.moments) else None

    def move(self, way, stops):
        """Goes to another moment: one ``back`` or ``forward``, or with ``run`` in front of it to the next one that is in ``stops``,
        else to the end. Gives why it is the end there: step, breakpoint, entry (the oldest)."""
        step = -1 if way.endswith("back") else 1
        while True:
            if step < 0 and not self.at:
                return "entry"
            self.at += step
            if self.moment is None or not way.startswith("run"):
                return "step"
            if self.moment.site in stops:
                return "breakpoint"

    def of(self, frame):
        """{name: [values]} of the variables of a frame's function that have changed, oldest value first."""
        found = {}
        for moment in self.moments[:self.at]:
            if moment.f_code is frame.f_code:
                for name, value in values.visible(moment.f_locals).items():
                    list_ = found.setdefault(name, [])
                    if not list_ or list_[-1] is not value:
                        list_.append(value)
        now = frame.f_locals
        return {name: list_ for name, list_ in found.items() if len(list_) > 1 or list_[0] is not now.get(name)}

    def changes(self, frame, name, site):
        """[[module, statement before which it had it, value]] of a variable, oldest first; ``site`` is the statement before
        which the frame stands, None where it stands in one."""
        rows = []
        for moment in self.moments:
            of_module = moment.f_locals is moment.f_globals and moment.f_code.co_filename == frame.f_code.co_filename
            if moment.f_code is not frame.f_code and (not of_module or name in frame.f_locals) or name not in moment.f_locals:
                continue
            shown = values.preview(moment.f_locals[name])
            if not rows or rows[-1][2] != shown:
                rows.append([*moment.site, shown])
        if site and name in frame.f_locals and (not rows or rows[-1][2] != values.preview(frame.f_locals[name])):
            rows.append([*site, values.preview(frame.f_locals[name])])
        return rows[-MOST_CHANGES:]


class ReadOnly:
    """In the place of ``kinds.Kinds``."""

    @staticmethod
    def fitted(frame, name, value, local):
        raise _native.MLError("TypeError", f"'{name}' cannot be changed: this is what it held before")
