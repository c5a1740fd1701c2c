"""CPython's own tests of what moves frames around, under the sampler at 20 kHz. Part of ./dev check.

Usage: soak.py DIRECTORY_OF_NATIVE [MODE]; a test that this Python does not have is told as absent. Fails when it has none of them.
"""

import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(__file__))
from driver import child

MODULES = ("test_generators", "test_exceptions", "test_coroutines", "test_json", "test_re", "test_threading", "test_functools",
           "test_descr")


def main():
    native, mode = sys.argv[1], (sys.argv[2:] or ["auto"])[0]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "soak")
        ran = 0
        for name in MODULES:
            body = f"""
import importlib.util, unittest, io
if importlib.util.find_spec("test") is None or importlib.util.find_spec("test.{name}") is None:
    print("absent"); raise SystemExit
import test.{name} as module
def suite():
    run = unittest.TextTestRunner(stream=io.StringIO(), verbosity=0).run(unittest.defaultTestLoader.loadTestsFromModule(module))
    return sorted(str(t) for t, _ in run.failures + run.errors)
"""
            plain = child(native, body + "print(suite())", timeout=300)
            begin = f"why = _native.profile_start({path!r}, {{'memory': 'off', 'interval_ns': 50000, 'mode': {mode!r}}})\n"
            done = child(native, body + begin + "print(suite())\nt = _native.profile_stop()\n"
                         "print(t['ticks'], t['waits'], t['faults'], t['lost'], file=sys.stderr)", timeout=300)
            failed = [out.stdout.strip().rpartition("\n")[2] for out in (plain, done)]  # before it is what the tests print
            assert failed[0] == failed[1], (name, *failed)
            absent = plain.stdout.strip() == "absent"
            ran += not absent
            print(name, mode, "absent" if absent else "ok " + done.stderr.strip().split("\n")[-1], flush=True)
    if ran == 0:
        sys.exit(f"{sys.executable} has none of CPython's own tests (Debian: apt-get install libpython3-testsuite)")


main()
