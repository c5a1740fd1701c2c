"""``mlpy config`` and ``mlpy capabilities`` (cli-and-python-api.md 1.2, 4)."""

from __future__ import annotations

import difflib
import json
import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlpy.cli import plain_yaml
from mlpy.ml.errors.exceptions import MLConfigurationError

NAMES = ("mlpy.json", "mlpy.yaml", "mlpy.yml", ".mlpy.json")
TEXT, FLAG, NUMBER, TEXTS, SECTION = "text", "boolean", "number", "list of texts", "section"
SIZE = "size"
# key -> (kind, default); a section's default is the same table of its keys.
KEYS: dict[str, tuple[str, Any]] = {
    "name": (TEXT, None), "version": (TEXT, "1.0.0"), "description": (TEXT, ""), "author": (TEXT, ""),
    "license": (TEXT, "MIT"), "source_dir": (TEXT, "src"), "output_dir": (TEXT, "dist"), "test_dir": (TEXT, "tests"),
    "target": (TEXT, "python"), "optimization_level": (NUMBER, 1), "source_maps": (FLAG, True),
    "enable_security_analysis": (FLAG, True), "security_level": (TEXT, "strict"), "allowed_capabilities": (TEXTS, []),
    "capabilities": (TEXTS, []), "deny": (TEXTS, []), "capability_profiles": ("profiles", {}),
    "python_extension_paths": (TEXTS, []), "ml_module_paths": (TEXTS, []), "import_paths": (TEXTS, []),
    "allow_current_dir": (FLAG, True), "stdlib_mode": (TEXT, "native"),
    "sandbox": (SECTION, {
        "memory_limit": (SIZE, None), "cpu_timeout": (NUMBER, None), "timeout": (NUMBER, None),
        "network_enabled": (FLAG, False), "allowed_hosts": (TEXTS, []), "allowed_ports": ("list of numbers", []),
        "file_patterns": (TEXTS, [])}),
    "watch_patterns": (TEXTS, ["**/*.ml"]), "auto_format": (FLAG, True), "lint_on_save": (FLAG, True),
    "doc_source": (TEXT, None), "doc_output": (TEXT, None), "doc_theme": (TEXT, None),
    "test_pattern": (TEXT, "**/test_*.ml"), "test_timeout": (NUMBER, 30), "coverage_threshold": (NUMBER, 0.8),
    "profile": (SECTION, {"mode": (TEXT, "auto"), "lines": (FLAG, False), "reports": (TEXTS, ["ml-summary"]),
                          "keep": (NUMBER, 20)}),
    "cache": (SECTION, {"enabled": (FLAG, True), "max_mb": (NUMBER, 256)})}
CHOICES = {"target": ("python",), "security_level": ("strict", "normal", "permissive"), "stdlib_mode": ("native", "python"),
           "profile.mode": ("auto", "sample", "exact")}
# Keys of other layouts, and what says the same here.
FOREIGN = {
    "project": "name, version, description, author and license at the top", "project.name": "name",
    "project.version": "version", "transpiler": "source_maps and security_level at the top",
    "transpiler.source_maps": "source_maps", "transpiler.optimization_level": "optimization_level",
    "modules": "import_paths, ml_module_paths and python_extension_paths at the top", "modules.import_paths": "import_paths",
    "modules.ml_paths": "ml_module_paths", "modules.extension_paths": "python_extension_paths",
    "security": "security_level and capabilities at the top", "security.level": "security_level",
    "security.capabilities": "capabilities", "runtime": "sandbox", "runtime.memory_limit": "sandbox.memory_limit",
    "runtime.timeout": "sandbox.timeout", "logging": "nothing: use the options of the commands",
    "imports": "import_paths and allow_current_dir at the top", "imports.paths": "import_paths",
    "imports.allow_current_dir": "allow_current_dir"}
PATHS = ("source_dir", "output_dir", "test_dir")
PATH_LISTS = ("python_extension_paths", "ml_module_paths", "import_paths")
EXPANDED = ("capabilities", "deny", "allowed_capabilities", "sandbox.file_patterns")


@dataclass
class Problem:
    """Something about a key. Errors make the file unusable."""

    key: str
    text: str
    error: bool = True

    def __str__(self) -> str:
        return f"{self.key}: {self.text}" if self.key else self.text


@dataclass
class Project:
    """A project file: ``values`` of the keys it sets (``sandbox.timeout`` for keys of sections), paths made absolute."""

    file: Path | None
    values: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def errors(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.error]


def project_file(folder: Path) -> Path | None:
    """The project file of the nearest folder upwards."""
    for at in (folder, *folder.parents):
        for name in NAMES:
            if (at / name).is_file():
                return at / name
    return None


def load(file: Path) -> Project:
    """Reads and checks a project file. Raises OSError."""
    project = Project(file)
    text = file.read_bytes()
    try:
        decoded = text.decode("utf-8")
        given = plain_yaml.parse(decoded) if file.suffix in (".yaml", ".yml") else json.loads(decoded)
    except UnicodeDecodeError as error:
        project.problems.append(Problem("", f"not UTF-8 at byte {error.start}"))
        return project
    except ValueError as error:
        project.problems.append(Problem("", f"cannot be read: {error}"))
        return project
    if given is None:
        given = {}
    if not isinstance(given, dict):
        project.problems.append(Problem("", "a project file is an object of keys and values"))
        return project
    take(project, given, KEYS, "")
    return project


def take(project: Project, given: dict[str, Any], keys: dict[str, tuple[str, Any]], section: str) -> None:
    for key, value in given.items():
        name = f"{section}{key}"
        if key not in keys:
            project.problems.append(unknown(name, str(key), keys, value))
            continue
        kind, default = keys[key]
        wrong = mistake(kind, value)
        if wrong:
            project.problems.append(Problem(name, wrong))
        elif kind == SECTION:
            take(project, value, default, f"{name}.")
        elif name in CHOICES and value not in CHOICES[name]:
            project.problems.append(Problem(name, f"must be one of {', '.join(CHOICES[name])}, not {value!r}"))
        else:
            try:
                project.values[name] = resolved(project, name, value)
            except MLConfigurationError as error:
                project.problems.append(Problem(name, error.message))


def unknown(name: str, key: str, keys: dict[str, tuple[str, Any]], value: Any) -> Problem:
    if name in FOREIGN:
        inner = [f"{name}.{part}" for part in value] if isinstance(value, dict) else []
        equivalents = [f"{part}: write {FOREIGN[part]}" for part in inner if part in FOREIGN]
        return Problem(name, f"is not read; write {FOREIGN[name]}" + (f" ({'; '.join(equivalents)})" if equivalents else ""),
                       False)
    near = difflib.get_close_matches(key, keys, 1)
    return Problem(name, "unknown key" + (f"; did you mean '{near[0]}'?" if near else ""), False)


def mistake(kind: str, value: Any) -> str:
    """What is wrong with a value, or nothing."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    texts = isinstance(value, list) and all(isinstance(item, str) for item in value)
    good = {TEXT: isinstance(value, str), FLAG: isinstance(value, bool), NUMBER: number, TEXTS: texts,
            SECTION: isinstance(value, dict), SIZE: number or isinstance(value, str) and bool(
                re.fullmatch(r"\s*\d+(\.\d+)?\s*([KMG]?B)?\s*", value, re.I)),
            "list of numbers": isinstance(value, list) and all(type(item) is int for item in value),
            "profiles": isinstance(value, dict) and all(
                isinstance(item, list) and all(isinstance(text, str) for text in item) for item in value.values())}[kind]
    wanted = {SIZE: "a size such as 100MB", "profiles": "an object of names and lists of texts"}.get(kind, f"a {kind}")
    if good and number and value < 0:
        return "must not be negative"
    return "" if good else f"must be {wanted}, not {json.dumps(value, default=str)}"


def resolved(project: Project, name: str, value: Any) -> Any:
    """A value with its variables replaced, and paths from the folder of the project."""
    assert project.file is not None
    root = project.file.parent
    if name in PATHS:
        return str(root / expanded(value))
    if name in PATH_LISTS:
        return [str(root / expanded(item)) for item in value]
    if name in EXPANDED:
        return [expanded(item) for item in value]
    if name == "capability_profiles":
        return {profile: [expanded(item) for item in items] for profile, items in value.items()}
    return value


def expanded(text: str) -> str:
    def value(match: re.Match[str]) -> str:
        found = os.environ.get(match[1])
        if found is None:
            raise MLConfigurationError(f"the environment has no variable {match[1]}")
        return found

    return re.sub(r"\$\{(\w+)\}", value, text)


def effective(project: Project, file: str | None) -> list[tuple[str, Any, str]]:
    """``(key, value, where it comes from)`` of every setting."""
    rows: list[tuple[str, Any, str]] = []
    root = project.file.parent if project.file else Path.cwd()
    place = project.file.name if project.file else ""

    def add(keys: dict[str, tuple[str, Any]], section: str) -> None:
        for key, (kind, default) in keys.items():
            name = section + key
            if kind == SECTION:
                add(default, f"{name}.")
            elif name in ENVIRONMENT and os.environ.get(ENVIRONMENT[name]):
                variable = ENVIRONMENT[name]
                rows.append((name, [part for part in os.environ[variable].split(os.pathsep) if part], variable))
            elif name in project.values:
                rows.append((name, project.values[name], place))
            else:
                rows.append((name, root.name if name == "name" else default, "default"))

    add(KEYS, "")
    return rows


ENVIRONMENT = {"python_extension_paths": "MLPY_EXTENSION_PATHS", "ml_module_paths": "MLPY_ML_MODULE_PATHS"}


def found_project(file: str | None) -> Project:
    """The project of a program, or of the current folder. Raises OSError."""
    start = Path(file).absolute().parent if file else Path.cwd()
    found = project_file(start)
    return load(found) if found else Project(None)


def show(file: str | None, as_json: bool) -> int:
    """Runs ``mlpy config show``; the exit code."""
    from mlpy.cli.files import explain_missing

    if file is not None and not os.path.exists(file):
        explain_missing(file)
        return 2
    project = found_project(file)
    errors = project.errors()
    for problem in project.problems:
        tell(project, problem)
    if errors:
        return 2
    rows = effective(project, file)
    if as_json:
        print(json.dumps({"file": str(project.file) if project.file else None, "settings": {
            key: {"value": value, "source": source} for key, value, source in rows}}, indent=2))
        return 0
    print(f"Project file: {project.file or 'none'}")
    width = max(len(key) for key, _, _ in rows)
    for key, value, source in rows:
        print(f"  {key.ljust(width)} = {json.dumps(value, ensure_ascii=False)} ({source})")
    return 0


def validate(file: str | None, as_json: bool) -> int:
    """Runs ``mlpy config validate``; 1 when there are problems."""
    from mlpy.cli.files import explain_missing

    path = Path(file) if file else project_file(Path.cwd())
    if path is None or not path.is_file():
        if file:
            explain_missing(file)
        else:
            print("mlpy: there is no project file here", file=sys.stderr)
        return 2
    project = load(path.absolute())
    if as_json:
        print(json.dumps({"ok": not project.problems, "file": str(path), "problems": [
            {"key": problem.key, "message": problem.text, "severity": "error" if problem.error else "warning"}
            for problem in project.problems]}, indent=2))
    else:
        for problem in project.problems:
            print(f"{path}: {'error' if problem.error else 'warning'}: {problem}")
        count = len(project.problems)
        print(f"{path}: valid" if not count else f"{path}: {count} problem{'' if count == 1 else 's'}")
    return 1 if project.problems else 0


def tell(project: Project, problem: Problem) -> None:
    print(f"mlpy: {'error' if problem.error else 'warning'}: {project.file}: {problem}", file=sys.stderr)


def capabilities(as_json: bool) -> int:
    """Runs ``mlpy capabilities``: the names that can be granted, and which of them every program has."""
    from mlpy.runtime.capabilities import PURE, RESOURCES

    rows = sorted([(name, "granted", "") for name in PURE] + [(name, "not granted", kind) for name, kind in RESOURCES.items()])
    if as_json:
        print(json.dumps([{"name": name, "default": default == "granted", "pattern": kind or None}
                          for name, default, kind in rows], indent=2))
        return 0
    width = max(len(name) for name, _, _ in rows)
    print(f"{'Capability'.ljust(width)}  {'Default':11}  Pattern")
    for name, default, kind in rows:
        print(f"{name.ljust(width)}  {default:11}  {kind or '-'}")
    return 0
