"""Runs programs under the profiler in a process of their own, for the tests."""

import os
import subprocess
import sys

PRELUDE = '''
import sys, os
sys.path.insert(0, {native!r})
import _native
def profile(source, path, options=None, namespace=None):
    code = _native.profile_module(compile(source, "program.ml", "exec"), "program.ml", True)
    why = _native.profile_start(path, {{"memory": "off", **(options or {{}})}})
    assert why is None, why
    try:
        exec(code, namespace if namespace is not None else {{"__name__": "__main__"}})
    finally:
        sys.totals = _native.profile_stop()
'''


def child(native, script, *, check=True, env=None, timeout=600):
    """Runs `script`, which may call `profile(source, path, options=None, namespace=None)`, in a new interpreter; `timeout` only ends what hangs."""
    done = subprocess.run([sys.executable, "-c", PRELUDE.format(native=native) + script], capture_output=True, text=True,
                          env={**os.environ, **(env or {})}, timeout=timeout)
    if check and done.returncode != 0:
        raise AssertionError(f"exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def run(native, source, path, options=None):
    """Profiles `source` into `path`; returns what it printed."""
    return child(native, f"profile({source!r}, {path!r}, {options!r})").stdout


def main(tests):
    """Runs the tests named on the command line, or all, each with the extension's folder and a capture path."""
    import tempfile
    native = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        for test in tests:
            if len(sys.argv) > 2 and test.__name__ not in sys.argv[2:]:
                continue
            test(native, os.path.join(folder, test.__name__))
            print("ok", test.__name__, flush=True)
