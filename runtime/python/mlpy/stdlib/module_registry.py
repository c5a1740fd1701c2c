"""The registry of modules as Python programs see it (cli-and-python-api.md 2.8): library, extensions and ML modules."""

from __future__ import annotations

import threading
import time
import tracemalloc
import warnings
from pathlib import Path
from typing import Any

from mlpy.runtime import registry as extensions

_registry: ModuleRegistry | None = None
_making = threading.Lock()
_MB = 1048576


def get_registry() -> ModuleRegistry:
    """The registry of this process, made on first use."""
    global _registry
    with _making:
        if _registry is None:
            _registry = ModuleRegistry()
        return _registry


class ModuleRegistry:
    """Finds modules and loads each once. Python modules come before ML modules of the same name."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._extensions = extensions.get_registry()
        self._loaded: dict[str, Any] = {}
        self._kinds: dict[str, str] = {}
        self._sizes: dict[str, int] = {}
        self._times: dict[str, float] = {}
        self._reloads: dict[str, int] = {}
        self._folders: list[str] = []
        self._sources: dict[str, Path] | None = None
        self._scans: list[float] = []
        self._hits = self._misses = 0

    def _ml_modules(self) -> dict[str, Path]:
        if self._sources is None:
            started = time.perf_counter()
            found: dict[str, Path] = {}
            for folder in self._folders:
                for file in sorted(Path(folder).glob("*.ml")):
                    if found.setdefault(file.stem, file) is not file:
                        warnings.warn(f"module {file.stem}: {found[file.stem]} hides {file}", stacklevel=3)
            for name, file in found.items():
                if self._is_python(name):
                    warnings.warn(f"module {name}: the one written in Python hides {file}", stacklevel=3)
            self._sources = found
            self._scans.append(time.perf_counter() - started)
        return self._sources

    def _is_python(self, name: str) -> bool:
        from mlpy.stdlib import NAMES

        return name in NAMES or name == "builtin" or bool(self._extensions.is_available(name))

    def _kind_of(self, name: str) -> str | None:
        if self._is_python(name):
            return "python_bridge"
        return "ml_source" if name in self._ml_modules() else None

    def get_module(self, name: str) -> Any:
        """The module object, loaded on first use, later the same one; None when there is none of that name."""
        with self._lock:
            if name in self._loaded:
                self._hits += 1
                return self._loaded[name]
            kind = self._kind_of(name)
            if kind is None:
                return None
            self._misses += 1
            tracing = tracemalloc.is_tracing()
            if not tracing:
                tracemalloc.start()
            before = tracemalloc.get_traced_memory()[0]
            started = time.perf_counter()
            try:
                module = self._load(name, kind)
            finally:
                took = time.perf_counter() - started
                size = tracemalloc.get_traced_memory()[0] - before
                if not tracing:
                    tracemalloc.stop()
            if module is None:
                return None
            self._loaded[name], self._kinds[name] = module, kind
            self._sizes[name], self._times[name] = max(size, 0), took
            return module

    def _load(self, name: str, kind: str) -> Any:
        if kind == "ml_source":
            from mlpy.engine.modules import transpile_and_import

            return transpile_and_import(self._ml_modules()[name])
        if self._extensions.is_available(name):
            return self._extensions.get_module(name)
        from importlib import import_module

        return import_module(f"mlpy.stdlib.{name}")

    def is_available(self, name: str) -> bool:
        return self._kind_of(name) is not None

    def get_all_module_names(self) -> list[str]:
        from mlpy.stdlib import NAMES

        return sorted({*NAMES, "builtin", *self._extensions.get_all_module_names(), *self._ml_modules()})

    def get_all_modules(self, include_type: str | None = None) -> list[dict[str, Any]]:
        found = [self.get_module_info(name) for name in self.get_all_module_names()]
        return [info for info in found if info and include_type in (None, info["type"])]

    def get_module_info(self, name: str) -> dict[str, Any] | None:
        kind = self._kind_of(name)
        if kind is None:
            return None
        if self._extensions.is_available(name):
            found: dict[str, Any] = dict(self._extensions.get_module_info(name))
        else:
            found = {"name": name, "type": kind, "functions": self._functions(name, kind)}
            if kind == "ml_source":
                found["file_path"] = str(self._ml_modules()[name])
        found["loaded"] = name in self._loaded
        found["reload_count"] = self._reloads.get(name, 0)
        if name in self._times:
            found["load_time_ms"] = self._times[name] * 1000
        return found

    def _functions(self, name: str, kind: str) -> list[str]:
        if kind == "ml_source":
            from mlpy.engine.transpile import compile_source

            file = self._ml_modules()[name]
            compiled = compile_source(file.read_text(encoding="utf-8"), str(file), {})
            return sorted(compiled.result.functions) if compiled.result else []
        from mlpy._stdlib_catalogue import ENTRIES

        return sorted(member for member, entry in ENTRIES.get(name, {}).items() if entry[0] == "function")

    def add_extension_paths(self, paths: list[str]) -> None:
        self._extensions.add_extension_paths(paths)

    def add_ml_module_paths(self, paths: list[str]) -> None:
        with self._lock:
            self._folders += [path for path in paths if path not in self._folders]
            self._sources = None

    def invalidate_cache(self) -> None:
        """The next query looks at the folders again."""
        with self._lock:
            self._sources = None
            self._extensions.invalidate_cache()

    def reload_module(self, name: str) -> bool:
        """Loads a module anew. False when it was not loaded, or cannot be."""
        with self._lock:
            if name not in self._loaded:
                return False
            before = self._loaded.pop(name)
            hits, misses = self._hits, self._misses
            if self._extensions.is_available(name) and not self._extensions.reload_module(name):
                self._loaded[name] = before
                return False
            try:
                made = self.get_module(name)
            except Exception:
                made = None
            self._hits, self._misses = hits, misses
            if made is None:
                self._loaded[name] = before
                return False
            self._reloads[name] = self._reloads.get(name, 0) + 1
            return True

    def reload_all_modules(self) -> dict[str, bool]:
        return {name: self.reload_module(name) for name in list(self._loaded)}

    def refresh_all(self) -> dict[str, int]:
        self.invalidate_cache()
        results = self.reload_all_modules()
        return {"total": len(self.get_all_module_names()), "reloaded": sum(results.values()),
                "failed": sum(not done for done in results.values())}

    def enable_performance_mode(self) -> None:
        """Times are always counted."""

    def disable_performance_mode(self) -> None:
        """Times are always counted."""

    def get_performance_summary(self) -> dict[str, Any]:
        """Look-ups of known modules and times of scans and loads."""
        with self._lock:
            lookups = self._hits + self._misses
            times = list(self._times.values())
            scans = self._scans + list(self._extensions.scans)
            return {"cache_hit_rate": self._hits / lookups if lookups else 0.0, "cache_hits": self._hits,
                    "cache_misses": self._misses, "total_scans": len(scans),
                    "avg_scan_time_ms": 1000 * sum(scans) / len(scans) if scans else 0.0, "total_loads": len(times),
                    "avg_load_time_ms": 1000 * sum(times) / len(times) if times else 0.0,
                    "slowest_loads": sorted(self._times.items(), key=lambda item: -item[1])[:5],
                    "reload_counts": dict(self._reloads)}

    def get_memory_report(self) -> dict[str, Any]:
        """Memory that was allocated while modules were loaded."""
        with self._lock:
            bridges = sum(size for name, size in self._sizes.items() if self._kinds[name] == "python_bridge")
            sources = sum(size for name, size in self._sizes.items() if self._kinds[name] == "ml_source")
            return {"python_bridge_total_mb": bridges / _MB, "ml_source_total_mb": sources / _MB,
                    "total_mb": bridges / _MB + sources / _MB,
                    "modules": {name: size / _MB for name, size in self._sizes.items()}, "total_loaded": len(self._sizes),
                    "total_size_kb": (bridges + sources) / 1024, "total_size_mb": (bridges + sources) / _MB,
                    "module_list": [{"name": name, "size_bytes": size, "size_kb": size / 1024}
                                    for name, size in self._sizes.items()]}
