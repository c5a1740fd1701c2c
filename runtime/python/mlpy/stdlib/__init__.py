"""The standard library of ML: one Python module per library module, over Python's own library.

The catalogue (core/stdlib/modules/*.json) is the list of what is exported; a test compares the two.
"""

# Library modules that can be imported; `builtin` is always there.
NAMES = ("collections", "console", "datetime", "functional", "json", "math", "random", "regex")


def load(name, loader=None):
    """The members of a library module, for ``_native.Module(name, members, library=True)``.

    ``loader`` is the running program (see ``host``): functions whose capability it withholds are replaced by ones that
    raise CapabilityError, so a granted function carries no check at all.
    """
    from mlpy.stdlib import host

    return host.exported(name, loader)
