"""The process-wide registry of extension modules (stdlib-io.md 9.6). Programs cannot reach it."""

import sys
import threading
import time
from types import ModuleType

from mlpy.extensions import DECORATORS, BadExtension, get_module_metadata
from mlpy.runtime import discovery

_registry = None
_making = threading.Lock()


def get_registry():
    """The registry, made on first use."""
    global _registry
    with _making:
        if _registry is None:
            _registry = Registry()
        return _registry


class Registry:
    """Finds extension modules and loads them once."""

    def __init__(self):
        self.lock = threading.RLock()
        self.extension_paths, self.source_paths = [], []
        self.found, self.loaded, self.reloads, self.load_times = None, {}, {}, {}
        self.scans, self.warnings = [], []
        self.hits = self.misses = 0
        self.running = 0  # programs in a sandbox, which forbid reloading

    def add_extension_paths(self, paths):
        self._add(self.extension_paths, paths)

    def add_ml_module_paths(self, paths):
        self._add(self.source_paths, paths)

    def _add(self, known, paths):
        import os

        for path in paths:
            if not os.path.isdir(path):
                print(f"warning: extension folder {path}: no such folder", file=sys.stderr)
            elif path not in known:
                known.append(path)
        self.invalidate_cache()

    def invalidate_cache(self):
        """The next query looks at the folders again."""
        with self.lock:
            self.found = None

    def modules(self):
        """What was found, by name."""
        with self.lock:
            if self.found is None:
                started = time.perf_counter()
                self.found, self.warnings = discovery.scan(self.extension_paths)
                self.scans.append(time.perf_counter() - started)
            return self.found

    def is_available(self, name):
        return name in self.modules()

    def get_all_module_names(self):
        return sorted(self.modules())

    def get_all_modules(self, include_type=None):
        return [self.get_module_info(name) for name in self.get_all_module_names()
                if include_type in (None, "python_bridge")]

    def get_module(self, name):
        """The instance behind a module, loaded on first use; None when there is none or it cannot be loaded."""
        with self.lock:
            if name not in self.modules():
                return None
            if name in self.loaded:
                self.hits += 1
                return self.loaded[name]
            self.misses += 1
            try:
                return self.load(name)
            except Exception as error:
                print(f"mlpy: extension {name}: {type(error).__name__}: {error}", file=sys.stderr)
                return None

    def load(self, name):
        """Runs the file of a module and keeps its instance."""
        found = self.modules()[name]
        started = time.perf_counter()
        make_packages_importable(found.file.rpartition("/")[0])
        with open(found.file, "rb") as stream:
            source = stream.read()
        module = ModuleType("mlpy_extension_" + name)
        module.__file__ = found.file
        vars(module).update(DECORATORS)
        sys.modules[module.__name__] = module
        exec(compile(source, found.file, "exec", dont_inherit=True), vars(module))
        instance = getattr(module, name, None)
        declared = getattr(type(instance), "__ml_module__", None)
        if declared is None or declared.name != name:
            raise BadExtension(f"variable '{name}' is no instance of the module's class")
        self.loaded[name] = instance
        self.load_times[name] = time.perf_counter() - started
        return instance

    def get_module_info(self, name):
        found = self.modules().get(name)
        if found is None:
            return None
        declared = get_module_metadata(name) if name in self.loaded else None
        info = {"name": name, "type": "python_bridge", "file_path": found.file, "loaded": name in self.loaded,
                "reload_count": self.reloads.get(name, 0),
                "functions": sorted(declared["functions"]) if declared else list(found.functions)}
        if name in self.load_times:
            info["load_time_ms"] = self.load_times[name] * 1000
        return info

    def reload_module(self, name):
        """Reads a module from disk again. False when it is not loaded, cannot be loaded, or programs are running."""
        with self.lock:
            if self.running or name not in self.loaded:
                return False
            before = self.loaded.pop(name)
            self.found = None
            if self.get_module(name) is None:
                self.loaded[name] = before
                return False
            self.reloads[name] = self.reloads.get(name, 0) + 1
            return True

    def reload_all_modules(self):
        return {name: self.reload_module(name) for name in list(self.loaded)}

    def refresh_all(self):
        results = self.reload_all_modules()
        self.invalidate_cache()
        return {"total": len(self.modules()), "reloaded": sum(results.values()),
                "failed": sum(not done for done in results.values())}

    def enable_performance_mode(self):
        """Times are always counted."""

    def disable_performance_mode(self):
        """Times are always counted."""

    def get_performance_summary(self):
        total = self.hits + self.misses
        slowest = sorted(self.load_times.items(), key=lambda item: -item[1])[:5]
        times = list(self.load_times.values())
        return {"cache_hit_rate": self.hits / total if total else 0.0, "cache_hits": self.hits,
                "cache_misses": self.misses, "total_scans": len(self.scans),
                "avg_scan_time_ms": 1000 * sum(self.scans) / len(self.scans) if self.scans else 0.0,
                "total_loads": len(times), "avg_load_time_ms": 1000 * sum(times) / len(times) if times else 0.0,
                "slowest_loads": slowest, "reload_counts": dict(self.reloads)}

    def get_memory_report(self):
        sizes = {name: sys.getsizeof(instance) + sum(map(sys.getsizeof, getattr(instance, "__dict__", {}).values()))
                 for name, instance in self.loaded.items()}
        total = sum(sizes.values())
        return {"python_bridge_total_mb": total / 1048576, "ml_source_total_mb": 0.0, "total_mb": total / 1048576,
                "modules": {name: size / 1048576 for name, size in sizes.items()}, "total_loaded": len(sizes),
                "total_size_kb": total / 1024, "total_size_mb": total / 1048576,
                "module_list": [{"name": name, "size_bytes": size, "size_kb": size / 1024}
                                for name, size in sizes.items()]}


def make_packages_importable(folder):
    """The launcher runs without site packages; extensions may use them, and the modules beside them."""
    if sys.flags.no_site and "site" not in sys.modules:
        import site

        site.main()
    if folder not in sys.path:
        sys.path.append(folder)
