"""Built-ins about functions, modules and capabilities (stdlib-core.md 4.5). Loaded on first use."""

from mlpy import _native
from mlpy._native import MLError, Object, display, typeof
from mlpy.stdlib import NAMES, check
from mlpy._stdlib_catalogue import ENTRIES, MODULES
from mlpy.stdlib.host import find_entry

MODULE_KINDS = {"stdlib": "stdlib", "python_bridge": "stdlib", "ml_source": "ml_source"}


def methods(value):
    kind = typeof(value)
    if kind == "object":
        return sorted(key for key, member in value.items() if type(key) is str and _native.callable(member))
    if kind in ("null", "number", "boolean"):
        return []
    return sorted(_native.member_names(value))


def entry_of(function):
    """Catalogue entry of a library function, or None."""
    if not _native.callable(function) or _native.is_user_function(function):
        return None
    function = getattr(function, "target", function)  # of a bound method
    own = getattr(function, "__ml_entry__", None)  # of an extension
    if own is not None:
        return own
    name = getattr(function, "__qualname__", "")
    return find_entry(name if "." in name else "builtin." + name)


def help(target):
    entry = entry_of(target)
    if entry is not None:
        return documented(entry[5], entry[6])
    if typeof(target) == "module":
        name = display(target)[len("<module "):-1]
        if name in MODULES:
            return documented(MODULES[name][0], MODULES[name][2])
        from mlpy.extensions import get_module_metadata

        said = get_module_metadata(name)
        if said and target.library:
            return documented(said["description"], said["capabilities"])
    if _native.is_user_function(target):
        return signature(target)
    return f"No help available for {display(target)}"


def documented(doc, needs):
    return f"{doc}\n" + (f"Requires: {', '.join(needs)}" if needs else "Capabilities: None required")


def signature(function):
    code = function.__code__
    names = [name.removeprefix("__ml_") for name in code.co_varnames[:code.co_argcount]]
    required = len(names) - len(function.__defaults__ or ())
    params = [name if index < required else f"{name} = ..." for index, name in enumerate(names)]
    text = f"{function.__name__}({', '.join(params)})"
    comment = leading_comment(code)
    return f"{text}\n{comment}" if comment else text


def leading_comment(code):
    """The ``//`` or ``#`` lines directly above a function, without their marks; empty if there are none."""
    import linecache

    lines = []
    number = code.co_firstlineno - 1
    while number > 0:
        line = linecache.getline(code.co_filename, number).strip()
        if not line.startswith(("//", "#")):
            break
        lines.append(line.lstrip("/#").strip())
        number -= 1
    return "\n".join(reversed(lines))


def required_capabilities(function):
    entry = entry_of(function)
    return list(entry[6]) if entry else []


def source_modules(loader):
    """Dotted names of the program's own modules, with their index in ``loader.program``."""
    program = getattr(loader, "program", None) or ()
    return {entry[0]: index for index, entry in enumerate(program) if index > 0}


def modules(loader):
    loaded = getattr(loader, "loaded", None) or {}
    sources = source_modules(loader)
    names = {key for key in loaded if type(key) is str}
    names.update(name for name, index in sources.items() if index in loaded)
    return sorted(names | {"builtin"})


def available_modules(loader, module_type):
    if module_type is not None and (type(module_type) is not str or module_type not in MODULE_KINDS):
        raise check.value_error(f"unknown module type {_native.quoted(module_type)}")
    kind = MODULE_KINDS.get(module_type)
    names = set()
    if kind != "ml_source":
        names.update(NAMES)
        names.update(extension_names(loader))
    if kind != "stdlib":
        names.update(source_modules(loader))
    return sorted(names)


def extension_names(loader):
    registry = getattr(loader, "extensions", None)
    return registry.get_all_module_names() if registry else []


def has_module(loader, name):
    return type(name) is str and (
        name in NAMES or name in source_modules(loader) or name in extension_names(loader))


def module_info(loader, name):
    if type(name) is not str:
        return None
    loaded = name in modules(loader)
    sources = source_modules(loader)
    if name in NAMES or name == "builtin":
        doc, version, needs = MODULES[name]
        members = ENTRIES[name]
        return info(name, "stdlib", doc, version, needs, loaded,
                    functions=[member for member, entry in members.items() if entry[0] == "function"],
                    constants=[member for member, entry in members.items() if entry[0] == "constant"],
                    classes=[member for member, entry in members.items() if entry[0] == "class"])
    if name not in sources and name in extension_names(loader):
        return extension_info(loader, name, loaded)
    if name not in sources:
        return None
    members = {}
    if loaded:
        module = loader.loaded[sources[name]][0]
        members = {member: value for member, value in _native.module_members(module).items() if member[:1] != "_"}
    functions = [member for member, value in members.items() if _native.callable(value)]
    result = info(name, "ml_source", "", "", (), loaded, functions=functions,
                  constants=[member for member in members if member not in functions], classes=[])
    result["file_path"] = loader.program[sources[name]][1]  # as messages show it: the host's folders are its own
    return result


def extension_info(loader, name, loaded):
    from mlpy.extensions import get_module_metadata

    about = loader.extensions.get_module_info(name)
    said = get_module_metadata(name) if loaded else None
    said = said or {"description": "", "version": "", "capabilities": (), "classes": ()}
    constants = []
    if loaded:
        members = _native.module_members(loader.loaded[name][0])
        constants = [member for member, value in members.items() if not _native.callable(value) and member[:1] != "_"]
    result = info(name, "python_bridge", said["description"], said["version"], said["capabilities"], loaded,
                  functions=about["functions"], constants=constants, classes=list(said["classes"]))
    result["reload_count"] = about["reload_count"]
    if "load_time_ms" in about:
        result["load_time_ms"] = about["load_time_ms"]
    return result


def info(name, kind, doc, version, needs, loaded, functions, constants, classes):
    return Object([("name", name), ("type", kind), ("description", doc), ("version", version),
                   ("capabilities", list(needs)), ("functions", sorted(functions)), ("constants", sorted(constants)),
                   ("classes", sorted(classes)), ("loaded", loaded)])


def has_capability(loader, name):
    """``name`` may be followed by a resource: ``file.read:data/a.txt``."""
    if type(name) is not str:
        return False
    name, colon, shown = name.partition(":")
    if not colon:
        return name in loader.policy.names()
    from mlpy.runtime.services import resource_of

    try:
        resource = resource_of(loader.services, name, shown)
    except (MLError, ValueError):
        return False
    return resource is not None and loader.policy.holds(name, resource)


def capabilities(loader):
    return sorted(loader.policy.names())


def capability_info(loader, name):
    found = loader.policy.info(name) if type(name) is str else None
    if found is None:
        return None
    available, uses, patterns, most, expiry = found
    return Object([("type", name), ("available", available), ("usage_count", uses), ("patterns", patterns),
                   ("operations", None), ("max_usage", most), ("expires_at", expiry)])
