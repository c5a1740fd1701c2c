"""Modules of a running program: user modules run once, library modules are made on first import."""

from mlpy import _native
from mlpy.stdlib import builtin


class Loader:
    """Gives the modules of one program their dictionaries and runs them.

    ``program`` is what ``launch.compile_bundle`` returns; ``arguments`` are the program's own.
    """

    def __init__(self, program, arguments):
        self.program = program
        self.arguments = arguments
        self.loaded = {}  # index of a user module or name of a library module -> (Module, twin)
        self.namespaces = {}  # (importing module, dotted prefix) -> Module
        self.host = _native.builtins()
        builtin.install(self.host, self)

    def run_main(self):
        """Runs the main program. Its errors pass through."""
        self.run(0, "__main__")

    def run(self, index, name):
        dotted, _, _, code, imports = self.program[index]
        found = dict(imports)
        variables = {"__builtins__": self.builtins_for(index, found), "__name__": name}
        module = _native.Module(dotted or name, variables)
        self.loaded[index] = module, module.twin
        exec(code, variables)
        return self.loaded[index]

    def builtins_for(self, index, found):
        """The built-ins table of one module: shared names, and an import function that knows where it stands."""
        table = dict(self.host)
        table["__import"] = lambda dotted: self.load(dotted, found)
        table["__namespace"] = lambda root, dotted: self.namespace(index, root, dotted, found)
        return table

    def load(self, dotted, found):
        index = found[dotted]
        key = dotted if index < 0 else index
        known = self.loaded.get(key)
        if known is None:
            known = self.loaded[key] = self.library(dotted) if index < 0 else self.run(index, dotted)
        return known

    def library(self, name):
        from mlpy.stdlib import load

        module = _native.Module(name, load(name, self), library=True)
        return module, module.twin

    def namespace(self, importer, root, dotted, found):
        """The object bound by ``import a.b.c``: ``a``, with ``b`` in it, and ``c`` in that."""
        module, _ = self.load(dotted, found)
        parts = dotted.split(".")
        top = None
        holder = None
        for depth in range(1, len(parts)):
            key = importer, ".".join(parts[:depth])
            space = self.namespaces.get(key)
            if space is None:
                members = {}
                prefix = ".".join(parts[:depth])
                if prefix in found:  # `import a;` beside `import a.b;`: the namespace shows both
                    members = dict(_native.module_members(self.load(prefix, found)[0]))
                space = self.namespaces[key] = _native.Module(prefix, members)
            if holder is not None:
                _native.module_members(holder)[parts[depth - 1]] = space
            top = top or space
            holder = space
        if holder is None:
            return module
        _native.module_members(holder)[parts[-1]] = module
        return top
