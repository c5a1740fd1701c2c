"""console: levelled output (stdlib-core.md section 5)."""

import sys

from mlpy._native import display

EXPORTS = ("log", "info", "debug", "warn", "error")


annotate = None  # a debugger's function: the text as it is to be written


def _write(stream, values):
    text = " ".join([display(value) for value in values]) + "\n"
    stream.write(annotate(text) if annotate else text)


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
