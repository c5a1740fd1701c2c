"""The commands that are written in Python; ``mlpy`` hands them over, and ``python -m mlpy`` starts here."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path
from typing import Any

OWN = ("integration", "repl", "init", "build", "compile", "test", "doctor", "config", "capabilities")


def program() -> str | None:
    """The program ``mlpy`` of this package."""
    import mlpy

    folder = Path(mlpy.__file__).absolute().parent.parent
    for place in (os.environ.get("MLPY_PROGRAM", ""), folder / "mlpy/_bin/mlpy", folder.parent / "bin/mlpy", folder.parent.parent.parent / "bin/mlpy"):
        if place and os.access(place, os.X_OK):
            return str(place)
    return shutil.which("mlpy")


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser("mlpy", allow_abbrev=False)
    commands = made.add_subparsers(dest="command", required=True)
    integration = commands.add_parser("integration", help="test and measure ML in Python programs")
    parts = integration.add_subparsers(dest="part", required=True)
    validate = parts.add_parser("validate", help="self-test of the Python side")
    validate.add_argument("--json", action="store_true", help="one JSON document")
    benchmark = parts.add_parser("benchmark", help="measure programs", allow_abbrev=False)
    from mlpy.cli.benchmark import add_arguments

    add_arguments(benchmark)
    repl = commands.add_parser("repl", help="interactive shell")
    repl.add_argument("--security", action=argparse.BooleanOptionalAction, default=True)
    repl.add_argument("--profile", action="store_true", help="profile the session")
    repl.add_argument("-E", "--extension-path", action="append", metavar="DIR")
    repl.add_argument("-M", "--ml-module-path", action="append", metavar="DIR")
    repl.add_argument("--plain", action="store_true", help="no line editing")
    repl.add_argument("-c", dest="code", metavar="CODE", help="run this and leave")
    repl.add_argument("--strict-exit", action="store_true", help="the exit code of the first failing statement")
    init = commands.add_parser("init", help="new project")
    init.add_argument("name", metavar="NAME")
    init.add_argument("--template", choices=("basic", "cli", "library"), default="basic")
    init.add_argument("--dir", default=".")
    init.add_argument("--description", default="")
    init.add_argument("--author", default="")
    init.add_argument("--license", default="MIT")
    build = commands.add_parser("build", help="transpile every program below a folder")
    build.add_argument("folder", metavar="DIR")
    build.add_argument("-o", "--output", metavar="DIR", help="write below this folder")
    build.add_argument("--format", choices=("py", "mlc"), default="py", help="Python text, or pickled programs")
    compile_ = commands.add_parser("compile", help="write the Python of a program or of every program below a folder")
    compile_.add_argument("path", metavar="PATH")
    compile_.add_argument("-o", "--output", metavar="PATH", help="file, or folder for a folder")
    compile_.add_argument("--source-maps", action="store_true", help="write a version 3 source map beside each file")
    compile_.add_argument("--emit-code", choices=("silent", "single-file", "multi-file"), default="multi-file",
                          help="write nothing, one file with all modules, or a file for each module (default)")
    compile_.add_argument("--security-level", choices=("strict", "normal", "permissive"))
    compile_.add_argument("--import-paths", action="append", metavar="LIST", help="folders with modules, separated by ':'")
    compile_.add_argument("-M", "--ml-module-path", action="append", dest="import_paths", metavar="DIR")
    compile_.add_argument("-E", "--extension-path", action="append", metavar="DIR", help="folder with modules written in Python")
    compile_.add_argument("--allow-current-dir", action=argparse.BooleanOptionalAction,
                          help="modules may lie beside the program (default)")
    compile_.add_argument("--config", metavar="FILE", help="project file (else the nearest one)")
    compile_.add_argument("--force", action="store_true", help="replace files that mlpy did not write")
    compile_.add_argument("-O", dest="optimization", type=int, choices=range(4), help="accepted, without effect")
    test = commands.add_parser("test", help="run test_*.ml of the project")
    test.add_argument("pattern", nargs="?", metavar="PATTERN")
    commands.add_parser("doctor", help="what is installed here, and whether it works")
    config = commands.add_parser("config", help="settings of the project")
    parts = config.add_subparsers(dest="part", required=True)
    for name, help_text, argument in (("show", "effective settings and where each comes from", "a program, or the current folder"),
                                      ("validate", "check a project file", "the file, or that of the current folder")):
        part = parts.add_parser(name, help=help_text)
        part.add_argument("file", nargs="?", metavar="FILE", help=argument)
        part.add_argument("--json", action="store_true", help="one JSON document")
    known = commands.add_parser("capabilities", help="known capabilities and their defaults")
    known.add_argument("--json", action="store_true", help="one JSON document")
    return made


def run(options: Any) -> int:
    if options.command == "integration":
        if options.part == "validate":
            from mlpy.cli.validate import validate

            return validate(options.json)
        from mlpy.cli.benchmark import benchmark

        return benchmark(options)
    if options.command == "repl":
        from mlpy.cli.repl import run_repl

        return run_repl(options.security, options.profile, not options.plain, options.extension_path,
                        options.ml_module_path, code=options.code, strict_exit=options.strict_exit)
    if options.command in ("config", "capabilities"):
        from mlpy.cli import config

        if options.command == "capabilities":
            return config.capabilities(options.json)
        return (config.show if options.part == "show" else config.validate)(options.file, options.json)
    from mlpy.cli import projects

    if options.command == "init":
        return projects.init(options.name, options.template, options.dir, options.description, options.author,
                             options.license)
    if options.command == "build":
        return projects.build(options.folder, options.output, options.format)
    if options.command == "compile":
        return projects.compile_path(options)
    if options.command == "test":
        return projects.test(options.pattern)
    from mlpy.cli.doctor import doctor

    return doctor()


def version() -> int:
    """``mlpy --version --json``."""
    import json
    import platform

    from mlpy import __version__, _core

    print(json.dumps({"mlpy": __version__, "core": _core.VERSION, "python": platform.python_version(),
                      "platform": platform.platform()}))
    return 0


def main(words: list[str]) -> int:
    if words[:1] and words[0] in OWN and "--no-color" in words:  # the program mlpy takes it otherwise
        os.environ["NO_COLOR"] = "1"
        words = [word for word in words if word != "--no-color"]
    if words[:1] == ["--init"]:
        words = ["init", *words[1:]]
    if words[:1] in (["--version"], ["-v"]) and words[1:] == ["--json"]:
        return version()
    if words[:1] == ["--status"]:
        words = ["doctor", *words[1:]]
    if not words or words[0] not in OWN:
        found = program()
        if found is None:
            print("mlpy: the program mlpy is not installed", file=sys.stderr)
            return 9
        environment = {**os.environ, "MLPY_PYTHON": os.environ.get("MLPY_PYTHON") or sys.executable}
        sys.stdout.flush()
        os.execve(found, [found, *words], environment)
    try:
        return run(parser().parse_args(words))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
