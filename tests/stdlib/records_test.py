"""csv, env, crypto, args and log beyond the examples (stdlib-io.md sections 4 to 8)."""

import contextlib
import io
import json
import os
import unittest

from mlpy._native import display
from support import Folder, Library, Loader, failure, method, obj


class CsvTest(Folder):
    def setUp(self):
        super().setUp()
        self.csv = Library("csv", self.loader)

    def test_reading(self):
        text = '\ufeffa,b,a\r\n1,"x\ny",3,4\r\n\r\n5\r\n'
        self.put("w/c", text)
        self.assertEqual(display(self.csv.read("w/c")), "[{'a': '3', 'b': 'x\\ny'}, {'a': '5'}]")
        self.assertEqual(self.csv.read("w/c", ",", False), [["a", "b", "a"], ["1", "x\ny", "3", "4"], ["5"]])
        self.assertEqual([self.csv.count_rows("w/c"), self.csv.get_headers("w/c")], [2, ["a", "b", "a"]])
        self.put("w/e")
        self.assertEqual([self.csv.read("w/e"), self.csv.count_rows("w/e"), self.csv.get_headers("w/e")], [[], 0, []])
        for bad in ("", "ab", 5):
            self.assertEqual(failure(self.csv.read_string, "a", bad), 'TypeError: "delimiter" must be a 1-character string')
        self.assertRegex(failure(self.csv.read_string, "x" * ((1 << 20) + 1)), "^LimitError")
        self.assertRegex(failure(self.csv.read, "w/none"), "^NotFound")

    def test_writing(self):
        w = self.csv.write_string
        self.assertEqual(w([obj(a=1, b="x,y"), obj(b=True, c=2), 5, obj()]), 'a,b\r\n1,"x,y"\r\n,true\r\n,\r\n')
        self.assertEqual(w([obj(a=1), obj(b=2)], ";", False), "1\r\n2\r\n")
        self.assertEqual(w([[1, None], 5, ["a\nb"]]), '1,\r\n5\r\n"a\nb"\r\n')
        self.assertEqual(w([obj(), obj(a=1)]), "\r\n\r\n\r\n")
        self.assertEqual(w("ab"), "a\r\nb\r\n")
        self.assertRegex(failure(self.csv.write, "w/no/c", [[1]]), "^NotFound")
        self.csv.write("w/c", [])
        self.assertEqual(self.get("w/c"), b"")

    def test_appending(self):
        self.csv.append("w/n", obj(a=1, b=2))
        self.assertEqual(self.get("w/n"), b"1,2\r\n")
        self.put("w/c", "a,b")
        self.csv.append("w/c", obj(b=2, c=3))
        self.csv.append("w/c", ["x"])
        self.csv.append("w/c", 5)
        self.assertEqual(self.get("w/c"), b"a,b\r\n,2\r\nx\r\n5\r\n")


class EnvTest(unittest.TestCase):
    def setUp(self):
        self.env = Library("env", Loader(["env.read:ML_T_*", "env.write:*"]))

    def test_values(self):
        env = self.env
        for value, shown in ((5, "5"), (True, "true"), (None, "null"), ("", "")):
            env.set("ML_T_A", value)
            self.assertEqual(env.get("ML_T_A"), shown)
        self.assertNotIn("ML_T_A", os.environ)
        for text, number in ((" 1_000 ", 1000), ("4.5", 7), ("0x10", 7), ("", 7)):
            env.set("ML_T_N", text)
            self.assertEqual(env.get_int("ML_T_N", 7), number)
        env.set("ML_T_F", "1e3")
        self.assertEqual([env.get_float("ML_T_F"), env.get_float("ML_T_X"), env.get_int("ML_T_X", None)], [1000.0, 0.0, 0])
        env.set("ML_T_B", "")
        self.assertEqual([env.get_bool("ML_T_B", True), env.get_bool("ML_T_X", True), env.get_bool("ML_T_X")], [False, True, False])
        self.assertEqual(env.require("ML_T_B"), "")
        self.assertEqual(sorted(env.all()), ["ML_T_A", "ML_T_B", "ML_T_F", "ML_T_N"])

    def test_refusals(self):
        env = self.env
        self.assertEqual(failure(env.get, 5), "TypeError: str expected, not int")
        self.assertEqual(failure(env.set, "a=b", 1), "ValueError: illegal environment variable name")
        self.assertEqual(failure(env.set, "a", "\0"), "ValueError: embedded null byte")
        for key in ("http_proxy", "LD_PRELOAD", "LC_ALL", "HTTPS_PROXY", "PYTHONPATH"):
            self.assertEqual(failure(env.set, key, "x"), f"ValueError: environment variable '{key}' cannot be changed")
        for function in (env.get, env.has, env.require, env.get_int):
            self.assertIn("CapabilityError", failure(function, "HOME"))


class CryptoTest(Folder):
    def test_values(self):
        c = Library("crypto", self.loader)
        self.put("w/f", "abc")
        self.assertEqual(c.hash_file("w/f"), c.sha256("abc"))
        self.assertEqual(c.sha256("abc", None), c.sha256("abc"))
        self.assertEqual(c.md5(""), "d41d8cd98f00b204e9800998ecf8427e")
        self.assertEqual(c.sha1("b", "a"), "da23614e02469a0d7c7bd1bdab5c9c474b1904dc")
        self.assertEqual(c.uuid_from_string("python.org"), "886313e1-3b8a-5372-9b90-0c9aee199e5d")
        self.assertEqual([len(c.random_bytes(5)), c.random_bytes(0), c.random_string(-1), len(c.random_string(500))], [5, b"", "", 500])
        self.assertTrue(0 <= c.random_float() < 1 and c.random_int(3, 3) == 3)
        self.assertEqual({c.random_int(-1, 1) for _ in range(200)}, {-1, 0, 1})
        self.assertTrue(c.verify_hmac("m", c.hmac("m", "", "md5"), "", "md5"))
        self.assertIs(c.compare_hash("a", "ab"), False)

    def test_refusals(self):
        c = Library("crypto", self.loader)
        for call, said in (
                (("sha256", 5), 'TypeError: can only concatenate str (not "int") to str'),
                (("hash_file", "w/none"), "NotFound: [Errno 2] No such file or directory: 'w/none'"),
                (("hash_file", "w"), "IsADirectory: [Errno 21] Is a directory: 'w'"),
                (("hash_file", "w/f", "crc32"), "ValueError: unsupported hash algorithm: crc32"),
                (("uuid_from_string", "a", "zz"), "ValueError: badly formed hexadecimal UUID string"),
                (("random_bytes", -1), "ValueError: negative argument not allowed"),
                (("random_bytes", (1 << 20) + 1), "LimitError: crypto.random_bytes(): more than 1048576 bytes"),
                (("random_int", 2, 1), "ValueError: Upper bound must be positive."),
                (("random_int", 1.5, 2), "TypeError: crypto.random_int(): 'min_val' must be an integer, got number"),
                (("compare_hash", 1, "a"), "TypeError: crypto.compare_hash(): 'hash1' must be a string, got number")):
            with self.subTest(call):
                self.assertEqual(failure(c.members[call[0]], *call[1:]), said)
        self.assertIn("CapabilityError", failure(c.hash_file, "secret"))


class ArgsTest(unittest.TestCase):
    def setUp(self):
        self.args = Library("args", Loader(arguments=["-q", "x"], script="tools/t.ml"))

    def parser(self):
        p = self.args.create_parser("tool", "Does it")
        method(p, "add_flag", "quiet", "q", "No output")
        method(p, "add_option", "width", "w", "Pixels", "640")
        method(p, "add_option", "out", None, "File", None)
        method(p, "add_positional", "src", "Input", True)
        method(p, "add_positional", "dst", "Output")
        return p

    def test_own_arguments(self):
        a = self.args
        self.assertEqual([a.all(), a.script(), a.rest()], [["tools/t.ml", "-q", "x"], "tools/t.ml", ["-q", "x"]])
        a.rest().append("y")
        self.assertEqual(a.rest(), ["-q", "x"])
        self.assertEqual(method(method(self.parser(), "parse"), "get", "src"), "x")

    def test_rules(self):
        def parsed(*words):
            return method(self.parser(), "parse", list(words))

        r = parsed("--out", "--quiet", "-qw", "3", "a", "b", "c")
        self.assertEqual(method(r, "options"), {"out": "--quiet", "width": "3"})
        self.assertEqual([method(r, "positionals"), method(r, "extra"), method(r, "flags")], [["a", "b"], ["c"], {"quiet": True}])
        self.assertEqual(method(parsed("--out=a=b", "x"), "get", "out"), "a=b")
        self.assertEqual(method(parsed("--", "-q"), "positionals"), ["-q"])
        self.assertEqual(method(parsed("-"), "positionals"), ["-"])
        self.assertIs(method(parsed("-h"), "get_bool", "help"), True)
        self.assertIs(method(parsed("x"), "get_bool", "width"), False)
        self.assertEqual([method(parsed("x"), "has", name) for name in ("width", "out", "dst", "quiet", "src")],
                         [True, False, False, False, True])
        for words, said in ((("--zoom",), "Unknown option: --zoom"), (("-z",), "Unknown option: -z"),
                            (("-5",), "Unknown option: -5"), (("--width",), "Option --width requires a value"),
                            (("-w",), "Option -w requires a value"), ((), "Required positional argument missing: src")):
            self.assertEqual(failure(parsed, *words), f"ValueError: {said}")

    def test_help(self):
        self.assertEqual(method(self.parser(), "help"), "\n".join([
            "tool", "Does it", "", "Usage: script.ml [options] <src> [dst]", "", "Positional Arguments:",
            "  src                Input (required)", "  dst                Output (optional)", "", "Options:",
            "  -q, --quiet           No output", "  -w, --width VALUE   Pixels (default: 640)",
            "      --out VALUE     File", "  -h, --help         Show this help message"]))


class LogTest(Folder):
    def lines(self, *calls):
        with contextlib.redirect_stdout(io.StringIO()) as out:
            for call in calls:
                call()
        return out.getvalue().splitlines()

    def setUp(self):
        super().setUp()
        self.log = Library("log", self.loader)

    def test_text(self):
        log = self.log
        log.set_timestamp(False)
        self.assertEqual(self.lines(lambda: log.warn("a\nb\x1b", obj(k=None, t=[True])), lambda: log.debug("no"),
                                    lambda: log.info("x", obj())), ["WARNING: a\\nb\\x1b | k=null, t=[true]", "INFO: x"])
        log.set_level("nonsense")
        self.assertIs(log.is_debug(), False)
        self.assertEqual(failure(log.info, "x", 5), "TypeError: log.info(): 'data' must be an object, got number")
        self.assertEqual(failure(log.set_level, None), "TypeError: log.set_level(): 'level' must be a string, got null")

    def test_json(self):
        log = self.log
        log.set_format("json")
        line = json.loads(self.lines(lambda: log.error("x", obj(a=1)))[0])
        self.assertRegex(line.pop("timestamp"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
        self.assertEqual(line, {"message": "x", "level": "ERROR", "logger": "default", "data": {"a": 1}})
        self.assertEqual(failure(log.info, "x", obj(f=log.info)), "TypeError: Object of type function is not JSON serializable")

    def test_loggers(self):
        one, two = self.log.create_logger("n"), self.log.create_logger("n")
        method(one, "set_level", "debug")
        self.assertIs(method(two, "is_debug"), True)
        self.assertIs(one, two)
        self.assertEqual([display(one), method(self.log.create_logger("m"), "is_debug")], ["<Logger>", False])

    def test_files(self):
        method(self.log.create_logger("n"), "add_file", "w/log")
        self.log.add_file("w/log")
        self.log.add_file("w/./log")
        self.log.set_timestamp(False)
        self.lines(lambda: self.log.info("once"))
        self.assertEqual(self.get("w/log"), b"INFO: once\n")
        self.assertRegex(failure(self.log.add_file, "w/no/x"), "^NotFound")
        self.assertIn("CapabilityError", failure(self.log.add_file, "out"))


if __name__ == "__main__":
    unittest.main()
