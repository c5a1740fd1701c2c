"""http: HTTP client (stdlib-io.md section 3). Requests are done by the broker (``runtime.network``)."""

from urllib.parse import parse_qs, quote, quote_plus, unquote

from mlpy import _native
from mlpy._native import MLError, Object, display
from mlpy.stdlib.check import number, string, type_error, value_error, wrong
from mlpy.stdlib.text_files import ENCODINGS

DEFAULT_TIMEOUT = 30
MAX_RESPONSE_SIZE = 10485760
MAX_TIMEOUT = 300
_FORBIDDEN = {"host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer"}
_TOKEN = set("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


class HttpResponse:
    __slots__ = ("_status", "_reason", "_headers", "_text")

    def __init__(self, status, reason, headers, text):
        self._status, self._reason, self._headers, self._text = status, reason, headers, text

    def status(self):
        return self._status

    def statusText(self):
        return self._reason

    def headers(self):
        return Object(self._headers)

    def body(self):
        return self._text

    def text(self):
        return self._text

    def json(self):
        from mlpy.stdlib.json import parse

        try:
            return parse(self._text)
        except MLError as error:
            kind, message = error.args[:2]
            raise MLError(kind, message.removeprefix("JSON parsing failed: ")) from None

    def ok(self):
        return 200 <= self._status <= 299


_native.register_class(HttpResponse, "HttpResponse", [name for name in vars(HttpResponse) if not name.startswith("_")],
                       lambda response: f"<HttpResponse {response._status}>")


VALUES = {"DEFAULT_TIMEOUT": DEFAULT_TIMEOUT, "MAX_RESPONSE_SIZE": MAX_RESPONSE_SIZE}


def exports(host):
    def get(url, headers=None, timeout=None):
        return send(host, "http.get", "GET", url, headers, timeout)

    def head(url, headers=None, timeout=None):
        return send(host, "http.head", "HEAD", url, headers, timeout)

    def delete(url, headers=None, timeout=None):
        return send(host, "http.delete", "DELETE", url, headers, timeout)

    def post(url, options=None):
        return with_options("http.post", "POST", url, options)

    def put(url, options=None):
        return with_options("http.put", "PUT", url, options)

    def patch(url, options=None):
        return with_options("http.patch", "PATCH", url, options)

    def request(options):
        if type(options) is not Object:
            raise wrong("http.request", "options", "an object", options)
        if options.get("url") is None:
            raise value_error("request needs url")
        method = options.get("method")
        method = "GET" if method is None else string("http.request", "method", method)
        if not method or not set(method) <= _TOKEN:
            raise value_error(f"invalid method {_native.quoted(method)}")
        return with_options("http.request", method, options["url"], options)

    def with_options(function, method, url, options):
        if options is None:
            options = Object()
        if type(options) is not Object:
            raise wrong(function, "options", "an object", options)
        return send(host, function, method, url, options.get("headers"), options.get("timeout"), options.get("body"))

    return get, head, delete, post, put, patch, request, encodeURI, decodeURI, encodeQuery, parseQuery


def send(host, function, method, url, headers, timeout, body=None):
    """One exchange through the broker."""
    string(function, "url", url)
    data, kind = body_of(body)
    fields = header_fields(function, headers)
    if kind and not any(name.lower() == "content-type" for name, _ in fields):
        fields.append(("Content-Type", kind))
    if not any(name.lower() == "user-agent" for name, _ in fields):
        fields.insert(0, ("User-Agent", "ML-HTTP-Client/1.0"))
    if type(timeout) is bool:
        raise wrong(function, "timeout", "a number", timeout)
    seconds = DEFAULT_TIMEOUT if timeout is None else number(function, "timeout", timeout)
    if not 0 < seconds <= MAX_TIMEOUT:
        raise value_error(f"timeout must be more than 0 and at most {MAX_TIMEOUT} seconds")
    answer = host.broker.exchange({"function": function, "method": method, "url": url, "headers": fields, "body": data,
                                   "timeout": seconds, "limit": MAX_RESPONSE_SIZE})
    if "error" in answer:
        raise MLError(*answer["error"])
    text = b"" if method == "HEAD" else answer["body"]
    received = {}
    for name, value in answer["headers"]:
        received.setdefault(name, value)
    return HttpResponse(answer["status"], answer["reason"], received, text_of(text, received))


def text_of(body, headers):
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    charset = "utf-8"
    for part in kind.split(";")[1:]:
        name, _, value = part.partition("=")
        if name.strip().lower() == "charset":
            charset = value.strip().strip('"').lower()
    return body.decode(charset if charset in ENCODINGS else "utf-8", "replace")


def body_of(body):
    """Bytes to send and their usual type."""
    if body is None:
        return None, None
    if type(body) is bytes:
        return body, None
    if type(body) is str:
        try:
            return body.encode(), "text/plain; charset=utf-8"
        except UnicodeEncodeError as error:
            raise value_error(str(error)) from None
    from mlpy.stdlib.json import stringify

    return stringify(body).encode(), "application/json"


def header_fields(function, headers):
    if headers is None:
        return []
    if type(headers) is not Object:
        raise wrong(function, "headers", "an object", headers)
    fields = []
    for key, value in headers.items():
        name, text = display(key), display(value)
        lower = name.lower()
        if lower in _FORBIDDEN or lower.startswith("proxy-"):
            raise value_error(f"header {_native.quoted(name)} cannot be set")
        if not name or not set(name) <= _TOKEN:
            raise value_error(f"Invalid header name {_native.quoted(name)}")
        if any(character in text for character in "\r\n\0"):
            raise value_error(f"Invalid header value {_native.quoted(text)}")
        try:
            text.encode("latin-1")
        except UnicodeEncodeError:
            raise value_error(f"Invalid header value {_native.quoted(text)}") from None
        fields.append((name, text))
    return fields


def encodeURI(text):
    return _quoted(quote, string("http.encodeURI", "text", text))


def decodeURI(text):
    return unquote(string("http.decodeURI", "text", text))


def encodeQuery(params):
    if type(params) is not Object:
        raise type_error("not a valid non-string sequence or mapping object")
    return "&".join([f"{_quoted(quote_plus, display(key))}={_quoted(quote_plus, display(value))}"
                     for key, value in params.items()])


def parseQuery(query):
    found = parse_qs(string("http.parseQuery", "query", query).removeprefix("?"))
    return Object({key: values[0] if len(values) == 1 else values for key, values in found.items()})


def _quoted(function, text):
    try:
        return function(text)
    except UnicodeEncodeError as error:
        raise value_error(str(error)) from None
