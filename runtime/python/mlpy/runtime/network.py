"""HTTP for programs (stdlib-io.md section 3, security.md 5.4).

The ``Broker`` takes a request as plain data and gives the answer as plain data, so that it can live in another process
than the program. It checks every hop against the policy itself, resolves the name once, refuses addresses that are
not public unless a grant names them, and connects to the address it checked.
"""

import http.client
import ipaddress
import socket
import time
import zlib
from io import BufferedReader, RawIOBase
from urllib.parse import quote, urljoin, urlsplit

from mlpy._native import MLError
from mlpy.runtime.patterns import PORTS, Place, plain_host

MAX_REDIRECTS = 5
_CHUNK = 65536


class _Failed(Exception):
    """Kind and message of an error for the program."""


def place_of(url):
    """``(place, target of the request line)`` of a URL; ValueError with the words for the program."""
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme, parts.hostname, parts.port
    except ValueError:
        raise ValueError(f"Invalid URL: {url}") from None
    if not scheme or not host or parts.username is not None or parts.password is not None or any(
            ord(character) <= 32 or ord(character) == 127 for character in url):
        raise ValueError(f"Invalid URL: {url}")
    if scheme not in PORTS:
        raise ValueError(f"unsupported scheme: {scheme}")
    try:
        host = plain_host(host)
    except ValueError:
        raise ValueError(f"Invalid URL: {url}") from None
    path = without_dots(quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._"))
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~-._?[]")
    return Place(scheme, host, port or PORTS[scheme], path), path + ("?" + query if query else "")


def without_dots(path):
    """Dot segments removed, also those written with escapes."""
    kept = []
    names = path.split("/")[1:]
    for index, name in enumerate(names):
        plain = name.replace("%2e", ".").replace("%2E", ".")
        if plain in (".", ".."):
            if plain == "..":
                del kept[-1:]
            if index == len(names) - 1:
                kept.append("")
        else:
            kept.append(name)
    return "/" + "/".join(kept)


class Broker:
    """Does the requests of one program. ``most_requests`` and ``most_bytes`` limit them all together (None: no limit)."""

    def __init__(self, policy):
        self.policy = policy
        self.most_requests = None
        self.most_bytes = None
        self.requests = 0
        self.bytes = 0

    def exchange(self, request):
        """``{function, method, url, headers: [(name, value)], body: bytes or None, timeout: seconds, limit: bytes}``
        to ``{status, reason, headers, body, url}``, or ``{"error": (kind, message)}``."""
        try:
            return self._follow(request)
        except _Failed as error:
            return {"error": error.args}
        except MLError as error:
            return {"error": error.args[:2]}
        except ValueError as error:
            return {"error": ("ValueError", str(error))}
        except TimeoutError:
            return {"error": ("NetworkError", "Network error: timed out")}
        except OSError as error:
            return {"error": ("NetworkError", f"Network error: {_reason(error)}")}
        except http.client.HTTPException as error:
            return {"error": ("RequestError", f"Request failed: {error or type(error).__name__}")}

    def _follow(self, request):
        deadline = time.monotonic() + request["timeout"]
        method, url, body, headers = request["method"], request["url"], request["body"], list(request["headers"])
        for _ in range(MAX_REDIRECTS + 1):
            place, target = place_of(url)
            grant, name = self._grant(request["function"], place, url)
            answer = self._one(place, grant, method, target, headers, body, deadline, request)
            self.policy.use(None if grant is True else grant, name, _host_and_port(place),
                            len(answer["body"]))
            location = dict((key.lower(), value) for key, value in reversed(answer["headers"])).get("location")
            if answer["status"] not in (301, 302, 303, 307, 308) or not location:
                return answer
            before, url = place, urljoin(url, location)
            place, _ = place_of(url)
            if before.scheme == "https" and place.scheme == "http":
                raise _Failed("RequestError", "Request failed: redirect from https to http refused")
            if (before.host, before.port, before.scheme) != (place.host, place.port, place.scheme):
                headers = [field for field in headers if field[0].lower() not in ("authorization", "cookie")]
            if answer["status"] in (301, 302) and method == "POST" or answer["status"] == 303 and method != "HEAD":
                method, body = "GET", None
                headers = [field for field in headers if field[0].lower() != "content-type"]
        raise _Failed("RequestError", f"Request failed: more than {MAX_REDIRECTS} redirects")

    def _grant(self, function, place, url):
        """The grant for a place and its name; `https` is also covered by a grant of network.http."""
        names = ["network.http"] if place.scheme == "http" else ["network.https", "network.http"]
        for name in names:
            grant = self.policy.grant_for(name, place)
            if grant is not None:
                return grant, name
        raise self.policy.refusal(function, names[:1], _host_and_port(place))

    def _one(self, place, grant, method, target, headers, body, deadline, request):
        self.requests += 1
        if self.most_requests is not None and self.requests > self.most_requests:
            raise _Failed("LimitError", f"more than {self.most_requests} HTTP requests")
        address = self._address(place, grant, request["function"])
        connection = _Connection(place, address, deadline)
        try:
            connection.putrequest(method, target, skip_accept_encoding=True)
            connection.putheader("Accept-Encoding", "identity")
            for name, value in headers:
                connection.putheader(name, value)
            if body is not None or method in ("POST", "PUT", "PATCH"):
                connection.putheader("Content-Length", str(len(body or b"")))
            connection.putheader("Connection", "close")
            connection.endheaders(body)
            response = connection.getresponse()
            return {"status": response.status, "reason": response.reason, "headers": response.getheaders(),
                    "body": self._body(response, request["limit"]), "url": str(place)}
        finally:
            connection.hang_up()

    def _body(self, response, limit):
        if self.most_bytes is not None:
            limit = min(limit, self.most_bytes - self.bytes)
        coding = (response.getheader("Content-Encoding") or "").strip().lower()
        unpack = zlib.decompressobj(47) if coding in ("gzip", "x-gzip", "deflate") else None
        parts, size = [], 0
        while chunk := response.read1(_CHUNK):
            while chunk:
                if unpack:
                    try:
                        piece = unpack.decompress(chunk, _CHUNK)
                    except zlib.error as error:
                        raise _Failed("RequestError", f"Request failed: {error}") from None
                    chunk = unpack.unconsumed_tail
                else:
                    piece, chunk = chunk, b""
                size += len(piece)
                if size > limit:
                    raise _Failed("LimitError", f"response larger than {limit} bytes")
                parts.append(piece)
        self.bytes += size
        if response.length:
            raise _Failed("RequestError", f"Request failed: the response ended {response.length} bytes too early")
        return b"".join(parts)

    def _address(self, place, grant, function):
        """Family and socket address that may be connected to."""
        try:
            found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            raise _Failed("NetworkError", f"Network error: {_reason(error)}") from None
        except UnicodeError:
            raise _Failed("NetworkError", "Network error: bad host name") from None
        trusted = grant is True or self.policy.names_address(place)
        for family, _, _, _, address in found:
            if trusted or is_public(address[0]):
                return family, address
        raise self.policy.refusal(function, [f"network.{place.scheme}"], _host_and_port(place))


def _host_and_port(place):
    """As a grant for exactly this would name it."""
    return f"[{place.host}]:{place.port}" if ":" in place.host else f"{place.host}:{place.port}"


def is_public(text):
    address = ipaddress.ip_address(text.partition("%")[0])
    inner = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
    if inner is not None:
        address = inner
    return address.is_global and not address.is_multicast


def _reason(error):
    if type(error).__name__ == "SSLCertVerificationError":
        return f"certificate verify failed: {error.verify_message}"
    return f"[Errno {error.errno}] {error.strerror}" if error.errno is not None and error.strerror else str(error)


class _Timed(RawIOBase):
    """Reads of a socket that all end at one time."""

    def __init__(self, sock, deadline):
        self.socket, self.deadline = sock, deadline

    def readable(self):
        return True

    def readinto(self, buffer):
        self.socket.settimeout(remaining(self.deadline))
        return self.socket.recv_into(buffer)


def remaining(deadline):
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    return left


class _Socket:
    """What http.client needs of a socket."""

    def __init__(self, sock, deadline):
        self.socket, self.deadline = sock, deadline

    def sendall(self, data):
        view = memoryview(data)
        while view:
            self.socket.settimeout(remaining(self.deadline))
            view = view[self.socket.send(view):]

    def makefile(self, mode):
        return BufferedReader(_Timed(self.socket, self.deadline))

    def close(self):
        """The connection does this while the answer is still being read; ``_Connection.hang_up`` closes."""


class _Connection(http.client.HTTPConnection):
    """A connection to an address that was checked before."""

    def __init__(self, place, address, deadline):
        super().__init__(place.host, place.port)
        self.default_port = PORTS[place.scheme]
        self.place, self.address, self.deadline = place, address, deadline
        self.connected = None  # the socket itself

    def connect(self):
        family, address = self.address
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.settimeout(remaining(self.deadline))
            sock.connect(address)
            if self.place.scheme == "https":
                import ssl

                sock.settimeout(remaining(self.deadline))
                sock = ssl.create_default_context().wrap_socket(sock, server_hostname=self.place.host)
        except BaseException:
            sock.close()
            raise
        self.sock = _Socket(sock, self.deadline)
        self.connected = sock

    def hang_up(self):
        self.close()
        if self.connected is not None:
            self.connected.close()
