"""console: levelled output (stdlib-core.md section 5)."""

import sys

from mlpy._native import display

EXPORTS = ("log", "info", "debug", "warn", "error")


def _write(stream, values):
    stream.write(" ".join([display(value) for value in values]) + "\n")


def _write_error(values):
    sys.stdout.flush()
    _write(sys.stderr, values)
    sys.stderr.flush()


def log(*args):
    _write(sys.stdout, args)


def info(*args):
    _write(sys.stdout, ("INFO:", *args))


def debug(*args):
    _write(sys.stdout, ("DEBUG:", *args))


def warn(*args):
    _write_error(("WARNING:", *args))


def error(*args):
    _write_error(args)
