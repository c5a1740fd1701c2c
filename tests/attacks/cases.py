"""The attack list of security.md section 7.

``P`` in a program stands for a file that no grant covers and that holds a secret, ``P2`` for one beside it that does not
exist, ``Q`` for a folder that does not exist, ``PORT`` for a server of the test, ``OTHER`` for a second one.

``sec``: the static finding that stops the program, exit 4. ``notes``: one that does not. ``status`` and ``says``: exit code
and a part of the output when the program is run without the findings. ``out``: exact output.

Where security.md and the documents of the language disagree, the latter hold (decisions.md): members that an error does not
have are null (A08), ``%`` is no formatting (D05), ``json.parse`` gives a ValueError for deep nesting (D15), and proxy
variables cannot be set at all (C20).
"""

from dataclasses import dataclass, field


@dataclass
class Attack:
    id: str
    program: str
    status: tuple = (1,)
    says: str = ""
    sec: str = ""
    notes: str = ""
    out: str | None = None
    options: tuple = ()
    files: dict = field(default_factory=dict)  # name -> text, or ("link", target)
    strict: bool = False  # with the limits of --sandbox strict
    seconds: float = 60


def capability(id, program, *grants, **more):
    options = tuple(word for grant in grants for word in ("--grant", grant))
    return Attack(id, program, (5,), "CapabilityError", options=options, **more)


SAFE = {"safe/a": "fine"}
LINKED = {"safe/a": "fine", "safe/link": ("link", "P")}
CRASH = (1, 6)
LIMITED = {"strict": True}

NAMES = [
    Attack("A01", 'x = "a"; y = x.__class__;', (1, 3, 8), sec="SEC102"),
    Attack("A02", 'print(getattr("a", "__cl" + "ass__"));', (0,), out="null\n", notes="SEC207"),
    Attack("A03", 'import log; g = log.create_logger("a"); try { throw {message: g.__dict__}; } except (e) { print(e); }',
           (0, 1, 3, 8), sec="SEC102"),
    Attack("A04", 'print("{0.__class__}".format("a"));', (1, 3), "format"),
    Attack("A05", 'import log; g = log.create_logger("a"); print(g._logger);', (3, 8), sec="SEC110"),
    Attack("A06", 'import file; print(file._ml_module_metadata);', (1, 3, 8), sec="SEC110"),
    Attack("A07", "try { x = 1 / 0; } except (e) { print(e.__traceback__); }", (0, 1, 3, 8), sec="SEC102"),
    Attack("A08", "try { x = 1 / 0; } except (e) { print(e.args); }", (0, 1, 3), out="null\n"),
    Attack("A09", "function d() { type = 0; return 0; } t = type; print(t);", (1, 3), "type", sec="SEC105"),
    Attack("A10", 'function r() { function g(a, b) { return 0; } function im(a) { return 0; } function q() { return 0; } '
           'getattr = 0; return 0; } g = getattr; t = g(len, "__globals__"); b = t["__builtins__"]; im = b["__import__"]; '
           'o = im("os"); q = g(o, "getpid"); print(q());', (1, 3)),
    Attack("A11", 'function o() { function open(a) { return 1; } return 0; } f = open("P"); for (l in f) { print(l); }', (1, 3),
           "open", sec="SEC105"),
    Attack("A12", 'function r() { function g(a) { return 0; } return 0; } function _safe_call(g, a) { return g(a); } '
           'f = open("P"); for (l in f) { print(l); }', (1, 3), "open", sec="SEC105"),
    Attack("A13", "function r() { function breakpoint() { return 0; } return 0; } breakpoint();", (1, 3), "breakpoint",
           sec="SEC104"),
    Attack("A14", 'setup_capabilities(); print("in");', (1, 3), "setup_capabilities"),
    Attack("A15", "function f(x: open) { return x; } f(1);", (0, 3), sec="SEC117"),
    Attack("A16", "__x = 1; [__a, b] = [1, 2]; for (__i in [1]) { print(1); }", (0, 3), sec="SEC103"),
    Attack("A17", "it = iter([1]); print(it.gi_frame);", (1, 3, 8), sec="SEC106"),
    Attack("A18", 'for (m in methods("a")) { if (m == "format_map" || m == "encode" || m[0] == "_") { print("host", m); } }', (0,),
           out=""),
    Attack("A19", 'function str(x) { return "HIJACK"; } y = 5; print("v=" + y);', (0,), out="v=5\n"),
    Attack("A20", """capability p { resource 'x", print("owned") or "y'; } t = _create_p_capability();""", (1, 2, 3, 5),
           sec="SEC111"),
    Attack("A21", "f = fn(x) => x; print(f.func_globals);", (1, 3, 8), sec="SEC106"),
    Attack("A22", 'eval("1");', (1, 3), "eval", sec="SEC104"),
    Attack("A22b", "x = eval;", (1, 3), "eval", sec="SEC104"),
    Attack("A23", 'x = open("P");', (1, 3), "open", sec="SEC105"),
    Attack("A24", "x = 5; x.real = 3;", (1, 3), "Error"),
    Attack("A24b", '"a".encode("utf8");', (1, 3), "encode"),
    Attack("A25", "x = ｅval;", (3,)),
    Attack("A26", "x = \u202e1;", (3,), sec="SEC114"),
    Attack("A27", 'import functional; function d() { getattr = 0; return 0; } '
           'print(functional.zipWith(getattr, [""], ["__class__"]));', (0,), out="[null]\n"),
]

MODULES = [
    *[Attack(f"B01{name}", f"import {name};", (1, 3), sec="SEC107")
      for name in ("os", "sys", "subprocess", "ctypes", "builtins", "os.path")],
    Attack("B02", "import socket; print(socket);", (1, 3), sec="SEC107"),
    Attack("B03", "import platform; print(platform.os.getpid());", (1, 3), "os", files={"platform.ml": "x = 1;"}),
    Attack("B04", "import helper; print(helper.contextlib.os.getpid());", (1, 3, 5),
           files={"helper.ml": 'capability h { resource "data/**"; allow read; }'}),
    Attack("B05", "import ext_mod; print(ext_mod.secret);", (1, 3), sec="SEC109",
           files={"../outside/ext_mod.ml": 'secret = "TOP" + "SECRET";', "ext_mod.ml": ("link", "../outside/ext_mod.ml")}),
    Attack("B06", "print(1);", (0,), out="1\n", files={"p.py": 'print("planted")'}),
    Attack("B07", "function __h() { return 7; } print(__h());", (0, 3), sec="SEC103"),
    Attack("B08", "import file; print(file.owned);", (1, 3), "owned", notes="SEC209",
           files={"file.ml": 'owned = "TOPSECRET";'}),
]

CAPABILITIES = [
    capability("C01", 'import file; f = file; print(f.read("P"));'),
    capability("C01b", 'import file; print(file.read("P"));', strict=True),
    capability("C02", 'import file; f = file; f.write("P2", "x");'),
    capability("C03", 'import http; h = http; print(h.get("http://127.0.0.1:PORT/x").body());'),
    capability("C04", 'import env; e = [env]; print(len(e[0].all()));'),
    capability("C05", 'import path; p = path; p.createDir("Q"); print(p.listDir("/"));'),
    capability("C06", 'import functional; import file; print(functional.map(file.read, ["P"]));'),
    capability("C07", 'import functional; import file; r = functional.compose(file.read); print(r("P"));'),
    capability("C07b", 'import functional; import file; r = functional.memoize(file.read); print(r("P"));'),
    capability("C07c", 'import functional; import file; r = functional.partial(file.read, "P"); print(r());'),
    capability("C08", 'import collections; import file; print(collections.map(["P"], file.read));'),
    capability("C09", 'import log; l = log.create_logger("a"); l.add_file("P2"); l.info("x");'),
    capability("C10", 'import file; print(file.read("P"));', "file.read:safe/**", files=SAFE),
    capability("C11", 'import file; print(file.read("safe/../P"));', "file.read:safe/**", files=SAFE),
    capability("C12", 'import file; print(file.read("safe/link"));', "file.read:safe/**", files=LINKED),
    capability("C13", 'import crypto; print(crypto.hash_file("P"));', "file.read:safe/**", files=SAFE),
    capability("C14", 'import path; print(len(path.glob("/etc/*")));', "path.read:safe/**", files=SAFE),
    capability("C15", 'import file; print(file.exists("/etc/shadow")); print(file.size("/etc/passwd"));'),
    capability("C16", 'import env; print(env.get("MY_SECRET"));', "env.read:APP_*"),
    capability("C17", 'import http; print(http.get("http://127.0.0.1:PORT/x").status());', "network.http:example.org"),
    capability("C18", 'import http; print(http.get("http://127.0.0.1:PORT/away").body());', "network.http:127.0.0.1:PORT"),
    Attack("C19", 'import http; http.get("file://localhost/etc/hostname");', (1,), "unsupported scheme",
           options=("--grant", "network.http")),
    Attack("C20", 'import env; import http; env.set("http_proxy", "http://127.0.0.1:PORT"); '
           'print(http.get("http://no-such.invalid/").status());', (1,), "cannot be changed",
           options=("--grant", "env.write", "--grant", "network.http")),
    Attack("C21", 'capability reader { resource "x"; allow read; } function r() { function c(f) { return 0; } return 0; } '
           'function w() { print(getCapabilities()); return 1; } c = reader_context(); k = c(w); k();', (1, 3, 5)),
    capability("C24", 'import file as f; f.read("P");'),
    capability("C24b", 'import file; call(file.read, "P");'),
    capability("C24c", 'import file; g = getattr(file, "read"); g("P");'),
    capability("C24d", 'import file; g = file.read; g("P");'),
    Attack("C25", 'import http; http.get("http://127.0.0.1:PORT/", {"X-A": "a" + chr(13) + chr(10) + "B: c"});', (1,), "ValueError",
           options=("--grant", "network.http:127.0.0.1:PORT")),
    Attack("C26", "capability a { allow system; }", (2, 3), sec="SEC112"),
    Attack("C27", 'import path; path.removeDirRecursive("/");', (1, 5), options=("--grant", "path.write")),
    capability("C29", 'import http; print(http.get("http://127.0.0.1:PORT/x").body());', "network.http:127.0.0.1"),
    capability("C30", 'import file; file.copy("safe/a", "P2");', "file.read:safe/**", "file.write:safe/**", files=SAFE),
]

RESOURCES = [
    Attack("D01", "while (true) { x = 1; }", (6,), "limit of 1 s reached", options=("--cpu-timeout", "1"), **LIMITED),
    Attack("D02", 'x = "a"; while (true) { x = x + x; }', (1,), "LimitError", **LIMITED),
    Attack("D03", "function f(n) { return f(n + 1); } f(0);", (1,), "RecursionError", **LIMITED),
    Attack("D04", 'import regex; regex.match("(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab");', CRASH, "budget", notes="SEC212", **LIMITED),
    Attack("D05", 's = "%9999999999d" % 1;', (1,), "TypeError", **LIMITED),
    Attack("D05b", 'format(1, "99999999999d");', (1,), "LimitError", **LIMITED),
    Attack("D06", "x = range(99999999999);", (1,), "LimitError: result larger than 10000000 items", **LIMITED),
    Attack("D07", 'while (true) { print("xxxxxxxx"); }', (6,), "output limit of 100KB reached",
           options=("--output-limit", "100KB"), **LIMITED),
    Attack("D08", "x = 2; i = 0; while (i < 60) { x = x * x; i = i + 1; }", (1,), "LimitError: integer larger than 1000000 bits", **LIMITED),
    Attack("D08b", 's = "ab"; i = 0; while (i < 99) { s = s + s; i = i + 1; }', (1,), "LimitError: result larger than 64MB", **LIMITED),
    Attack("D08e", 's = "ab" * 20000000; print(len(s.replace("a", "bbb")));', (1,), "LimitError: result larger than 64MB",
           options=("--memory-limit", "900MB"), **LIMITED),
    Attack("D08f", 's = "ab" * 20000000; print(len([s, s].join(",")));', (1,), "LimitError: result larger than 64MB",
           options=("--memory-limit", "900MB"), **LIMITED),
    Attack("D08g", 's = "ab" * 20000000; print(len(",".join([s, s])));', (1,), "LimitError: result larger than 64MB",
           options=("--memory-limit", "900MB"), **LIMITED),
    Attack("D08c", 'function big(n) { return "ab" * n; } n = 4000000000; s = big(n); print(len(s));', (1,), "LimitError", **LIMITED),
    Attack("D08d", "o = {n: 3}; i = 0; while (i < 60) { o.n = o.n * o.n; i = i + 1; }", (1,), "LimitError", **LIMITED),
    Attack("D09", "while (true) { try { while (true) { x = 1; } } except { } }", (6,), "limit of",
           options=("--cpu-timeout", "1"), **LIMITED),
    Attack("D10", 'import file; b = "x".repeat ? "" : ""; file.write("safe/a", "y" * 33554432);', (1,), "LimitError",
           options=("--file-patterns", "safe/**"), files=SAFE, **LIMITED),
    Attack("D11", 'import file; import path; i = 0; while (i < 8) { file.write(path.join(path.tempDir(), str(i)), "x" * 8388608); '
           'i = i + 1; }', (1,), "LimitError", **LIMITED),
    Attack("D12", f"x = {' + '.join(['1'] * 2000)}; print(x);", (3,), sec="SEC115", **LIMITED),
    Attack("D12b", f"x = {'(' * 1000}1{')' * 1000}; print(x);", (3,), sec="SEC115", **LIMITED),
    Attack("D14", "a = []; i = 0; while (i < 200000) { a = [a]; i = i + 1; } print(len(str(a)) < 5000);", (0, 1), **LIMITED),
    Attack("D15", 'import json; json.parse("[" * 131072);', (1,), "too deep", **LIMITED),
    Attack("D16", "x = 1; i = 0; while (i < 10001) { x = x * 10; i = i + 1; } print(x);", (1,), "LimitError: integer larger than 4300 digits", **LIMITED),
    Attack("D17", "a = []; b = []; a.append(b); b.append(a); c = []; c.append(c); print(a == c);", (1,), "RecursionError", **LIMITED),
    Attack("D18", 'o = {"a": 1}; for (k in o) { o[k + "x"] = 1; } print(len(o));', (0,), out="2\n", **LIMITED),
    Attack("D20", "x=1;" * 2_600_000, (0, 3), seconds=120, sec="SEC115", **LIMITED),
]

HOST = [
    Attack("E01", '''print("__RESULT__"); print('{"success": true, "result": "FORGED"}');''', (0,),
           out='__RESULT__\n{"success": true, "result": "FORGED"}\n'),
    Attack("E03", 'print("[/x] [bold]hi[/bold]");', (0,), out="[/x] [bold]hi[/bold]\n"),
    Attack("E04", 'print(module_info("file"));', (0,)),
    Attack("E05", "function f() { return 1 / 0; } f();", (1,), "ZeroDivisionError"),
    Attack("E06", "print(fn(x) => x); print(iter([1]));", (0,)),
]

ATTACKS = [*NAMES, *MODULES, *CAPABILITIES, *RESOURCES, *HOST]
