"""mlpy: the ML language on CPython.

The names below load what they need on first use; ``import mlpy`` alone costs next to nothing.
"""

__version__ = "0.1.0"

_PLACES = {
    "mlpy.ml.transpiler": ("MLTranspiler", "TranspileResult", "execute"),
    "mlpy.integration": ("AsyncMLExecutor",),
    "mlpy.engine.modules": ("MLExecutor", "transpile_and_import"),
    "mlpy.cli.repl": ("MLREPLSession",),
    "mlpy.engine.grants": ("CapabilityContext", "Grant"),
    "mlpy.runtime.profiler": ("MLProfiler",),
    "mlpy.ml.errors.exceptions": (
        "MLError", "MLSyntaxError", "MLRuntimeError", "MLTypeError", "MLImportError", "MLSecurityError",
        "SecurityViolationError", "CapabilityError", "SandboxTimeoutError", "SandboxMemoryError"),
}
_HOME = {name: module for module, names in _PLACES.items() for name in names}
__all__ = ["__version__", "debug", *_HOME]


def __getattr__(name: str) -> object:
    if name == "debug":
        from importlib import import_module

        return import_module("mlpy.debug")
    if name not in _HOME:
        raise AttributeError(f"module 'mlpy' has no attribute '{name}'")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(_HOME[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
