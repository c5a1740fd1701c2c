"""The agent: stops the program where the adapter wants it and answers questions while it stands."""

import gc
import os
import sys
from _queue import SimpleQueue
from itertools import islice
from _thread import RLock, get_ident, interrupt_main, start_new_thread

from mlpy import _native
from mlpy.runtime.debugging.breakpoints import Breakpoints
from mlpy.runtime.debugging.channel import Channel, of_kind
from mlpy.runtime.debugging.inspection import Inspection
from mlpy.runtime.debugging.kinds import Kinds
from mlpy.runtime.debugging.measuring import Measuring
from mlpy.runtime.debugging.snippets import NAME
from mlpy.runtime.debugging.watches import Watches
from mlpy.stdlib import console

PLACE, TOKEN, CAPTURE = "MLPY_DEBUG_SOCKET", "MLPY_DEBUG_TOKEN", "MLPY_DEBUG_CAPTURE"
ML_CODE = 0x40000000  # co_flags of code made from ML (runtime/native/kinds.h)
RUN, STEP_IN, STEP_OUT = 0, 1, 3
# Machine code that the library wants when a person first imports a part of it: none can be loaded once the sandbox is closed.
# Debian's interpreter has it in itself.
LATE = ("math", "_datetime", "_random", "_bisect", "_sha2", "_sha1", "_md5", "_sha3", "_blake2", "_csv")


def wanted():
    return PLACE in os.environ


class Agent(Measuring):
    """``program`` is what ``launch.compile_bundle`` returns; afterwards its ``program`` is what is to be run."""

    def __init__(self, program):
        place = os.environ.pop(PLACE)
        self.set_up(program, Channel(place))
        self.listening = place.startswith("fd:")  # debuggers come and go (dap/relay.h)
        self.capture = os.environ.pop(CAPTURE, "")
        self.greet(os.environ.pop(TOKEN, ""))

    open = False  # others call the program's functions (core/emit/python.h)

    def set_up(self, program, channel):
        self.channel = channel
        self.program = program
        self.capture = ""  # file for profiles taken on demand
        self.profiling = None  # file of the profile being taken
        self.main_thread = get_ident()
        self.running = self.detached = False
        # `stopped`: questions can be answered. `standing`: the program's thread is in `stand`; what is to stop or end it then
        # must not be lost while that thread leaves, so both sides take the lock.
        self.stopped = self.standing_still = False
        self.leaving = RLock()
        self.stand_fields = {}
        self.pausing = self.entering = False  # `pausing`: True, or the thread that is to stop
        self.filters = {}
        self.commands = SimpleQueue()
        self.breakpoints = Breakpoints(self.channel, self.thread_number)
        self.watches = Watches()
        self.kinds = Kinds()
        self.inspection = None
        self.options = {}  # of the launch: showReturnValue, justMyCode, filtered ([module, stop] where steps do not end)
        self.step = {}  # how the program goes on: the adapter's last `go`
        self.from_line = None  # (frame, line) where a step by lines began
        self.into = None  # (frame, code object, line): where a step began, the function it is to enter, or its line
        self.answering = None  # id of the question that runs in the program's thread
        self.cancelled = set()  # ids of questions that are not to be begun
        self.ending = False
        self.last = None  # value of the last thing a person evaluated
        _native.debug_start(self.on_stop)

    def thread_number(self):
        """Of the calling thread."""
        return 1

    def frames_of(self, thread):
        """(frame, instruction) of the ML functions of another thread."""
        return []

    def descriptors(self):
        """What has to stay open in the sandbox."""
        return (self.channel.descriptor,)

    def greet(self, token=""):
        self.channel.send({"event": "hello", "token": token, "pid": os.getpid(), "python": sys.version.split()[0],
                           "running": self.running, "open": self.open,
                           "modules": [[name, shown, file] for name, shown, file, *_ in self.program]})

    def prepare(self):
        """Puts stops into the code of all modules."""
        for name in set(LATE).difference(sys.builtin_module_names):
            try:
                __import__(name)
            except ImportError:
                pass
        message = self.channel.command() or self.lost()
        try:
            self.program = [
                (name, shown, file, _native.debug_splice(code, bytes.fromhex(table), index), *rest)
                for index, ((name, shown, file, code, *rest), table) in enumerate(zip(self.program, message["tables"]))
            ] or self.program
        except (KeyError, TypeError, ValueError):
            pass  # no tables: it runs without stops

    def start(self, loader, profile=None):
        """Waits at the gate until the adapter lets the program begin. ``loader`` will run it, ``profile`` measure it."""
        self.loader = loader
        if profile:
            self.profiling = profile.capture
        for module in loader.program:
            _native.debug_adopt(module[3])
        sys.stdout.reconfigure(line_buffering=True)
        while (message := self.channel.command() or self.lost())["command"] != "go":
            self.take(message)
        self.entering = message.get("stopOnEntry") is True
        if isinstance(message.get("options"), dict):
            self.options = message["options"]
        self.running = True
        if mark := self.options.get("mark"):
            console.annotate = lambda text: marked(text, mark)
        if self.options.get("record"):
            _native.debug_record(*self.options["record"])
        if self.entering:
            _native.debug_go(STEP_IN, None)
        _native.profile_leave_out(start_new_thread(self.listen, ()))

    # --- the thread that listens

    def listen(self):
        while (message := self.channel.command()) is not None:
            self.take(message)
        self.lost()
        self.forget_all()
        self.resume({"command": "go", "step": RUN})

    def lost(self):
        """Nobody can be understood any more: what the adapter started ends with it. Gives what a program that goes on is told."""
        if not self.detached and not self.listening:
            os._exit(143)
        return {"command": "go"}

    def resume(self, message):
        """What is asked after this finds a program that runs."""
        self.stopped = False
        self.commands.put(message)

    def take(self, message):
        try:
            if not self.at_once(message):
                if self.stopped and message["command"] == "go":
                    self.resume(message)
                elif self.stopped:
                    self.commands.put(message)
                else:
                    self.answer(message, error="notStopped")
        except Exception as defect:
            self.answer(message, error=f"{type(defect).__name__}: {defect}")

    def forget_all(self):
        """Nobody listens any more: the program goes on alone."""
        self.filters = {}
        self.pausing = False
        if not self.standing_still:
            _native.debug_go(RUN, None)  # a step ends nowhere
        self.breakpoints.clear()
        self.watches.set = []
        _native.debug_watch(False)
        _native.debug_exceptions(False)

    def at_once(self, message):
        """Carries out what needs no stop. False: it does."""
        match message["command"]:
            case "breakpoints":
                self.answer(message, verified=self.breakpoints.replace(message["module"], message["list"]))
            case "exceptions":
                self.filters = of_kind(message, "filters", dict)
                _native.debug_exceptions(bool({"raised", "thrown", "security", "userUncaught"} & self.filters.keys()
                                              and message["early"]))
                self.answer(message)
            case "pause":
                self.pause(message.get("thread"))
                self.answer(message)
            case "watches":
                known = self.watches.replace(message["list"], self.module_reader)
                _native.debug_watch(bool(self.watches.set))
                self.answer(message, known=known)
            case "interrupt":
                with self.leaving:
                    if self.answering == of_kind(message, "of", int):
                        self.interrupt()
                    else:
                        self.cancelled.add(message["of"])
            case "profile":
                if self.stopped:
                    return False
                self.profile(message)
            case "terminate":
                self.forget_all()
                self.answer(message)
                with self.leaving:
                    self.ending = self.standing_still
                    if self.answering is not None or not self.standing_still:
                        interrupt_main()
                if self.stopped:
                    self.resume({"command": "go", "step": RUN})
            case "kinds":
                self.kinds.learn(self.program[message["module"]][1], message["rows"])
            case "attached":
                self.detached = False
                self.greet()
                if self.stopped:
                    self.channel.send({"event": "stopped", **self.stand_fields})
            case "options":
                self.options = of_kind(message, "options", dict)
                self.answer(message)
            case "lost" if self.detached:
                pass
            case "detach" | "lost":
                self.detached = True
                if message.get("suspend"):
                    self.pause()
                    return True
                self.forget_all()
                if self.stopped:
                    self.resume({"command": "go", "step": RUN})
            case _:
                return False
        return True

    def pause(self, thread=None):
        """Stops the program at its next statement; with a ``thread`` that runs ML, at that thread's."""
        with self.leaving:
            if not self.stopped:
                self.pausing = self.pausable(thread) or True
                _native.debug_go(STEP_IN, None)

    def pausable(self, thread):
        return None

    def interrupt(self):
        """Ends the evaluation that runs."""
        interrupt_main()

    def answer(self, message, /, error=None, **fields):
        if "id" in message:
            self.channel.send({"answer": message["id"], **({"error": error} if error else {}), **fields})

    def module_reader(self, number, name):
        """A function that reads a variable of a module."""
        modules = self.loader.loaded
        return lambda: _native.module_members(modules[number][0]).get(name) if number in modules else None

    def finish(self, status):
        """Says how the program ended."""
        if self.profiling and self.profiling == self.capture:  # on demand: nobody else ends it
            self.profile_stop({})
        self.channel.send({"event": "exit", "code": status})

    # --- the thread of the program

    def load(self, dotted):
        """What `import` means in a piece of ML that a person typed: modules of the program and of the library."""
        names = [module[0] for module in self.loader.program]
        try:
            return self.loader.load(dotted, {dotted: names.index(dotted) if dotted in names else -1})
        except (ImportError, OSError):  # its file cannot be read any more
            raise _native.MLError("ImportError", f"the strict sandbox is closed: no module '{dotted}' can be loaded now") from None

    def on_stop(self, reason, frame, module, stop, value):
        """True: the program is to be interrupted when it goes on."""
        fields = {"reason": "step"}
        changes = self.watches.changes() if self.watches.set and reason != "exception" else ()
        changes = [(b, text) for b, text in changes if self.breakpoints.is_due(b, frame)]
        if changes:
            fields = {"reason": "data breakpoint", "breakpoints": [b["id"] for b, _ in changes],
                      "text": "; ".join(text for _, text in changes)}
        elif reason == "exception":
            fields = self.exception_fields(value, frame)
            if fields is None:
                return
        elif self.entering:
            fields["reason"] = "entry"
        elif reason == "goto":
            fields["reason"] = "goto"
        elif self.pausing is True or self.pausing == get_ident():
            fields["reason"] = "pause"
        else:
            due = self.breakpoints.due(module, stop, frame) if "breakpoint" in reason else []
            if due:
                fields = {"reason": self.breakpoints.reason(due), "breakpoints": [b["id"] for b in due]}
                text = [b["error"] for b in due if b.get("error")]
                if text:
                    fields["text"] = text[0]
            elif self.pausing or not reason.startswith("step") or self.goes_through(module, frame, stop):
                return
        frames = ml_frames(frame, not self.options.get("justMyCode", True))
        error = value if reason == "exception" else None
        if error or not self.options.get("showReturnValue", True):
            value = None
        site = (module, stop) if stop >= 0 else None
        if site:
            fields["site"] = site
        return self.stand(Inspection(self, frames, site, error, value), fields, frame)

    def goes_through(self, module, frame, stop):
        """Whether a step does not end here."""
        if stop < 0:
            return False
        if self.into is not None:
            begun, code, line = self.into
            wanted = frame.f_code is code or line and frame.f_code.co_name == "<anonymous>" and frame.f_code.co_firstlineno == line
            if frame is not begun and not wanted:
                return True
        elif self.from_line and self.from_line == (frame, frame.f_lineno):
            return True
        return self.step.get("step") == STEP_IN and [module, stop] in self.options.get("filtered", ())

    def uncaught(self, error):
        """The program ends with an error: stops where it came up."""
        if not isinstance(error, Exception) or "uncaught" not in self.filters or error is self.reported:
            return
        fields = self.exception_fields(error, None, "uncaught")
        frames = traceback_frames(error)
        if fields and frames:
            self.stand(Inspection(self, frames, None, error, None), fields, None)

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
        """Answers questions until the program may go on. Meanwhile collections of garbage do not look at what the program
        holds: with a million elements each would take longer than an answer may."""
        thawed = gc.get_freeze_count() == 0
        if thawed:
            gc.freeze()
        try:
            return self.answer_questions(inspection, fields, frame)
        finally:
            if thawed:
                gc.unfreeze()

    def answer_questions(self, inspection, fields, frame):
        self.entering = self.pausing = False
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError):
                pass
        self.inspection = inspection
        _native.profile_pause(True)
        self.cancelled.clear()
        self.standing_still = self.stopped = True
        self.stand_fields = fields
        self.channel.send({"event": "stopped", **fields})
        while (message := self.next_command())["command"] != "go":
            if message["command"] == "profile":
                self.profile(message)
            else:
                self.respond(inspection, message)
        self.stopped = False
        self.inspection = None
        step = self.step = message
        how = step.get("step")
        how = how if type(how) is int and frame is not None and RUN <= how <= STEP_OUT else RUN
        self.into = self.from_line = None
        if frame is not None and step.get("line"):
            self.from_line = frame, frame.f_lineno
        into = step.get("into")
        if frame is not None and isinstance(into, dict):
            self.into = frame, inspection.function_code(into.get("code")), into.get("line")
        self.answer(message)
        _native.profile_pause(False)
        with self.leaving:
            self.standing_still = False
            if self.pausing:  # asked for meanwhile
                _native.debug_go(STEP_IN, None)
            else:
                _native.debug_go(how, frame, not self.options.get("justMyCode", True))
            return self.ending

    def next_command(self):
        while True:
            try:
                return self.commands.get()
            except KeyboardInterrupt:
                pass  # of an evaluation that had just ended

    def respond(self, inspection, message):
        try:
            with self.leaving:
                if self.ending or message.get("id") in self.cancelled:
                    raise KeyboardInterrupt
                self.answering = message.get("id")
            try:
                fields = inspection.handle(message)
            finally:
                self.answering = None
            self.answer(message, **fields)
        except KeyboardInterrupt:
            self.answer(message, error="cancelled")
        except Exception as error:
            self.answer(message, error=describe(error), at=place_in(message.get("code"), error))


def place_in(piece, error):
    """The offset in a piece of ML that a person typed at which an error came up in it; -1 where that is not known."""
    trace, place = error.__traceback__, None
    while trace:
        if trace.tb_frame.f_code.co_filename == NAME:
            place = next(islice(trace.tb_frame.f_code.co_positions(), trace.tb_lasti // 2, None), None)
        trace = trace.tb_next
    if not piece or not place or place[0] != 1 or place[2] is None:
        return -1
    return place[2] - piece.get("shift", 0)


def marked(text, mark):
    """The text with marks that say which statement writes it (dap/printed.h)."""
    frame = sys._getframe(1)
    while frame is not None and not frame.f_code.co_flags & ML_CODE:
        frame = frame.f_back
    if frame is None:
        return text
    return f"\x1b_{mark};{frame.f_lineno};{frame.f_code.co_filename}\x1b\\{text}\x1b_{mark}\x1b\\"


def describe(error):
    """An error as a person using ML reads it."""
    from mlpy.runtime import errors

    kind, message = errors.translation(error, errors.traceback_places(error))
    return f"{kind}: {message}"


def ml_frames(frame, all_frames=False):
    """(frame, instruction) of the ML functions that run, innermost first; with those of Python if wanted."""
    found = []
    while frame is not None:
        if all_frames or frame.f_code.co_flags & ML_CODE:
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
