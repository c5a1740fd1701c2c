"""What joins the library to the running program: names shown in messages, capabilities, catalogue.

The *loader* handed to ``builtin.install`` and ``stdlib.load`` describes the program. The library reads, each only if
present:

``loader.loaded``    keys of what has been imported: index of a user module, or name of a library module
``loader.program``   ``[(dotted name, shown file, file, code, imports, declarations), ...]``, the main
                     program first
``loader.services``  what the I/O modules share (``runtime.services``)
``loader.policy``    what the program may do (``runtime.capabilities``)
``loader.restricted``  whether the policy may withhold a pure capability; if not, nobody asks for it

A module of pure functions has ``EXPORTS``, the names of its members. A module about resources has ``exports(services)``,
which makes the functions of one program, and may have constants in ``VALUES``.
"""

import sys

from mlpy.stdlib import NAMES, load


def exported(name, loader):
    """Public members of a library module, with its functions named ``module.function`` in messages."""
    if name not in NAMES:
        raise KeyError(name)
    full = "mlpy.stdlib." + name
    __import__(full)
    module = sys.modules[full]
    make = getattr(module, "exports", None)
    if make is not None:
        members = {function.__name__: function for function in make(loader.services)}
        for function in members.values():
            function.__qualname__ = f"{name}.{function.__name__}"
        members.update(getattr(module, "VALUES", {}))
        return members
    members = {}
    for member in module.EXPORTS:
        value = getattr(module, member)
        if type(value) is FunctionType and "." not in value.__qualname__:
            value.__qualname__ = f"{name}.{value.__name__}"
        members[member] = value
    if getattr(loader, "restricted", False):
        withhold(name, members, loader.policy)
    return members


FunctionType = type(load)


def withhold(name, members, policy):
    """Replaces the functions whose capabilities are not all granted."""
    from mlpy._stdlib_catalogue import ENTRIES

    held = policy.names()
    for member, entry in ENTRIES[name].items():
        missing = [need for need in entry[6] if need not in held]
        if missing and member in members:
            members[member] = refusal(f"{name}.{member}", missing, policy)
    if name == "datetime" and "datetime.now" not in held:
        for member in ("calculateAge", "calculate_age"):
            members[member] = without_clock(members[member], refusal("datetime.calculateAge", ["datetime.now"], policy))


def without_clock(calculate, refused):
    """calculateAge without its second argument reads the clock."""

    def calculateAge(birth_date, current_date=None):
        return refused() if current_date is None else calculate(birth_date, current_date)

    calculateAge.__qualname__ = "datetime.calculateAge"
    return calculateAge


def refusal(name, missing, policy):
    def refused(*_):
        raise policy.refusal(name, missing)

    refused.__qualname__ = name
    refused.__name__ = name.rpartition(".")[2]
    return refused


def translate_arity(text):
    """ML's wording for Python's TypeError about the number of arguments of a library function; else None.

    Such texts begin with the function's qualified name (``math.sqrt``, ``builtin.len``, ``Pattern.search``), which no
    function of a program can have. Python counts the receiver of a method; ML does not.
    """
    name, found, rest = text.partition("() ")
    if not found or "." not in name or not rest.startswith(("missing ", "takes ")):
        return None
    entry = find_entry(name)
    if entry is None:
        return None
    kind, _, most = entry[:3]
    shown = name.removeprefix("builtin.")
    if rest.startswith("missing "):
        first = rest[rest.index(": ") + 2:].split(" and ")[0].split(",")[0]
        return f"{shown}() missing required argument {first}"
    given = int(rest[:rest.rindex(" given")].rsplit(" ", 2)[1]) - (kind == "method")
    return (f"{shown}() takes at most {most} argument{'' if most == 1 else 's'}"
            f" but {given} {'was' if given == 1 else 'were'} given")


def find_entry(name):
    """Catalogue entry of ``module.function`` or ``Class.method``, or None."""
    from mlpy._stdlib_catalogue import ENTRIES

    owner, _, member = name.rpartition(".")
    table = ENTRIES.get(owner)
    if table is None:
        table = next((members for key, members in ENTRIES.items() if key.endswith("." + owner)), {})
    return table.get(member)
