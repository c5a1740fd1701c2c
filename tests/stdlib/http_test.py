"""http against a real server on this machine (stdlib-io.md section 3)."""

import gzip
import http.server
import threading
import time
import unittest

from support import Library, Loader, failure, method, obj


class Answers(http.server.BaseHTTPRequestHandler):
    """Paths tell what to answer."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        size = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(size)
        self.server.seen.append((self.command, self.path, dict(self.headers), body))
        path = self.path.partition("?")[0]
        if path.startswith("/redirect/"):
            left = int(path.rpartition("/")[2])
            return self.send(302, b"", Location=f"/redirect/{left - 1}" if left else "/echo")
        if path.startswith("/to/"):
            code, _, target = path[4:].partition("/")
            return self.send(int(code), b"", Location=target.replace("!", "/"))
        if path.startswith("/status/"):
            return self.send(int(path.rpartition("/")[2]), b"text")
        if path == "/latin":
            return self.send(200, b"\xe9", **{"Content-Type": "text/plain; charset=ISO-8859-1"})
        if path == "/bad":
            return self.send(200, b"a\xff")
        if path == "/zip":
            return self.send(200, gzip.compress(b"z" * 1000), **{"Content-Encoding": "gzip"})
        if path == "/bomb":
            return self.send(200, gzip.compress(b"z" * (11 << 20)), **{"Content-Encoding": "gzip"})
        if path == "/big":
            return self.send(404, b"z" * (10485760 + 1))
        if path == "/slow":
            self.send_response(200)
            self.end_headers()
            for _ in range(50):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.1)
            return None
        if path == "/short":
            self.send_response(200)
            self.send_header("Content-Length", "10")
            self.end_headers()
            self.wfile.write(b"x")
            self.close_connection = True
            return None
        if path == "/garbage":
            self.wfile.write(b"nonsense\r\n\r\n")
            self.close_connection = True
            return None
        return self.send(200, body or b'{"a": 1}', Twice="1", twice="2")

    def send(self, code, body, **headers):
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            try:
                self.wfile.write(body)
            except OSError:
                pass

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_get = answer

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass


class HttpTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.servers = [Server(("127.0.0.1", 0), Answers) for _ in range(2)]
        for server in cls.servers:
            server.seen = []
            threading.Thread(target=server.serve_forever, daemon=True).start()

    @classmethod
    def tearDownClass(cls):
        for server in cls.servers:
            server.shutdown()
            server.server_close()

    def setUp(self):
        self.server, self.other = self.servers
        self.server.seen.clear()
        self.other.seen.clear()
        self.base = f"http://127.0.0.1:{self.server.server_port}"
        self.elsewhere = f"http://127.0.0.1:{self.other.server_port}"
        self.loader = Loader([f"network.http:127.0.0.1:{self.server.server_port}"])
        self.http = Library("http", self.loader)

    def test_response(self):
        r = self.http.get(self.base + "/x?q=1#f", obj(Accept="a/b"), 5)
        self.assertEqual([method(r, name) for name in ("status", "statusText", "body", "text", "ok")],
                         [200, "OK", '{"a": 1}', '{"a": 1}', True])
        self.assertEqual(method(r, "json"), {"a": 1})
        headers = method(r, "headers")
        self.assertEqual([headers["Twice"], headers["Content-Length"]], ["1", "8"])
        command, path, sent, _ = self.server.seen[0]
        self.assertEqual([command, path, sent["Accept"], sent["User-Agent"]], ["GET", "/x?q=1", "a/b", "ML-HTTP-Client/1.0"])
        self.assertEqual(sent["Host"], f"127.0.0.1:{self.server.server_port}")
        r = self.http.get(self.base + "/status/404")
        self.assertEqual([method(r, "status"), method(r, "ok"), method(r, "body")], [404, False, "text"])
        self.assertEqual(failure(method, r, "json"), "ValueError: Expecting value: line 1 column 1 (char 0)")
        self.assertEqual(method(self.http.head(self.base + "/x"), "body"), "")

    def test_bodies(self):
        for body, sent, kind in (("\u00e9", "\u00e9".encode(), "text/plain; charset=utf-8"), (b"\0\xff", b"\0\xff", None),
                                 (obj(a=[1, None]), b'{"a": [1, null]}', "application/json"), (None, b"", None)):
            for verb in ("post", "put", "patch"):
                self.server.seen.clear()
                self.http.members[verb](self.base + "/echo", obj(body=body, headers=obj(**{"user-agent": "me"})))
                command, _, headers, got = self.server.seen[0]
                self.assertEqual([command, got, headers.get("Content-Type"), headers["Content-Length"], headers["user-agent"]],
                                 [verb.upper(), sent, kind, str(len(sent)), "me"])
                self.assertNotIn("User-Agent", headers)
        self.http.request(obj(url=self.base + "/x", method="get"))
        self.assertEqual(self.server.seen[-1][0], "get")

    def test_texts(self):
        self.assertEqual(method(self.http.get(self.base + "/latin"), "text"), "\u00e9")
        self.assertEqual(method(self.http.get(self.base + "/bad"), "text"), "a\ufffd")
        self.assertEqual(method(self.http.get(self.base + "/zip"), "text"), "z" * 1000)

    def test_limits(self):
        for path in ("/big", "/bomb"):
            self.assertEqual(failure(self.http.get, self.base + path), "LimitError: response larger than 10485760 bytes")
        started = time.monotonic()
        self.assertEqual(failure(self.http.get, self.base + "/slow", None, 0.5), "NetworkError: Network error: timed out")
        self.assertLess(time.monotonic() - started, 4)  # the answer takes 5 s
        for timeout in (0, -1, 301):
            self.assertEqual(failure(self.http.get, self.base, None, timeout),
                             "ValueError: timeout must be more than 0 and at most 300 seconds")
        self.loader.services.broker.most_requests = self.loader.services.broker.requests
        self.assertEqual(failure(self.http.get, self.base)[:22], "LimitError: more than ")

    def test_errors(self):
        for url in ("nope", "http://", "/x", "http:///x", "http://u:p@h/", "http://h:99999/", "http://h/a b", "http://[::1"):
            self.assertEqual(failure(self.http.get, url), f"ValueError: Invalid URL: {url}")
        for url in ("file://localhost/etc/hostname", "ftp://h/x"):
            self.assertRegex(failure(self.http.get, url), "^ValueError: unsupported scheme")
        self.assertRegex(failure(self.http.get, self.base + "/short"), "^RequestError: Request failed: ")
        self.assertRegex(failure(self.http.get, self.base + "/garbage"), "^RequestError: Request failed: ")
        self.assertEqual(failure(self.http.request, obj()), "ValueError: request needs url")
        closed = Library("http", Loader(["network.http:127.0.0.1:1"]))
        self.assertEqual(failure(closed.get, "http://127.0.0.1:1/"), "NetworkError: Network error: [Errno 111] Connection refused")
        self.assertRegex(failure(Library("http", Loader(["network.http"])).get, "http://no-such.invalid/"),
                         "^NetworkError: Network error: ")

    def test_headers_that_cannot_be_set(self):
        for name in ("Host", "content-length", "Connection", "Transfer-Encoding", "Upgrade", "Proxy-X", "TE", "Trailer", "a b", ""):
            self.assertRegex(failure(self.http.get, self.base, obj(**{name: "x"})), "^ValueError: ", name)
        for value in ("a\r\nB: c", "a\nb", "a\0"):
            self.assertRegex(failure(self.http.get, self.base, obj(X=value)), "^ValueError: Invalid header value")
        self.assertEqual(self.server.seen, [])

    def test_redirects(self):
        self.assertEqual(method(self.http.get(self.base + "/redirect/4"), "status"), 200)
        self.assertEqual(failure(self.http.get, self.base + "/redirect/5"), "RequestError: Request failed: more than 5 redirects")
        self.server.seen.clear()
        self.http.post(self.base + "/to/302/!echo", obj(body="x"))
        self.assertEqual([(seen[0], seen[3]) for seen in self.server.seen], [("POST", b"x"), ("GET", b"")])
        self.server.seen.clear()
        self.http.post(self.base + "/to/307/!echo", obj(body="x"))
        self.assertEqual([(seen[0], seen[3]) for seen in self.server.seen], [("POST", b"x"), ("POST", b"x")])
        target = self.elsewhere.replace("/", "!")
        self.assertIn("CapabilityError", failure(self.http.get, f"{self.base}/to/302/{target}"))
        self.assertEqual(self.other.seen, [])
        both = Library("http", Loader([f"network.http:127.0.0.1:{server.server_port}" for server in self.servers]))
        both.get(f"{self.base}/to/302/{target}!x", obj(Authorization="secret", Cookie="c", X="kept"))
        headers = self.other.seen[0][2]
        self.assertEqual([headers.get("Authorization"), headers.get("Cookie"), headers["X"]], [None, None, "kept"])

    def test_private_addresses_need_their_port_named(self):
        port = self.server.server_port
        for grant in ("network.http", "network.http:*", "network.http:127.0.0.1", f"network.http:*:{port}",
                      f"network.http:example.org:{port}", f"network.https:127.0.0.1:{port}"):
            self.assertIn("CapabilityError", failure(Library("http", Loader([grant])).get, self.base), grant)
        self.assertEqual(self.server.seen, [])
        named = Library("http", Loader([f"network.http:localhost:{port}"]))
        self.assertEqual(method(named.get(f"http://LocalHost:{port}/"), "status"), 200)
        for address in ("http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://[::1]/", "http://[::ffff:127.0.0.1]/",
                        "http://169.254.169.254/", "http://10.0.0.1/", "http://0.0.0.0/", "http://224.0.0.1/"):
            self.assertRegex(failure(Library("http", Loader(["network.http"])).get, address, None, 5), "^CapabilityError", address)

    def test_proxies_are_ignored(self):
        import os
        from unittest import mock

        with mock.patch.dict(os.environ, {"http_proxy": self.elsewhere, "HTTP_PROXY": self.elsewhere}):
            self.http.get(self.base + "/x")
        self.assertEqual([len(self.server.seen), len(self.other.seen)], [1, 0])

    def test_texts_of_urls(self):
        h = self.http
        self.assertEqual(h.encodeURI("a/b_.-~?&=+# \u00e9"), "a/b_.-~%3F%26%3D%2B%23%20%C3%A9")
        self.assertEqual(h.decodeURI("%zz+%ff%C3%A9"), "%zz+\ufffd\u00e9")
        self.assertEqual(h.encodeQuery(obj(a=[1, 2], b=True, c=None)), "a=%5B1%2C+2%5D&b=true&c=null")
        self.assertEqual([h.encodeQuery(obj()), h.parseQuery(""), h.parseQuery("a&b=&c=1+2&d=%20")], ["", {}, {"c": "1 2", "d": " "}])
        self.assertEqual(failure(h.encodeQuery, 5), "TypeError: not a valid non-string sequence or mapping object")
        self.assertEqual(failure(h.encodeURI, 5), "TypeError: http.encodeURI(): 'text' must be a string, got number")


if __name__ == "__main__":
    unittest.main()
