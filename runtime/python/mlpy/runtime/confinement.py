"""The program's side of the kernel sandbox (security.md section 5): what the launcher does before a program runs.

The command (runtime/sandbox/process.h) hands over ``name=value`` lines. Part of the start-up of every run: imports
nothing that a plain program does not need.
"""

import os
import sys

from mlpy import _native

EXIT_CAPABILITY, EXIT_UNAVAILABLE = 5, 7
# Bits of runtime/sandbox/seal.h.
WRITE, READ, LIST, REMOVE_DIR, REMOVE, MAKE_DIR, MAKE, REFER, TRUNCATE = (
    1 << bit for bit in (1, 2, 3, 4, 5, 7, 8, 13, 14))
EVERYTHING = WRITE | READ | LIST | REMOVE_DIR | REMOVE | MAKE_DIR | MAKE | REFER | TRUNCATE
RESERVE = 4 << 20  # bytes that are free again when a program has used up its memory, to say so
MOST_VIOLATIONS = 100
EXIT_VIOLATIONS = 8
REQUIRED = ("rlimits", "no_new_privs", "seccomp", "landlock")
WHY = {"rlimits": "its memory, time and files cannot be limited", "no_new_privs": "it could gain rights from other programs",
       "seccomp": "every system call stays open to it", "landlock": "files limited by library checks only"}
# Walls beside the others: what the kernel does not allow is told, no more. A process is born into its process namespace.
ENTERED = sum(_native.NAMESPACES.values()) - _native.NAMESPACES["pidns"]
# What library modules load when they are first used, and could not map into memory later.
LATE = {"json": ("json",), "http": ("json", "mlpy.runtime.network"), "crypto": ("hashlib", "uuid"), "random": ("random",),
        "datetime": ("datetime", "zoneinfo")}
# What a program may need at any time, where nothing can be read from disk any more.
ALL = ("mlpy.runtime.errors", "mlpy.runtime.error_texts", "mlpy.runtime.error_hints", "mlpy.runtime.policy",
       "mlpy.runtime.services", "mlpy.runtime.capabilities", "mlpy.runtime.patterns", "mlpy.runtime.files",
       "mlpy.stdlib.check", "mlpy.stdlib.host", "mlpy.stdlib.introspection", "mlpy.stdlib.json", "mlpy._stdlib_catalogue",
       "difflib", "datetime", "json", "linecache", "shutil", "encodings.idna", "encodings.latin_1", "encodings.ascii",
       "encodings.utf_16", "encodings.utf_32", "encodings.cp1252", "stringprep", "unicodedata")


def read_options(text):
    return dict(line.split("=", 1) for line in text.split("\n"))


class Sandbox:
    """``begin`` first of all, ``enter`` when all code is loaded, ``finish`` with how the program ended."""

    def __init__(self, text, loader):
        self.options = options = read_options(text)
        self.loader = loader
        self.mode = options["mode"]
        self.report = int(options["report"])
        self.folder = options["folder"]
        self.weaker = set(filter(None, options.get("weaker", "").split(",")))
        self.masked = set(filter(None, options.get("masked", "").split(",")))
        self.layers = {}
        self.problems = {}  # layer -> why it is missing
        self.wider = []  # what the kernel lets through beyond the grants
        self.audit = int(options["audit"]) if "audit" in options else None  # descriptor for events
        self.connection = None  # to the broker
        self.failure = None  # the error that ended the program
        self.violations = []  # (message, code object, instruction) of what the program tried
        self.reserve = None  # given back when the program ended with an error, which may be that memory is used up

    def violated(self, message):
        """Notes a refusal, which the program may catch; too many of them end it (security.md section 6)."""
        frame = sys._getframe(1)
        self.violations.append((message, frame.f_code, frame.f_lasti))
        if len(self.violations) >= MOST_VIOLATIONS:
            raise _native.ResourceLimit(f"{MOST_VIOLATIONS} security violations")

    def judged(self, error, status):
        """The exit code of an error: other limits have another one than this."""
        return EXIT_VIOLATIONS if isinstance(error, _native.ResourceLimit) and len(self.violations) >= MOST_VIOLATIONS else status

    def begin(self, kept=()):
        """Leaves nothing open but what is needed, and the descriptors ``kept``."""
        filter_descriptor = int(self.options["filter"])
        kept = (*kept, self.report, filter_descriptor, *(() if self.audit is None else (self.audit,)))
        if not _native.sandbox_begin(int(self.options["parent"]), kept):
            os._exit(9)
        os.set_inheritable(self.report, False)
        os.set_inheritable(filter_descriptor, False)
        if self.audit is not None:
            os.set_inheritable(self.audit, False)
        if "raw" not in self.options:
            if sys.stdout.isatty():
                sys.stdout = shown_output(sys.stdout)
            if sys.stderr.isatty():
                sys.stderr = shown_output(sys.stderr)
        if "no_input" in self.options:
            sys.stdin = NoInput()
        if self.mode == "strict":
            os.umask(0o077)
        _native.on_violation(self.violated)
        if "result" in self.options:
            from mlpy.runtime import result  # noqa: F401  for `finish`: there may be no reading it later

    def refuse(self, status):
        """The program must not start. Returns the exit code after saying what it asked for."""
        if status == EXIT_CAPABILITY and "result" in self.options:
            self.send({})
            self.finish(status)
        return status

    def enter(self, capture=""):
        """Gives up every right the program has no use for. Returns 0, or the exit code after saying what is missing."""
        closed = self.mode == "strict"
        landlock = 0 if "landlock" in self.masked else _native.sandbox_landlock()
        policy = self.loader.policy if self.loader.restricted or self.loader.declarations() else None
        rules = path_rules(policy, self.wider) if policy else []
        if not landlock and not rules:
            closed = True
        networked = policy is not None and any(name.startswith("network.") for name in policy.names())
        if self.mode != "off" and (networked or "http" in self.loader.library_names()):
            self.open_broker(self.loader.policy)
        self.preload(closed)
        filters = self.read_filters()
        self.set_limits()
        if self.mode == "off":
            self.layers.update(no_new_privs="off", seccomp="off", landlock="off")
            self.note_extras(0, "off")
            self.send(self.facts("none"))
            return 0
        if self.folder and (rules or not closed or "path" in self.loader.library_names()):
            rules.append((self.folder, EVERYTHING))
        if not closed:
            rules += self.own_rules()
        if capture:
            rules += [(capture, READ | WRITE | TRUNCATE), ("/proc/self/task", READ | LIST)]
        paths = bool(rules)
        program = b"" if "seccomp" in self.masked else filters[0 if paths else 1]
        rule_list = [(os.fsencode(path), rights) for path, rights in rules] if landlock else None
        separate = ENTERED if self.mode == "strict" and "namespaces" not in self.masked else 0
        size = int(self.options.get("temp", 0))
        size = size and size + int(self.options.get("file", 0))  # a file and what replaces it
        group = self.group()
        namespaces, privileges, restricted, calls = _native.sandbox_enter(program, rule_list, separate, self.folder or None,
                                                                          size, int(self.options.get("tasks", 0)))
        self.note("no_new_privs", "masked" if "no_new_privs" in self.masked else privileges)
        self.note("seccomp", calls if program else "the filter could not be made")
        if landlock:
            self.note("landlock", restricted, f"abi {landlock}")
        elif paths:
            self.note("landlock", "this kernel has none")
        else:
            self.layers["landlock"] = "not needed"
        self.note_extras(namespaces, group)
        open_root = any(path == "/" for path, _ in rules)
        if "seccomp" not in self.problems:
            leaks = _native.sandbox_leaks(not open_root and "landlock" not in self.problems)
            if leaks:
                self.problems["self-test"] = f"self-test failed ({leaks})"
        missing = {layer: why for layer, why in self.problems.items() if layer not in self.weaker and "all" not in self.weaker}
        self.send(self.facts("none" if "seccomp" in self.problems else "degraded" if self.problems else "full"))
        if missing:
            sys.stderr.write("".join(f"error: sandbox unavailable: no {layer} ({WHY.get(layer, 'it does not hold')}): {why}; "
                                     f"start without: --allow-weaker={layer}\n" for layer, why in missing.items()))
            return EXIT_UNAVAILABLE
        for layer in self.problems:
            sys.stderr.write(f"weaker sandbox: no {layer} ({WHY.get(layer, 'it does not hold')})\n")
        return 0

    def note(self, layer, problem, good="on"):
        """``problem``: an error number (0: none) or a text."""
        if problem == 0:
            self.layers[layer] = good
        else:
            self.layers[layer] = "off"
            self.problems[layer] = os.strerror(problem) if type(problem) is int and problem > 0 else str(problem)

    def note_extras(self, bits, group):
        self.layers.update({name: "on" if bits & bit else "off" for name, bit in _native.NAMESPACES.items()})
        self.layers["cgroup"] = group

    def group(self):
        """What the control group does that the command made for this process; "off" when it is in no such group."""
        if "cgroup" in self.options:
            try:
                with open("/proc/self/cgroup") as stream:
                    if f"/{self.options['cgroup']}\n" in stream.read():
                        return self.options["cgroup_state"]
            except OSError:
                pass
        return "off"

    def facts(self, isolation):
        return {"isolation": isolation, "degraded": list(self.problems), "layers": self.layers, "kernel_wider": self.wider}

    def set_limits(self):
        options = self.options
        problems = [_native.sandbox_limit("core", 0, 0)]
        if "rlimits" in self.masked:
            problems.append("masked")
        if "memory" in options:
            size = int(options["memory"])
            self.reserve = bytes(RESERVE)
            _native.sandbox_memory_text(f"memory limit of {shown_size(size)} reached")
            problems.append(_native.sandbox_limit("memory", size, size))
        if "cpu" in options:
            seconds = float(options["cpu"])
            whole = int(-(-seconds // 1))
            text = f"CPU limit of {seconds:g} s reached"

            def reached(*_):
                raise _native.ResourceLimit(text)

            import signal

            signal.signal(signal.SIGXCPU, reached)
            problems.append(_native.sandbox_limit("cpu", whole, whole + 1))
        for name in ("file", "descriptors", "stack"):
            if name in options:
                size = int(options[name])
                problems.append(_native.sandbox_limit(name, size, size))
        problem = next((problem for problem in problems if problem), 0)
        self.note("rlimits", problem)

    def preload(self, closed):
        """Loads what would have to be read from disk, or mapped as code, after the doors are shut."""
        for name in self.loader.library_names():
            try:
                self.loader.load_library(name)
                for late in LATE.get(name, ()):
                    __import__(late)
            except BaseException:  # the program's own import tells
                pass
        import time

        time.localtime()
        if not closed:
            return
        for name in (*ALL, "mlpy.runtime.network") if self.loader.restricted else ALL:
            try:
                __import__(name)
            except ImportError:
                pass
        from mlpy.runtime import errors

        for _, shown, file, *_ in self.loader.program:
            try:
                with open(file or shown, "rb") as stream:
                    errors.keep_source(shown, stream.read())
            except OSError:
                pass

    def own_rules(self):
        """The interpreter's library, and the program's own text for its error reports."""
        # Files of the build tree are links to the sources: the kernel judges where they lead.
        rules = [(folder, READ | LIST) for folder in (*sys.path, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))]
        rules += [("/etc/localtime", READ), ("/usr/share/zoneinfo", READ | LIST)]
        rules += [(file, READ) for _, shown, file, *_ in self.loader.program for file in {shown, file} if file]
        rules += [(str(folder), READ | LIST) for folder in self.loader.extension_folders()]
        return rules

    def read_filters(self):
        """The filters with and without calls about paths, as the command made them for this process."""
        descriptor = int(self.options["filter"])
        data = b""
        while block := os.read(descriptor, 65536):
            data += block
        os.close(descriptor)
        filters, at = [], 0
        while at + 4 <= len(data):
            size = int.from_bytes(data[at:at + 4], sys.byteorder)
            filters.append(data[at + 4:at + 4 + size])
            at += 4 + size
        return filters if len(filters) == 2 else [b"", b""]

    def open_broker(self, policy):
        from mlpy.runtime.broker import start

        limits = [int(self.options[name]) if name in self.options else None for name in ("requests", "request_bytes")]
        self.connection = start(policy, *limits)

    def equip(self, services):
        """Gives the services of the program its private folder, limits and broker."""
        options = self.options
        services.private_folder = self.folder
        files = services.files
        files.most_in_file = int(options["file"]) if "file" in options else None
        files.most_written = int(options["written"]) if "written" in options else None
        files.most_in_folder = int(options["temp"]) if "temp" in options else None
        if self.connection is not None:
            from mlpy.runtime.broker import Client

            services.use_broker(Client(services.policy, self.connection))

    def send(self, message):
        """One frame to the command."""
        self.send_text(to_json(message).encode("utf-8", "backslashreplace"))

    def send_text(self, text):
        data = len(text).to_bytes(4, sys.byteorder) + text
        try:
            while data:
                data = data[os.write(self.report, data):]
        except OSError:
            pass  # the command is gone, and this process with it

    def finish(self, status):
        """Says how the program ended, in full if the command asked for it. Returns the exit code."""
        if "result" not in self.options:
            self.send({"exit_code": status})
            return status
        from mlpy.runtime import result

        text, status = result.told(self.loader, status, self.failure, self.mode == "strict", self.violations)
        self.send_text(text.encode())
        return status


class NoInput:
    """Standard input of a program that was given none (security.md 5.5)."""

    def readline(self):
        raise _native.MLError("EOFError", "no input available")


def shown_output(stream):
    """A standard stream that shows control characters instead of sending them to the terminal."""
    import io

    table = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if code not in (9, 10)}

    class Shown(io.TextIOWrapper):
        def write(self, text):
            super().write(text.translate(table))
            return len(text)

    return Shown(stream.detach(), "utf-8", "backslashreplace", line_buffering=True)


def to_json(value):
    """JSON without the module for it, of what this module sends."""
    if type(value) is dict:
        return "{" + ",".join([f"{to_json(key)}:{to_json(item)}" for key, item in value.items()]) + "}"
    if type(value) is list or type(value) is tuple:
        return "[" + ",".join([to_json(item) for item in value]) + "]"
    if type(value) is str:
        return '"' + "".join([c if c.isprintable() and c not in '"\\' else f"\\u{ord(c):04x}" if ord(c) < 0x10000 else "?"
                              for c in value]) + '"'
    return "null" if value is None else str(value).lower()


def shown_size(size):
    for unit, factor in (("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10)):
        if size >= factor and size % factor == 0:
            return f"{size // factor}{unit}"
    return f"{size} bytes"


def path_rules(policy, wider):
    """Landlock rules for the grants of a policy (security.md 5.3.1). What they let through beyond is added to
    ``wider``."""
    from mlpy.runtime.capabilities import PATH, RESOURCES

    if policy.everything:
        wider.append("everything is granted")
        return [("/", EVERYTHING)]
    rules = []
    for grant in effective(policy):
        if RESOURCES.get(grant.name) == PATH:
            rules += rules_of(grant, wider)
    return rules


def effective(policy):
    """The grants that can hold, narrowed to what the program declared."""
    for grant in policy.grants:
        if not policy._denied_whole(grant.name):
            if policy.needs is None:
                yield grant
                continue
            for need in policy.needs:
                for wanted in need.grants if need.name == grant.name else ():
                    narrower = grant.pattern is None or wanted.pattern is not None and grant.pattern.includes(wanted.pattern)
                    yield wanted if narrower else grant


_RIGHTS = {"file.read": READ, "path.read": LIST, "file.write": WRITE | TRUNCATE | MAKE | REMOVE | REFER | MAKE_DIR,
           "file.append": WRITE | MAKE | MAKE_DIR, "file.delete": REMOVE | REFER, "path.write": MAKE_DIR | REMOVE_DIR | REFER}


def rules_of(grant, wider):
    rights = _RIGHTS[grant.name]
    pattern = grant.pattern
    if pattern is None:
        wider.append(f"{grant}: also system folders and keys")
        return [("/", rights)]
    place = pattern.prefix
    if grant.name in ("file.read", "path.read"):
        if not pattern.exact and pattern.rest != ["**"]:
            wider.append(f"{grant}: everything below {place}")
        return [(place, rights)]
    if pattern.exact:
        # Replacing a file makes and renames one beside it.
        folder = os.path.dirname(place)
        wider.append(f"{grant}: names in {folder}")
        if grant.name in ("file.write", "file.append"):
            make_folder(folder)
        return [(existing(folder), rights)]
    if pattern.rest != ["**"]:
        wider.append(f"{grant}: everything below {place}")
    if grant.name in ("file.write", "file.append"):
        make_folder(place)
    if grant.name == "path.write" and not os.path.isdir(place):
        place = existing(place)
        wider.append(f"{grant}: folders in {place}")
    return [(place, rights)]


def make_folder(path):
    try:
        os.makedirs(path, exist_ok=True)
    except OSError:
        pass  # then there is no rule, and the operation tells


def existing(path):
    while not os.path.isdir(path):
        path = os.path.dirname(path)
    return path
