"""mlpy fmt: in place, --check, --diff, folders, standard input, files with mistakes."""

import subprocess

import support

LOOSE = "x=1;\ny=2;\n\na=1;\nb=2;\nc=3;\nd=4;\nz = 5;\n"
NEAT = "x = 1;\ny = 2;\n\na = 1;\nb = 2;\nc = 3;\nd = 4;\nz = 5;\n"


class Format(support.CommandTest):
    def read(self, name):
        return (self.folder / name).read_text()

    def test_in_place_and_only_once(self):
        self.write("p.ml", LOOSE)
        result = self.mlpy("fmt", "p.ml")
        self.assertEqual((result.status, result.out, result.err), (0, "formatted p.ml\n", ""))
        self.assertEqual(self.read("p.ml"), NEAT)
        result = self.mlpy("fmt", "p.ml")
        self.assertEqual((result.status, result.out), (0, ""))

    def test_check_writes_nothing_and_fails(self):
        self.write("p.ml", LOOSE)
        self.write("q.ml", NEAT)
        result = self.mlpy("fmt", "--check", "p.ml", "q.ml")
        self.assertEqual((result.status, result.out), (1, "would format p.ml\n"))
        self.assertEqual(self.read("p.ml"), LOOSE)
        self.assertEqual(self.mlpy("fmt", "--check", "q.ml").status, 0)

    def test_a_diff_that_can_be_applied(self):
        text = LOOSE + "\n\n\n" + "f( 1 );\n" * 20 + "if(a){b();\nc();}\nlast=[1,\n2]"
        self.write("p.ml", text)
        result = self.mlpy("fmt", "--diff", "p.ml")
        self.assertEqual(result.status, 0)
        self.assertTrue(result.out.startswith("--- p.ml\n+++ p.ml\n@@ -1,"), result.out)
        self.assertEqual(self.read("p.ml"), text)
        patched = subprocess.run(["git", "apply", "-p0", "--unidiff-zero", "-"], input=result.out, text=True,
                                 cwd=self.folder, capture_output=True)
        self.assertEqual((patched.returncode, patched.stderr), (0, ""), result.out)
        self.assertEqual(self.mlpy("fmt", "--check", "p.ml").status, 0)

    def test_folders_and_options(self):
        self.write("src/a.ml", "if(a){\nb('x');}\n")
        self.write("src/.hidden/b.ml", "x=1;\n")
        self.write("src/c.txt", "x=1;\n")
        self.assertEqual(self.mlpy("fmt", "--indent", "2", "--quotes", "double", "src").status, 0)
        self.assertEqual(self.read("src/a.ml"), 'if (a) {\n  b("x");\n}\n')
        self.assertEqual(self.read("src/.hidden/b.ml"), "x=1;\n")
        self.assertEqual(self.read("src/c.txt"), "x=1;\n")

    def test_mistakes_are_told_and_left(self):
        self.write("p.ml", "x  = ;\ny=2;\n")
        result = self.mlpy("fmt", "p.ml")
        self.assertEqual(result.status, 3)
        self.assertIn("p.ml:1:", result.err)
        self.assertEqual(self.read("p.ml"), "x  = ;\ny = 2;\n")

    def test_a_missing_file(self):
        self.assertEqual(self.mlpy("fmt", "nothing.ml").status, 2)


if __name__ == "__main__":
    support.main()
