"""Patterns of grants (security.md 2.3): paths, network places, names of variables.

Part of the start-up of programs that use files, so without ``re``.
"""

import os

_WILD = "*?["
# A wildcard never covers these; only a pattern without wildcards does.
_SYSTEM_FOLDERS = ("/proc", "/sys", "/dev", "/run")
_HOME_FOLDERS = (".ssh", ".gnupg", ".config/mlpy", ".cache/mlpy", ".config/fish")
_SHELL_FILES = {".bashrc", ".bash_profile", ".bash_login", ".bash_logout", ".bash_aliases", ".profile", ".zshrc",
                ".zprofile", ".zshenv", ".zlogin", ".zlogout", ".cshrc", ".tcshrc", ".login", ".logout", ".kshrc",
                ".inputrc", ".envrc"}
_KEY_FILES = (".pem", ".key")
PORTS = {"http": 80, "https": 443}


def is_wild(text):
    return any(character in text for character in _WILD)


def matches(pattern, text):
    """Whether ``*``, ``?`` and ``[...]`` of a pattern without separators make it the text."""
    at = place = 0
    star = mark = -1
    while place < len(text):
        step = _step(pattern, at, text[place]) if at < len(pattern) and pattern[at] != "*" else 0
        if step:
            at, place = at + step, place + 1
        elif at < len(pattern) and pattern[at] == "*":
            star, mark = at, place
            at += 1
        elif star >= 0:
            mark += 1
            at, place = star + 1, mark
        else:
            return False
    return all(character == "*" for character in pattern[at:])


def _step(pattern, at, character):
    """Length of the pattern's piece at ``at`` when it matches one character, else 0."""
    if pattern[at] == "?":
        return 1
    if pattern[at] == "[":
        end = pattern.find("]", at + 2 + (pattern[at + 1:at + 2] in ("!", "^")))
        if end > 0:
            inside = pattern[at + 1:end]
            return end - at + 1 if _in_set(inside, character) else 0
    return 1 if pattern[at] == character else 0


def _in_set(inside, character):
    negated = inside[0] in "!^"
    inside = inside[1:] if negated else inside
    at = 0
    found = False
    while at < len(inside):
        if inside[at + 1:at + 2] == "-" and at + 2 < len(inside):
            found = found or inside[at] <= character <= inside[at + 2]
            at += 3
        else:
            found = found or inside[at] == character
            at += 1
    return found != negated


def parts_match(pattern, parts):
    """Whether the components of a pattern, ``**`` standing for any number of them, make these components."""
    reachable = {0}  # numbers of pattern components used up
    last = len(pattern)

    def closed(places):
        for place in sorted(places):
            while place < last and pattern[place] == "**":
                place += 1
                places = places | {place}
        return places

    reachable = closed(reachable)
    for part in parts:
        reachable = closed({place if pattern[place] == "**" else place + 1 for place in reachable if place < last
                            and (pattern[place] == "**" or part != "**" and matches(pattern[place], part))})
        if not reachable:
            return False
    return last in reachable


def split_path(path):
    return [part for part in path.split("/") if part]


class PathPattern:
    """Files below the real path of the part before the first wildcard."""

    def __init__(self, text, base):
        self.text = text
        if ".." in text.split("/"):
            raise ValueError("a path pattern may not contain '..'")
        folder = text.endswith("/")
        if text == "~" or text.startswith("~/"):
            text = os.path.expanduser("~") + text[1:]
        parts = split_path(os.path.join(base, text))
        wild = next((i for i, part in enumerate(parts) if is_wild(part)), len(parts))
        self.prefix = os.path.realpath("/" + "/".join(parts[:wild]))
        self.rest = [part for part in parts[wild:] if part != "."] + (["**"] if folder else [])
        self.parts = split_path(self.prefix) + self.rest

    @property
    def exact(self):
        return not self.rest

    @property
    def everything(self):
        return self.prefix == "/" and all(part in ("*", "**") for part in self.rest)

    def fits(self, path):
        """``path`` is a real path."""
        if not self.rest:
            return path == self.prefix
        fixed = split_path(self.prefix)
        parts = split_path(path)
        return parts[:len(fixed)] == fixed and parts_match(self.rest, parts[len(fixed):])

    def covers(self, path):
        """Like ``fits``, for a grant: what is guarded needs a pattern without wildcards."""
        return self.fits(path) and (not self.rest or not guarded(path))

    def includes(self, other):
        """Whether this pattern covers what another one does, as far as their texts tell."""
        fixed = split_path(self.prefix)
        return other.parts[:len(fixed)] == fixed and (
            parts_match(self.rest, other.parts[len(fixed):]) if self.rest else other.parts == fixed)


def guarded(path):
    """Whether only an exact pattern may cover this real path."""
    if any(path == folder or path.startswith(folder + "/") for folder in _SYSTEM_FOLDERS):
        return True
    name = path.rpartition("/")[2]
    if name.endswith(_KEY_FILES):
        return True
    home = os.path.expanduser("~")
    if name in _SHELL_FILES and os.path.dirname(path) == os.path.realpath(home):
        return True
    return any(path == folder or path.startswith(folder + "/") for folder in _own_folders(home))


_own = {}


def _own_folders(home):
    """Real paths of folders with keys, and of this tool's own."""
    key = home, os.environ.get("XDG_CACHE_HOME"), os.environ.get("XDG_CONFIG_HOME"), os.environ.get("MLPY_CACHE_DIR")
    known = _own.get(key)
    if known is None:
        folders = [os.path.join(home, folder) for folder in _HOME_FOLDERS]
        folders += [os.path.join(folder, "mlpy") for folder in key[1:3] if folder]
        folders += [key[3]] if key[3] else []
        known = _own[key] = [os.path.realpath(folder) for folder in folders]
    return known


class NamePattern:
    """Names of environment variables."""

    def __init__(self, text, base=""):
        self.text = text

    @property
    def everything(self):
        return not self.text.strip("*")

    @property
    def exact(self):
        return not is_wild(self.text)

    def covers(self, name):
        return matches(self.text, name)

    fits = covers

    def includes(self, other):
        return matches(self.text, other.text)


class Place:
    """Where a request goes: scheme, host, port and path, in their plain forms."""

    def __init__(self, scheme, host, port, path="/"):
        self.scheme, self.host, self.port, self.path = scheme, host, port, path

    def __str__(self):
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port == PORTS.get(self.scheme) else f":{self.port}") + self.path


class NetworkPattern:
    """``host``, ``*.host``, ``host:port``, ``scheme://host[:port]/path*``."""

    def __init__(self, text, base=""):
        self.text = text
        scheme, found, rest = text.partition("://")
        self.scheme = scheme.lower() if found else None
        rest = rest if found else text
        if "@" in rest or "?" in rest or "#" in rest:
            raise ValueError("a network pattern has no user, query or fragment")
        place, slash, path = rest.partition("/")
        self.path = slash + path if slash else None
        host, port = split_host(place)
        self.port = port
        self.host = plain_host(host)
        if not self.host:
            raise ValueError("a network pattern needs a host")

    @property
    def everything(self):
        return self.host == "*"

    @property
    def exact(self):
        return not is_wild(self.host)

    @property
    def names_address(self):
        """Whether this is about one host at one port, so that it may be a private address."""
        return self.exact and self.port is not None

    def covers(self, place):
        if self.scheme is not None and self.scheme != place.scheme:
            return False
        if self.port is not None:
            port_fits = self.port == place.port
        else:
            port_fits = place.port == PORTS.get(place.scheme)
        if not port_fits or self.path is not None and not matches(self.path, place.path):
            return False
        if self.host.startswith("*."):
            return place.host.endswith(self.host[1:]) and len(place.host) > len(self.host) - 1
        return self.host == "*" or matches(self.host, place.host)

    fits = covers

    def includes(self, other):
        if self.scheme not in (None, other.scheme) or self.port not in (None, other.port):
            return False
        if self.path is not None and (other.path is None or not matches(self.path, other.path)):
            return False
        return self.host in ("*", other.host) or self.host.startswith("*.") and other.host.endswith(self.host[1:])


def split_host(place):
    """Host and port (None when there is none) of ``host:port``."""
    if place.startswith("["):
        host, _, rest = place[1:].partition("]")
        port = rest[1:] if rest.startswith(":") else ""
    else:
        host, _, port = place.rpartition(":") if place.count(":") == 1 else (place, "", "")
    if not port:
        return host, None
    if not (port.isascii() and port.isdecimal() and 0 < int(port) < 65536):
        raise ValueError(f"bad port '{port}'")
    return host, int(port)


def plain_host(host):
    """Lower case, without a final dot, international names in their ASCII form."""
    host = host.rstrip(".").lower()
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            raise ValueError("bad host name") from None
    return host
