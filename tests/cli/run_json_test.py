"""`mlpy run --json`: one document with the program's output, value, error and cost."""

import json

import support

ALIASES = ("success", "return_value", "execution_time", "memory_usage", "cpu_usage", "security_issues", "error")
FIELDS = ("ok", "exit_code", "kind", "message", "value", "value_notes", "position", "stdout", "stderr", "truncated", "usage",
          "capabilities", "findings", "violations", "sandbox", "transpile_cache", "profile", *ALIASES)


class RunJson(support.CommandTest):
    def run_json(self, text, *options):
        self.write("p.ml", text)
        result = self.mlpy("run", "p.ml", "--json", *options)
        document = json.loads(result.out)
        self.assertEqual(result.out.count("\n"), 1)
        self.assertEqual(tuple(document), FIELDS)
        self.assertEqual(document["exit_code"], result.status, result.err)
        self.assertEqual(document["ok"], result.status == 0)
        self.assertEqual(document["success"], document["ok"])
        self.assertEqual(document["return_value"], document["value"])
        return document

    def test_value_and_output(self):
        found = self.run_json('print("hi");\nresult = {a: [1, 2.5, null, true, "ü\\n"]};\n')
        self.assertEqual((found["stdout"], found["stderr"]), ("hi\n", ""))
        self.assertEqual(found["value"], {"a": [1, 2.5, None, True, "ü\n"]})
        self.assertEqual(found["value_notes"], [])
        self.assertIsNone(found["kind"])
        self.assertIsNone(found["error"])
        self.assertIsNone(found["profile"])
        self.assertEqual(found["transpile_cache"], "miss")
        self.assertGreater(found["usage"]["cpu_s"], 0)
        self.assertGreater(found["usage"]["peak_bytes"], 1 << 20)
        self.assertEqual(found["memory_usage"], found["usage"]["peak_bytes"])
        self.assertEqual(found["execution_time"], found["usage"]["wall_s"])
        self.assertEqual(found["sandbox"]["isolation"], "full")
        self.assertEqual(found["sandbox"]["layers"]["seccomp"], "on")
        again = json.loads(self.mlpy("run", "p.ml", "--json").out)
        self.assertEqual(again["transpile_cache"], "hit")

    def test_values_that_json_does_not_have(self):
        found = self.run_json("inf = 1e308 * 10;\nx = [1];\nx.push(x);\n"
                              "result = {n: inf - inf, i: [inf, -inf], f: fn(a) => a, x: x};\n")
        self.assertEqual(found["value"]["n"], None)
        self.assertEqual(found["value"]["i"], [None, None])
        self.assertIsInstance(found["value"]["f"], str)
        self.assertEqual(found["value"]["x"], [1, None])
        self.assertEqual(found["value_notes"], ["$.n", "$.i[0]", "$.i[1]", "$.f", "$.x[1]"])

    def test_deep_values_end_somewhere(self):
        found = self.run_json("x = [];\nfor (i = 0; i < 3000; i = i + 1) { x = [x]; }\nresult = x;\n")
        self.assertEqual(found["value_notes"], ["$" + "[0]" * 500])

    def test_without_a_result(self):
        self.assertIsNone(self.run_json("x = 1;\n")["value"])

    def test_uncaught_error(self):
        found = self.run_json('print("before");\nx = [1];\nprint(x[5]);\n')
        self.assertEqual((found["exit_code"], found["kind"]), (1, "IndexError"))
        self.assertEqual(found["position"]["file"], "p.ml")
        self.assertEqual(found["position"]["line"], 3)
        self.assertEqual(found["stdout"], "before\n")
        self.assertIn("IndexError", found["stderr"])
        self.assertEqual(found["error"], found["message"])

    def test_thrown(self):
        found = self.run_json('throw {message: "no", code: 7};\n')
        self.assertEqual((found["exit_code"], found["kind"], found["message"]), (1, "UserError", "no"))

    def test_compile_error(self):
        found = self.run_json("x = ;\n")
        self.assertEqual((found["exit_code"], found["kind"]), (3, "SyntaxError"))
        self.assertEqual(found["position"]["line"], 1)
        self.assertEqual(found["findings"][0]["severity"], "error")
        self.assertEqual(found["message"], found["findings"][0]["message"])

    def test_warnings_are_findings_also_from_the_cache(self):
        text = "function f() {\n    return 1;\n    print(2);\n}\nf();\n"
        first = self.run_json(text)
        self.assertTrue(first["findings"])
        second = self.run_json(text)
        self.assertEqual(second["transpile_cache"], "hit")
        self.assertEqual(second["findings"], first["findings"])

    def test_missing_file(self):
        result = self.mlpy("run", "nowhere.ml", "--json")
        document = json.loads(result.out)
        self.assertEqual((result.status, document["exit_code"], document["kind"]), (2, 2, "usage"))

    def test_capabilities(self):
        self.write("data.txt", "hello")
        text = 'import file;\nresult = file.read("data.txt");\n'
        found = self.run_json(text)
        self.assertEqual((found["exit_code"], found["kind"]), (5, "CapabilityError"))
        self.assertEqual(found["capabilities"]["denied"][0]["name"], "file.read")
        declaring = 'capability file.read { resource "data.txt"; }\n' + text
        self.assertEqual(self.run_json(declaring, "--grant", "file.read:*")["capabilities"]["declared"], ["file.read:data.txt"])
        found = self.run_json(text, "--grant", "file.read:data.txt")
        self.assertEqual(found["value"], "hello")
        self.assertEqual(found["capabilities"]["used"], [{"name": "file.read", "resource": "data.txt", "count": 1}])
        self.assertEqual(len(found["capabilities"]["granted"]), 1)

    def test_declared_but_not_granted(self):
        found = self.run_json('capability reads {\n    resource "data.txt";\n    allow read;\n}\nprint(1);\n')
        self.assertEqual((found["exit_code"], found["kind"]), (5, "capability_unmet"))
        self.assertEqual(found["capabilities"]["declared"], ["file.read:data.txt", "path.read:data.txt"])
        self.assertEqual((found["value"], found["sandbox"]), (None, None))
        self.assertEqual(found["message"], "the program declares capabilities that are not granted:\n  file.read:data.txt\n"
                         "  path.read:data.txt\ngrant them with: --grant file.read:data.txt --grant path.read:data.txt\n"
                         "or run without them: --run-anyway")

    def test_limits(self):
        found = self.run_json("while (true) { }\n", "--timeout", "0.5")
        self.assertEqual((found["exit_code"], found["kind"], found["message"]), (6, "wall_limit", "time limit of 0.5 s reached"))
        found = self.run_json("while (true) { print(12345678901234567890); }\n", "--output-limit", "10KB")
        self.assertEqual((found["exit_code"], found["kind"]), (6, "output_limit"))
        self.assertEqual(found["truncated"], {"stdout": True, "stderr": False})
        self.assertEqual(len(found["stdout"]), 10 * 1024)
        found = self.run_json("x = 0;\nwhile (true) { x = x + 1; }\n", "--cpu-timeout", "1")
        self.assertEqual((found["exit_code"], found["kind"]), (6, "cpu_limit"))

    def test_result_limit_of_strict_programs(self):
        found = self.run_json('result = "x".repeat(2000000);\n', "--sandbox", "strict")
        self.assertEqual((found["exit_code"], found["kind"], found["message"]),
                         (6, "result_limit", "result larger than 1MB"))
        self.assertIsNone(found["value"])

    def test_blocked_programs(self):
        found = self.run_json("exit(3);\n")
        self.assertEqual((found["exit_code"], found["kind"], found["security_issues"]), (4, "SecurityError", 1))
        self.assertEqual(found["findings"][0]["code"], "SEC105")
        self.assertEqual(found["findings"][0]["severity"], "high")
        self.assertRegex(found["findings"][0]["cwe"], r"\ACWE-\d+\Z")
        self.assertTrue(found["findings"][0]["hint"])
        self.write("query.ml", 'n = "a"; q = "SELECT * FROM t WHERE n=" + n; print(q);')
        noted, = json.loads(self.mlpy("run", "--json", "query.ml").out)["findings"]
        self.assertEqual((noted["code"], noted["severity"], noted["cwe"], noted["hint"]),
                         ("SEC202", "medium", "CWE-89", "pass values as parameters of the query"))
        self.assertEqual(found["position"], {"file": "p.ml", "line": 1, "column": 1})

    def test_output_that_is_no_text(self):
        found = self.run_json('print("a\\u0000b");\n')
        self.assertEqual(found["stdout"], "a\0b\n")

    def test_profile(self):
        text = "function f(n) {\n    return n + 1;\n}\nfor (i = 0; i < 100; i = i + 1) { f(i); }\nprint(1);\n"
        self.write("q.ml", text)
        result = self.mlpy("run", "q.ml", "--json", "--profile", "--report", "ml-summary", "--report", "raw",
                           "--profile-output", "reports.txt")
        found = json.loads(result.out)
        self.assertEqual(found["stdout"], "1\n")
        profile = found["profile"]
        self.assertEqual(profile["format"], "mlpy-profile")
        self.assertEqual([f["calls"] for f in profile["functions"] if f["name"] == "f"], [100])
        self.assertEqual(list(profile["reports"]), ["ml-summary", "raw"])
        self.assertIn("Top ML Functions:", profile["reports"]["ml-summary"])
        self.assertIn("Top ML Functions:", (self.folder / "reports.txt").read_text())

    def test_without_a_sandbox(self):
        found = self.run_json("result = 2;\n", "--no-sandbox")
        self.assertEqual(found["value"], 2)
        self.assertEqual(found["sandbox"]["isolation"], "none")


if __name__ == "__main__":
    support.main()
