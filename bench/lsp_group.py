"""How quickly the language server answers: the rows of editor-protocols.md 9.1 and those of 9.2 that fit a bench (docs/bench.md)."""

import bisect
import json
import os
import queue
import random
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import generate
import lsp_peers
import lsp_workspace
from lsp_workspace import quantile
from measure import Failed, median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests/support"))
from framing import framed, read_body  # noqa: E402

SIZES = {"1k": 1_000, "10k": 10_000, "100k": 100_000}
REPETITIONS = {"1k": 200, "10k": 200, "100k": 40}
PATIENCE = 120
PIECE = 4096  # bytes that a pipe takes at once
SHORTEST = 0.05  # ms; what is quicker counts as this where sizes are compared
ROUNDS = 25  # of both sizes in turn
REST = 3  # seconds after which the server has given back what it does not need

# What is asked for -> (p50, p95) in ms for 1k, 10k, 100k.
BARS = {
    "edit to diagnostics": ((1, 2), (6, 10), (40, 60)),
    "open to diagnostics": ((4, 8), (30, 45), (300, 400)),
    "completion of a name": ((1, 3), (2, 5), (6, 12)),
    "completion after a dot": ((1, 2), (1, 3), (3, 8)),
    "completion resolve": ((0.3, 1), (0.3, 1), (0.5, 1)),
    "hover": ((0.3, 1), (0.5, 1), (1, 2)),
    "signature help": ((0.3, 1), (0.5, 1), (1, 2)),
    "prepare rename": ((0.3, 1), (0.5, 1), (1, 2)),
    "definition": ((0.3, 1), (0.5, 2), (2, 5)),
    "document highlight": ((0.3, 1), (0.5, 2), (2, 5)),
    "references": ((0.5, 1), (2, 4), (12, 20)),
    "rename": ((1, 3), (4, 8), (20, 35)),
    "document symbols": ((0.5, 1), (4, 6), (40, 60)),
    "semantic tokens": ((1, 2), (8, 12), (80, 120)),
    "semantic tokens, delta": ((0.5, 1), (1, 2), (5, 10)),
    "semantic tokens, 100 lines": ((0.3, 0.6), (0.3, 0.6), (0.5, 1)),
    "inlay hints, 100 lines": ((0.5, 1), (0.5, 1), (1, 2)),
    "code lenses, profile loaded": ((0.3, 1), (2, 4), (15, 25)),
    "folding": ((0.5, 1), (3, 5), (25, 40)),
    "selection, 10 positions": ((0.5, 1), (3, 5), (25, 40)),
    "formatting": ((3, 5), (20, 30), (200, 300)),
    "formatting of a function": ((0.5, 1), (0.5, 1), (1, 3)),
    "code actions": ((1, 2), (1, 2), (2, 5)),
}
CAPABILITIES = {
    "general": {"positionEncodings": ["utf-8"]},
    "textDocument": {"codeLens": {}, "inlayHint": {}, "publishDiagnostics": {"versionSupport": True},
                     "hover": {"contentFormat": ["markdown"]}, "rename": {"prepareSupport": True},
                     "documentSymbol": {"hierarchicalDocumentSymbolSupport": True},
                     "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}}}}}


class Client:
    """A client over pipes. `ask` gives the answer and how many ms it took, from the last byte written to the last read."""

    def __init__(self, command, root, environment=None, index=False, process_id=None, options=None):
        self.born = time.perf_counter()
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        env=environment)
        self.messages = queue.Queue()
        self.kept = []
        self.ids = 0
        threading.Thread(target=self.listen, daemon=True).start()
        self.ask("initialize", {"capabilities": CAPABILITIES, "rootUri": root.as_uri(), "processId": process_id,
                                "initializationOptions": {"index": {"enable": index}, **(options or {})}})
        self.started = (time.perf_counter() - self.born) * 1000
        self.told = self.tell("initialized", {})

    def listen(self):
        while body := read_body(self.process.stdout):
            self.messages.put((time.perf_counter(), body))

    def send(self, message):
        """When its last piece was begun to be written: asked for afterwards, an answer may have come already."""
        frame, stream = framed({"jsonrpc": "2.0", **message}), self.process.stdin
        stream.write(frame[:-PIECE])
        stream.flush()
        sent = time.perf_counter()
        stream.write(frame[-PIECE:])
        stream.flush()
        return sent

    def tell(self, method, params):
        return self.send({"method": method, "params": params})

    def next(self, wanted):
        for i, (at, message) in enumerate(self.kept):
            if wanted(message):
                del self.kept[i]
                return at, message
        while True:
            try:
                at, body = self.messages.get(timeout=PATIENCE)
            except queue.Empty:
                raise Failed("the language server does not answer") from None
            message = json.loads(body)
            if "method" in message and "id" in message:
                self.send({"id": message["id"], "result": None})
            if wanted(message):
                return at, message
            if message.get("method") != "textDocument/publishDiagnostics":
                self.kept.append((at, message))

    def ask(self, method, params):
        self.ids += 1
        number = self.ids
        sent = self.send({"id": number, "method": method, "params": params})
        at, answer = self.next(lambda m: m.get("id") == number and "method" not in m)
        if "error" in answer:
            raise Failed(f"{method}: {answer['error']['message']}")
        return answer["result"], (at - sent) * 1000

    def diagnostics(self, version):
        """When those of the version had come."""
        return self.next(lambda m: m.get("method") == "textDocument/publishDiagnostics" and m["params"].get("version") == version)[0]

    def resident(self):
        with open(f"/proc/{self.process.pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def own(self):
        """Bytes in memory that are not of a file: code that is met for the first time is not counted, others share it."""
        with open(f"/proc/{self.process.pid}/smaps_rollup") as file:
            return 1024 * int(re.search(r"Anonymous: +(\d+) kB", file.read())[1])

    def used(self):
        """Processor time, in ticks."""
        with open(f"/proc/{self.process.pid}/stat") as file:
            return sum(map(int, file.read().rpartition(")")[2].split()[11:13]))

    def close(self):
        self.ask("shutdown", None)
        self.tell("exit", {})
        self.process.wait(PATIENCE)


def profile_of(text, name):
    """A profile in which every function and every line of the text has run."""
    functions = [(m.group(1), text.count("\n", 0, m.start()) + 1) for m in re.finditer(r"^function (\w+)\(", text, re.M)]
    each = 1_000_000
    total = each * len(functions)
    rows = [{"name": f, "file": 0, "line": line, "kind": "ml", "category": "ml_code", "calls": 10, "calls_exact": True,
             "self_ns": each, "cum_ns": each, "samples": 50} for f, line in functions]
    starts = [line for _, line in functions]
    lines = [{"function": f, "line": i, "hits": 100, "self_ns": each // 100, "cum_ns": each // 50, "samples": 3}
             for i, line in enumerate(text.split("\n"), 1) if line.strip() and (f := bisect.bisect_right(starts, i) - 1) >= 0]
    edges = [{"caller": (i * 7 + n) % len(rows), "callee": i, "line": starts[(i * 7 + n) % len(rows)] + 1, "calls": 3, "cum_ns": 1000,
              "self_ns": 500} for i in range(len(rows)) for n in range(3)]
    stacks = [{"frames": [i * 13 % len(rows), i * 7 % len(rows), i], "lines": [1, 2, 3], "self_ns": each, "samples": 50}
              for i in range(len(rows))]
    kinds = "ml_code runtime_overhead parsing security_analysis transpilation sandbox_startup python_stdlib".split()
    return json.dumps({
        "format": "mlpy-profile", "version": 1,
        "run": {"id": f"20260101-000000-{name}", "started_at": "2026-01-01T00:00:00.000Z", "kind": "run",
                "program": f"{name}.ml", "exit_code": 0, "transpile_cache": "off"},
        "collection": {"mode": "exact", "clock": "wall", "interval_ns": 0, "time": "exact", "calls": "exact", "memory": "off",
                       "complete": True},
        "totals": {"wall_ns": total, "ml_ns": total, "overhead_ns": 0, "stdlib_ns": 0, "calls": 10 * len(functions)},
        "categories": [{"id": k, "self_ns": total if k == "ml_code" else 0, "at_peak_bytes": 0} for k in kinds],
        "files": [{"path": f"{name}.ml", "name": f"{name}.ml", "sha256": "0" * 64, "self_ns": total, "calls": 10 * len(functions)}],
        "functions": rows, "edges": edges, "lines": lines, "stacks": stacks})


USED, USES = "used_in_many_places", 99


def with_uses(text):
    """The text with a function that is called in 99 places between the others: 99 lines more."""
    lines = text.split("\n")
    lines[lines.index("")] = f"function {USED}(value) {{ return value; }}"
    empty = [i for i, line in enumerate(lines[:-1]) if line == ""]
    for use in reversed(range(USES)):
        lines.insert(empty[use * len(empty) // USES] + 1, f"{USED}({use});")
    return "\n".join(lines)


class Group:
    def __init__(self, bench):
        self.bench = bench
        self.clients, self.asks = {}, {}  # by size: the client, and what can be asked for again by name -> ms
        self.command = [bench.bin / "mlpy-lsp"]
        if not self.command[0].exists():
            raise Failed("mlpy-lsp is not built")

    def client(self):
        return Client(self.command, self.bench.folder, self.bench.environment)

    def row(self, name, size, values):
        bars = BARS[name][list(SIZES).index(size)]
        for part, text, bar in ((0.5, "p50", bars[0]), (0.95, "p95", bars[1])):
            self.bench.row("lsp", f"{name} {size} {text}", quantile(values, part), "ms", bar)
        return quantile(values, 0.5)

    def measure(self):
        medians = {size: self.size(size, lines) for size, lines in SIZES.items()}
        self.growth(medians)
        for client in self.clients.values():
            client.close()
        self.starts()
        self.burst()
        lsp_workspace.Workspaces(self.bench, self.command, Client).measure()
        lsp_peers.Peers(self.bench, Client).measure()

    def growth(self, medians):
        """The request that takes most longer at 100k than at 10k. The sizes were measured a minute apart, in which a machine can
        change more than that: what seems to grow most is asked for at both in turn."""
        ratios = {name: medians["100k"][name] / max(medians["10k"][name], SHORTEST) for name in medians["100k"]}
        for name in sorted(self.asks["10k"], key=ratios.get)[-5:]:
            rounds = [[self.asks[size][name]() for size in ("10k", "100k")] for _ in range(ROUNDS)]
            small, large = (median(times) for times in zip(*rounds))
            ratios[name] = large / max(small, SHORTEST)
        worst = max(ratios, key=ratios.get)
        self.bench.row("lsp", "100k / 10k, worst", ratios[worst], "times", 10.5, worst)

    def size(self, size, lines):
        text = with_uses(generate.generate(lines - USES))
        file = self.bench.file(f"{size}.ml", text)
        profile = self.bench.file(f"{size}.mlprof", profile_of(text, size))
        client = self.clients[size] = self.client()
        uri = file.as_uri()
        document = {"textDocument": {"uri": uri}}
        medians = {}
        asks = self.asks[size] = {}
        # What every file needs is there before one is measured: code, the names of the library.
        client.tell("textDocument/didOpen", {"textDocument": {"uri": "untitled:first", "languageId": "ml", "version": 1,
                                                              "text": generate.generate(100, seed=2)}})
        client.diagnostics(1)
        time.sleep(REST)
        idle = client.own()

        client.tell("textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "ml", "version": 2, "text": text}})
        client.diagnostics(2)
        time.sleep(REST)
        grown = max(0, client.own() - idle - (256 << 10))
        self.bench.row("lsp", f"memory of the open file {size}", grown / len(text), "times", 16, "of its text, beyond 256 KiB")
        client.tell("textDocument/didClose", document)

        opened = []
        for version in range(3, 13 if size != "100k" else 7):
            if version > 3:
                client.tell("textDocument/didClose", document)
            time.sleep(0.05)
            sent = client.tell("textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "ml", "version": version, "text": text}})
            opened.append((client.diagnostics(version) - sent) * 1000)
        medians["open to diagnostics"] = self.row("open to diagnostics", size, opened)
        version = 20

        # Places: statements in the middle of functions.
        chooser = random.Random(1)
        source = text.split("\n")
        places = [i for i, line in enumerate(source) if re.match(r"    \w+ = \w+", line)]
        calls = [i for i, line in enumerate(source) if re.match(r"    .*[a-z]\(\w", line)]
        count = REPETITIONS[size]

        def at(line, column):
            return {**document, "position": {"line": line, "character": column}}

        def edit(line, column, end, inserted):
            nonlocal version
            version += 1
            span = {"start": {"line": line, "character": column}, "end": {"line": line, "character": end}}
            return client.tell("textDocument/didChange", {"textDocument": {"uri": uri, "version": version},
                                                          "contentChanges": [{"range": span, "text": inserted}]})

        def settled(sent):
            return (client.diagnostics(version) - sent) * 1000

        edits = []
        for i in range(count):
            line = chooser.choice(places)
            column = len(source[line]) - len(source[line].lstrip())
            edits.append(settled(edit(line, column, column, "q")))
            edits.append(settled(edit(line, column, column + 1, "")))
        medians["edit to diagnostics"] = self.row("edit to diagnostics", size, edits)

        def timed(name, method, params, repetitions=count, before=None):
            times = []
            asks[name] = lambda: client.ask(method, params(chooser) if callable(params) else params)[1]
            for i in range(repetitions):
                if before:
                    before(i)
                times.append(asks[name]())
            medians[name] = self.row(name, size, times)

        def after_dot(i):
            line = places[i * 37 % len(places)]
            settled(edit(line, len(source[line]), len(source[line]), " rows."))
            dots.append((line, len(source[line])))

        dots = []
        timed("completion of a name", "textDocument/completion", lambda r: at(line := r.choice(places), source[line].index("=") + 3))
        for_dot = []
        for i in range(min(count, 60)):
            after_dot(i)
            line, column = dots[-1]
            for_dot.append(client.ask("textDocument/completion", at(line, column + 6))[1])
            settled(edit(line, column, column + 6, ""))
        medians["completion after a dot"] = self.row("completion after a dot", size, for_dot)
        items = client.ask("textDocument/completion", at(places[0], source[places[0]].index("=") + 3))[0]
        items = items["items"] if isinstance(items, dict) else items
        timed("completion resolve", "completionItem/resolve", lambda r: r.choice(items))
        name_at = lambda r: at(line := r.choice(places), len(source[line]) - len(source[line].lstrip()) + 1)
        timed("hover", "textDocument/hover", name_at)
        timed("signature help", "textDocument/signatureHelp", lambda r: at(line := r.choice(calls), re.search(r"[a-z]\(\w", source[line]).start() + 2))
        timed("prepare rename", "textDocument/prepareRename", name_at)
        timed("definition", "textDocument/definition", name_at)
        timed("document highlight", "textDocument/documentHighlight", name_at)
        used = next(i for i, line in enumerate(source) if line.startswith("function " + USED))
        uses = [i for i, line in enumerate(source) if line.startswith(USED)]
        used_at = lambda r: at(*r.choice([(used, 10), *((i, 1) for i in uses)]))
        timed("references", "textDocument/references", lambda r: {**used_at(r), "context": {"includeDeclaration": True}})
        fresh = [0]

        def new_name(r):
            fresh[0] += 1
            return {**used_at(r), "newName": f"renamed_{fresh[0]}"}

        timed("rename", "textDocument/rename", new_name)
        few = max(10, count // 5)
        timed("document symbols", "textDocument/documentSymbol", document, few)
        tokens = []
        for _ in range(few):
            answer, took = client.ask("textDocument/semanticTokens/full", document)
            tokens.append(took)
        medians["semantic tokens"] = self.row("semantic tokens", size, tokens)
        asks["semantic tokens"] = lambda: client.ask("textDocument/semanticTokens/full", document)[1]
        deltas, last = [], answer["resultId"]
        for i in range(few):
            line = places[i * 53 % len(places)]
            settled(edit(line, 4, 4, "q") if i % 2 == 0 else edit(places[(i - 1) * 53 % len(places)], 4, 5, ""))
            answer, took = client.ask("textDocument/semanticTokens/full/delta", {**document, "previousResultId": last})
            deltas.append(took)
            last = answer["resultId"]
        medians["semantic tokens, delta"] = self.row("semantic tokens, delta", size, deltas)
        window = lambda r: {**document, "range": {"start": {"line": (n := r.randrange(max(1, len(source) - 100))), "character": 0},
                                                  "end": {"line": n + 100, "character": 0}}}
        timed("semantic tokens, 100 lines", "textDocument/semanticTokens/range", window)
        timed("inlay hints, 100 lines", "textDocument/inlayHint", window)
        answer, took = client.ask("mlpy/profile/load", {"uri": profile.as_uri()})
        self.bench.row("lsp", f"profile load {size}", took, "ms", 150 if size == "100k" else None, f"{profile.stat().st_size / 1e6:.1f} MB, {answer['matched']} functions")
        lenses, typed = [], []
        for i in range(few):
            line = places[i * 53 % len(places)]
            typed.append(settled(edit(line, 4, 4, "q")))
            answer, took = client.ask("textDocument/codeLens", document)
            lenses.append(took)
            settled(edit(line, 4, 5, ""))
        medians["code lenses, profile loaded"] = self.row("code lenses, profile loaded", size, lenses)
        asks["code lenses, profile loaded"] = lambda: client.ask("textDocument/codeLens", document)[1]
        self.bench.row("lsp", f"edit to diagnostics, profile loaded {size} p50", median(typed), "ms")
        timed("folding", "textDocument/foldingRange", document, few)
        timed("selection, 10 positions", "textDocument/selectionRange",
              lambda r: {**document, "positions": [name_at(r)["position"] for _ in range(10)]}, few)
        if size == "100k":
            self.cancelled(client, document)
        options = {"options": {"tabSize": 4, "insertSpaces": True}}
        timed("formatting", "textDocument/formatting", {**document, **options}, few if size != "100k" else 5)
        timed("formatting of a function", "textDocument/rangeFormatting",
              lambda r: {**document, **options, "range": {"start": {"line": (n := r.choice(places)), "character": 0}, "end": {"line": n, "character": 9}}})
        timed("code actions", "textDocument/codeAction",
              lambda r: {**document, "range": {"start": (p := name_at(r)["position"]), "end": p}, "context": {"diagnostics": []}})
        return medians

    def cancelled(self, client, document):
        """From the cancellation of something that takes long to its answer."""
        times = []
        for _ in range(40):
            client.ids += 1
            number = client.ids
            client.send({"id": number, "method": "textDocument/documentSymbol", "params": document})
            time.sleep(0.002)
            sent = client.tell("$/cancelRequest", {"id": number})
            times.append((client.next(lambda m: m.get("id") == number and "method" not in m)[0] - sent) * 1000)
        self.bench.row("lsp", "cancel to answer p95", quantile(times, 0.95), "ms", 5)

    def starts(self):
        text = generate.generate(1_000)
        file = self.bench.file("start.ml", text)
        answers, first = [], []
        for _ in range(20):
            client = self.client()
            answers.append(client.started)
            client.tell("textDocument/didOpen", {"textDocument": {"uri": file.as_uri(), "languageId": "ml", "version": 1, "text": text}})
            first.append((client.diagnostics(1) - client.born) * 1000)
            client.close()
        self.bench.row("lsp", "start to initialize p95", quantile(answers, 0.95), "ms", 5)
        self.bench.row("lsp", "start to first diagnostics 1k p50", median(first), "ms", 15)
        client = self.client()
        time.sleep(0.2)
        self.bench.row("lsp", "memory idle", client.resident() / 1e6, "MB", 12)
        client.close()
        parent = subprocess.Popen(["sleep", "1000"])
        client = Client(self.command, self.bench.folder, self.bench.environment, process_id=parent.pid)
        parent.kill()
        parent.wait()
        killed = time.perf_counter()
        client.process.wait(PATIENCE)
        self.bench.row("lsp", "parent killed to server gone", (time.perf_counter() - killed) * 1000, "ms", 1000)

    def burst(self):
        """10,000 edits of one character, as fast as the pipe takes them."""
        text = generate.generate(10_000)
        file = self.bench.file("burst.ml", text)
        client = self.client()
        client.tell("textDocument/didOpen", {"textDocument": {"uri": file.as_uri(), "languageId": "ml", "version": 1, "text": text}})
        client.diagnostics(1)
        before = client.resident()
        begin = time.perf_counter()
        for version in range(2, 10_002):
            column = (version - 2) % 40
            change = {"range": {"start": {"line": 0, "character": column}, "end": {"line": 0, "character": column}}, "text": "/"}
            sent = client.tell("textDocument/didChange", {"textDocument": {"uri": file.as_uri(), "version": version}, "contentChanges": [change]})
        sets = 0

        def is_last(message):
            nonlocal sets
            if message.get("method") != "textDocument/publishDiagnostics":
                return False
            sets += 1
            return message["params"]["version"] == 10_001

        last = client.next(is_last)[0]
        self.bench.row("lsp", "10,000 edits", last - begin, "s", 1.5)
        self.bench.row("lsp", "10,000 edits: last to diagnostics", (last - sent) * 1000, "ms", 50)
        self.bench.row("lsp", "10,000 edits: sets of diagnostics", sets, "sets", 200)
        self.bench.row("lsp", "10,000 edits: growth", (client.resident() - before) / 1e6, "MB", 5)
        client.close()
