"""Every Python block of docs/python.md and the README runs, in order, and gives what it says."""

import ast
import re
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Manual(unittest.TestCase):
    def test_manual(self):
        self.assertGreater(self.checked("docs/python.md"), 20)

    def test_readme(self):
        self.assertGreater(self.checked("README.md"), 1)

    def checked(self, page):
        """How many values of blocks are as the page says."""
        text = (ROOT / page).read_text(encoding="utf-8")
        names = {"__name__": "manual"}
        checked = 0
        for match in re.finditer(r"^```python\n(.*?)^```", text, re.S | re.M):
            line = text.count("\n", 0, match.start()) + 1
            for statement, expected in self.statements(match[1]):
                place = f"{page}:{line + statement.lineno}"
                with self.subTest(place=place):
                    if isinstance(statement, ast.Expr):
                        value = eval(compile(ast.Expression(statement.value), place, "eval"), names)
                        if expected is not None:
                            self.assertEqual(repr(value), expected)
                            checked += 1
                    else:
                        self.assertIsNone(expected, "a value is claimed for no expression")
                        exec(compile(ast.Module([statement], []), place, "exec"), names)
        return checked

    def statements(self, block):
        """Statements, each with the value that the comment behind it claims."""
        lines = block.splitlines()
        for statement in ast.parse(block).body:
            after = lines[statement.end_lineno] if statement.end_lineno < len(lines) else ""
            yield statement, after.removeprefix("# => ") if after.startswith("# => ") else None


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
