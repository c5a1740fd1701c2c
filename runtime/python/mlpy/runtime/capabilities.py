"""Capabilities (security.md section 2): their names, grants, and the policy of one running program.

A ``Policy`` never changes after it was made, but for the counts of uses. Library functions ask it before they act.
"""

import os
import time

from mlpy._native import MLError
from mlpy.runtime.patterns import NamePattern, NetworkPattern, PathPattern

PATH, URL, VARIABLE = "path", "url", "variable"
# name -> kind of resource (None: there is none); the pure ones are granted by default.
PURE = ("args.read", "collections.read", "collections.transform", "console.error", "console.write", "crypto.hash",
        "crypto.random", "datetime.create", "datetime.now", "functional.compose", "functional.transform", "json.parse",
        "json.serialize", "log.write", "math.compute", "random.generate", "random.sample", "regex.compile", "regex.match")
RESOURCES = {"env.read": VARIABLE, "env.write": VARIABLE, "file.read": PATH, "file.write": PATH, "file.append": PATH,
             "file.delete": PATH, "path.read": PATH, "path.write": PATH, "network.http": URL, "network.https": URL}
_NEVER = ("process", "system", "socket")
_PATTERNS = {PATH: PathPattern, URL: NetworkPattern, VARIABLE: NamePattern}
_ALLOWED = {"read": ("file.read", "path.read"), "write": ("file.write", "file.append", "path.write"),
            "network": ("network.http", "network.https")}
FOREVER = float("inf")


class BadGrant(ValueError):
    """A grant that is not understood; says why."""


def is_name(text):
    words = text.split(".")
    return len(words) > 1 and all(
        word and word[0].isalpha() and all(c.isascii() and (c.islower() or c.isdigit() or c == "_") for c in word)
        for word in words)


def parse(text, extra=()):
    """``(names, pattern or None)`` of ``name[:pattern]``. ``file.*`` gives every name of that module.

    ``extra``: names that extension modules use.
    """
    name, colon, pattern = text.partition(":")
    if colon and not pattern:
        raise BadGrant(f"bad capability '{text}': the pattern is empty")
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        raise BadGrant(f"bad capability {text!r}: control characters")
    known = (*PURE, *RESOURCES, *extra)
    if name.endswith(".*"):
        names = [other for other in known if other.startswith(name[:-1])]
        if not names:
            raise BadGrant(f"unknown capability '{name}'")
    else:
        names = [checked_name(name)]
    return names, pattern or None


def denied_by(text):
    """What ``!name[:pattern]`` or ``name:!pattern`` among grants denies; None of any other text."""
    name, colon, pattern = text.removeprefix("!").partition(":")
    if text.startswith("!") or pattern.startswith("!"):
        return name + colon + pattern.removeprefix("!")
    return None


def checked_name(name):
    if not is_name(name):
        raise BadGrant(f"bad capability '{name}': a name has the form module.word{_hint(name)}")
    module = name.partition(".")[0]
    if module in _NEVER:
        raise BadGrant(f"capability '{name}' does not exist and cannot be granted")
    from mlpy.stdlib import NAMES

    own = {*NAMES, *(other.partition(".")[0] for other in (*PURE, *RESOURCES))}
    if module in own and name not in PURE and name not in RESOURCES:
        raise BadGrant(f"unknown capability '{name}'{_hint(name)}")
    return name


def _hint(name):
    from difflib import get_close_matches

    near = get_close_matches(name.replace("_", ".").replace(":", "."), (*PURE, *RESOURCES), 1, 0.5)
    return f"; did you mean '{near[0]}'?" if near else ""


class Grant:
    """One granted name, with at most one pattern and limits on its use."""

    def __init__(self, name, pattern=None, base=None, max_uses=None, expires_in=None, max_bytes=None):
        self.name = name
        self.pattern = make_pattern(name, pattern, os.getcwd() if base is None else base)
        self.max_uses = max_uses
        self.max_bytes = max_bytes
        self.bytes = 0
        self.uses = 0
        self.expires_at = None if expires_in is None else time.time() + expires_in

    def limit(self, max_uses=None, expires_in=None, max_bytes=None):
        """Sets the limits that are no None."""
        self.max_uses = self.max_uses if max_uses is None else max_uses
        self.max_bytes = self.max_bytes if max_bytes is None else max_bytes
        self.expires_at = self.expires_at if expires_in is None else time.time() + expires_in

    def __str__(self):
        return self.name + (f":{self.pattern.text}" if self.pattern else "")

    def alive(self):
        return (self.max_uses is None or self.uses < self.max_uses) and (
            self.expires_at is None or time.time() < self.expires_at) and (
            self.max_bytes is None or self.bytes < self.max_bytes)

    def covers(self, resource):
        if self.pattern is not None:
            return self.pattern.covers(resource)
        if RESOURCES.get(self.name) == PATH and resource is not None:
            from mlpy.runtime.patterns import guarded

            return not guarded(resource)
        return True


def make_pattern(name, text, base):
    if text is None:
        return None
    kind = RESOURCES.get(name)
    if kind is None:
        if name in PURE:
            raise BadGrant(f"capability '{name}' takes no pattern")
        return NamePattern(text)
    try:
        return _PATTERNS[kind](text, base)
    except ValueError as error:
        raise BadGrant(f"bad pattern in '{name}:{text}': {error}") from None


def grants_of(texts, base=None, extra=()):
    """The grants of texts as people write them."""
    return [Grant(name, pattern, base) for text in texts for names, pattern in [parse(text, extra)] for name in names]


class Need:
    """What a program declared: a name and the patterns it needs (none: any resource)."""

    def __init__(self, name, texts, base=None):
        self.name = checked_name(name)
        self.grants = [Grant(name, text, base) for text in texts] or [Grant(name)]

    def covers(self, resource):
        return any(grant.pattern is None or resource is not None and grant.pattern.covers(resource)
                   for grant in self.grants)


def needs_of(declarations, base=None):
    """Needs of ``capability`` declarations: ``[(name, ((kind, action, target or None), ...)), ...]`` (security.md 2.4)."""
    needs = []
    for name, items in declarations:
        resources = [target for kind, _, target in items if kind == "resource"]
        if "." in name:
            needs.append(Need(name, resources, base) if RESOURCES.get(name) else Need(name, [], base))
        for kind, action, target in items:
            if kind != "allow":
                continue
            if action not in _ALLOWED:
                raise BadGrant(f"capability {name}: 'allow {action}' cannot be granted")
            needs += [Need(other, [target] if target is not None else resources, base) for other in _ALLOWED[action]]
    return needs


class Policy:
    """What one program may do.

    ``grants``: what was granted beside the pure names; ``deny``: grants that never hold; ``needs``: what the program
    declared, which narrows the grants (None: nothing declared); ``everything``: all is granted, but for ``deny``.
    ``within``: other policies, all of which must grant it as well.
    """

    def __init__(self, grants=(), deny=(), needs=None, defaults=True, everything=False, audit=None):
        self.grants = list(grants)
        self.deny = list(deny)
        self.needs = needs or None
        self.within = []
        self._outer = ()  # grants of `within` that covered the last question
        self.everything = everything
        if defaults:
            given = {grant.name for grant in self.grants}
            self.grants += [Grant(name, base="") for name in PURE if name not in given]
        self.used = {}  # (name, resource as shown) -> count
        self.refused = []  # (name, function, resource as shown)
        self.own_folder = None  # private folder of the run: every path capability covers it
        self.audit = audit
        if audit:
            for grant in self.grants:
                self._note({"event": "grant", "name": grant.name,
                            "pattern": grant.pattern.text if grant.pattern else None})

    def names(self):
        """Names that hold now for at least some resource."""
        if self.everything:
            found = {*PURE, *RESOURCES, *(grant.name for grant in self.grants)}
        else:
            found = {grant.name for grant in self.grants if grant.alive()}
        found = {name for name in found if not self._denied_whole(name) and self._declared(name, None, True)}
        return found.intersection(*[other.names() for other in self.within])

    def _denied_whole(self, name):
        return any(grant.name == name and grant.pattern is None for grant in self.deny)

    def _declared(self, name, resource, any_resource=False):
        if self.needs is None or name in PURE:
            return True
        return any(need.name == name and (any_resource or need.covers(resource)) for need in self.needs)

    def grant_for(self, name, resource=None, any_resource=False):
        """The live grant that covers a resource, True when everything is granted, or None."""
        if self.within:
            self._outer = [other.grant_for(name, resource, any_resource) for other in self.within]
            if None in self._outer:
                return None
        for grant in self.deny:
            if grant.name == name and (grant.pattern is None or resource is not None and grant.pattern.fits(resource)):
                return None
        if self.own_folder and RESOURCES.get(name) == PATH and resource and (
                resource == self.own_folder or resource.startswith(self.own_folder + "/")):
            return True
        if not self._declared(name, resource, any_resource or resource is None):
            return None
        for grant in self.grants:
            if grant.name == name and grant.alive() and (any_resource or resource is None or grant.covers(resource)):
                return grant
        return True if self.everything else None

    def holds(self, name, resource=None):
        return self.grant_for(name, resource) is not None

    def require(self, function, name, resource=None, shown=None):
        """The grant that allows this; raises CapabilityError. ``shown`` is the resource in the program's words."""
        grant = self.grant_for(name, resource)
        if grant is None:
            raise self.refusal(function, [name], shown)
        return grant

    def refusal(self, function, names, shown=None):
        """The error for names that are not granted, to be raised. ``shown``: resource in the program's words."""
        for name in names:
            self.refused.append((name, function, shown))
            self._note({"event": "refusal", "name": name, "function": function, "resource": shown})
        own = [str(grant) for grant in self.grants if grant.name in names]
        place = f" for {shown}" if shown is not None else ""
        flags = " ".join(f"--grant {name}" + (f":{shown}" if shown is not None and name in RESOURCES else "")
                         for name in names)
        advice = f"{function}{place}; add {flags}"
        if any(self.holds_denied(name) for name in names):
            advice += "; a --deny rule forbids it"
        if own:
            advice += f"; granted: {', '.join(own)}"
        return MLError("CapabilityError", f"Missing required capabilities: {names!r}\n{advice}")

    def holds_denied(self, name):
        return any(grant.name == name for grant in self.deny)

    def use(self, grant, name, shown=None, size=0):
        """Counts a use that succeeded. ``size``: bytes moved."""
        for each in (grant, *self._outer):
            if each is not None and each is not True:
                each.uses += 1
                each.bytes += size
        key = name, shown
        count = self.used[key] = self.used.get(key, 0) + 1
        self._note({"event": "use", "name": name, "resource": shown, "count": count})

    def names_address(self, place):
        """Whether a grant names this very host with its port, so that the address may be a private one."""
        return any(RESOURCES.get(grant.name) == URL and grant.alive() and grant.pattern is not None
                   and grant.pattern.names_address and grant.pattern.covers(place) for grant in self.grants)

    def reaches_folder(self, path):
        """Whether a path grant covers a folder, or something right below it."""
        inside = path.rstrip("/") + "/x"
        return any(self.grant_for(name, place) is not None
                   for name in RESOURCES if RESOURCES[name] == PATH for place in (path, inside))

    def _note(self, event):
        if self.audit:
            self.audit(event)

    def uses_of(self, name):
        return sum(grant.uses for grant in self.grants if grant.name == name)

    def info(self, name):
        """``(available, uses, patterns, max uses, expiry)`` of a name, or None when it was never granted."""
        own = [grant for grant in self.grants if grant.name == name]
        if not own and not (self.everything and (name in RESOURCES or name in PURE)):
            return None
        patterns = [grant.pattern.text for grant in own if grant.pattern]
        limits = [grant.max_uses for grant in own if grant.max_uses is not None]
        ends = [grant.expires_at for grant in own]
        end = None
        if ends and None not in ends:
            from datetime import datetime, timezone

            end = datetime.fromtimestamp(max(ends), timezone.utc).isoformat()
        uses = sum(count for (used, _), count in self.used.items() if used == name)
        return (name in self.names(), uses, patterns if patterns and len(patterns) == len(own) else None,
                sum(limits) if limits and len(limits) == len(own) else None, end)

    def unmet(self):
        """Declared needs that are not granted, as grants."""
        missing = []
        for need in self.needs or ():
            for wanted in need.grants:
                if not self._meets(wanted) and str(wanted) not in [str(other) for other in missing]:
                    missing.append(wanted)
        return missing

    def _meets(self, wanted):
        if any(grant.name == wanted.name and (grant.pattern is None or wanted.pattern and
                                              grant.pattern.includes(wanted.pattern)) for grant in self.deny):
            return False
        if self.everything or wanted.name in PURE:
            return True
        return any(grant.name == wanted.name and (grant.pattern is None or wanted.pattern is None or
                                                  grant.pattern.includes(wanted.pattern)) for grant in self.grants)


def open_audit(path):
    """A function that appends events to a JSON-lines file."""
    return audit_to(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600))


def audit_to(descriptor):
    """A function that writes events to a descriptor, one line of JSON each."""
    from datetime import datetime, timezone

    from mlpy._native import Object
    from mlpy.stdlib.json import stringify

    def note(event):
        stamp = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        os.write(descriptor, (stringify(Object(time=stamp, **event)) + "\n").encode())

    note.descriptor = descriptor
    return note


# Python programs import CapabilityContext from here, and its helpers from `.manager`; no program of ML needs them.
__path__ = [os.path.join(os.path.dirname(__file__), "capability_contexts")]


def __getattr__(name):
    if name == "CapabilityContext":
        from mlpy.engine.grants import CapabilityContext

        return CapabilityContext
    raise AttributeError(f"module 'mlpy.runtime.capabilities' has no attribute '{name}'")
