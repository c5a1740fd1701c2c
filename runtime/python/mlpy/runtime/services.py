"""What the I/O modules of one running program share: its policy, files, variables, arguments and broker."""

import os

from mlpy.runtime.files import Files


class Services:
    """``arguments`` are the program's own, ``script`` is its file as it was named to start it."""

    def __init__(self, policy, arguments=(), script=""):
        self.policy = policy
        self.files = Files(policy)
        self.arguments = list(arguments)
        self.script = script
        self.loggers = {}
        self._variables = None
        self._broker = None
        self._temporary = None
        self.private_folder = None  # made and removed by the command

    def need(self, function, name, resource=None, shown=None):
        """Requires a capability and counts its use."""
        grant = self.policy.require(function, name, resource, shown)
        self.policy.use(grant, name, shown)

    @property
    def variables(self):
        """The program's own environment variables. Changing them changes nothing else."""
        if self._variables is None:
            self._variables = dict(os.environ)
        return self._variables

    @property
    def broker(self):
        """Does the program's HTTP requests."""
        if self._broker is None:
            from mlpy.runtime.network import Broker

            self._broker = Broker(self.policy)
        return self._broker

    def use_broker(self, broker):
        """Requests are done by another one than that of this process."""
        self._broker = broker

    def home(self):
        if self.policy.holds("env.read", "HOME"):
            return os.path.expanduser("~")
        return self.temporary_folder()

    def temporary_folder(self):
        """The private folder of this run, made on first use; it needs no grant."""
        if self.private_folder:
            self.policy.own_folder = self.files.own_folder = self.private_folder
            return self.private_folder
        if self._temporary is None:
            base = os.path.realpath(os.environ.get("TMPDIR") or "/tmp")
            while True:
                folder = f"{base}/mlpy-run-{os.urandom(6).hex()}"
                try:
                    os.mkdir(folder, 0o700)
                    break
                except FileExistsError:
                    continue
            self._temporary = self.policy.own_folder = folder
        return self._temporary

    def close(self):
        """Removes what the run leaves behind."""
        if self._temporary is not None:
            from shutil import rmtree

            rmtree(self._temporary, ignore_errors=True)
            self._temporary = None


def resource_of(services, name, shown):
    """What a policy is asked about for a resource in a program's words, or None when the name has no resources."""
    from mlpy.runtime.capabilities import PATH, RESOURCES, URL

    kind = RESOURCES.get(name)
    if kind == PATH:
        return services.files.real_path("hasCapability", shown)
    if kind == URL:
        from mlpy.runtime.network import place_of

        scheme = "https" if name == "network.https" else "http"
        return place_of(shown if "://" in shown else f"{scheme}://{shown}")[0]
    return shown if kind else None
