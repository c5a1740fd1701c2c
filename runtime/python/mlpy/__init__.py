"""mlpy: the ML language on CPython."""

__version__ = "0.1.0"
