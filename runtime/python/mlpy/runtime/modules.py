"""Modules of a running program: user modules run once, library modules are made on first import."""

from mlpy import _native
from mlpy.stdlib import builtin


class Loader:
    """Gives the modules of one program their dictionaries and runs them.

    ``program`` is what ``launch.compile_bundle`` returns; ``arguments`` are the program's own, ``script`` is its file as
    it was named. ``options`` is the text of ``policy.read_options``, or ``policy`` a policy made elsewhere.
    """

    def __init__(self, program, arguments, script="", options="", policy=None):
        self.program = program
        self.arguments = arguments
        self.script = script
        self.options = options
        self.restricted = bool(options) or policy is not None
        self._policy = policy
        self._services = None
        self._extensions = None
        self._bridge = None
        self.sandbox = None  # runtime.confinement.Sandbox
        self.profile = None  # runtime.profiling.Session
        self.loaded = {}  # index of a user module or name of a library module -> (Module, twin)
        self.namespaces = {}  # (importing module, dotted prefix) -> Module
        self.host = _native.builtins()
        builtin.install(self.host, self)

    @property
    def policy(self):
        """What the program may do; made when somebody first asks."""
        if self._policy is None:
            from mlpy.runtime import policy

            audit = self.sandbox.audit if self.sandbox else None
            self._policy = policy.make(policy.read_options(self.options), self.declarations(), audit=audit)
        return self._policy

    @property
    def services(self):
        if self._services is None:
            from mlpy.runtime.services import Services

            self._services = Services(self.policy, self.arguments, self.script)
            if self.options:
                from mlpy.runtime import policy

                self._services.files.deny_multilink = bool(policy.read_options(self.options).get("deny_multilink"))
            if self.sandbox:
                self.sandbox.equip(self._services)
        return self._services

    def declarations(self):
        """The ``capability`` declarations of all modules."""
        return [declaration for module in self.program for declaration in module[5]]

    def refuses_start(self):
        """The exit code when the program may not start, after saying why; else 0."""
        if not self.options and not self.declarations():
            return 0
        from mlpy.runtime import policy

        return policy.refuse_start(self)

    def close(self):
        """Removes what the run leaves behind."""
        if self._services is not None:
            self._services.close()

    def run_main(self):
        """Runs the main program. Its errors pass through."""
        self.run(0, "__main__")

    def run(self, index, name):
        dotted, _, _, code, imports = self.program[index][:5]
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

    def library_names(self):
        """Every library and extension module that the modules of the program import."""
        return {name for module in self.program for name, index in module[4] if index < 0}

    def load_library(self, name):
        """Loads a library or extension module before the program imports it."""
        self.load(name, {name: -1})

    def extension_folders(self):
        return list(self.extensions.extension_paths) if self.extensions else []

    def library(self, name):
        from mlpy.stdlib import NAMES, load

        members = load(name, self) if name in NAMES else self.extension(name)
        if self.profile:
            self.profile.count(name, members)
        module = _native.Module(name, members, library=True)
        return module, module.twin

    @property
    def extensions(self):
        """The registry of the extension folders of this run, or None when there are none."""
        if self._extensions is None and self.options:
            from mlpy.runtime import policy

            folders = policy.read_options(self.options).get("extensions")
            if folders:
                from mlpy.runtime.registry import get_registry

                self._extensions = get_registry()
                self._extensions.add_extension_paths(folders)
        return self._extensions

    def extension(self, name):
        """The members of an extension module."""
        registry = self.extensions
        instance = registry.get_module(name) if registry else None
        if instance is None:
            raise _native.MLError("ImportError", f"cannot import module '{name}'")
        if self._bridge is None:
            from mlpy.runtime.bridge import Bridge

            if self.profile:
                self.profile.count_conversions(Bridge)
            self._bridge = Bridge(self.services)
        return self._bridge.members(instance)

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
