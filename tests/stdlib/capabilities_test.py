"""Names, grammar and patterns of capabilities, and what a policy says (security.md section 2)."""

import fnmatch
import os
import random
import tempfile
import unittest

from mlpy._native import MLError
from mlpy.runtime.capabilities import BadGrant, Grant, Policy, grants_of, is_name, needs_of, parse
from mlpy.runtime.network import place_of
from mlpy.runtime.patterns import NetworkPattern, PathPattern, matches
from mlpy.stdlib import NAMES
from mlpy._stdlib_catalogue import ENTRIES
from support import Library, Loader, failure, obj


class NamesTest(unittest.TestCase):
    def test_grammar(self):
        for good in ("file.read", "geo.read_all", "a.b.c2"):
            self.assertTrue(is_name(good), good)
        for bad in ("file", "File.read", ".read", "file.", "file..read", "file.1x", "file.r-d", "fi le.read", ""):
            self.assertFalse(is_name(bad), bad)

    def test_grants_are_refused_with_a_hint(self):
        for text, hint in (("file", "module.word"), ("file_read", "did you mean 'file.read'"), ("file.reed", "file.read"),
                           ("process.run", "does not exist"), ("file.read:", "empty"), ("http.get:x", "unknown capability 'http.get'"),
                           ("file.read:a/../b", "'..'"), ("file.read:a\nb", "control"), ("math.compute:x", "no pattern"),
                           ("network.http:u@h", "user"), ("network.http:h:99999", "port")):
            with self.subTest(text), self.assertRaisesRegex(BadGrant, hint):
                grants_of([text])

    def test_shorthand(self):
        self.assertEqual(parse("file.*:x"), (["file.read", "file.write", "file.append", "file.delete"], "x"))
        self.assertEqual(parse("geo.read"), (["geo.read"], None))

    def test_every_capability_of_the_library_is_known(self):
        from mlpy.runtime.capabilities import PURE, RESOURCES

        used = {need for name in NAMES for entry in ENTRIES[name].values() for need in entry[6]}
        self.assertEqual(used - {*PURE, *RESOURCES}, set())


class PatternTest(unittest.TestCase):
    def test_components(self):
        for pattern, text, result in (("*.txt", "a.txt", True), ("*", "", True), ("a?c", "abc", True), ("a?c", "ac", False),
                                      ("[a-c]x", "bx", True), ("[!a-c]x", "bx", False), ("[]]", "]", True),
                                      ("[", "[", True), ("a*b*c", "aXbYbc", True), ("a*b", "ab/", False)):
            self.assertIs(matches(pattern, text), result, (pattern, text))

    def test_components_are_matched_like_fnmatch(self):
        chance = random.Random(5)
        for _ in range(20000):
            pattern = "".join(chance.choices("ab*?[]!-^", k=chance.randrange(8)))
            text = "".join(chance.choices("ab-]!", k=chance.randrange(6)))
            if "[^" not in pattern:  # a negation here, a member there
                self.assertEqual(matches(pattern, text), fnmatch.fnmatchcase(text, pattern), (pattern, text))

    def test_paths(self):
        def covers(pattern, path):
            return PathPattern(pattern, "/base").covers(path)

        for pattern, path, result in (
                ("d/*", "/base/d/x", True), ("d/*", "/base/d/x/y", False), ("d/**", "/base/d", True),
                ("d/**", "/base/d/x/y", True), ("d/", "/base/d/x/y", True), ("d/**/*.js", "/base/d/a.js", True),
                ("d/**/*.js", "/base/d/x/y/a.js", True), ("d/**/*.js", "/base/d/x/a.ts", False), ("d", "/base/d", True),
                ("d", "/base/d/x", False), ("d/**", "/base/dd/x", False), ("/**", "/x", True), ("/**", "/", True),
                ("D/*", "/base/d/x", False), ("d/*.j[st]", "/base/d/a.js", True)):
            with self.subTest(pattern=pattern, path=path):
                self.assertIs(covers(pattern, path), result)

    def test_wildcards_never_cover_keys_and_system_folders(self):
        home = os.path.realpath(os.path.expanduser("~"))
        for path in ("/proc/self/mem", "/dev/sda", "/run/x", "/x/server.pem", "/x/id.key", f"{home}/.ssh/id", f"{home}/.bashrc"):
            with self.subTest(path):
                self.assertFalse(PathPattern("/**", "/").covers(path))
                self.assertFalse(Grant("file.read").covers(path))
                self.assertTrue(PathPattern(path, "/").covers(os.path.realpath(path)))
                self.assertTrue(PathPattern("/**", "/").fits(path))  # a denial

    def test_network(self):
        def covers(pattern, url):
            return NetworkPattern(pattern).covers(place_of(url)[0])

        for pattern, url, result in (
                ("example.org", "http://EXAMPLE.org/x", True), ("example.org", "http://example.org:8080/", False),
                ("example.org:8080", "http://example.org:8080/", True), ("*.example.org", "http://a.example.org/", True),
                ("*.example.org", "http://example.org/", False), ("*.example.org", "http://notexample.org/", False),
                ("https://h/api/*", "https://h/api/x", True), ("https://h/api/*", "http://h/api/x", False),
                ("https://h/api/*", "https://h/api/../secret", False), ("https://h/api/*", "https://h/api/%2e%2e/s", False),
                ("h:443", "https://h/", True), ("[::1]:80", "http://[::1]/", True), ("b\u00fccher.de", "http://xn--bcher-kva.de/", True)):
            with self.subTest(pattern=pattern, url=url):
                self.assertIs(covers(pattern, url), result)


class PolicyTest(unittest.TestCase):
    def test_pure_names_are_granted_by_default(self):
        b = Library("builtin", Loader())
        self.assertIs(b.hasCapability("math.compute"), True)
        self.assertIs(b.hasCapability("file.read"), False)
        self.assertIn("console.write", b.getCapabilities())
        self.assertNotIn("file.read", b.getCapabilities())
        self.assertEqual(Library("builtin", Loader(only=())).getCapabilities(), [])

    def test_information(self):
        b = Library("builtin", Loader(["file.read:/data/**", "file.read:/more/*"]))
        self.assertEqual(list(b.getCapabilityInfo("file.read").items()), [
            ("type", "file.read"), ("available", True), ("usage_count", 0), ("patterns", ["/data/**", "/more/*"]),
            ("operations", None), ("max_usage", None), ("expires_at", None)])
        self.assertIsNone(b.getCapabilityInfo("file.write"))
        self.assertIsNone(b.getCapabilityInfo(5))
        self.assertIs(b.hasCapability("file.read:/data/x/y.txt"), True)
        self.assertIs(b.hasCapability("file.read:/data/../etc/x"), False)
        for odd in (5, None, "", "x", "file.read:", "nothing.at_all:x", "network.http:nope nope"):
            self.assertIs(b.hasCapability(odd), False, odd)

    def test_denials_win(self):
        policy = Policy(grants_of(["file.read:/d/**"]), grants_of(["file.read:/d/private/**", "math.compute"]))
        self.assertTrue(policy.holds("file.read", "/d/x"))
        self.assertFalse(policy.holds("file.read", "/d/private/x"))
        self.assertNotIn("math.compute", policy.names())
        everything = Policy(deny=grants_of(["env.read:SECRET*"]), everything=True)
        self.assertTrue(everything.holds("env.read", "HOME"))
        self.assertFalse(everything.holds("env.read", "SECRET_KEY"))

    def test_declarations_narrow(self):
        needs = needs_of([("file.read", (("resource", "", "data/*.json"),))], "/p")
        policy = Policy(grants_of(["file.read:/p/**", "file.write:/p/**"]), needs=needs)
        self.assertTrue(policy.holds("file.read", "/p/data/a.json"))
        self.assertFalse(policy.holds("file.read", "/p/other.json"))
        self.assertFalse(policy.holds("file.write", "/p/data/a.json"))
        self.assertTrue(policy.holds("math.compute"))
        self.assertEqual(policy.unmet(), [])

    def test_permissions_of_declarations(self):
        needs = needs_of([("reports", (("resource", "", "out/**"), ("allow", "read", None), ("allow", "write", "out/s.txt"),
                                       ("allow", "network", "api.example.com")))], "/p")
        self.assertEqual([str(grant) for need in needs for grant in need.grants],
                         ["file.read:out/**", "path.read:out/**", "file.write:out/s.txt", "file.append:out/s.txt",
                          "path.write:out/s.txt", "network.http:api.example.com", "network.https:api.example.com"])
        with self.assertRaises(BadGrant):
            needs_of([("x", (("allow", "system", None),))])

    def test_needs_that_are_not_granted(self):
        def unmet(grants, deny=(), pattern="data/*.json"):
            needs = needs_of([("file.read", (("resource", "", pattern),))], "/p")
            return [str(grant) for grant in Policy(grants_of(grants, "/p"), grants_of(deny, "/p"), needs).unmet()]

        self.assertEqual(unmet([]), ["file.read:data/*.json"])
        for grant in ("file.read", "file.read:data/**", "file.read:data/*", "file.read:data/*.json", "file.read:/**"):
            self.assertEqual(unmet([grant]), [], grant)
        self.assertEqual(unmet(["file.read:data/*"], pattern="data/**"), ["file.read:data/**"])
        self.assertEqual(unmet(["file.read"], ["file.read"]), ["file.read:data/*.json"])

    def test_limits(self):
        for limits in ({"max_uses": 1}, {"expires_in": -1}, {"max_bytes": 0}):
            loader = Loader()
            with tempfile.TemporaryDirectory() as folder:
                open(f"{folder}/a", "w").close()
                loader.policy.grants.append(Grant("file.read", f"{folder}/*", **limits))
                file = Library("file", loader)
                if "max_uses" in limits:
                    self.assertEqual(file.read(f"{folder}/a"), "")
                self.assertIn("CapabilityError", failure(file.read, f"{folder}/a"))
                about = Library("builtin", loader).getCapabilityInfo("file.read")
                self.assertIs(about["available"], False)

    def test_words_of_a_refusal(self):
        policy = Policy(grants_of(["file.read:/data/**"]))
        with self.assertRaises(MLError) as caught:
            policy.require("file.read", "file.read", "/out/x", "out/x")
        self.assertEqual(caught.exception.args[1], "Missing required capabilities: ['file.read']\n"
                         "file.read for out/x; add --grant file.read:out/x; granted: file.read:/data/**")

    def test_audit(self):
        events = []
        policy = Policy(grants_of(["env.read:A*"]), audit=events.append, defaults=False)
        policy.use(policy.require("env.get", "env.read", "A", "A"), "env.read", "A")
        with self.assertRaises(MLError):
            policy.require("env.get", "env.read", "B", "B")
        self.assertEqual(events, [{"event": "grant", "name": "env.read", "pattern": "A*"},
                                  {"event": "use", "name": "env.read", "resource": "A", "count": 1},
                                  {"event": "refusal", "name": "env.read", "function": "env.get", "resource": "B"}])


class EveryFunctionTest(unittest.TestCase):
    """Each function of the modules about resources fails without its capabilities, whatever the route."""

    ARGUMENTS = {"str": "x", "string": "x"}

    def test_functions_without_grants(self):
        special = {"file.copy": ("a", "b"), "file.move": ("a", "b"), "file.writeBytes": ("a", b""),
                   "file.writeLines": ("a", []), "http.request": (obj(url="http://h/"),), "crypto.random_bytes": (1,),
                   "crypto.random_hex": (1,), "crypto.random_string": (1,), "crypto.random_int": (1, 2),
                   "csv.write": ("a", []), "csv.append": ("a", []), "log.set_timestamp": (True,)}
        for name in ("args", "crypto", "csv", "env", "file", "http", "log", "path"):
            library = Library(name, Loader(only=()))
            for member, (kind, least, _, _, _, _, needs, _) in ENTRIES[name].items():
                if kind != "function" or not needs:
                    continue
                full = f"{name}.{member}"
                arguments = special.get(full, ("http://h/",) if name == "http" else ("x",) * least)
                with self.subTest(full):
                    said = failure(library.members[member], *arguments)
                    self.assertRegex(said, r"^CapabilityError: Missing required capabilities: \[")
                    self.assertTrue(any(f"'{need}'" in said for need in needs), said)

    def test_no_member_is_a_host_value(self):
        from mlpy._native import typeof

        for name in NAMES:
            for member, value in Library(name, Loader(everything=True)).members.items():
                self.assertIn(typeof(value), ("function", "number"), f"{name}.{member}")

    def test_types_come_first(self):
        library = Library("file", Loader())
        self.assertEqual(failure(library.read, 5), "TypeError: file.read(): 'path' must be a string, got number")
        self.assertEqual(failure(library.read), "TypeError: file.read() missing required argument 'path'")
        self.assertEqual(failure(library.write, "x", 5), "TypeError: write() argument must be str, not int")

    def test_methods_ask_like_functions(self):
        from support import method

        log = Library("log", Loader(["log.write"]))
        logger = log.create_logger("a")
        self.assertIn("CapabilityError: Missing required capabilities: ['file.write']", failure(method, logger, "add_file", "x"))
        args = Library("args", Loader(only=["file.read"]))
        self.assertIn("['args.read']", failure(method, args.create_parser(), "parse"))

    def test_required_capabilities(self):
        b = Library("builtin")
        for name, member, needs in (("file", "move", ["file.read", "file.write", "file.delete"]),
                                    ("http", "get", ["network.http"]), ("crypto", "hash_file", ["crypto.hash", "file.read"]),
                                    ("log", "add_file", ["log.write", "file.write"]), ("path", "join", [])):
            self.assertEqual(b.requiredCapabilities(Library(name).members[member]), needs)
        from mlpy import _native

        logger = Library("log").create_logger("a")
        self.assertEqual(b.requiredCapabilities(_native.get_member(logger, "add_file")), ["log.write", "file.write"])
        self.assertEqual(b.help(Library("file").read), "Text of a whole file.\nRequires: file.read")


if __name__ == "__main__":
    unittest.main()
