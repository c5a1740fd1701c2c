"""Finding extension modules without running them (stdlib-io.md 9.1).

Started as a program it prints one line ``name TAB file`` for each extension module below the folders it is given.
"""

import ast
import os
import sys

SUFFIX = "_bridge.py"


class Found:
    """An extension module that was found."""

    def __init__(self, name, file, functions):
        self.name, self.file, self.functions = name, file, functions


def scan(folders):
    """``(modules by name, warnings)``. The first folder with a name wins."""
    from mlpy.stdlib import NAMES

    found, warnings = {}, []
    for folder in folders:
        try:
            names = sorted(name for name in os.listdir(folder) if name.endswith(SUFFIX))
        except OSError:
            warnings.append(f"extension folder {folder}: no such folder")
            continue
        for file in [os.path.join(folder, name) for name in names]:
            if not os.path.isfile(file):
                continue
            module, problem = read(file)
            if problem:
                warnings.append(f"extension {file}: {problem}")
            if module is None:
                continue
            if module.name in NAMES or module.name == "builtin":
                warnings.append(f"extension {file}: the library module '{module.name}' wins")
            elif module.name in found:
                warnings.append(f"extension {file}: module '{module.name}' of {found[module.name].file} wins")
            else:
                found[module.name] = module
    return found, warnings


def read(file):
    """``(Found or None, what is wrong or None)`` of one file."""
    try:
        with open(file, "rb") as stream:
            tree = ast.parse(stream.read(), file)
    except (OSError, SyntaxError, ValueError) as error:
        return None, f"cannot be read: {error}"
    for node in tree.body:
        name = module_name(node) if isinstance(node, ast.ClassDef) else None
        if name is None:
            continue
        if not name.isidentifier() or not name.isascii():
            return None, f"'{name}' is no name for a module"
        if not binds(tree, name):
            return None, f"no variable '{name}' holds the instance"
        return Found(name, file, functions_of(node)), None
    return None, None


def module_name(node):
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name) and decorator.func.id == "ml_module":
            for keyword in decorator.keywords:
                if keyword.arg == "name" and isinstance(keyword.value, ast.Constant) and type(keyword.value.value) is str:
                    return keyword.value.value
    return None


def binds(tree, name):
    targets = [target for node in tree.body if isinstance(node, ast.Assign) for target in node.targets]
    targets += [node.target for node in tree.body if isinstance(node, ast.AnnAssign)]
    return any(isinstance(target, ast.Name) and target.id == name for target in targets)


def functions_of(node):
    return sorted(item.name for item in node.body if isinstance(item, ast.FunctionDef) and any(
        isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name) and decorator.func.id == "ml_function"
        for decorator in item.decorator_list))


def main():
    found, warnings = scan(sys.argv[1:])
    for text in warnings:
        print(f"warning: {text}", file=sys.stderr)
    for module in found.values():
        print(f"{module.name}\t{module.file}")
