"""Language servers of other languages on files of equal length, driven by the same client: for scale, without bars (docs/bench.md)."""

import os
import pathlib
import shutil
import sys
import time

from measure import Failed, median

SIZES = {"1k": 1_000, "10k": 10_000}
EDITS, COMPLETIONS = 20, 20
FOLDER = pathlib.Path(__file__).resolve().parent.parent / "build/lsp-peers"
WRONG = "(("  # put at the begin of a line, it is a mistake in every language

# One function of ten lines in each language, and the place in it where a name is typed.
TEXTS = {
    "python": ("""\
def work_{n}(rows: list[int], limit: int = 10) -> list[int]:
    # Keeps what is below the limit.
    result: list[int] = []
    total = {n}
    for row in rows:
        if row < limit and total != 0:
            total = total + row * 2
            result.append(max(total, row))
    return result if len(result) > 0 else [total]

""", 3, 4),
    "typescript": ("""\
function work_{n}(rows: number[], limit: number = 10): number[] {{
    // Keeps what is below the limit.
    const result: number[] = []; let total = {n};
    for (const row of rows) {{
        if (row < limit && total !== 0) {{ total = total + row * 2;
            result.push(Math.max(total, row));
        }}
    }}
    return result.length > 0 ? result : [total];
}}
""", 2, 4),
    "cpp": ("""\
std::vector<int> work_{n}(const std::vector<int>& rows, int limit = 10) {{
    // Keeps what is below the limit.
    std::vector<int> result; int total = {n};
    for (const int row : rows) {{
        if (row < limit && total != 0) {{ total = total + row * 2;
            result.push_back(std::max(total, row));
        }}
    }}
    return result.empty() ? std::vector<int>{{total}} : result;
}}
""", 2, 4),
}
HEADS = {"python": "", "typescript": "", "cpp": "#include <algorithm>\n#include <vector>\n"}
# name -> program, arguments, language, ending of files
PEERS = {
    "pyright": ("pyright-langserver", ["--stdio"], "python", "py"),
    "typescript-language-server": ("typescript-language-server", ["--stdio"], "typescript", "ts"),
    "clangd": ("clangd", ["--log=error"], "cpp", "cpp"),
}


def program_of(name):
    return shutil.which(name) or shutil.which(name, path=str(FOLDER / "node_modules/.bin"))


def memory_of(process_id):
    """Resident bytes of a process and of those it started."""
    total = 0
    waiting = [process_id]
    while waiting:
        one = waiting.pop()
        try:
            with open(f"/proc/{one}/statm") as file:
                total += int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
            for task in os.listdir(f"/proc/{one}/task"):
                with open(f"/proc/{one}/task/{task}/children") as file:
                    waiting += map(int, file.read().split())
        except OSError:
            continue  # gone
    return total


class Peers:
    def __init__(self, bench, client):
        self.bench, self.client = bench, client

    def measure(self):
        for name, (program, arguments, language, ending) in PEERS.items():
            found = program_of(program)
            if not found:
                print(f"{name} is not there: no comparison", file=sys.stderr)
                continue
            for size, lines in SIZES.items():
                folder = self.bench.folder / f"peer-{name}-{size}"
                folder.mkdir(exist_ok=True)
                client = self.client([found, *arguments], folder, self.bench.environment)
                try:
                    self.size(name, client, folder / f"file.{ending}", language, size, lines)
                except (Failed, OSError) as problem:
                    print(f"{name}, {size}: {problem}", file=sys.stderr)
                finally:
                    client.process.kill()
                    client.process.wait()

    def size(self, name, client, file, language, size, lines):
        function, line, column = TEXTS[language]
        head = HEADS[language]
        text = head + "".join(function.format(n=n) for n in range(lines // 10))
        file.write_text(text)
        uri = file.as_uri()

        def diagnostics(wrong):
            """When those had come that tell of the mistake, or of none."""
            def told(message):
                params = message.get("params", {})
                return message.get("method") == "textDocument/publishDiagnostics" and params["uri"] == uri and \
                    any(d.get("severity", 1) == 1 for d in params["diagnostics"]) == wrong
            return client.next(told)[0]

        def edit(at, before, by):
            nonlocal version
            version += 1
            span = {"start": {"line": at, "character": 0}, "end": {"line": at, "character": len(before)}}
            return client.tell("textDocument/didChange", {"textDocument": {"uri": uri, "version": version},
                                                          "contentChanges": [{"range": span, "text": by}]})

        version = 1
        # It is wrong at first: some tell nothing about files without mistakes.
        middle = head.count("\n") + lines // 20 * 10 + line
        rows = text.split("\n")
        rows[middle] = WRONG + rows[middle]
        sent = client.tell("textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": language, "version": version,
                                                                     "text": "\n".join(rows)}})
        self.row(f"{name}: open to diagnostics", size, [(diagnostics(True) - sent) * 1000])
        edits = []
        for i in range(EDITS):
            sent = edit(middle, WRONG, "") if i % 2 == 0 else edit(middle, "", WRONG)
            edits.append((diagnostics(i % 2 == 1) - sent) * 1000)
        self.row(f"{name}: edit to diagnostics", size, edits)
        edit(middle, WRONG, "")
        diagnostics(False)
        place = {"textDocument": {"uri": uri}, "position": {"line": middle, "character": column + 1}}
        self.row(f"{name}: completion of a name", size, [client.ask("textDocument/completion", place)[1] for _ in range(COMPLETIONS)])
        time.sleep(3)
        self.bench.row("lsp", f"{name}: memory with the file {size}", memory_of(client.process.pid) / 1e6, "MB", None,
                       f"a text of {len(text) / 1e6:.2f} MB")

    def row(self, name, size, values):
        self.bench.row("lsp", f"{name} {size} p50", median(values), "ms")
        self.bench.row("lsp", f"{name} {size} p95", sorted(values)[min(len(values) - 1, int(len(values) * 0.95))], "ms")
