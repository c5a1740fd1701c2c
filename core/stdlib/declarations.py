"""Reads and validates the declarations of the standard library (core/stdlib/modules/*.json).

One file declares one library module, and ``values.json`` the members of ML's own values:

    {"name": "math", "doc": "...", "version": "1.0.0",
     "constants": [{"is": "pi: float", "value": "3.14", "doc": "..."}],
     "functions": [{"is": "log(x: num, base: num = 10) -> float", "doc": "...", "needs": ["math.compute"]}],
     "classes": [{"name": "Pattern", "doc": "...", "members": [{"is": "flags: int", "doc": "..."}]}]}

``is`` is the signature in the notation of stdlib-core.md: ``name: T`` required, ``name: T = default`` optional,
``name?: T`` optional without a default value, ``...name: T`` any number. Types may use the short names of SHORT_TYPES.
Further keys: ``also`` (more forms of the same function), ``aliases`` (more names), ``aliasOf`` (declared on its own, but
the same function as another), ``examples`` (ML expressions), ``params`` (name -> doc).
"""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

SHORT_TYPES = {
    "num": "number", "int": "integer", "str": "string", "bool": "boolean", "arr": "array", "obj": "object",
    "fn": "function", "iter": "array|string|object|iterator", "seq": "array|string",
}
TYPES = {"number", "integer", "float", "string", "boolean", "array", "object", "function", "iterator", "bytes", "any", "null"}
ANY_NUMBER = 65535
MAX_DOC = 100


class DeclarationError(Exception):
    """What is wrong, beginning with the place."""


@dataclass
class Param:
    name: str
    type: str
    default: str | None = None
    optional: bool = False
    variadic: bool = False
    doc: str = ""

    def text(self):
        head = ("..." if self.variadic else "") + self.name
        if self.optional and self.default is None:
            head += "?"
        return f"{head}: {self.type}" + (f" = {self.default}" if self.default is not None else "")


@dataclass
class Entry:
    module: str
    owner: str
    name: str
    kind: str
    returns: str
    doc: str
    params: list[Param] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    minimum: int = 0
    maximum: int = 0
    needs: list[str] = field(default_factory=list)
    alias_of: str = ""
    value: str = ""
    examples: list[str] = field(default_factory=list)


@dataclass
class Module:
    name: str
    doc: str
    version: str
    auto_import: bool
    entries: list[Entry]

    def capabilities(self):
        return sorted({need for entry in self.entries for need in entry.needs})


def read_modules(folder):
    """Every declared module, sorted by name; the value types of ``values.json`` are modules named ``$array`` and so on."""
    modules = []
    for path in sorted(Path(folder).glob("*.json")):
        try:
            declared = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise DeclarationError(f"{path.name}: {error}") from None
        if path.stem == "values":
            for value in declared["values"]:
                modules.append(Module(value["name"], value["doc"], declared["version"], False,
                                      members(value["name"], "", value["members"], "method")))
        else:
            modules.append(read_module(path, declared))
    modules.sort(key=lambda module: module.name)
    classes = {entry.name for module in modules for entry in module.entries if entry.kind == "class"}
    for module in modules:
        check(module, classes)
    return modules


def read_module(path, declared):
    name = declared["name"]
    if name != path.stem:
        raise DeclarationError(f"{path.name}: declares module '{name}'")
    entries = members(name, "", declared.get("functions", []), "function")
    entries += members(name, "", declared.get("constants", []), "function")
    for declared_class in declared.get("classes", []):
        owner = declared_class["name"]
        entries.append(Entry(name, "", owner, "class", owner, declared_class["doc"], labels=[owner]))
        entries += members(name, owner, declared_class["members"], "method")
    return Module(name, declared["doc"], declared["version"], declared.get("autoImport", False), entries)


def members(module, owner, declarations, callable_kind):
    entries = []
    for declared in declarations:
        unknown = set(declared) - {"is", "also", "doc", "needs", "aliases", "aliasOf", "value", "examples", "params"}
        if unknown:
            raise DeclarationError(f"{module}: {declared['is']}: unknown key {sorted(unknown)}")
        entry = read_entry(module, owner, declared, callable_kind)
        entries.append(entry)
        for alias in declared.get("aliases", []):
            forms = [re.sub(r"^\w+", alias, form) for form in (declared["is"], *declared.get("also", []))]
            entries.append(read_entry(module, owner, {**declared, "is": forms[0], "also": forms[1:],
                                                      "aliasOf": entry.name, "examples": []}, callable_kind))
    return entries


def read_entry(module, owner, declared, callable_kind):
    forms = [parse_signature(form, f"{module}: {form}") for form in (declared["is"], *declared.get("also", []))]
    name, params, returns = forms[0]
    if params is None:
        kind = "constant" if "value" in declared else "property"
        return Entry(module, owner, name, kind, returns, declared["doc"], labels=[f"{name}: {returns}"],
                     value=declared.get("value", ""))
    if any(form[0] != name for form in forms):
        raise DeclarationError(f"{module}: {declared['is']}: forms with different names")
    for param in params:
        param.doc = declared.get("params", {}).get(param.name, "")
    longest = max((form[1] for form in forms), key=len)
    return Entry(
        module, owner, name, callable_kind, returns, declared["doc"], longest,
        [f"{name}({', '.join(param.text() for param in form)}) -> {result}" for _, form, result in forms],
        min(sum(not (param.optional or param.variadic) for param in form) for _, form, _ in forms),
        max(ANY_NUMBER if any(param.variadic for param in form) else len(form) for _, form, _ in forms),
        declared.get("needs", []), declared.get("aliasOf", ""), "", declared.get("examples", []))


def parse_signature(text, place):
    """``(name, params or None for a value, type)``."""
    match = re.fullmatch(r"(\w+)(?:\((.*)\) ->|:) ([\w|]+)", text)
    if not match:
        raise DeclarationError(f"{place}: not a signature")
    name, inside, returns = match.groups()
    returns = expand(returns)
    if inside is None:
        return name, None, returns
    params = []
    for part in re.findall(r'(?:[^,"]|"[^"]*")+', inside):
        found = re.fullmatch(r'\s*(\.\.\.)?(\w+)(\?)?: ([\w|]+)(?: = (.+?))?\s*', part)
        if not found:
            raise DeclarationError(f"{place}: not a parameter: {part}")
        dots, param, question, kind, default = found.groups()
        if params and params[-1].optional and not (question or default or dots) or params and params[-1].variadic:
            raise DeclarationError(f"{place}: '{param}' stands too late")
        params.append(Param(param, expand(kind), default, bool(question or default or dots), bool(dots)))
    return name, params, returns


def expand(text):
    return "|".join(SHORT_TYPES.get(part, part) for part in text.split("|"))


def check(module, classes):
    seen = set()
    for entry in module.entries:
        place = f"{module.name}: {entry.owner + '.' if entry.owner else ''}{entry.name}"
        if (entry.owner, entry.name) in seen:
            raise DeclarationError(f"{place}: declared twice")
        seen.add((entry.owner, entry.name))
        if not entry.doc.endswith(".") or len(entry.doc) > MAX_DOC or "\n" in entry.doc or "`" in entry.doc:
            raise DeclarationError(f"{place}: doc must be one plain sentence of at most {MAX_DOC} characters")
        for kind in [entry.returns] + [param.type for param in entry.params]:
            for part in kind.split("|"):
                if part not in TYPES and part not in classes:
                    raise DeclarationError(f"{place}: unknown type '{part}'")
        for need in entry.needs:
            if not re.fullmatch(r"[a-z]\w*(\.[a-z]\w*)+", need):
                raise DeclarationError(f"{place}: '{need}' is not the name of a capability")
        for param in entry.params:
            if param.default is not None and not re.fullmatch(r'null|true|false|-?\d+(\.\d+)?|"[^"]*"', param.default):
                raise DeclarationError(f"{place}: default of '{param.name}' is not a literal")
    for entry in module.entries:
        if entry.alias_of and (entry.owner, entry.alias_of) not in seen:
            raise DeclarationError(f"{module.name}: {entry.name}: alias of nothing")
