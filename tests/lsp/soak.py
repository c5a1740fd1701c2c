#!/usr/bin/env python3
"""Works with the language server as people do, for a long time: edits and requests of every kind, files opened and closed.
Fails when the server ends, when an answer is an error, or when it has more bytes of its heap in use, resident memory,
descriptors or threads at the end than in the beginning (editor-protocols.md 9.2). The heap in use tells kept data from what the
allocator keeps between blocks.

    soak.py MLPY_LSP HEAP_IN_USE [--minutes 20]

HEAP_IN_USE is the library made of tests/support/heap_in_use.cpp. Measured is when the server has come to rest with files that
were just opened: one that was worked with keeps its tree for a while.
"""

import argparse
import os
import random
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))
import generate  # noqa: E402
import lsp_group  # noqa: E402

LINES = 2_000
MOST_GROWTH = 0.02
SLACK = 1 << 20  # bytes: each thread keeps some freed blocks, and these count as in use
STILL, PATIENCE = 3, 30  # seconds without a change that are rest, and until it comes
PIECES = ["q", " ", ";", "}", "{", '"', "`", "// c\n", "\n", "x = 1;\n", "function f(a) { return a; }\n", "/*", "import json;\n", "é𝄞"]


class Work:
    def __init__(self, client, folder):
        self.client = client
        self.random = random.Random(1)
        self.texts = {}
        self.versions = {}
        for i in range(3):
            path = folder / f"soak_{i}.ml"
            path.write_text(generate.generate(LINES, seed=i + 1))
            self.open(path)

    def open(self, path):
        uri = path.as_uri()
        self.texts[uri] = path.read_text()
        self.versions[uri] = 1
        self.client.tell("textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "ml", "version": 1, "text": self.texts[uri]}})
        self.client.diagnostics(1)

    def change(self, uri, begin, end, inserted):
        """Bytes and units are the same: the client speaks UTF-8."""
        text = self.texts[uri].encode()

        def place(at):
            line = text.count(b"\n", 0, at)
            return {"line": line, "character": at - (text.rfind(b"\n", 0, at) + 1)}

        self.versions[uri] += 1
        change = {"range": {"start": place(begin), "end": place(end)}, "text": inserted}
        self.client.tell("textDocument/didChange", {"textDocument": {"uri": uri, "version": self.versions[uri]}, "contentChanges": [change]})
        self.texts[uri] = (text[:begin] + inserted.encode() + text[end:]).decode()

    def edit(self, uri):
        """Something typed somewhere, asked about, and taken back."""
        text = self.texts[uri].encode()
        at = self.random.randrange(len(text))
        piece = self.random.choice(PIECES)
        self.change(uri, at, at, piece)
        self.ask(uri)
        self.change(uri, at, at + len(piece.encode()), "")
        self.client.diagnostics(self.versions[uri])

    def ask(self, uri):
        document = {"textDocument": {"uri": uri}}
        lines = self.texts[uri].split("\n")
        line = self.random.randrange(len(lines))
        at = {"line": line, "character": self.random.randrange(len(lines[line].encode()) + 1)}
        there = {**document, "position": at}
        window = {**document, "range": {"start": {"line": max(0, line - 50), "character": 0}, "end": {"line": line + 50, "character": 0}}}
        options = {"options": {"tabSize": 4, "insertSpaces": True}}
        requests = [
            ("textDocument/completion", there), ("textDocument/hover", there), ("textDocument/signatureHelp", there),
            ("textDocument/definition", there), ("textDocument/references", {**there, "context": {"includeDeclaration": True}}),
            ("textDocument/documentHighlight", there), ("textDocument/prepareRename", there), ("textDocument/documentSymbol", document),
            ("textDocument/foldingRange", document), ("textDocument/selectionRange", {**document, "positions": [at]}),
            ("textDocument/semanticTokens/full", document), ("textDocument/semanticTokens/range", window),
            ("textDocument/inlayHint", window), ("textDocument/codeLens", document), ("textDocument/documentLink", document),
            ("textDocument/codeAction", {**document, "range": {"start": at, "end": at}, "context": {"diagnostics": []}}),
            ("textDocument/formatting", {**document, **options}), ("textDocument/rangeFormatting", {**window, **options}),
            ("workspace/symbol", {"query": "count"}),
        ]
        self.client.ask(*self.random.choice(requests))

    def reopen(self, folder, uri):
        self.client.tell("textDocument/didClose", {"textDocument": {"uri": uri}})
        self.open(Path(folder) / uri.rsplit("/", 1)[1])

    def go_on(self, folder, until):
        rounds = 0
        while time.monotonic() < until:
            uri = self.random.choice(list(self.texts))
            self.edit(uri) if self.random.random() < 0.5 else self.ask(uri)
            if self.random.random() < 0.02:
                self.reopen(folder, self.random.choice(list(self.texts)))
            rounds += 1
        return rounds


class Memory:
    """Bytes of the server: in use, and resident."""

    def __init__(self, client, fifo):
        self.client = client
        self.fifo = fifo

    def now(self):
        fifo, line, end = os.open(self.fifo, os.O_RDONLY | os.O_NONBLOCK), b"", time.monotonic() + PATIENCE
        try:
            while not line.endswith(b"\n"):
                if time.monotonic() > end:
                    raise TimeoutError("the server's heap is not told")
                time.sleep(0.01)
                try:
                    line += os.read(fifo, 100)
                except BlockingIOError:
                    continue
        finally:
            os.close(fifo)
        return int(line.split()[0]), self.client.resident()

    def at_rest(self):
        end = time.monotonic() + PATIENCE
        last, since = self.now(), time.monotonic()
        while time.monotonic() < min(end, since + STILL):
            time.sleep(0.5)
            now = self.now()
            if any(abs(a - b) > 1 << 16 for a, b in zip(now, last)):
                last, since = now, time.monotonic()
        return last


def state(work, folder, memory):
    """Bytes in use, resident bytes, descriptors and threads of the server when it has come to rest."""
    for uri in list(work.texts):
        work.reopen(folder, uri)
    used, resident = memory.at_rest()
    process = f"/proc/{work.client.process.pid}"
    threads = int(re.search(r"Threads:\s+(\d+)", Path(process, "status").read_text())[1])
    return used, resident, len(os.listdir(f"{process}/fd")), threads


def growth(samples):
    """What has grown, as text; None when nothing has."""
    parts = len(samples) // 4
    # The first quarter is for warming up: names are remembered, threads get their arenas.
    _, early, _, late = (samples[i * parts:(i + 1) * parts] for i in range(4))

    def median(part, index):
        return statistics.median(s[index] for s in part)

    for what, index in (("memory in use", 0), ("resident memory", 1)):
        before, after = median(early, index), median(late, index)
        if after > before * (1 + MOST_GROWTH) + SLACK:
            return f"the {what} has grown from {before / 1e6:.1f} to {after / 1e6:.1f} MB"
    for what, index in (("descriptors", 2), ("threads", 3)):
        if late[-1][index] > max(s[index] for s in early):
            return f"the {what} have become more: {late[-1][index]}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program")
    parser.add_argument("heap_in_use")
    parser.add_argument("--minutes", type=float, default=20)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mlpy-soak-") as folder:
        folder = Path(folder).resolve()
        fifo = folder / "heap"
        os.mkfifo(fifo)
        environment = {**os.environ, "LD_PRELOAD": str(Path(arguments.heap_in_use).resolve()), "HEAP_IN_USE": str(fifo)}
        client = lsp_group.Client([arguments.program], folder, environment)
        work, memory = Work(client, folder), Memory(client, fifo)
        rounds, samples = 0, []
        parts = 20
        for _ in range(parts):
            rounds += work.go_on(folder, time.monotonic() + arguments.minutes * 60 / parts)
            samples.append(state(work, folder, memory))
            used, resident, descriptors, threads = samples[-1]
            print(f"{rounds:,} rounds: {used / 1e6:.2f} MB in use, {resident / 1e6:.1f} MB resident, {descriptors} descriptors, "
                  f"{threads} threads", flush=True)
        client.close()
    if client.process.returncode != 0:
        return f"the server ended with {client.process.returncode}"
    if (grown := growth(samples)) is not None:
        return grown
    print("No growth.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
