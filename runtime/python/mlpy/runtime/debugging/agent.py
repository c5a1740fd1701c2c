"""The agent: stops the program where the adapter wants it and answers questions while it stands."""

import os
import sys
from _queue import SimpleQueue
from _thread import interrupt_main, start_new_thread

from mlpy import _native
from mlpy.runtime.debugging.breakpoints import Breakpoints
from mlpy.runtime.debugging.channel import Channel
from mlpy.runtime.debugging.inspection import Inspection

PLACE, TOKEN = "MLPY_DEBUG_SOCKET", "MLPY_DEBUG_TOKEN"
ML_CODE = 0x40000000  # co_flags of code made from ML (runtime/native/kinds.h)
RUN, STEP_IN = 0, 1


def wanted():
    return PLACE in os.environ


class Agent:
    """``program`` is what ``launch.compile_bundle`` returns; afterwards its ``program`` is what is to be run."""

    def __init__(self, program):
        self.channel = Channel(os.environ.pop(PLACE))
        self.program = program
        self.channel.send({"event": "hello", "token": os.environ.pop(TOKEN, ""), "pid": os.getpid(),
                           "python": sys.version.split()[0],
                           "modules": [[name, shown, file] for name, shown, file, *_ in program]})
        self.stopped = False
        self.pausing = self.entering = False
        self.filters = {}
        self.commands = SimpleQueue()
        self.breakpoints = Breakpoints(self.channel)
        self.inspection = None
        _native.debug_start(self.on_stop)

    def descriptors(self):
        """What has to stay open in the sandbox."""
        return (self.channel.descriptor,)

    def prepare(self):
        """Puts stops into the code of all modules."""
        message = self.channel.receive()
        tables = message["tables"] if message else []
        self.program = [
            (name, shown, file, _native.debug_splice(code, bytes.fromhex(table), index), *rest)
            for index, ((name, shown, file, code, *rest), table) in enumerate(zip(self.program, tables))
        ] or self.program

    def start(self, loader):
        """Waits at the gate until the adapter lets the program begin. ``loader`` will run it."""
        self.loader = loader
        for module in loader.program:
            _native.debug_adopt(module[3])
        sys.stdout.reconfigure(line_buffering=True)
        while (message := self.channel.receive()) is not None:
            if message["command"] == "go":
                self.entering = message.get("stopOnEntry", False)
                break
            self.at_once(message)
        if self.entering:
            _native.debug_go(STEP_IN, None)
        start_new_thread(self.listen, ())

    # --- the thread that listens

    def listen(self):
        while (message := self.channel.receive()) is not None:
            try:
                if not self.at_once(message):
                    if self.stopped:
                        self.commands.put(message)
                    else:
                        self.answer(message, error="notStopped")
            except Exception as defect:
                self.answer(message, error=f"{type(defect).__name__}: {defect}")
        self.forget_all()
        self.commands.put({"command": "go", "step": RUN})

    def forget_all(self):
        """Nobody listens any more: the program goes on alone."""
        self.filters = {}
        self.breakpoints.clear()
        _native.debug_exceptions(False)

    def at_once(self, message):
        """Carries out what needs no stop. False: it does."""
        match message["command"]:
            case "breakpoints":
                self.answer(message, verified=self.breakpoints.replace(message["module"], message["list"]))
            case "exceptions":
                self.filters = message["filters"]
                _native.debug_exceptions(bool({"raised", "thrown", "security", "userUncaught"} & self.filters.keys()
                                              and message["early"]))
                self.answer(message)
            case "pause":
                if not self.stopped:
                    self.pausing = True
                    _native.debug_go(STEP_IN, None)
                self.answer(message)
            case "terminate":
                self.forget_all()
                self.answer(message)
                interrupt_main()
                if self.stopped:
                    self.commands.put({"command": "go", "step": RUN})
            case "detach":
                self.answer(message)
                self.forget_all()
                if self.stopped:
                    self.commands.put({"command": "go", "step": RUN})
            case _:
                return False
        return True

    def answer(self, message, /, error=None, **fields):
        if "id" in message:
            self.channel.send({"answer": message["id"], **({"error": error} if error else {}), **fields})

    # --- the thread of the program

    def load(self, dotted):
        """What `import` means in a piece of ML that a person typed: modules of the program and of the library."""
        names = [module[0] for module in self.loader.program]
        try:
            return self.loader.load(dotted, {dotted: names.index(dotted) if dotted in names else -1})
        except ImportError:  # its file cannot be read any more
            raise _native.MLError("ImportError", f"the strict sandbox is closed: no module '{dotted}' can be loaded now") from None

    def on_stop(self, reason, frame, module, stop, value):
        fields = {"reason": "step"}
        if reason == "exception":
            fields = self.exception_fields(value, frame)
            if fields is None:
                return
        elif self.entering:
            fields["reason"] = "entry"
        elif self.pausing:
            fields["reason"] = "pause"
        else:
            due = self.breakpoints.due(module, stop, frame) if "breakpoint" in reason else []
            if due:
                fields = {"reason": self.breakpoints.reason(due), "breakpoints": [b["id"] for b in due]}
                text = [b["error"] for b in due if b.get("error")]
                if text:
                    fields["text"] = text[0]
            elif not reason.startswith("step"):
                return
        frames = ml_frames(frame)
        error = value if reason == "exception" else None
        self.stand(Inspection(frames, (module, stop) if stop >= 0 else None, error,
                              None if error else value, self.load), fields, frame)

    def uncaught(self, error):
        """The program ends with an error: stops where it came up."""
        if not isinstance(error, Exception) or "uncaught" not in self.filters or error is self.reported:
            return
        fields = self.exception_fields(error, None, "uncaught")
        frames = traceback_frames(error)
        if fields and frames:
            self.stand(Inspection(frames, None, error, None, self.load), fields, None)

    reported = None

    def exception_fields(self, error, frame, only=None):
        """What to say of an exception, or None when no filter wants it."""
        from mlpy.runtime import errors

        kind, message = errors.translation(error, errors.traceback_places(error))
        kinds = {"uncaught"} if only else {"raised"} | ({"thrown"} if isinstance(error, _native.Thrown) else set())
        if kind in ("CapabilityError", "SecurityError"):
            kinds.add("security")
        for name in sorted(kinds & self.filters.keys()):
            condition = self.filters[name]
            if condition and not self.breakpoints.exception_holds(condition, kind, error, frame):
                continue
            self.reported = error
            return {"reason": "exception", "text": f"{kind}: {message}", "filter": name}
        return None

    def stand(self, inspection, fields, frame):
        """Answers questions until the program may go on."""
        self.entering = self.pausing = False
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError):
                pass
        self.inspection = inspection
        self.stopped = True
        self.channel.send({"event": "stopped", **fields})
        step = RUN
        while True:
            message = self.commands.get()
            if message["command"] == "go":
                step = message.get("step", RUN)
                break
            try:
                self.answer(message, **inspection.handle(message))
            except Exception as error:
                self.answer(message, error=describe(error))
        self.stopped = False
        self.inspection = None
        self.answer(message)
        _native.debug_go(step if frame is not None else RUN, frame)


def describe(error):
    """An error as a person using ML reads it."""
    from mlpy.runtime import errors

    kind, message = errors.translation(error, errors.traceback_places(error))
    return f"{kind}: {message}"


def ml_frames(frame):
    """(frame, instruction) of the ML functions that run, innermost first."""
    found = []
    while frame is not None:
        if frame.f_code.co_flags & ML_CODE:
            found.append((frame, frame.f_lasti))
        frame = frame.f_back
    return found


def traceback_frames(error):
    """The same of the functions an error came up through: they have ended, but still hold their variables."""
    found = []
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_flags & ML_CODE:
            found.append((trace.tb_frame, trace.tb_lasti))
        trace = trace.tb_next
    return found[::-1]
