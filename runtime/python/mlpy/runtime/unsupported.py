"""What to say when this interpreter cannot load the extension of mlpy."""

import sys
from os import listdir
from os.path import dirname

EXIT_USAGE = 2


def explain():
    """Names the interpreters mlpy is built for on standard error, and ends the process."""
    built = sorted(
        ".".join((name.split("-")[1][0], name.split("-")[1][1:]))
        for name in listdir(dirname(dirname(__file__)))
        if name.startswith("_native.cpython-")
    )
    version = ".".join(map(str, sys.version_info[:2]))
    print(f"mlpy: {sys.executable} is Python {version}; this mlpy is built for {' and '.join(built) or 'none'}\n"
          "hint: choose another with --python or MLPY_PYTHON", file=sys.stderr)
    raise SystemExit(EXIT_USAGE)
