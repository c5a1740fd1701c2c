"""Quick fixes over the whole catalogue: each page of docs/diagnostics begins with a program that has the finding. Every fix
that is offered there cures it and leaves a program without new mistakes; codes without a fix are listed with the reason."""
import pathlib
import re
import sys
import tempfile
import unittest

from server_client import Client, applied

PROGRAM = sys.argv.pop(1)
PAGES = pathlib.Path(__file__).resolve().parents[2] / "docs" / "diagnostics"

NO_FIX = {
    "no text says what was meant": "ML0001 ML0006 ML0100 ML0103 ML0111 ML0404 ML0406 ML0407 ML0408 ML0409 SEC205 SEC206 SEC207 SEC209",
    "the cure is another program": "ML0124 ML0125 ML0138 ML0140 ML0204 ML0305 ML0306 ML0310 ML0602 ML0608 SEC102 SEC106 SEC115 "
    "SEC201 SEC202 SEC203 SEC204 SEC208 SEC211 SEC212 SEC214 SEC215 SEC216 SEC403 SEC404 ML1035 ML1036 ML1045",
    "a name only its author can choose": "ML0604 ML0605 ML0606 SEC101 SEC110",
    "rights are for people to give": "SEC109 SEC111 SEC301 SEC304 SEC305",
    "not found in programs": "SEC108 SEC116",
}
# Not in the page: nobody would see it.
SAMPLES = {"SEC114": [("main.ml", 'x = "a\u202eb";\nprint(x);\n')]}
REASONS = {code: reason for reason, codes in NO_FIX.items() for code in codes.split()}


def programs(page):
    """Files of the first program of a page: [(name, text)]."""
    block = re.search(r"^```ml\n(.*?)^```", page.read_text(), re.S | re.M)
    if not block:
        return None
    parts = re.split(r"^--- (\S+)\n", block[1], flags=re.M)
    return [("main.ml", parts[0]), *zip(parts[1::2], parts[2::2])]


class Fixes(unittest.TestCase):
    def test_catalogue(self):
        for page in sorted(PAGES.glob("*.md")):
            with self.subTest(page.stem):
                self.check(page.stem, SAMPLES.get(page.stem) or programs(page))

    def check(self, code, files):
        if files is None:
            self.assertIn(code, REASONS)
            return
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files:
                pathlib.Path(folder, name).parent.mkdir(parents=True, exist_ok=True)
                pathlib.Path(folder, name).write_text(text)
            client = Client(PROGRAM, folder).ready()
            try:
                fixes = self.fixes(client, code, dict(files))
            finally:
                client.end()
        if code in REASONS:
            self.assertEqual([], fixes, f"{code} has a fix, but is listed as one without: {REASONS[code]}")
        else:
            self.assertTrue(fixes, f"{code} has no fix, and no reason is given")

    def fixes(self, client, code, files):
        client.open("main.ml", files["main.ml"])
        before = client.findings("main.ml")
        mine = [f for f in before if f.get("code") == code]
        if not mine:
            self.assertIn(code, REASONS, "the page's program does not have the finding")
            return []
        mistakes = sum(f["severity"] == 1 for f in before)
        titles = []
        for finding in mine:
            for action in client.actions("main.ml", finding["range"], "quickfix", [finding]):
                if action["title"].startswith("Ignore ") or finding not in action.get("diagnostics", []):
                    continue
                titles.append(action["title"])
                texts = applied(action, {client.uri(name): text for name, text in files.items()})
                made = {uri: text for uri, text in texts.items() if uri not in map(client.uri, files)}
                for uri, text in made.items():
                    pathlib.Path(uri.removeprefix("file://")).write_text(text)
                    client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": uri, "type": 1}]})
                after = texts[client.uri("main.ml")]
                client.change("main.ml", after)
                left = client.findings("main.ml")
                said = f"{code}: {action['title']}\n{after}\n{left}"
                same = lambda f: f.get("code") == code and f["message"] == finding["message"]
                self.assertLess(sum(map(same, left)), sum(map(same, mine)), said)
                self.assertLessEqual(sum(f["severity"] == 1 for f in left), mistakes, said)
                client.change("main.ml", files["main.ml"])
        return titles


if __name__ == "__main__":
    unittest.main()
