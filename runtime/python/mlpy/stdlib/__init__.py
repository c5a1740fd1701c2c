"""The standard library of ML: one Python module per library module, over Python's own library.

The catalogue (core/stdlib/modules/*.json) is the list of what is exported; a test compares the two.
"""

# Library modules that can be imported; `builtin` is always there.
NAMES = ("args", "collections", "console", "crypto", "csv", "datetime", "env", "file", "functional", "http", "json", "log",
         "math", "path", "random", "regex")


def load(name, loader=None):
    """The members of a library module, for ``_native.Module(name, members, library=True)``.

    ``loader`` is the running program (see ``host``). Functions about resources ask its policy when they are called; of the
    pure ones, those whose capability is withheld are replaced by ones that raise CapabilityError, so that a granted
    function carries no check at all.
    """
    from mlpy.stdlib import host

    return host.exported(name, loader)
