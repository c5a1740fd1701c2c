"""What a person types, and what comes back: output, errors, exit codes (cli-and-python-api.md 1.1)."""

import json
import subprocess
import sys

import support


class Run(support.CommandTest):
    def test_a_hopeless_file_is_not_told_line_by_line(self):
        self.write("p.ml", "x++;\n" * 1000 + "y = missing;\n" * 5)
        result = self.mlpy("check", "p.ml")
        self.assertEqual((result.status, result.err), (3, "1005 errors, 0 warnings\n"))
        self.assertEqual(result.out.count("ML0120"), 200)
        self.assertTrue(result.out.endswith("note: 805 more findings in p.ml are not shown; `mlpy check --json` lists all\n"))
        self.assertEqual(len(json.loads(self.mlpy("check", "--json", "p.ml").out)["findings"]), 1005)

    def test_output_of_the_program_and_nothing_else(self):
        self.write("hello.ml", 'print("hello", 1 + 2);')
        result = self.mlpy("run", "hello.ml")
        self.assertEqual((result.status, result.out, result.err), (0, "hello 3\n", ""))

    def test_an_uncaught_error_names_the_ml_place(self):
        self.write("shop.ml", "function price(a, b) {\n    return a / b;\n}\n\nprint(price(1, 0));\n")
        result = self.mlpy("run", "shop.ml")
        self.assertEqual(result.status, 1)
        self.assertEqual(result.err.splitlines()[:5], [
            "error[ML2003] ZeroDivisionError: division by zero",
            "  --> shop.ml:2:14",
            "   |",
            " 2 |     return a / b;",
            "   |              ^",
        ])

    def test_a_program_with_errors_is_not_started(self):
        self.write("broken.ml", 'print("never");\nprint(totl);\n')
        result = self.mlpy("run", "broken.ml")
        self.assertEqual((result.status, result.out), (3, ""))
        self.assertIn("broken.ml:2:7: error ML0201", result.err)

    def test_a_missing_file_is_a_usage_error_with_a_near_name(self):
        self.write("orders.ml", "print(1);")
        result = self.mlpy("run", "order.ml")
        self.assertEqual(result.status, 2)
        self.assertIn("did you mean 'orders.ml'?", result.err)

    def test_options_may_follow_the_file(self):
        self.write("p.ml", "print(1);")
        result = self.mlpy("run", "p.ml", "--profile", "--report", "ml-summary", "--ascii")
        self.assertEqual(result.status, 0)
        self.assertTrue(result.out.startswith("1\n\n=== PERFORMANCE PROFILING REPORTS ===\n"), result.out)
        self.assertIn("ML CODE PERFORMANCE SUMMARY", result.out)

    def test_what_follows_two_dashes_is_the_programs(self):
        self.write("p.ml", "print(1);")
        result = self.mlpy("run", "p.ml", "--", "--report", "nonsense")
        self.assertEqual((result.status, result.out), (0, "1\n"))

    def test_a_report_can_go_to_a_file(self):
        self.write("p.ml", "print(1);")
        result = self.mlpy("run", "p.ml", "--profile", "--profile-output", "reports/summary.txt")
        self.assertEqual(result.out, "1\nProfiling report saved to reports/summary.txt\n")
        self.assertIn("(top level) (p.ml:1)", (self.folder / "reports/summary.txt").read_text())

    def test_an_unknown_report_stops_before_the_program(self):
        self.write("p.ml", "print(1);")
        result = self.mlpy("run", "p.ml", "--report", "nonsense")
        self.assertEqual((result.status, result.out), (2, ""))

    def test_profiling_leaves_the_exit_code(self):
        self.write("p.ml", 'function f() { throw "no"; }\nf();\n')
        result = self.mlpy("run", "p.ml", "--profile")
        self.assertEqual(result.status, 1)
        self.assertIn("error[ML2014] Error: no", result.err)
        self.assertIn("f (p.ml:1)", result.out)

    def test_modules_beside_the_program_and_on_the_import_path(self):
        self.write("main.ml", "import near;\nimport far.away as a;\nprint(near.N, a.f(2));\n")
        self.write("near.ml", "N = 1;")
        self.write("lib/far/away.ml", "function f(x) { return x * 10; }")
        self.assertEqual(self.mlpy("run", "main.ml", "--import-paths", "lib").out, "1 20\n")
        missing = self.mlpy("run", "main.ml")
        self.assertEqual(missing.status, 3)
        self.assertIn("error ML0601: module 'far.away' not found", missing.err)

    def test_a_closed_pipe_ends_the_program_quietly(self):
        self.write("p.ml", "for (i in range(100000)) { print(i); }")
        process = subprocess.Popen([support.MLPY, "run", "p.ml"], cwd=self.folder, env=self.environment,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdout.readline()
        process.stdout.close()
        self.assertEqual((process.stderr.read(), process.wait(timeout=60)), (b"", 1))
        process.stderr.close()


class Check(support.CommandTest):
    def test_findings_as_json(self):
        self.write("p.ml", "x = 5\nprint(y);\n")
        result = self.mlpy("check", "p.ml", "--json")
        self.assertEqual(result.status, 3)
        document = json.loads(result.out)
        self.assertFalse(document["ok"])
        self.assertEqual([(f["code"], f["line"], f["column"]) for f in document["findings"]],
                         [("ML0101", 1, 6), ("ML0201", 2, 7)])

    def test_warnings_do_not_fail_unless_asked(self):
        self.write("p.ml", "x = 1;\nx == 2;\n")
        self.assertEqual(self.mlpy("check", "p.ml").status, 0)
        self.assertEqual(self.mlpy("check", "p.ml", "--werror").status, 3)

    def test_findings_of_an_imported_module_name_its_file(self):
        self.write("main.ml", "import part;\nprint(part.f());\n")
        self.write("part.ml", "function f() { return missing; }\n")
        result = self.mlpy("check", "main.ml")
        self.assertEqual(result.status, 3)
        self.assertIn("part.ml:1:23: error ML0201", result.out)
        self.assertIn("main.ml:1:8: error ML0608", result.out)

    def test_a_folder_is_every_program_below_it(self):
        self.assertEqual(self.mlpy("check", ".").status, 2)
        self.write("main.ml", "import part;\nprint(part.f(), a);\n")
        self.write("part.ml", "function f() { return 1; }\n1;\n")
        self.write("below/other.ml", "print(b);\n")
        self.write(".hidden/left_out.ml", "print(c);\n")
        found = json.loads(self.mlpy("check", "--json", ".").out)["findings"]
        self.assertEqual([(f["file"], f["code"]) for f in found],
                         [("below/other.ml", "ML0201"), ("main.ml", "ML0201"), ("part.ml", "ML0312")])


class Transpile(support.CommandTest):
    def test_writes_python_and_a_source_map(self):
        self.write("p.ml", "x = 1;\nprint(x + 1);\n")
        result = self.mlpy("transpile", "p.ml", "--sourcemap")
        self.assertEqual((result.status, result.out), (0, "Successfully transpiled to p.py\n"))
        python = (self.folder / "p.py").read_text()
        compile(python, "p.py", "exec")
        self.assertIn("# sourceMappingURL=p.py.map", python)
        source_map = json.loads((self.folder / "p.py.map").read_text())
        self.assertEqual((source_map["version"], source_map["sources"]), (3, ["p.ml"]))
        lines = source_map["mappings"].split(";")
        row = next(i for i, line in enumerate(python.splitlines()) if line.startswith("print("))
        self.assertTrue(lines[row], "the line of print has no mapping")

    def test_a_file_of_somebody_else_is_kept(self):
        self.write("p.ml", "x = 1;")
        self.write("p.py", "precious = True\n")
        self.assertEqual(self.mlpy("transpile", "p.ml").status, 2)
        self.assertEqual((self.folder / "p.py").read_text(), "precious = True\n")
        self.assertEqual(self.mlpy("transpile", "p.ml", "--force").status, 0)

    def test_nothing_is_written_for_a_program_with_errors(self):
        self.write("p.ml", "x = ;")
        self.assertEqual(self.mlpy("transpile", "p.ml", "-o", "out.py").status, 3)
        self.assertFalse((self.folder / "out.py").exists())


class Other(support.CommandTest):
    def test_version(self):
        self.assertRegex(self.mlpy("--version").out, r"^mlpy version \d+\.\d+\.\d+\n$")

    def test_no_arguments_is_help(self):
        result = self.mlpy()
        self.assertEqual(result.status, 0)
        self.assertIn("transpile", result.out)

    def test_an_unknown_command_names_a_near_one(self):
        result = self.mlpy("chek", "p.ml")
        self.assertEqual(result.status, 2)
        self.assertIn("did you mean 'check'?", result.err)

    def test_parse_shows_the_tree_and_the_errors(self):
        self.write("p.ml", "x = 1 + 2;\ny = ;\n")
        result = self.mlpy("parse", "p.ml")
        self.assertEqual(result.status, 3)
        self.assertIn("Binary +", result.out)
        self.assertIn("p.ml:2:5: error ML0100", result.err)

    def test_the_catalogue_is_json(self):
        document = json.loads(self.mlpy("stdlib-catalogue", "--json").out)
        self.assertEqual(document["catalogueVersion"], 1)


if __name__ == "__main__":
    support.main()
