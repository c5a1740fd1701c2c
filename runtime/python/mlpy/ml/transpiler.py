"""Transpiling ML and running it from Python (cli-and-python-api.md 2.2, 2.3)."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mlpy.engine import ambient, inline
from mlpy.engine.extending import folders_of
from mlpy.engine.results import ExecutionResult, MLIssue, TranspileResult
from mlpy.engine.transpile import Cache, Compiled, compile_source
from mlpy.engine.values import checked_names

__all__ = ["MLTranspiler", "TranspileResult", "MLIssue", "execute_ml_code_sandbox", "transpile_ml_code",
           "transpile_ml_file", "validate_ml_security", "ml_transpiler", "execute_ml_code", "execute"]


class MLTranspiler:
    """Transpiles ML to Python and runs it in this process.

    Any number of threads may use one. ``cache_enabled``: results of ``transpile`` are kept, at most ``cache_size`` of
    them; ``repl_mode``: unknown names are left to run time; ``config``: a project file, whose settings count where the
    arguments say nothing.
    """

    def __init__(self, repl_mode: bool = False, python_extension_paths: list[str] | None = None, *,
                 cache_enabled: bool = True, ml_module_paths: list[str] | None = None,
                 import_paths: list[str] | None = None, strict_security: bool = True, cache_size: int = 256,
                 config: str | os.PathLike[str] | None = None) -> None:
        settings = settings_of(config) if config is not None else {}
        self.repl_mode = repl_mode
        self.cache_enabled = cache_enabled
        self.strict_security = strict_security and settings.get("security_level") != "permissive"
        self.cache_size = cache_size
        self.python_extension_paths = list(python_extension_paths or settings.get("python_extension_paths", ()))
        self.import_paths = [os.path.abspath(path) for path in (*(import_paths or ()), *(ml_module_paths or ()),
                                                                *environment_paths(), *settings.get("import_paths", ()),
                                                                *settings.get("ml_module_paths", ()))]
        self.allow_current_dir: bool = settings.get("allow_current_dir", True)  # modules may lie beside the program
        self._cache = Cache(cache_size)
        self._sandbox_config: Any = None

    def __reduce__(self) -> Any:
        return _remade, (self.repl_mode, self.python_extension_paths, self.cache_enabled, self.import_paths,
                         self.strict_security, self.cache_size), {"allow_current_dir": self.allow_current_dir}

    def transpile(self, source_code: str, source_file: str | os.PathLike[str] | None = None, *,
                  strict_security: bool | None = None, source_map: bool = True,
                  context_names: tuple[str, ...] = ()) -> TranspileResult:
        """The Python of a program. Raises MLSyntaxError, MLSecurityError or MLTranspilationError.

        ``context_names``: variables that ``execute`` will get from its context.
        """
        compiled, hit = self._compiled(source_code, source_file, context_names, source_map)
        self._check(compiled, strict_security)
        assert compiled.result is not None
        if not hit:
            return compiled.result
        from mlpy.engine.transpile import again

        return again(compiled.result)

    def execute(self, source_code: str | TranspileResult, context: dict[str, Any] | None = None, *,
                source_file: str | os.PathLike[str] | None = None, capabilities: Any = None,
                timeout: float | None = None, strict_security: bool | None = None, copy: bool = False) -> Any:
        """Runs a program in this process and returns its variable ``result``.

        ``context`` holds its variables: read at the start, and after the run every top-level name is in it.
        """
        if isinstance(source_code, TranspileResult):
            return source_code.execute(context, capabilities=capabilities, timeout=timeout, copy=copy)
        names = checked_names(context) if context else ()
        compiled, _ = self._compiled(source_code, source_file, names, False)
        self._check(compiled, strict_security)
        assert compiled.result is not None
        return inline.execute(compiled.result.program, context, capabilities=capabilities, timeout=timeout, copy=copy)

    def execute_ml_code(self, source_code: str, namespace: dict[str, Any] | None = None, **options: Any) -> Any:
        """``execute``; a program that ends with an expression gives its value when it sets no ``result``."""
        from mlpy.engine.session import ends_with_expression

        context = namespace if namespace is not None else {}
        marked = ends_with_expression(self, source_code, tuple(context))
        if marked is None:
            return self.execute(source_code, context, **options)
        self.execute(marked, context, **options)
        value = context.pop("ml_last_value", None)
        return context.get("result") if value is None else value

    def execute_ml_file(self, path: str | os.PathLike[str], context: dict[str, Any] | None = None, **options: Any) -> Any:
        """Runs a file."""
        return self.execute(Path(path).read_text(encoding="utf-8"), context, source_file=path, **options)

    def execute_ml_function(self, name: str, source_code: str, *args: Any, **kwargs: Any) -> Any:
        """Runs the program and calls one of its functions."""
        functions = self.extract_functions(source_code)
        if name not in functions:
            from mlpy.ml.errors.exceptions import MLRuntimeError

            raise MLRuntimeError(f"no function '{name}' in the program")
        return functions[name](*args, **kwargs)

    def extract_functions(self, source_code: str | TranspileResult) -> dict[str, Callable[..., Any]]:
        """The top-level functions of a program, which is run once; they share its variables, and can be pickled."""
        from mlpy.engine.functions import extract

        result = source_code if isinstance(source_code, TranspileResult) else self.transpile(source_code)
        return extract(result)

    def transpile_to_python(self, source_code: str, source_file: str | None = None, strict_security: bool = True,
                            generate_source_maps: bool = False, import_paths: list[str] | None = None,
                            allow_current_dir: bool = True, module_output_mode: str = "separate",
                            known_imports: Any = None) -> tuple[str | None, list[MLIssue], dict[str, Any] | None]:
        """``(python_code or None, issues, source_map or None)``. Does not raise for what is wrong with the program."""
        names = tuple(known_imports) if known_imports else ()
        compiled, _ = self._compiled(source_code, source_file, names, generate_source_maps, import_paths,
                                     allow_current_dir)
        refused = strict_security and compiled.refused() is not None
        if compiled.result is None or refused:
            return None, list(compiled.issues), None
        return compiled.result.python_code, list(compiled.issues), compiled.result.source_map

    def transpile_file(self, file_path: str | os.PathLike[str], output_path: str | os.PathLike[str] | None = None,
                       strict_security: bool = True, generate_source_maps: bool = False,
                       ) -> tuple[str | None, list[MLIssue], dict[str, Any] | None]:
        """The same for a file; writes ``output_path`` if there is one, and nothing else."""
        source = Path(file_path).read_text(encoding="utf-8")
        made = self.transpile_to_python(source, os.fspath(file_path), strict_security, generate_source_maps)
        if output_path is not None and made[0] is not None:
            Path(output_path).write_text(made[0], encoding="utf-8")
        return made

    def execute_with_sandbox(self, source_code: str, source_file: str | None = None, capabilities: Any = None,
                             context: Any = None, sandbox_config: Any = None, strict_security: bool = True,
                             force_transpile: bool = False) -> tuple[Any, list[MLIssue]]:
        """``(SandboxResult or None, issues)``. ``context``: variables, or a CapabilityContext."""
        from mlpy.engine import process
        from mlpy.engine.grants import CapabilityContext
        from mlpy.runtime.sandbox import SandboxResult

        variables = {} if context is None or isinstance(context, CapabilityContext) else context
        allowed = context if isinstance(context, CapabilityContext) else capabilities
        compiled, _ = self._compiled(source_code, source_file, checked_names(variables), False)
        refused = strict_security and compiled.refused() is not None
        if compiled.result is None or refused:
            return None, list(compiled.issues)
        result = process.execute(compiled.result.program, variables, capabilities=allowed,
                                 sandbox_config=sandbox_config or self._sandbox_config)
        return SandboxResult.of(result), list(compiled.issues)

    def validate_security_only(self, source_code: str, source_file: str | None = None) -> list[MLIssue]:
        """The security findings; nothing is run."""
        issues = self._compiled(source_code, source_file, (), False)[0].issues
        return [issue for issue in issues if issue.code.startswith("SEC") or issue.category]

    def set_sandbox_config(self, config: Any) -> None:
        """The configuration ``execute_with_sandbox`` uses when it gets none."""
        self._sandbox_config = config

    def cache_info(self) -> tuple[int, int, int, int]:
        """``(hits, misses, size, max_size)``."""
        return self._cache.hits, self._cache.misses, len(self._cache.entries), self.cache_size

    def cache_clear(self) -> None:
        self._cache.clear()

    def _compiled(self, source: str, source_file: Any, names: tuple[str, ...], source_map: bool,
                  import_paths: list[str] | None = None, own_folder: bool = True) -> tuple[Compiled, bool]:
        around = ambient.current()
        if around.names:
            names = names + around.names
        file = os.fspath(source_file) if source_file is not None else None
        if not isinstance(source, str):
            raise TypeError(f"ML source must be str, not {type(source).__name__}")
        own_folder = own_folder and self.allow_current_dir
        place = (os.getcwd(), tuple(import_paths or ()), own_folder) if "import" in source else None
        folders = folders_of(self.python_extension_paths) if place else ()
        key = (source, file, names, source_map, place, folders)
        if self.cache_enabled:
            found = self._cache.get(key)
            if found is not None:
                return found, True
        options: dict[str, Any] = {"source_map": source_map, "import_paths": [*(import_paths or ()), *self.import_paths]}
        if names:
            options["host_names"] = names
        if self.repl_mode:
            options["interactive"] = True
        if not own_folder:
            options["closed_folder"] = True
        if folders:
            options["extension_folders"] = folders
        compiled = compile_source(source, file, options)
        if self.cache_enabled and compiled.result is not None:
            self._cache.put(key, compiled)
        return compiled, False

    def _check(self, compiled: Compiled, strict: bool | None) -> None:
        if compiled.error is not None:
            raise compiled.error
        if self.strict_security if strict is None else strict:
            issue = compiled.refused()
            if issue is not None:
                raise issue.error


def _remade(repl_mode: bool, extensions: list[str], cache: bool, paths: list[str], strict: bool, size: int) -> MLTranspiler:
    return MLTranspiler(repl_mode, extensions, cache_enabled=cache, import_paths=paths, strict_security=strict,
                        cache_size=size)


def settings_of(file: str | os.PathLike[str]) -> dict[str, Any]:
    """What a project file says. Raises MLConfigurationError."""
    from mlpy.cli.config import load
    from mlpy.ml.errors.exceptions import MLConfigurationError

    try:
        project = load(Path(file).absolute())
    except OSError as error:
        raise MLConfigurationError(f"{os.fspath(file)}: {error.strerror}") from error
    for problem in project.errors():
        raise MLConfigurationError(f"{os.fspath(file)}: {problem}")
    return project.values


def environment_paths() -> list[str]:
    return [path for path in os.environ.get("MLPY_ML_MODULE_PATHS", "").split(os.pathsep) if path]


ml_transpiler = MLTranspiler()


def execute(source: str | TranspileResult, context: dict[str, Any] | None = None, *, isolation: str = "process",
            capabilities: Any = None, sandbox_config: Any = None, timeout: float | None = None,
            source_file: str | None = None, strict_security: bool = True, copy: bool = False, out: Any = None,
            err: Any = None) -> ExecutionResult:
    """Runs a program and says everything about the run. Does not raise for what is wrong with the program.

    ``copy``: inline, the program gets deep copies of the lists and dicts of its context, as it always does in a process.
    """
    import time

    from mlpy.ml.errors.exceptions import MLError

    if isolation not in ("process", "inline"):
        raise ValueError(f"isolation must be 'process' or 'inline', not {isolation!r}")
    if not isinstance(source, (str, TranspileResult)):
        raise TypeError(f"ML source must be str, not {type(source).__name__}")
    if sandbox_config is not None:
        isolation = "process"
        strict_security = strict_security and sandbox_config.strict_mode
        capabilities = sandbox_config.with_grants(capabilities)
    started = time.perf_counter()
    transpiled = started
    try:
        if isinstance(source, TranspileResult):
            program, issues = source.program, source.issues
        else:
            compiled, _ = ml_transpiler._compiled(source, source_file, checked_names(context or {}), False)
            ml_transpiler._check(compiled, strict_security)
            assert compiled.result is not None
            program, issues = compiled.result.program, compiled.issues
        transpiled = time.perf_counter()
        if isolation == "process":
            from mlpy.engine import process

            made = process.execute(program, context, capabilities=capabilities, sandbox_config=sandbox_config,
                                   timeout=timeout, out=out, err=err)
        else:
            value = inline.execute(program, dict(context or {}), capabilities=capabilities, timeout=timeout,
                                   copy=copy)
            made = ExecutionResult(True, value, execution_time=time.perf_counter() - transpiled, isolation="none")
        made.issues = issues
    except MLError as error:
        made = ExecutionResult(False, exception=error, error=str(error), error_type=type(error).__name__,
                               execution_time=time.perf_counter() - transpiled)
    made.transpile_time = transpiled - started
    return made


def execute_ml_code_sandbox(source_code: str, source_file: str | None = None, *, context: dict[str, Any] | None = None,
                            capabilities: Any = None, sandbox_config: Any = None, strict_security: bool = True,
                            force_transpile: bool = False, timeout: float | None = None,
                            isolation: str = "process") -> Any:
    """Runs a program in a fresh sandboxed process and returns its ``result``; raises when anything fails.

    ``context`` holds variables for the program and is never changed. What it prints goes to ``sys.stdout``.
    """
    if force_transpile:
        ml_transpiler.cache_clear()
    made = execute(source_code, context, isolation=isolation, capabilities=capabilities, sandbox_config=sandbox_config,
                   timeout=timeout, source_file=source_file, strict_security=strict_security,
                   out=lambda text: sys.stdout.write(text), err=lambda text: sys.stderr.write(text))
    if made.exception is not None:
        raise made.exception
    return made.value


def transpile_ml_code(source_code: str, source_file: str | None = None, strict_security: bool = True,
                      generate_source_maps: bool = False) -> tuple[str | None, list[MLIssue], dict[str, Any] | None]:
    """``(python_code or None, issues, source_map or None)``."""
    return ml_transpiler.transpile_to_python(source_code, source_file, strict_security, generate_source_maps)


def transpile_ml_file(file_path: str, output_path: str | None = None, strict_security: bool = True,
                      generate_source_maps: bool = False) -> tuple[str | None, list[MLIssue], dict[str, Any] | None]:
    """The same for a file."""
    return ml_transpiler.transpile_file(file_path, output_path, strict_security, generate_source_maps)


def validate_ml_security(source_code: str, source_file: str | None = None) -> list[MLIssue]:
    """The findings of the analysis."""
    return ml_transpiler.validate_security_only(source_code, source_file)


def execute_ml_code(source_code: str, context: dict[str, Any] | None = None, **options: Any) -> Any:
    """``MLTranspiler().execute_ml_code``."""
    return ml_transpiler.execute_ml_code(source_code, context, **options)
