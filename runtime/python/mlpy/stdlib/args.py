"""args: the command line of the program (stdlib-io.md section 4)."""

from mlpy import _native
from mlpy._native import Object, display
from mlpy.stdlib.check import array, string, value_error


class ParsedArgs:
    __slots__ = ("_flags", "_options", "_positionals", "_extra")

    def __init__(self, flags, options, positionals, extra):
        self._flags, self._options, self._positionals, self._extra = flags, options, positionals, extra

    def has(self, name):
        string("ParsedArgs.has", "name", name)
        return name in self._flags or name in self._options or name in self._positionals

    def get(self, name, default=None):
        string("ParsedArgs.get", "name", name)
        for table in (self._options, self._positionals, self._flags):
            if name in table:
                return table[name]
        return default

    def get_bool(self, name):
        return self._flags.get(string("ParsedArgs.get_bool", "name", name), False)

    def flags(self):
        return Object(self._flags)

    def options(self):
        return Object(self._options)

    def positionals(self):
        return list(self._positionals.values())

    def extra(self):
        return list(self._extra)


class ArgParser:
    __slots__ = ("_host", "_name", "_description", "_flags", "_options", "_positionals")

    def __init__(self, host, name, description):
        self._host, self._name, self._description = host, name, description
        self._flags, self._options, self._positionals = {}, {}, {}  # name -> row

    @property
    def name(self):
        return self._name

    @property
    def description(self):
        return self._description

    def add_flag(self, name, short, help_text):
        row = _short("ArgParser.add_flag", short), _text("ArgParser.add_flag", "help_text", help_text)
        self._flags[string("ArgParser.add_flag", "name", name)] = row

    def add_option(self, name, short, help_text, default):
        row = _short("ArgParser.add_option", short), _text("ArgParser.add_option", "help_text", help_text), default
        self._options[string("ArgParser.add_option", "name", name)] = row

    def add_positional(self, name, help_text, required=False):
        row = _text("ArgParser.add_positional", "help_text", help_text), bool(required)
        self._positionals[string("ArgParser.add_positional", "name", name)] = row

    def parse(self, argv=None):
        if argv is None:
            self._host.need("ArgParser.parse", "args.read")
            argv = self._host.arguments
        for word in array("ArgParser.parse", "argv", argv):
            string("ArgParser.parse", "argv", word)
        return _Parse(self._flags, self._options, self._positionals).run(argv)

    def help(self):
        lines = [text for text in (self._name, self._description) if text]
        usage = "Usage: script.ml [options]"
        for name, (_, required) in self._positionals.items():
            usage += f" <{name}>" if required else f" [{name}]"
        lines += ["", usage]
        if self._positionals:
            lines += ["", "Positional Arguments:"]
            lines += [f"  {name:<18} {text} {'(required)' if required else '(optional)'}"
                      for name, (text, required) in self._positionals.items()]
        lines += ["", "Options:"]
        lines += [f"  {_short_text(short)}--{name:<15} {text}" for name, (short, text) in self._flags.items()]
        for name, (short, text, default) in self._options.items():
            shown = "" if default is None else f" (default: {display(default)})"
            lines.append(f"  {_short_text(short)}{f'--{name} VALUE':<15} {text}{shown}")
        lines.append("  -h, --help         Show this help message")
        return "\n".join(lines)


class _Parse:
    """One parse: what was given so far."""

    def __init__(self, flags, options, positionals):
        self.known_flags, self.known_options, self.known_positionals = flags, options, positionals
        self.flags, self.options, self.words = {}, {}, []
        self.short = {row[0]: name for table in (flags, options) for name, row in table.items() if row[0]}

    def run(self, argv):
        rest = iter(argv)
        for word in rest:
            if word == "--":
                self.words += rest
            elif word.startswith("--"):
                self.long(word, rest)
            elif word.startswith("-") and word != "-":
                self.letters(word[1:], rest)
            else:
                self.words.append(word)
        helped = self.flags.get("help", False)
        positionals = dict(zip(self.known_positionals, self.words))
        for name, (_, required) in self.known_positionals.items():
            if required and name not in positionals and not helped:
                raise value_error(f"Required positional argument missing: {name}")
        for name, (_, _, default) in self.known_options.items():
            if name not in self.options and default is not None:
                self.options[name] = default
        return ParsedArgs(self.flags, self.options, positionals, self.words[len(self.known_positionals):])

    def long(self, word, rest):
        name, equals, value = word[2:].partition("=")
        if name in self.known_options:
            self.options[name] = value if equals else self.value(f"--{name}", rest)
        elif not equals and (name in self.known_flags or name == "help"):
            self.flags[name] = True
        else:
            raise value_error(f"Unknown option: {word}")

    def letters(self, letters, rest):
        for letter in letters:
            name = self.short.get(letter, "help" if letter == "h" else None)
            if name is None:
                raise value_error(f"Unknown option: -{letter}")
            if name in self.known_options and self.known_options[name][0] == letter:
                self.options[name] = self.value(f"-{letter}", rest)
            else:
                self.flags[name] = True

    def value(self, option, rest):
        found = next(rest, None)
        if found is None:
            raise value_error(f"Option {option} requires a value")
        return found


def _short(function, short):
    return "" if short is None else string(function, "short", short)


def _text(function, parameter, text):
    return "" if text is None else string(function, parameter, text)


def _short_text(short):
    return f"-{short}, " if short else "    "


for _class in (ArgParser, ParsedArgs):
    _native.register_class(_class, _class.__name__, [name for name in vars(_class) if not name.startswith("_")])


def exports(host):
    def all():
        host.need("args.all", "args.read")
        return [host.script, *host.arguments]

    def script():
        host.need("args.script", "args.read")
        return host.script

    def rest():
        host.need("args.rest", "args.read")
        return list(host.arguments)

    def create_parser(name="", description=""):
        return ArgParser(host, _text("args.create_parser", "name", name),
                         _text("args.create_parser", "description", description))

    return all, script, rest, create_parser
