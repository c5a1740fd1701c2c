"""The catalogue is what is implemented, in both directions (stdlib-core.md section 13)."""

import contextlib
import inspect
import io
import unittest

from mlpy import _native
from mlpy._stdlib_catalogue import ENTRIES, MODULES
from mlpy.stdlib import NAMES, args, datetime_values, http, log, regex
from support import Library, Loader, failure

CLASSES = {"regex.Pattern": regex.Pattern, "regex.Match": regex.Match,
           "datetime.DateTimeObject": datetime_values.DateTimeObject, "datetime.Date": datetime_values.Date,
           "datetime.Time": datetime_values.Time, "datetime.TimeDelta": datetime_values.TimeDelta,
           "http.HttpResponse": http.HttpResponse, "args.ArgParser": args.ArgParser,
           "args.ParsedArgs": args.ParsedArgs, "log.Logger": log.Logger}
RESOURCE_MODULES = ("args", "crypto", "csv", "env", "file", "http", "log", "path")  # see capabilities_test


def arity(function, receiver):
    parameters = list(inspect.signature(function).parameters.values())[receiver:]
    variadic = any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters)
    required = [parameter for parameter in parameters
                if parameter.default is parameter.empty and parameter.kind is not parameter.VAR_POSITIONAL]
    return len(required), None if variadic else len(parameters), tuple(parameter.name for parameter in parameters)


class CatalogueTest(unittest.TestCase):
    maxDiff = None

    def exported(self, name):
        return {member for member, entry in ENTRIES[name].items() if entry[0] != "class"}

    def test_every_module_exports_exactly_its_entries(self):
        self.assertEqual(sorted(MODULES), sorted((*NAMES, "builtin")))
        for name in MODULES:
            with self.subTest(name):
                self.assertEqual(set(Library(name).members), self.exported(name))

    def test_every_class_has_exactly_its_entries(self):
        self.assertEqual(sorted(CLASSES), sorted(key for key in ENTRIES if "." in key))
        for name, cls in CLASSES.items():
            with self.subTest(name):
                public = {member for member in vars(cls) if not member.startswith("_")}
                self.assertEqual(public, set(ENTRIES[name]))

    def test_parameters_are_those_of_the_functions(self):
        for name in (*MODULES, *CLASSES):
            members = vars(CLASSES[name]) if name in CLASSES else Library(name).members
            for member, (kind, least, most, names, *_) in ENTRIES[name].items():
                function = members.get(member)
                # Native functions have no signature; their counts are tested by calling them.
                if kind in ("function", "method") and hasattr(function, "__code__"):
                    with self.subTest(f"{name}.{member}"):
                        self.assertEqual(arity(function, name in CLASSES), (least, most, names))

    def test_every_function_refuses_other_numbers_of_arguments(self):
        for name in MODULES:
            library = Library(name)
            for member, (kind, least, most, names, *_) in ENTRIES[name].items():
                if kind != "function":
                    continue
                shown = member if name == "builtin" else f"{name}.{ENTRIES[name][member][7] or member}"
                with self.subTest(f"{name}.{member}"):
                    if least:
                        first = "stop" if shown == "range" else names[0]  # the form with one argument
                        self.assertEqual(failure(library.members[member]),
                                         f"TypeError: {shown}() missing required argument '{first}'")
                    if most is not None:
                        self.assertRegex(failure(library.members[member], *[1] * (most + 1)),
                                         rf"^TypeError: {shown}\(\) takes at most {most} arguments? but {most + 1} w")

    def test_methods_refuse_other_numbers_of_arguments(self):
        pattern = Library("regex").compile("a")
        search = _native.get_member(pattern, "search")
        self.assertEqual(failure(search), "TypeError: Pattern.search() missing required argument 'text'")
        self.assertEqual(failure(search, "a", 1, 2, 3),
                         "TypeError: Pattern.search() takes at most 3 arguments but 4 were given")

    def test_aliases_are_the_same_functions(self):
        aliases = 0
        for name in (*NAMES, *CLASSES):
            members = vars(CLASSES[name]) if name in CLASSES else Library(name).members
            for member, entry in ENTRIES[name].items():
                if entry[7]:
                    aliases += 1
                    self.assertIs(members[member], members[entry[7]], member)
        self.assertEqual(aliases, 8 + 7 + 12 + 3 + 3 + 2)

    def test_counts_are_those_of_the_specification(self):
        def count(name, *kinds):
            return sum(entry[0] in kinds for entry in ENTRIES[name].values())

        counts = {name: count(name, "function", "method") for name in ENTRIES if not name.startswith("$")}
        self.assertEqual(counts, {
            "builtin": 46, "console": 5, "math": 27, "json": 16, "random": 24, "datetime": 24,
            "datetime.DateTimeObject": 42, "datetime.Date": 9, "datetime.Time": 3, "datetime.TimeDelta": 11,
            "collections": 30, "functional": 37, "regex": 19, "regex.Pattern": 13, "regex.Match": 11,
            "file": 15, "path": 23, "http": 11, "http.HttpResponse": 7, "args": 4, "args.ArgParser": 5,
            "args.ParsedArgs": 7, "env": 9, "crypto": 14, "csv": 7, "log": 11, "log.Logger": 10})
        self.assertEqual(count("math", "constant"), 2)
        self.assertEqual(count("regex.Pattern", "property"), 2)

    def test_members_of_values_are_those_of_the_extension(self):
        declared = {name[1:]: {member: (entry[1], entry[2]) for member, entry in entries.items()}
                    for name, entries in ENTRIES.items() if name.startswith("$")}
        native = {receiver: {member: row[:2] for member, row in rows.items()}
                  for receiver, rows in _native.member_table().items()}
        self.assertEqual(native, declared)

    def test_a_withheld_capability_is_missed_by_exactly_its_functions(self):
        # Functions without arguments are really called.
        stream = contextlib.redirect_stdout(io.StringIO())
        with stream, contextlib.redirect_stderr(io.StringIO()):
            self.withhold_one_after_the_other()

    def withhold_one_after_the_other(self):
        for name, (_, _, needs) in MODULES.items():
            for withheld in () if name in RESOURCE_MODULES else needs:
                granted = [need for _, _, all_needs in MODULES.values() for need in all_needs if need != withheld]
                members = Library(name, Loader(only=granted)).members
                for member, entry in ENTRIES[name].items():
                    if entry[0] == "function" and name != "builtin":
                        refused = failure(members[member]).startswith(
                            f"CapabilityError: Missing required capabilities: ['{withheld}']")
                        self.assertEqual(refused, withheld in entry[6], f"{name}.{member}")

    def test_the_clock_of_calculateAge_needs_its_capability(self):
        granted = [need for need in MODULES["datetime"][2] if need != "datetime.now"]
        datetime = Library("datetime", Loader(only=granted))
        born = datetime.create(2000, 1, 1)
        self.assertEqual(datetime.calculateAge(born, datetime.create(2010, 1, 1)), 10)
        self.assertIn("CapabilityError", failure(datetime.calculateAge, born))


if __name__ == "__main__":
    unittest.main()
