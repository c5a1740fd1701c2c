"""What variables can hold. The compiler relies on it where it found out, so a debugger must not put anything else there:
the code that reads the variable would do the wrong thing."""

from mlpy import _native

# Bits of core/emit/types.h.
NULL, BOOLEAN, INTEGER, FLOAT, STRING, ARRAY, OBJECT, FUNCTION, OTHER = (1 << bit for bit in range(9))
BY_TYPE = {type(None): NULL, bool: BOOLEAN, int: INTEGER, float: FLOAT, str: STRING, list: ARRAY, _native.Object: OBJECT}
NAMES = {NULL: "null", BOOLEAN: "a boolean", INTEGER: "an integer", FLOAT: "a float", STRING: "a string", ARRAY: "an array",
         OBJECT: "an object", FUNCTION: "a function", OTHER: "another value"}


def kind_of(value):
    kind = BY_TYPE.get(type(value))
    return kind or (FUNCTION if _native.typeof(value) == "function" else OTHER)


def described(kinds):
    return " or ".join(name for bit, name in NAMES.items() if kinds & bit)


class Kinds:
    def __init__(self):
        self.files = {}  # file as code objects name it -> {(line of the function, 0 for the module; name): kinds}

    def learn(self, file, rows):
        """``rows``: those of dap/kinds.h."""
        known = self.files[file] = {}
        for line, name, kinds in rows:
            known[line, name] = known.get((line, name), kinds) & kinds or kinds

    def fitted(self, frame, name, value, local):
        """What is to be put into the variable: the value, or the same number in the form that the variable holds. Raises
        TypeError when the program was compiled for values of another kind."""
        code = frame.f_code
        kinds = self.files.get(code.co_filename, {}).get((code.co_firstlineno if local else 0, name))
        if kinds is None or kinds & kind_of(value):
            return value
        if type(value) is int and kinds & FLOAT and abs(value) <= 1 << 53:
            return float(value)
        if type(value) is float and kinds & INTEGER and value.is_integer():
            return int(value)
        raise _native.MLError("TypeError", f"'{name}' is always {described(kinds)} in this program, which was compiled for that: "
                                           f"it cannot become {described(kind_of(value))}")
