#!/usr/bin/env python3
"""Security findings as the commands show them: audit, security-analyze, and what run, transpile and check do about them."""

import json

import support

SERIOUS = 'import file;\nname = input();\nfile.delete(name);\n'


class Audit(support.CommandTest):
    def audit(self, text, *options, command="audit"):
        self.write("p.ml", text)
        return self.mlpy(command, "p.ml", *options)

    def test_text(self):
        told = self.audit(SERIOUS)
        self.assertEqual(told.status, 1)
        self.assertIn("p.ml:3:13: high SEC401: unchecked input decides what is deleted (CWE-22, data_flow)", told.out)
        self.assertIn("note: comes from input (p.ml:2:8)", told.out)
        self.assertIn("1 security issue found: 1 high", told.out)

    def test_json(self):
        told = self.audit(SERIOUS, "--format", "json", "--deep-analysis")
        self.assertEqual(told.status, 1)
        made = json.loads(told.out)
        self.assertEqual((made["file"], made["analysis_type"], made["threat_level_filter"], made["issues_count"]),
                         ("p.ml", "deep", "all", 1))
        issue = made["issues"][0]
        self.assertEqual({key: issue[key] for key in ("code", "severity", "category", "message", "line", "column", "cwe")},
                         {"code": "SEC401", "severity": "high", "category": "data_flow", "line": 3, "column": 13,
                          "message": "unchecked input decides what is deleted", "cwe": "CWE-22"})
        self.assertTrue(issue["recommendation"])

    def test_nothing_found(self):
        told = self.audit("print(1);")
        self.assertEqual((told.status, told.out), (0, "No security issues found.\n"))
        self.assertEqual(json.loads(self.audit("print(1);", "--format", "json").out)["issues"], [])

    def test_levels(self):
        text = 'x = "eval(1)";\ntry { print(x); } except (e) { }\n'
        codes = {level: [issue["code"] for issue in json.loads(self.audit(text, "--format", "json", "--threat-level", level).out)["issues"]]
                 for level in ("all", "low", "medium", "high", "critical")}
        self.assertEqual(codes, {"all": ["SEC201", "SEC213"], "low": ["SEC201", "SEC213"], "medium": ["SEC201"], "high": [], "critical": []})
        self.assertEqual(self.audit(text).status, 0)
        self.assertEqual(self.audit(text, "--threat-level", "severe").status, 2)

    def test_a_missing_module_is_SEC108(self):
        told = self.audit("import matth;\nprint(matth);")
        self.assertEqual(told.status, 1)
        self.assertIn("high SEC108: no module 'matth'; nearest: math", told.out)

    def test_mistakes_of_syntax(self):
        told = self.audit("x = ;")
        self.assertEqual(told.status, 3)
        self.assertIn("error ML0100", told.err)

    def test_report(self):
        told = self.audit(SERIOUS, "--include-flow-diagram", command="security-analyze")
        self.assertEqual(told.status, 1)
        self.assertIn("Security analysis of p.ml", told.out)
        self.assertIn("p.ml:2 comes from input --> p.ml:3", told.out)
        page = self.audit(SERIOUS + 'print("<script>{{ x }}</script>");', "--format", "html", command="security-analyze")
        self.assertIn("<!doctype html>", page.out)
        self.assertIn("&lt;script&gt;", page.out)
        self.assertNotIn("<script>", page.out)
        written = self.audit(SERIOUS, "--format", "json", "-o", "report.json", command="security-analyze")
        self.assertEqual((written.status, written.out), (1, ""))
        self.assertEqual(json.loads((self.folder / "report.json").read_text())["analysis_type"], "deep")


class Strictness(support.CommandTest):
    def test_critical_and_high_findings_stop_a_program(self):
        for text, code in (('print(eval("1"));', "SEC104"), ("o = {f_code: 1}; print(o.f_code);", "SEC106")):
            self.write("p.ml", text)
            for command in ("run", "transpile", "check"):
                with self.subTest(code=code, command=command):
                    told = self.mlpy(command, "p.ml")
                    self.assertEqual(told.status, 4, told.err)
                    self.assertIn(code, told.out + told.err)
        self.assertFalse((self.folder / "p.py").exists())

    def test_no_strict_lets_high_ones_pass(self):
        self.write("p.ml", "o = {f_code: 1}; print(o.f_code);")
        for _ in range(2):  # the second time from the cache
            told = self.mlpy("run", "--no-strict", "p.ml")
            self.assertEqual((told.status, told.out), (0, "1\n"))
            self.assertIn("high SEC106", told.err)
        self.assertEqual(self.mlpy("check", "--no-strict", "p.ml").status, 0)
        self.assertEqual(self.mlpy("run", "p.ml").status, 4)
        self.write("p.ml", 'print(eval("1"));')
        self.assertEqual(self.mlpy("run", "--no-strict", "p.ml").status, 4)

    def test_a_module_is_judged_with_the_program(self):
        self.write("helper.ml", 'function f(x) { return x.__class__; }')
        self.write("p.ml", "import helper; print(helper.f);")
        told = self.mlpy("run", "p.ml")
        self.assertEqual(told.status, 4)
        self.assertIn("helper.ml:1:26: critical SEC102", told.err)

    def test_others_are_told_and_stop_nothing(self):
        self.write("p.ml", 'print("eval(1)");')
        told = self.mlpy("run", "p.ml")
        self.assertEqual((told.status, told.out), (0, "eval(1)\n"))
        self.assertIn("medium SEC201", told.err)
        self.assertEqual(self.mlpy("run", "--quiet", "p.ml").err, "")

    def test_json_of_check(self):
        self.write("p.ml", 'print(eval("1"));')
        told = self.mlpy("check", "--json", "p.ml")
        self.assertEqual(told.status, 4)
        self.assertEqual([(f["code"], f["severity"]) for f in json.loads(told.out)["findings"]], [("SEC104", "critical")])


if __name__ == "__main__":
    support.main()
