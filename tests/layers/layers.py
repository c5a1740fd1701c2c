#!/usr/bin/env python3
"""The house rules that a machine can see: who includes whom, how long files are, that every finding is documented."""

import re
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAX_LINES = 500


def committed_files():
    """Files of the repository, also new ones that are not ignored."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode == 0:
        return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]
    return [p for p in ROOT.rglob("*") if p.is_file() and not {"build", ".git"} & set(p.relative_to(ROOT).parts)]


FILES = committed_files()


def is_generated(path):
    name = path.relative_to(ROOT).as_posix()
    return "generated" in name or name.startswith("core/syntax/grammar/src/")


def layers():
    """folder -> folders it may include, closed under 'and what they may'."""
    direct = {}
    for line in (ROOT / "cmake/layers.txt").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            folder, _, allowed = line.partition(":")
            direct[folder] = allowed.split()

    def closure(folder):
        result = {folder}
        for used in direct[folder]:
            result |= closure(used)
        return result

    return {folder: closure(folder) for folder in direct}


def folder_of(name, folders):
    """The deepest listed folder that holds the file, or None."""
    holders = [f for f in folders if name.startswith(f + "/")]
    return max(holders, key=len, default=None)


class Layers(unittest.TestCase):
    def test_includes_go_one_way(self):
        allowed = layers()
        seen = 0
        for path in FILES:
            if path.suffix not in (".h", ".cpp", ".c", ".def") or is_generated(path):
                continue
            name = path.relative_to(ROOT).as_posix()
            folder = folder_of(name, allowed)
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                include = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
                if not include:
                    continue
                seen += 1
                target = include[1]
                place = f"{name}:{number} includes {target}"
                generated = target.startswith(("tree_sitter/", "core/syntax/grammar/"))
                if not (ROOT / target).exists() and not generated:
                    beside = (path.parent / target).exists()
                    self.assertFalse(beside, f"{place}: write includes from the repository root")
                    continue  # made by the build
                if folder and not generated:
                    self.assertIn(folder_of(target, allowed), allowed[folder], f"{place}: see cmake/layers.txt")
        self.assertGreater(seen, 50)

    def test_every_source_folder_has_a_layer(self):
        known = layers()
        outside = ("tests/", "bench/", "examples/", "docs/")
        for path in FILES:
            name = path.relative_to(ROOT).as_posix()
            if path.suffix in (".h", ".cpp") and not name.startswith(outside):
                self.assertTrue(folder_of(name, known), f"{name} lies in no folder of cmake/layers.txt")


class Sizes(unittest.TestCase):
    def test_files_are_short(self):
        for path in FILES:
            if path.suffix in (".h", ".cpp", ".py", ".cmake", ".sh") and not is_generated(path):
                lines = len(path.read_text(encoding="utf-8").splitlines())
                self.assertLess(lines, MAX_LINES, f"{path.relative_to(ROOT)} has {lines} lines: cut it in two")


class Findings(unittest.TestCase):
    """core/diag/catalogue.def against docs/diagnostics and the tests."""

    def setUp(self):
        text = (ROOT / "core/diag/catalogue.def").read_text()
        self.findings = [(self.code(int(n)), name) for name, n in re.findall(r"^ML_DIAG\((\w+), (\d+),", text, re.M)]
        self.pages = {p.stem: p.read_text() for p in (ROOT / "docs/diagnostics").glob("*.md")}

    @staticmethod
    def code(number):
        return f"SEC{number - 100000}" if 100000 <= number < 101000 else f"ML{number % 10000:04}"

    def test_codes_are_unique(self):
        codes = [c for c, _ in self.findings]
        self.assertGreater(len(codes), 50)
        twice = {c for c in codes if codes.count(c) > 1}
        self.assertEqual(twice, {"ML1036", "ML1045"})  # one code, how bad depends on the place

    def test_every_finding_has_a_page(self):
        missing = [c for c, _ in self.findings if c not in self.pages]
        self.assertFalse(missing, "no docs/diagnostics page")
        known = {c for c, _ in self.findings}
        self.assertFalse([p for p in self.pages if re.fullmatch(r"(ML|SEC)\d+", p) and p not in known])

    def test_every_finding_is_tested(self):
        tests = "\n".join(p.read_text(encoding="utf-8", errors="replace") for p in FILES
                          if (ROOT / "tests") in p.parents and p.suffix in (".cpp", ".case", ".py", ".ml", ".txt"))
        untested = [c for c, name in self.findings
                    if c not in tests and f"diag::{name}" not in tests and "```ml" not in self.pages.get(c, "")]
        self.assertFalse(untested, "neither a test nor a page with an example")


if __name__ == "__main__":
    sys.exit(unittest.main(argv=sys.argv[:1]))
