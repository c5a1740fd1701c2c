"""Sessions with the debug adapter as text (protocol-fixtures/dap/*.txt).

  Prose, up to the first line that starts with `--`.
  -- main.ml                  a file: the lines that follow, in a fresh folder
  --> REQUEST {arguments}     sends a request and waits for its answer; the next line may say what it is to be:
  <-- {body}                      a success; without such a line any success
  <-- refused "message"           an error whose message holds this
  --> send REQUEST {...}      sends only; `<-- answer REQUEST {body}` or `<-- answer REQUEST refused "..."` waits for the answer
  <-- EVENT {body}            an event. What is named has to come in this order; others are passed over, except stops and
                              ends of the program

JSON goes on over lines that begin with a blank. In it "$main.ml" is the path of the file. Expected values are matched as
merge patches: what they name has to be there, null means absent, "*" is anything, "...": the text goes on as it likes;
lists have to be complete unless they end in "...". "=name" keeps a value, "@name" is that value in later lines, "#REQUEST" the number of the
last request of that name.
"""

import json
from pathlib import Path

NEVER_PASSED_OVER = {"stopped", "exited", "terminated"}


class Unexpected(Exception):
    pass


def parse(text):
    """(files, steps): texts by name; (line number, direction, words)."""
    files, steps, name = {}, [], None
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith(("--> ", "<-- ")):
            name = ""
            steps.append((number, line[:3], line[4:]))
        elif line.startswith("-- "):
            name = line[3:].strip()
            files[name] = ""
        elif name:
            files[name] += line + "\n"
        elif name == "" and line.startswith(" "):
            steps[-1] = (*steps[-1][:2], steps[-1][2] + line)
        elif name == "" and line:
            raise ValueError(f"line {number}: {line!r} says nothing")
    return files, steps


def split(words):
    """The words before the JSON, and the JSON (None without)."""
    begin = min((at for at in (words.find("{"), words.find('"'), words.find("null")) if at >= 0), default=len(words))
    rest = words[begin:].strip()
    return words[:begin].split(), json.loads(rest) if rest else None


class Player:
    def __init__(self, client, folder):
        self.client, self.folder = client, Path(folder)
        self.kept = {}
        self.next = 0  # index of the first message that no line has spoken of
        self.sent = {}

    def play(self, text):
        files, steps = parse(text)
        for name, content in files.items():
            (self.folder / name).write_text(content)
        self.files = files
        for index, (number, direction, words) in enumerate(steps):
            try:
                following = steps[index + 1] if index + 1 < len(steps) else (0, "", "")
                self.step(direction, words, following[1] == "<--" and following[2].startswith(("{", "refused")))
            except Unexpected as what:
                raise Unexpected(f"line {number}: {direction} {words}\n  {what}") from None

    def step(self, direction, words, answer_follows):
        names, value = split(words)
        if direction == "-->":
            only_send = names[0] == "send"
            command = names[-1]
            self.sent[command] = self.client.send(command, **self.filled(value or {}))
            if only_send:
                return
            self.last = command
            if not answer_follows:
                self.answer(command, {})
        elif not names:
            self.answer(self.last, value)
        elif names[0] == "refused":
            self.refused(self.last, value)
        elif names[0] == "answer":
            self.refused(names[1], value) if names[-1] == "refused" else self.answer(names[1], value or {})
        else:
            self.event(names[0], value or {})

    def filled(self, value):
        if isinstance(value, dict):
            return {key: self.filled(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.filled(item) for item in value]
        if isinstance(value, str) and value[:1] == "@":
            return self.kept[value[1:]]
        if isinstance(value, str) and value[:1] == "#":
            return self.sent[value[1:]]
        if isinstance(value, str) and value[:1] == "$" and value[1:] in self.files:
            return str(self.folder / value[1:])
        return value

    def read(self, what):
        try:
            self.client.take()
        except Exception as gone:
            raise Unexpected(f"no {what}: {gone!r}") from None

    def message(self, wanted, what):
        """The next message that `wanted` takes."""
        while True:
            while self.next == len(self.client.all):
                self.read(what)
            message = self.client.all[self.next]
            self.next += 1
            if wanted(message):
                return message
            if message.get("event") in NEVER_PASSED_OVER:
                raise Unexpected(f"no {what}, but {json.dumps(message)}")

    def response(self, command):
        """Answers are found wherever they are: only events have an order among themselves."""
        at = 0
        while True:
            while at == len(self.client.all):
                self.read(f"answer to {command}")
            if self.client.all[at].get("request_seq") == self.sent[command]:
                return self.client.all[at]
            at += 1

    def answer(self, command, expected):
        message = self.response(command)
        if not message["success"]:
            raise Unexpected(f"refused: {message['message']}")
        self.match(expected, message.get("body", {}), "")

    def refused(self, command, text):
        message = self.response(command)
        if message["success"]:
            raise Unexpected("not refused")
        if text not in message["message"]:
            raise Unexpected(f"refused with {message['message']!r}")

    def event(self, name, expected):
        message = self.message(lambda m: m.get("event") == name and self.matches(expected, m.get("body", {}), name), f"event {name}")
        self.match(expected, message.get("body", {}), "")

    def matches(self, expected, got, name):
        if name in NEVER_PASSED_OVER:
            return True  # what is not as expected is told
        try:
            self.match(expected, got, "")
        except Unexpected:
            return False
        return True

    def match(self, expected, got, path):
        if isinstance(expected, str) and expected[:1] == "=":
            self.kept[expected[1:]] = got
        elif isinstance(expected, dict) and isinstance(got, dict):
            for key, value in expected.items():
                if value is None and key in got:
                    raise Unexpected(f"{path}/{key} is there")
                if value is not None and key not in got:
                    raise Unexpected(f"{path}/{key} is missing in {json.dumps(got)}")
                if value is not None:
                    self.match(value, got[key], f"{path}/{key}")
        elif isinstance(expected, list) and isinstance(got, list):
            open_end = expected[-1:] == ["..."]
            wanted = expected[:-1] if open_end else expected
            if len(got) < len(wanted) or len(got) > len(wanted) and not open_end:
                raise Unexpected(f"{path} has {len(got)} elements: {json.dumps(got)}")
            for index, value in enumerate(wanted):
                self.match(value, got[index], f"{path}/{index}")
        elif isinstance(expected, str) and expected.endswith("...") and isinstance(got, str):
            if not got.startswith(expected[:-3]):
                raise Unexpected(f"{path} is {got!r}")
        elif expected != "*" and self.filled(expected) != got:
            raise Unexpected(f"{path} is {json.dumps(got)}")
