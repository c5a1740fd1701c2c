"""Every editor's own `initialize` against the program its configuration names: findings arrive the way the editor can take
them, costs where it can show them (editor-protocols.md 4.2), and nothing is asked of it that it did not announce."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from framing import read_body, write_message  # noqa: E402

MLPY = pathlib.Path(sys.argv.pop(1)).resolve()
ROOT = pathlib.Path(__file__).resolve().parents[2]
CLIENTS = ROOT / "protocol-fixtures" / "clients"
PROGRAM = """function busy(n) {
    total = 0;
    for (i in range(n)) {
        total = total + i * i % 7;
    }
    return total;
}

print(busy(400000));
"""
PATIENCE = 20


def command_of(editor):
    """The words that start the server, out of what `mlpy editor-config` prints."""
    text = subprocess.run([MLPY, "editor-config", editor], capture_output=True, text=True, check=True).stdout
    if editor == "helix":
        server = tomllib.loads(text)["language-server"]["ml"]
        return [server["command"], *server["args"]]
    if editor == "zed":
        binary = re.search(r'"binary": \{ "path": "(\w+)", "arguments": \["(\w+)"\]', text)
        return list(binary.groups())
    if editor == "nvim":
        return re.findall(r'"(\w+)"', re.search(r"cmd = \{([^}]*)\}", text)[1])
    program = re.search(r'defcustom ml-script-program "(\w+)"', text)[1]
    words = set(re.findall(r'\(list ml-script-program "(\w+)"\)', text))  # of eglot and of lsp-mode
    return [program, *words]


def at(value, path, default=None):
    for part in path.split("."):
        value = value.get(part, {}) if isinstance(value, dict) else {}
    return default if value == {} and default is not None else value


class Client:
    """Speaks for an editor; answers what the server asks as editors without a user would."""

    def __init__(self, command, params, root):
        path = os.environ | {"PATH": f"{MLPY.parent}:{os.environ['PATH']}", "XDG_CACHE_HOME": str(root / "cache")}
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=path, cwd=root)
        self.capabilities = params["capabilities"]
        self.answers, self.notes, self.asked, self.early = {}, [], [], []
        self.news = threading.Condition()
        self.number = 0
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        self.server = self.request("initialize", params)["capabilities"]
        self.send({"method": "initialized", "params": {}})

    def send(self, message):
        write_message(self.process.stdin, {"jsonrpc": "2.0", **message})

    def read(self):
        while body := read_body(self.process.stdout):
            message = json.loads(body)
            with self.news:
                if "method" not in message:
                    self.answers[message["id"]] = message
                elif "id" in message:
                    if not self.answers:
                        self.early.append(message["method"])
                    self.asked.append(message)
                    several = message["method"] == "workspace/configuration"
                    self.send({"id": message["id"], "result": [None] * len(message["params"]["items"]) if several else None})
                else:
                    self.notes.append(message)
                self.news.notify_all()

    def wait(self, holds, what):
        with self.news:
            if not self.news.wait_for(holds, PATIENCE):
                raise AssertionError(f"not within {PATIENCE} s: {what}")

    def request(self, method, params):
        self.number += 1
        number = self.number
        self.send({"id": number, "method": method, "params": params})
        self.wait(lambda: number in self.answers, method)
        answer = self.answers[number]
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']}")
        return answer["result"]

    def published(self, uri):
        return [n["params"]["diagnostics"] for n in self.notes
                if n["method"] == "textDocument/publishDiagnostics" and n["params"]["uri"] == uri]

    def close(self):
        self.request("shutdown", None)
        self.send({"method": "exit"})
        return self.process.wait(PATIENCE)

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stdin.close()
        self.process.stdout.close()


ANNOUNCED = {"workspace/configuration": "workspace.configuration", "window/workDoneProgress/create": "window.workDoneProgress",
             "workspace/codeLens/refresh": "workspace.codeLens.refreshSupport", "workspace/inlayHint/refresh": "workspace.inlayHint.refreshSupport",
             "workspace/semanticTokens/refresh": "workspace.semanticTokens.refreshSupport",
             "workspace/diagnostic/refresh": "workspace.diagnostics.refreshSupport", "workspace/applyEdit": "workspace.applyEdit",
             "workspace/workspaceFolders": "workspace.workspaceFolders"}


class Editors(unittest.TestCase):
    def play(self, fixture, editor):
        root = pathlib.Path(tempfile.mkdtemp()).resolve()
        self.addCleanup(shutil.rmtree, root)
        (root / "mlpy.json").write_text("{}\n")
        (root / "busy.ml").write_text(PROGRAM)
        text = (CLIENTS / f"{fixture}.json").read_text().replace("ROOT", str(root))
        client = Client(command_of(editor) if editor else ["mlpy", "lsp"], json.loads(text), root)
        self.addCleanup(client.stop)
        announced = client.capabilities
        self.assertEqual(client.early, [], "asked before `initialize` was answered")
        encodings = at(announced, "general.positionEncodings", ["utf-16"])
        self.assertIn(client.server.get("positionEncoding", "utf-16"), encodings)

        uri = (root / "busy.ml").as_uri()
        item = {"uri": uri, "languageId": "ml", "version": 1, "text": PROGRAM + "print(undefined_name);\n"}
        client.send({"method": "textDocument/didOpen", "params": {"textDocument": item}})
        if "diagnostic" in announced["textDocument"]:
            found = client.request("textDocument/diagnostic", {"textDocument": {"uri": uri}})["items"]
            self.assertEqual(client.published(uri), [])
        else:
            client.wait(lambda: any(client.published(uri)), "published findings")
            found = client.published(uri)[-1]
        self.assertIn(("ML0201", 9), [(d["code"], d["range"]["start"]["line"]) for d in found])
        change = [{"text": PROGRAM}]
        client.send({"method": "textDocument/didChange", "params": {"textDocument": {"uri": uri, "version": 2}, "contentChanges": change}})
        if at(client.server, "experimental.mlProfile.version", 0):
            self.costs(client, root, uri)
        for ask in client.asked:
            method = ask["method"]
            if method == "client/registerCapability":
                for registration in ask["params"]["registrations"]:
                    about = registration["method"].replace("workspace/", "workspace.").replace("textDocument/", "textDocument.")
                    self.assertTrue(at(announced, f"{about}.dynamicRegistration"), registration["method"])
            elif method in ANNOUNCED:
                self.assertTrue(at(announced, ANNOUNCED[method]), method)
        self.assertEqual(client.close(), 0)

    def costs(self, client, root, uri):
        """A run in a terminal: the server finds its profile in the folder and shows it where this editor can."""
        subprocess.run([MLPY, "run", "--profile", "--profile-output", root / "report.txt", "busy.ml"], cwd=root, check=True, capture_output=True)
        document = {"textDocument": {"uri": uri}}
        whole = {"range": {"start": {"line": 0, "character": 0}, "end": {"line": 100, "character": 0}}}

        def shown():
            lenses = [(x["range"]["start"]["line"], x["command"]["title"]) for x in client.request("textDocument/codeLens", document) or []
                      if x.get("command")] if "codeLens" in client.capabilities["textDocument"] else []
            hints = [(x["position"]["line"], x["label"] if isinstance(x["label"], str) else "".join(p["value"] for p in x["label"]))
                     for x in client.request("textDocument/inlayHint", document | whole) or []] \
                if "inlayHint" in client.capabilities["textDocument"] else []
            return lenses, hints

        end = time.monotonic() + PATIENCE
        has_lens, has_hint = ("codeLens" in client.capabilities["textDocument"]), ("inlayHint" in client.capabilities["textDocument"])
        while True:
            lenses, hints = shown()
            surface = lenses if has_lens else hints
            hits = [text for line, text in surface if line == 0 and "% of execution time" in text]
            if hits or not (has_lens or has_hint):
                break
            self.assertLess(time.monotonic(), end, f"no cost among {surface}")
            time.sleep(0.1)
        if has_hint:
            self.assertTrue([1 for line, text in hints if line == 3 and "%" in text], f"no cost at the line among {hints}")
        if not (has_lens or has_hint):
            client.wait(lambda: any(d["code"] == "ML9001" for d in (client.published(uri) or [[]])[-1]), "ML9001 at the function")

    def test_vscode(self):
        self.play("vscode", None)

    def test_neovim(self):
        self.play("neovim", "nvim")

    def test_eglot(self):
        self.play("emacs-eglot", "emacs")

    def test_lsp_mode(self):
        self.play("emacs-lsp-mode", "emacs")

    def test_helix(self):
        self.play("helix", "helix")

    def test_zed(self):
        self.play("zed", "zed")


if __name__ == "__main__":
    unittest.main()
