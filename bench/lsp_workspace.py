"""How the language server deals with many files: the rows of editor-protocols.md 9.1 and 9.2 about workspaces (docs/bench.md)."""

import re
import shutil
import time

import generate
from measure import Failed

FILES, LINES = 1_000, 500
SHELF = 20  # files that others import
SHARED = "check_everything"
SYMBOLS = (100, 500)  # files, functions in each
REST = 3  # seconds after which the server has given back what it does not need
MOST_RACY = 1.1  # seconds: files this new may change again unseen


def quantile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


class Workspaces:
    def __init__(self, bench, command, client):
        self.bench = bench
        self.command = command
        self.client = client

    def row(self, name, value, unit, bar, note=""):
        self.bench.row("lsp", name, value, unit, bar, note)

    def start(self, folder, options=None):
        return self.client(self.command, folder, self.bench.environment, index=True, options=options)

    def measure(self):
        self.many_files()
        self.many_symbols()

    def many_files(self):
        """Files that import one of twenty, and all of them a common module."""
        folder = self.bench.folder / "workspace"
        folder.mkdir()
        shutil.rmtree(self.bench.environment["XDG_CACHE_HOME"], ignore_errors=True)
        texts = {"base.ml": f"function {SHARED}(value) {{\n    return value;\n}}\n" + generate.generate(LINES, seed=0, calls=False)}
        for i in range(1, FILES):
            body = generate.generate(LINES - 4, seed=i, calls=False)
            texts[f"part_{i}.ml"] = "import base;\n" + (f"import part_{i % SHELF + 1};\n" if i > SHELF else "") + body + \
                f"print(base.{SHARED}({i}));\n"
        for name, text in texts.items():
            (folder / name).write_text(text)
        size = sum(map(len, texts.values()))
        time.sleep(MOST_RACY)

        opened = folder / "part_7.ml"
        line, column = next((i, m.end()) for i, text in enumerate(texts["part_7.ml"].split("\n")) if (m := re.match(r"    \w+ = \w+", text)))
        there = {"textDocument": {"uri": opened.as_uri()}, "position": {"line": line, "character": column}}
        # What the server needs without an index, for the same work.
        client = self.client(self.command, folder, self.bench.environment)
        self.open(client, opened, texts)
        for _ in range(100):
            client.ask("textDocument/completion", there)
        time.sleep(REST)
        before = client.own()
        client.close()

        client = self.start(folder)
        uri = self.open(client, opened, texts)
        typed = []
        while not self.indexed(client):
            typed.append(client.ask("textDocument/completion", there)[1])
            time.sleep(0.01)
        self.row("index of 1,000 files, cold", time.perf_counter() - client.told, "s", 1.0, f"{size / 1e6:.1f} MB")
        self.row("index of 1,000 files: completion meanwhile p95", quantile(typed, 0.95), "ms", 3)
        time.sleep(REST)
        self.row("memory of closed files", (client.own() - before) / size, "times", 0.25, "of their text")
        self.across(client, folder, texts, uri)
        client.close()

        client = self.start(folder)
        while not self.indexed(client):
            time.sleep(0.002)
        self.row("index of 1,000 files, warm", (time.perf_counter() - client.told) * 1000, "ms", 150)
        client.close()
        self.closed(folder, texts)

    def closed(self, folder, texts):
        """An export that all use gets another name and its own again; they are closed, and the client wants their findings."""
        client = self.start(folder, {"diagnostics": {"scope": "workspace"}})
        while not self.indexed(client):
            time.sleep(0.01)
        base = self.open(client, folder / "base.ml", texts)
        importers = {(folder / name).as_uri() for name in texts} - {base}
        times = []
        for version in range(2, 8):
            used = -1
            while used != (used := client.used()):  # until it is at rest
                time.sleep(0.3)
            times.append(self.renamed(client, base, version, importers.copy()))
        self.row("edit of an imported module to its closed importers", quantile(times, 0.5), "ms", 150, f"{len(texts) - 1} of them")
        client.close()

    def renamed(self, client, base, version, waiting):
        """An export gets another name, in even versions, or its own again: milliseconds to the last finding about it."""
        begin = len("function ")
        span = {"start": {"line": 0, "character": begin}, "end": {"line": 0, "character": begin + version % 2}}
        change = {"range": span, "text": "x" if version % 2 == 0 else ""}
        sent = client.tell("textDocument/didChange", {"textDocument": {"uri": base, "version": version}, "contentChanges": [change]})

        def last(message):
            params = message.get("params", {})
            if message.get("method") == "textDocument/publishDiagnostics":
                wrong = any(SHARED in d["message"] for d in params["diagnostics"])
                if wrong == (version % 2 == 0):
                    waiting.discard(params["uri"])
            return not waiting

        return (client.next(last)[0] - sent) * 1000

    def across(self, client, folder, texts, uri):
        """Questions whose answers are in all files."""
        line = texts["part_7.ml"].count("\n") - 1
        use = {"textDocument": {"uri": uri}, "position": {"line": line, "character": 12}}
        times = []
        for _ in range(40):
            found, took = client.ask("textDocument/references", {**use, "context": {"includeDeclaration": True}})
            times.append(took)
        if len(found) != FILES:
            raise Failed(f"{len(found)} references are found in {FILES} files")
        self.row("references in 1,000 files p50", quantile(times, 0.5), "ms", 15)
        self.row("references in 1,000 files p95", quantile(times, 0.95), "ms", 30)
        rename = {"files": [{"oldUri": (folder / "base.ml").as_uri(), "newUri": (folder / "ground.ml").as_uri()}]}
        self.row("edits for a moved module, 999 importers", client.ask("workspace/willRenameFiles", rename)[1], "ms", 200)

        # An export gets another name and its own again.
        open_ones = [self.open(client, folder / f"part_{i}.ml", texts) for i in range(100, 110)]
        base = self.open(client, folder / "base.ml", texts)
        times = []
        for version in range(2, 42):
            times.append(self.renamed(client, base, version, set(open_ones)))
        self.row("edit of an imported module to its open importers", quantile(times, 0.5), "ms", 10, f"{len(open_ones)} of them")

    def many_symbols(self):
        folder = self.bench.folder / "symbols"
        folder.mkdir()
        for i in range(SYMBOLS[0]):
            lines = (f"function load_{generate.NOUNS[n % len(generate.NOUNS)]}_{i}_{n}(a) {{ return a; }}\n" for n in range(SYMBOLS[1]))
            (folder / f"names_{i}.ml").write_text("".join(lines))
        client = self.start(folder)
        while not self.indexed(client):
            time.sleep(0.01)
        times = []
        for i in range(60):
            query = ["load", "custo", f"l_{i}", "price42", "rep_1"][i % 5]
            found, took = client.ask("workspace/symbol", {"query": query})
            times.append(took)
        if not found:
            raise Failed("no symbol is found")
        self.row("workspace symbol, 50,000 symbols p50", quantile(times, 0.5), "ms", 5)
        self.row("workspace symbol, 50,000 symbols p95", quantile(times, 0.95), "ms", 10)
        client.close()

    def open(self, client, path, texts):
        uri = path.as_uri()
        client.tell("textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "ml", "version": 1, "text": texts[path.name]}})
        client.next(lambda m: m.get("method") == "textDocument/publishDiagnostics" and m["params"]["uri"] == uri)
        return uri

    def indexed(self, client):
        return client.ask("workspace/executeCommand", {"command": "ml.serverStatus", "arguments": []})[0]["indexed"]
