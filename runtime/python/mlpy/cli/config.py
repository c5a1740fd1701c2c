"""``mlpy config`` and ``mlpy capabilities`` (cli-and-python-api.md 1.2, 4)."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlpy import _core


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
    """The project file of a folder (absolute) or the nearest one upwards."""
    found = _core.project_file_above(str(folder))
    return Path(found) if found else None


def load(file: Path) -> Project:
    """Reads and checks a project file (absolute). Raises OSError."""
    found = json.loads(_core.read_project(file.read_bytes(), str(file)))
    return Project(file, found["values"], [Problem(*problem) for problem in found["problems"]])


def effective(project: Project, file: str | None) -> list[tuple[str, Any, str]]:
    """``(key, value, where it comes from)`` of every setting."""
    rows: list[tuple[str, Any, str]] = []
    root = project.file.parent if project.file else Path.cwd()
    place = project.file.name if project.file else ""

    for name, _, default in json.loads(_core.project_keys()):
        if name in ENVIRONMENT and os.environ.get(ENVIRONMENT[name]):
            variable = ENVIRONMENT[name]
            rows.append((name, [part for part in os.environ[variable].split(os.pathsep) if part], variable))
        elif name in project.values:
            rows.append((name, project.values[name], place))
        else:
            rows.append((name, root.name if name == "name" else default, "default"))
    return rows


ENVIRONMENT = {"python_extension_paths": "MLPY_EXTENSION_PATHS", "ml_module_paths": "MLPY_ML_MODULE_PATHS"}


def found_project(file: str | None) -> Project:
    """The project of a program, or of the current folder. Raises OSError."""
    start = Path(file).absolute().parent if file else Path.cwd()
    found = project_file(start)
    return load(found) if found else Project(None)


def chosen_project(folder: Path, chosen: str | None) -> Project | None:
    """The project file that was named, or that of a folder (absolute). Tells the user of problems; None when it cannot be used."""
    found = Path(chosen).absolute() if chosen else project_file(folder)
    try:
        project = load(found) if found else Project(None)
    except OSError as error:
        print(f"mlpy: cannot read '{chosen or found}': {error.strerror}", file=sys.stderr)
        return None
    for problem in project.problems:
        tell(project, problem)
    return None if project.errors() else project


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
