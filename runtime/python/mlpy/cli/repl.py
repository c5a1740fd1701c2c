"""The interactive shell (cli-and-python-api.md 3)."""

from __future__ import annotations

import difflib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mlpy import __version__, _core
from mlpy.cli.colours import KEYWORDS, highlighted, wanted
from mlpy.engine.session import REPLResult, Session

__all__ = ["MLREPLSession", "REPLResult", "run_repl"]

MLREPLSession = Session
HELP = """Commands:
  .help                 this list
  .vars                 the variables of the session
  .clear, .reset        forget names, imports, history and grants
  .history              the last statements
  .retry                run the last failed statement again
  .edit                 edit the last statement in $EDITOR and run it
  .capabilities         what is granted; .grant CAP, .revoke CAP change it
  .modules              modules that can be imported; .modinfo NAME tells about one
  .addpath DIR          also look for ML modules there
  .devmode, .perfmon, .memreport   figures of the module registry
  .reload NAME, .reloadall, .refresh
  .async CODE           run code on an executor
  .callback NAME        make NAME_callback of a function
  .benchmark CODE[; N]  run code N times (100)
  .profile [REPORT]     the profile of the session (--profile)
  .load FILE, .save FILE, .time CODE, .type EXPR
  .exit, .quit
Examples:
  x = [1, 2, 3]
  x.map(v => v * 2)
"""


LONGEST = 50  # lines that are shown without a pager


def is_open(text: str) -> bool:
    """Whether a statement goes on: brackets, a string or a comment are open."""
    depth, i = 0, 0
    while i < len(text):
        c = text[i]
        if c in "\"'`":
            end = i + 1
            while end < len(text) and text[end] != c:
                end += 2 if text[end] == "\\" else 1
            if end >= len(text):
                return True
            i = end
        elif text.startswith("//", i):
            end = text.find("\n", i)
            i = len(text) if end < 0 else end
        elif text.startswith("/*", i):
            end = text.find("*/", i + 2)
            if end < 0:
                return True
            i = end + 1
        elif c in "([{":
            depth += 1
        elif c in ")]}":
            depth -= 1
        i += 1
    return depth > 0


# Where an error brings no advice of its own.
TIPS = {"NameError": "assign the name first, or import its module; .vars lists the session's names",
        "TypeError": "typeof(value) says what a value is", "AttributeError": "methods(value) lists what a value has",
        "IndexError": "places go from 0 to length - 1; negative ones count from the end",
        "KeyError": "has(key) asks for a key, get(key, default) reads it with a default",
        "ZeroDivisionError": "check the divisor first", "ValueError": "check the value before it is converted"}


class Shell:
    """Reads statements and commands, prints results. ``interactive``: prompts, banner, history."""

    def __init__(self, session: Session, interactive: bool, strict_exit: bool = False) -> None:
        self.session, self.interactive, self.strict_exit = session, interactive, strict_exit
        self.status = 0
        self.failed: str | None = None
        self.commands = {name[8:]: getattr(self, name) for name in dir(self) if name.startswith("command_")}
        self.colours = False
        self.remember: Callable[[str], None] | None = None  # keeps a line in the history
        self.profiler: Any = None
        if session.profile:
            from mlpy.runtime.profiler import MLProfiler

            self.profiler = MLProfiler()
            self.profiler.start()

    def say(self, text: str) -> None:
        if self.interactive and text.count("\n") >= LONGEST:
            import pydoc

            pydoc.pager(text)
            return
        print(text)

    def loop(self) -> int:
        mode = "secure" if self.session.security_enabled else "unsafe"
        if self.interactive:
            print(f"mlpy REPL v{__version__} - Interactive ML Shell [{mode}]")
            print("Type .help for commands, .exit to quit")
        pending: list[str] = []
        while True:
            try:
                line = self.read("... " if pending else f"ml[{mode}]> ")
            except KeyboardInterrupt:
                print()
                pending = []
                continue
            except EOFError:
                if pending:
                    self.run("\n".join(pending))
                if self.interactive:
                    print("Goodbye!")
                return self.end()
            if not pending and line.strip().startswith("."):
                if not self.command(line.strip()):
                    return self.end()
                continue
            pending.append(line)
            text = "\n".join(pending)
            if is_open(text) and line.strip():
                continue
            pending = []
            if text.strip():
                self.run(text)

    def read(self, prompt: str) -> str:
        if self.interactive:
            line = input(prompt)
            if self.remember is not None and line.strip() and not line.startswith(" "):
                self.remember(line)
            if self.colours and not line.lstrip().startswith("."):
                self.repaint(prompt, line)
            return line
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        return line.rstrip("\n")

    def repaint(self, prompt: str, line: str) -> None:
        """Writes the line that was entered again, in colours, when it stands on one row of the screen."""
        if line.strip() and len(prompt) + len(line) < shutil.get_terminal_size().columns:
            sys.stdout.write(f"\x1b[A\r{prompt}{highlighted(line)}\x1b[K\n")
            sys.stdout.flush()

    def end(self) -> int:
        if self.profiler is not None:
            self.profiler.stop()
            saved = _core.profile_save(self.profiler._profile(), os.path.abspath("<repl>"))
            if saved and self.interactive:
                print(f"Profile: {saved}")
            self.profiler = None
        self.session.close()
        return self.status if self.strict_exit else 0

    def run(self, code: str) -> REPLResult | None:
        try:
            result = self.session.execute(code)
        except KeyboardInterrupt:
            print("\nInterrupted")
            return None
        if result.success:
            if result.shown is not None:
                self.say(f"=> {highlighted(result.shown) if self.colours else result.shown}")
            return result
        self.failed = code
        self.status = self.status or (result.exception.exit_code if result.exception else 1)
        print(f"Error: {result.error}")
        if result.exception is not None:
            tips = result.exception.suggestions or [TIPS.get(getattr(result.exception, "error_type", ""), "")]
            if tips[0]:
                print(f"Tip: {tips[0]}")
        return result

    def command(self, line: str) -> bool:
        """Runs a command of the shell. False: leave it."""
        name, _, rest = line[1:].partition(" ")
        if name in ("exit", "quit"):
            if self.interactive:
                print("Goodbye!")
            return False
        found = self.commands.get(name)
        if found is None:
            print(f"Unknown command: .{name}")
            near = difflib.get_close_matches(name, [*self.commands, "exit", "quit"], 1)
            if near:
                print(f"Did you mean .{near[0]}?")
            return True
        try:
            found(rest.strip())
        except KeyboardInterrupt:
            print("\nInterrupted")
        except Exception as error:
            print(f"Error: {error}")
        return True

    def command_help(self, _: str) -> None:
        self.say(HELP.rstrip())

    def command_vars(self, _: str) -> None:
        from mlpy.engine.session import shown

        names = {name: value for name, value in self.session._variables.items() if not name.startswith("__")}
        if not names:
            print("No variables defined")
            return
        rows = []
        for name, value in names.items():
            text = " ".join(shown(value).split())
            rows.append(f"  {name} = {text if len(text) <= 50 else text[:50] + '...'}")
        self.say("\n".join(["Variables:", *rows]))

    def command_clear(self, _: str) -> None:
        self.session.reset_session()
        self.failed = None
        print("Session cleared")

    command_reset = command_clear

    def command_history(self, _: str) -> None:
        entries = self.session.history
        for number, code in list(enumerate(entries, 1))[-20:]:
            print(f"  {number}: {code}")

    def command_retry(self, _: str) -> None:
        if self.failed is None:
            print("No previous error to retry")
            return
        code, self.failed = self.failed, None
        self.run(code)

    def command_edit(self, _: str) -> None:
        before = self.session.history[-1] if self.session.history else ""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "statement.ml"
            file.write_text(before, encoding="utf-8")
            subprocess.run([*shlex.split(os.environ.get("EDITOR", "vi")), str(file)], check=False)
            after = file.read_text(encoding="utf-8").rstrip("\n")
        if after != before:
            self.run(after)

    def command_capabilities(self, _: str) -> None:
        held = self.session.get_capabilities()
        print("Granted capabilities:" if held else "No capabilities granted")
        for grant in held:
            print(f"  {grant}")

    def command_grant(self, text: str) -> None:
        from mlpy.runtime.capabilities import grants_of

        grants_of([text])
        if self.interactive and input(f"Grant {text}? [y/N] ").strip().lower() not in ("y", "yes"):
            print("Not granted")
            return
        self.session.grant_capability(text)
        print(f"Granted: {text}")

    def command_revoke(self, text: str) -> None:
        print(f"Revoked: {text}" if self.session.revoke_capability(text) else f"Not granted: {text}")

    def command_modules(self, _: str) -> None:
        from mlpy.stdlib.module_registry import get_registry

        for kind, title in (("python_bridge", "Python modules"), ("ml_source", "ML modules")):
            names = [info["name"] for info in get_registry().get_all_modules(kind)]
            if names:
                print(f"{title}: {', '.join(names)}")

    def command_modinfo(self, name: str) -> None:
        from mlpy._stdlib_catalogue import ENTRIES
        from mlpy.stdlib.module_registry import get_registry

        info = get_registry().get_module_info(name)
        if info is None:
            print(f"Unknown module: {name}")
            return
        print(f"Module: {name} ({info['type']})")
        for function in info["functions"]:
            entry = ENTRIES.get(name, {}).get(function)
            print(f"  {entry[4]}: {entry[5]}" if entry else f"  {function}")

    def command_addpath(self, folder: str) -> None:
        if not os.path.isdir(folder):
            print(f"No such folder: {folder}")
            return
        self.session.ml_module_paths.append(os.path.abspath(folder))
        print(f"Added: {folder}")

    def command_perfmon(self, _: str) -> None:
        from mlpy.stdlib.module_registry import get_registry

        for key, value in get_registry().get_performance_summary().items():
            print(f"  {key}: {value}")

    command_devmode = command_perfmon

    def command_memreport(self, _: str) -> None:
        from mlpy.stdlib.module_registry import get_registry

        report = get_registry().get_memory_report()
        print(f"Total: {report['total_mb']:.2f} MB")
        for name, size in report["modules"].items():
            print(f"  {name}: {size:.2f} MB")

    def command_reload(self, name: str) -> None:
        from mlpy.stdlib.module_registry import get_registry

        print(f"Reloaded: {name}" if get_registry().reload_module(name) else f"Not reloaded: {name}")

    def command_reloadall(self, _: str) -> None:
        from mlpy.stdlib.module_registry import get_registry

        self.session.forget_modules()
        print(f"Reloaded {sum(get_registry().reload_all_modules().values())} modules")

    def command_refresh(self, _: str) -> None:
        from mlpy.stdlib.module_registry import get_registry

        self.session.forget_modules()
        counts = get_registry().refresh_all()
        print(f"{counts['total']} modules, {counts['reloaded']} reloaded")

    def command_async(self, code: str) -> None:
        import asyncio

        from mlpy.integration import async_ml_execute

        context = {name: value for name, value in self.session.get_variables().items() if name.isidentifier()}
        result = asyncio.run(async_ml_execute(code, context=context))
        print(f"Result: {result.value}" if result.success else f"Error: {result.error}")
        print(f"Execution time: {result.execution_time * 1000:.3f}ms")
        print(f"Transpile time: {result.transpile_time * 1000:.3f}ms")

    def command_callback(self, name: str) -> None:
        if not self.session.has_function(name):
            print(f"No function '{name}' in the session")
            return
        from mlpy.integration import ml_callback

        self.session.set_variable(f"{name}_callback", ml_callback(self.session, name))
        print(f"Callback: {name}_callback")

    def command_benchmark(self, text: str) -> None:
        from mlpy.integration.testing.statistics import summary

        code, _, count = text.rpartition(";")
        if not count.strip().isdigit() or not code:
            code, count = text, "100"
        times = []
        for _ in range(int(count)):
            started = time.perf_counter()
            result = self.session.execute(code)
            times.append((time.perf_counter() - started) * 1000)
            if not result.success:
                print(f"Error: {result.error}")
                return
        found = summary(times)
        cv = 100 * found["std_dev"] / found["mean"] if found["mean"] else 0.0
        for title, key in (("Mean", "mean"), ("Median", "median"), ("Std Dev", "std_dev"), ("Min", "min"), ("Max", "max")):
            print(f"{title}: {found[key]:.3f}ms")
        print(f"CV: {cv:.1f}%")

    def command_profile(self, report: str) -> None:
        if self.profiler is None:
            print("Start the shell with --profile")
            return
        self.profiler.stop()
        self.say(self.profiler._report(report or "ml-summary").rstrip())
        self.profiler.start()

    def command_load(self, file: str) -> None:
        self.run(Path(file).read_text(encoding="utf-8"))

    def command_save(self, file: str) -> None:
        Path(file).write_text("\n".join(self.session.history) + "\n", encoding="utf-8")
        print(f"Saved: {file}")

    def command_time(self, code: str) -> None:
        result = self.run(code)
        if result is not None:
            print(f"Time: {result.execution_time_ms:.3f}ms")

    def command_type(self, code: str) -> None:
        self.run(f"typeof({code.rstrip(';')})")


def members_of(value: Any) -> list[str]:
    """Names that can follow a value and a dot."""
    from mlpy.runtime.modules import Loader

    names: list[str] = Loader([("", "", "", None, (), ())], ()).host["methods"](value)
    return names


class Completer:
    """Completes names of the session, members of modules, and keywords."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.found: list[str] = []

    def complete(self, text: str, state: int) -> str | None:
        if state == 0:
            self.found = self.matches(text)
        return self.found[state] if state < len(self.found) else None

    def matches(self, text: str) -> list[str]:
        from mlpy import _native
        from mlpy._stdlib_catalogue import ENTRIES
        from mlpy.stdlib import NAMES

        owner, dot, begin = text.rpartition(".")
        if dot:
            value = self.session._variables.get(owner)
            if type(value) is _native.Object:
                return [f"{owner}.{key}" for key in value if isinstance(key, str) and key.startswith(begin)]
            if value is None or type(value) is _native.Module and owner in ENTRIES:
                return [f"{owner}.{name}" for name in ENTRIES.get(owner, ()) if name.startswith(begin)]
            if type(value) is _native.Module:
                return [f"{owner}.{name}" for name in _native.module_members(value) if name.startswith(begin) and not name.startswith("_")]
            return [f"{owner}.{name}" for name in members_of(value) if name.startswith(begin)]
        names = {name for name in self.session._variables if not name.startswith("__")}
        return sorted(name for name in {*names, *KEYWORDS, *NAMES, *_native.builtin_functions()} if name.startswith(begin))


def set_up_terminal(session: Session) -> Callable[[str], None] | None:
    """Line editing, completion and the history file. What adds a line to the history, or None."""
    try:
        import readline
    except ImportError:
        return None
    import atexit

    file = os.path.expanduser("~/.mlpy_history")
    try:
        readline.read_history_file(file)
    except OSError:
        pass
    readline.set_history_length(1000)
    readline.set_auto_history(False)
    readline.set_completer_delims(" \t\n()[]{},;+-*/%=<>!&|?:\"'")
    readline.set_completer(Completer(session).complete)
    readline.parse_and_bind("tab: complete")

    def save() -> None:
        try:
            readline.write_history_file(file)
        except OSError:
            pass

    atexit.register(save)
    return readline.add_history


def run_repl(security: bool = True, profile: bool = False, fancy: bool = True, extension_paths: list[str] | None = None,
             ml_module_paths: list[str] | None = None, *, code: str | None = None, strict_exit: bool = False) -> int:
    """The shell on standard input. Returns the exit code."""
    from mlpy.cli.settings import profiling_enabled

    profile = profile or profiling_enabled()
    session = Session(security, profile, extension_paths=extension_paths, ml_module_paths=ml_module_paths)
    interactive = code is None and sys.stdin.isatty() and sys.stdout.isatty()
    shell = Shell(session, interactive, strict_exit or code is not None)
    if code is not None:
        shell.run(code)
        return shell.end()
    if interactive and fancy:
        shell.remember = set_up_terminal(session)
        shell.colours = wanted(True)
    return shell.loop()
