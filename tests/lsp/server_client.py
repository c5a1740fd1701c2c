"""A client for tests: starts the server, asks, answers what the server asks, and applies edits to texts."""
import json
import os
import pathlib
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from framing import read_body, write_message  # noqa: E402

CAPABILITIES = {
    "general": {"positionEncodings": ["utf-16"]},
    "workspace": {"workspaceEdit": {"documentChanges": True, "resourceOperations": ["create", "rename"]}},
    "textDocument": {
        "diagnostic": {},
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": [""]}},
            "isPreferredSupport": True,
            "disabledSupport": True,
        },
    },
}


class Client:
    def __init__(self, program, root, capabilities=CAPABILITIES, options=None, folders=None, init=None):
        self.root = pathlib.Path(root).resolve()
        env = os.environ | {"XDG_CACHE_HOME": str(self.root / ".cache")}
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env)
        self.answers, self.notes, self.asked, self.number, self.versions = {}, [], [], 0, {}
        self.replies = {}  # method -> function of params: what the client answers
        self.news = threading.Condition()
        threading.Thread(target=self.read, daemon=True).start()
        params = {"processId": os.getpid(), "capabilities": capabilities, "initializationOptions": options}
        params["workspaceFolders"] = folders if folders is not None else [{"uri": self.root.as_uri(), "name": "w"}]
        self.server = self.request("initialize", params | (init or {}))["capabilities"]

    def ready(self):
        self.notify("initialized", {})
        return self

    def send(self, message):
        write_message(self.process.stdin, {"jsonrpc": "2.0", **message})

    def read(self):
        while body := read_body(self.process.stdout):
            message = json.loads(body)
            with self.news:
                if "method" not in message:
                    self.answers[message["id"]] = message
                elif "id" in message:
                    reply = self.replies.get(message["method"], lambda params: None)
                    self.send({"id": message["id"], "result": reply(message.get("params"))})
                    self.asked.append((message["method"], message.get("params")))
                else:
                    self.notes.append((message["method"], message.get("params")))
                self.news.notify_all()

    def notify(self, method, params):
        self.send({"method": method, "params": params})

    def request(self, method, params, patience=30):
        """The result; an error is a dict with `code`, as RuntimeError."""
        self.number += 1
        number = self.number
        self.send({"id": number, "method": method, "params": params})
        with self.news:
            if not self.news.wait_for(lambda: number in self.answers, patience):
                raise TimeoutError(method)
            answer = self.answers.pop(number)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["result"]

    def wait(self, fits, patience=20):
        """The first message from the server that fits(method, params); None when it does not come."""
        with self.news:
            found = lambda: next(((m, p) for m, p in self.notes + self.asked if fits(m, p)), None)
            self.news.wait_for(lambda: found() is not None, patience)
            return found()

    def uri(self, name):
        return (self.root / name).as_uri()

    def open(self, name, text, language="ml"):
        self.versions[name] = 1
        document = {"uri": self.uri(name), "languageId": language, "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})

    def change(self, name, text):
        self.versions[name] += 1
        document = {"uri": self.uri(name), "version": self.versions[name]}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]})

    def close(self, name):
        self.notify("textDocument/didClose", {"textDocument": {"uri": self.uri(name)}})

    def findings(self, name):
        return self.request("textDocument/diagnostic", {"textDocument": {"uri": self.uri(name)}})["items"]

    def actions(self, name, span, only, findings=()):
        params = {"textDocument": {"uri": self.uri(name)}, "range": span, "context": {"diagnostics": list(findings), "only": [only]}}
        return self.request("textDocument/codeAction", params)

    def end(self):
        if self.process.poll() is None:
            self.request("shutdown", None)
            self.notify("exit", None)
        code = self.process.wait(10)
        self.process.stdout.close()
        self.process.stdin.close()
        return code

    def kill(self):
        self.process.kill()
        self.process.wait()


def offset(text, position):
    """Of a position in UTF-16 units."""
    lines = text.split("\n")
    line = lines[position["line"]] if position["line"] < len(lines) else ""
    before = sum(len(one) + 1 for one in lines[: position["line"]])
    units = line.encode("utf-16-le")[: 2 * position["character"]]
    return min(before + len(units.decode("utf-16-le")), len(text))


def apply(text, edits):
    ordered = sorted(enumerate(edits), key=lambda e: (offset(text, e[1]["range"]["start"]), e[0]), reverse=True)
    for _, edit in ordered:
        begin, end = offset(text, edit["range"]["start"]), offset(text, edit["range"]["end"])
        text = text[:begin] + edit["newText"] + text[end:]
    return text


def applied(action, texts):
    """The texts, by URI, after the edit of an action; made files are added."""
    texts = dict(texts)
    for change in action["edit"]["documentChanges"]:
        if change.get("kind") == "create":
            texts[change["uri"]] = ""
        else:
            uri = change["textDocument"]["uri"]
            texts[uri] = apply(texts[uri], change["edits"])
    return texts
