"""Every Python block of docs/python.md runs, in order, and gives what it says."""

import ast
import re
import sys
import unittest
from pathlib import Path

MANUAL = Path(__file__).resolve().parents[2] / "docs/python.md"


class Manual(unittest.TestCase):
    def test_blocks(self):
        text = MANUAL.read_text(encoding="utf-8")
        names = {"__name__": "manual"}
        checked = 0
        for match in re.finditer(r"^```python\n(.*?)^```", text, re.S | re.M):
            line = text.count("\n", 0, match.start()) + 1
            for statement, expected in self.statements(match[1]):
                place = f"docs/python.md:{line + statement.lineno}"
                with self.subTest(place=place):
                    if isinstance(statement, ast.Expr):
                        value = eval(compile(ast.Expression(statement.value), place, "eval"), names)
                        if expected is not None:
                            self.assertEqual(repr(value), expected)
                            checked += 1
                    else:
                        self.assertIsNone(expected, "a value is claimed for no expression")
                        exec(compile(ast.Module([statement], []), place, "exec"), names)
        self.assertGreater(checked, 15)

    def statements(self, block):
        """Statements, each with the value that the comment behind it claims."""
        lines = block.splitlines()
        for statement in ast.parse(block).body:
            after = lines[statement.end_lineno] if statement.end_lineno < len(lines) else ""
            yield statement, after.removeprefix("# => ") if after.startswith("# => ") else None


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
