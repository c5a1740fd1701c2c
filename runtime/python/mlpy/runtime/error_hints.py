"""Hints under the report of an uncaught error (language.md section 5). Loaded for a report only."""

import re

from mlpy import _native


def find(kind, message, place):
    """A hint, or None."""
    rule = _RULES.get(kind)
    return rule(message, place) if rule else None


def close(name, names):
    from difflib import get_close_matches

    found = get_close_matches(name, [n for n in names if type(n) is str and not n.startswith("_")], 1, 0.6)
    return f"did you mean '{found[0]}'?" if found else None


def name_hint(message, place):
    found = re.match(r"name '(\w+)' is not defined", message)
    if not found or place is None or place.frame is None:
        return None
    frame = place.frame
    return close(found[1], [*frame.f_locals, *frame.f_globals, *frame.f_builtins])


def member_hint(message, place):
    found = re.match(r"(\w+) has no (?:method|property) '(\w+)'", message)
    if not found:
        return None
    kind, name = found.groups()
    table = _native.member_table().get(kind)
    return close(name, table) if table else None


def type_hint(message, place):
    found = re.match(r"(?:unsupported operand type\(s\) for \S+|'\S+' not supported between instances of):? "
                     r"'(\w+)' and '(\w+)'", message)
    if found:
        left, right = found.groups()
        if "null" in (left, right):
            side = "both operands are" if left == right else f"the {'left' if left == 'null' else 'right'} operand is"
            return f"{side} null"
        return f"the left operand is {article(left)}, the right one {article(right)}"
    if message.startswith(("cannot read property", "cannot call method")):
        return "the value before it is null: test it first"
    return None


def article(kind):
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def index_hint(message, place):
    """Index and length, where both are plain names or numbers in the source."""
    if place is None or place.frame is None or "out of range" not in message:
        return None
    after, before = place.text
    index = re.match(r"\[\s*(-?\w+)\s*\]", after)
    holder = re.search(r"(?<![\w.\])])([A-Za-z_]\w*)\s*$", before)
    if not index or not holder:
        return None
    values = {**place.frame.f_globals, **place.frame.f_locals}
    container = values.get(holder[1])
    position = int(index[1]) if re.fullmatch(r"-?\d+", index[1]) else values.get(index[1])
    if type(container) not in (list, str) or position is None:
        return None
    return f"the index is {_native.display(position)}, the length {len(container)}"


_RULES = {
    "NameError": name_hint, "AttributeError": member_hint, "TypeError": type_hint, "IndexError": index_hint,
    "ZeroDivisionError": lambda message, place: "check the divisor first",
    "RecursionError": lambda message, place: "does every path end the recursion?",
    "InternalError": lambda message, place: "this is a defect of mlpy: please report it with the program",
}
