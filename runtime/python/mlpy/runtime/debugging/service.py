"""The agent of a Python program that runs ML in its own process (``mlpy.debug.listen``): debuggers come and go, modules
come while it runs, and several threads may run them. While one stands, the others go on to their next breakpoint and wait there
for their turn."""

import hmac
import os
import struct
import threading
from socket import AF_INET, AF_UNIX, SO_RCVTIMEO, SO_REUSEADDR, SOL_SOCKET, socket
from time import monotonic

from mlpy import _core, _native
from mlpy.engine import debugging
from mlpy.runtime.debugging.agent import RUN, STEP_IN, Agent, ml_frames
from mlpy.runtime.debugging.channel import Channel, of_kind
from mlpy.runtime.debugging.threads import Threads
from mlpy.runtime.modules import Loader

MOST_FIRST_BYTES = 4096  # of the word that says the token
FIRST_SECONDS = 5
MOST_SECONDS = 5  # that a program waits for its breakpoints
STEP_SECONDS = 0.5  # that threads at a breakpoint wait for a step of another one


class Visits:
    """The channel to whoever is there."""

    def __init__(self):
        self.client = None

    def send(self, message):
        client = self.client
        if client is not None:
            client.send(message)


class Service(Agent):
    """Listens from its making on, answers after ``begin``. Lives as long as the process."""

    open = True

    def __init__(self, address, token):
        self.listener, self.place = listening(address)
        self.token = "" if "/" in self.place else token
        self.threads = Threads()
        self.set_up([], Visits())
        self.main_thread = threading.main_thread().ident
        self.listening = True
        self.detached = True
        self.running = True
        self.loader = Loader([("", "", "", None, (), ())], ())  # of the library, for what people type
        self.loader.program = self.program
        self.ready = threading.Event()  # a debugger has said what it wants
        self.known, self.known_changed = 0, threading.Condition()
        self.loading = threading.Lock()
        self.turns = threading.Condition()
        self.thread = 0  # that stands
        self.stepper, self.step_ends = 0, 0  # the thread that makes a step, and until when others wait for it
        self.codes = {}  # id of a code object -> (it, the one with sites)
        self.followed = {}  # id of a code object with sites -> who told the profile of it
        _native.debug_start(self.on_stop)
        os.register_at_fork(after_in_child=self.forked)

    def begin(self):
        threading.Thread(target=self.serve, name="mlpy.debug", daemon=True).start()

    def forked(self):
        debugging.service = None
        self.channel.client = None
        self.listener.close()

    # --- debuggers

    def serve(self):
        _native.profile_leave_out(threading.get_ident())
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                self.visit(connection)

    def visit(self, connection):
        channel = Channel(f"fd:{connection.fileno()}")
        connection.setsockopt(SOL_SOCKET, SO_RCVTIMEO, struct.pack("ll", FIRST_SECONDS, 0))
        first = channel.receive(MOST_FIRST_BYTES)
        said = first.get("token") if first else None
        if not isinstance(said, str) or self.token and not hmac.compare_digest(said.encode("utf-8", "replace"), self.token.encode()):
            return
        connection.setsockopt(SOL_SOCKET, SO_RCVTIMEO, struct.pack("ll", 0, 0))
        with self.loading:
            self.channel.client = channel
            self.known = len(self.program)
            self.at_once({"command": "attached"})
        while (message := channel.command()) is not None:
            self.take(message)
        self.channel.client = None
        self.at_once({"command": "lost"})
        self.end_profile()
        with self.known_changed:
            self.known_changed.notify_all()

    def at_once(self, message):
        if message["command"] == "known":
            with self.known_changed:
                self.known = of_kind(message, "count", int)
                self.known_changed.notify_all()
            return True
        if message["command"] == "threads":
            self.answer(message, threads=self.threads.rows(ml_frames))
            return True
        if message["command"] == "go" and not self.stopped:  # a debugger's "begin": this program has begun
            return True
        done = super().at_once(message)
        if message["command"] == "options":
            self.ready.set()
        return done

    def thread_number(self):
        return self.threads.number()

    def frames_of(self, thread):
        return ml_frames(self.threads.frame(thread), not self.options.get("justMyCode", True))

    def pausable(self, thread):
        return self.threads.ident(thread) if ml_frames(self.threads.frame(thread)) else None

    def interrupt(self):
        _core.interrupt(self.thread, KeyboardInterrupt)

    # --- programs

    def prepared(self, codes, lines):
        """The modules of a program with sites in their code, once for each code object. ``lines``: the text of the first."""
        with self.loading:
            before = len(self.program)
            made = [(*module[:3], self.with_sites(module, lines if index == 0 else None), *module[4:])
                    for index, module in enumerate(codes)]
            if len(self.program) > before:
                self.announce(before)
        return made

    def with_sites(self, module, lines):
        code, file = module[3], module[2]
        found = self.codes.get(id(code))
        if found is None:
            try:
                with open(file, encoding="utf-8") as stream:
                    text = stream.read() if file else None
            except (OSError, ValueError):
                text = None
            # What people see must be what runs.
            if text is None or lines is not None and text.encode().split(b"\n") != lines:
                return code
            made = _native.debug_splice(code, _core.statements(text), len(self.program))
            _native.debug_adopt(made)
            found = self.codes[id(code)] = code, made
            self.program.append((module[0], module[1], file, made))
            if self.profiling:
                self.follow(made, module[1])
        return found[1]

    def profile_start(self, message):
        if not self.profiling:
            self.followed = {}
        return super().profile_start(message)

    def end_profile(self):
        """Nobody reads it any more."""
        if self.profiling:
            self.profile_stop({})

    def follow(self, code, shown):
        """Once, though a module may come in one thread while measuring begins in another."""
        me = object()
        if self.followed.setdefault(id(code), me) is me:
            super().follow(code, shown)

    def announce(self, before):
        """Tells of new modules, and waits until their breakpoints are set."""
        if self.pausing:
            _native.debug_go(STEP_IN, None)
        if self.channel.client is None or self.stopped:
            return
        self.channel.send({"event": "modules", "modules": [row[:3] for row in self.program[before:]]})
        with self.known_changed:
            self.known_changed.wait_for(lambda: self.known >= len(self.program) or self.channel.client is None, MOST_SECONDS)

    def run(self, code, variables):
        _native.debug_trace_here()
        try:
            exec(code, variables)
        except Exception as error:
            if self.channel.client is not None:
                self.uncaught(error)
            raise

    # --- stops

    def on_stop(self, reason, frame, module, stop, value):
        if self.channel.client is None and not self.pausing:
            _native.debug_go(RUN, None)  # who began this step has gone
            return None
        return super().on_stop(reason, frame, module, stop, value)

    def stand(self, inspection, fields, frame):
        if not self.take_turn(threading.get_ident(), fields["reason"] in ("step", "pause", "entry", "goto")):
            return None
        try:
            if self.channel.client is None and not self.pausing:
                return None
            _native.debug_go(RUN, None)  # steps of other threads do not end while this one stands
            return super().stand(inspection, {**fields, "thread": self.threads.number()}, frame)
        finally:
            with self.turns:
                self.stepper = self.thread if self.step.get("step", RUN) != RUN else 0
                self.step_ends = monotonic() + STEP_SECONDS
                self.thread = 0
                self.turns.notify_all()

    def take_turn(self, me, now_or_never):
        """Waits until no other thread stands; one that makes a step comes to its end first, if it does so soon."""
        with self.turns:
            if now_or_never and self.thread:
                return False
            while self.thread or self.stepper not in (0, me) and monotonic() < self.step_ends:
                self.turns.wait(None if self.thread else self.step_ends - monotonic())
            self.thread = me
            return True

    def load(self, dotted):
        return self.loader.load(dotted, {dotted: -1})


def listening(address):
    """(socket, its place) for a port of this machine or a path."""
    if "/" in address:
        made = socket(AF_UNIX)
        before = os.umask(0o177)
        try:
            made.bind(address)
        finally:
            os.umask(before)
        place = address
    else:
        host, _, port = address.rpartition(":")
        if host not in ("", "127.0.0.1", "localhost") or not port.isdecimal() or int(port) > 65535:
            raise ValueError(f"'{address}' is no port of this machine and no path")
        made = socket(AF_INET)
        made.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        made.bind(("127.0.0.1", int(port)))
        place = f"127.0.0.1:{made.getsockname()[1]}"
    made.listen(4)
    return made, place
