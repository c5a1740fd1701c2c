"""path: path strings, directories and listings (stdlib-io.md section 2)."""

import errno
import os
import posixpath
import stat

from mlpy._native import MLError
from mlpy.runtime.files import failed, failure
from mlpy.runtime.patterns import is_wild, matches
from mlpy.stdlib.check import integer, limit_error, string, value_error
from mlpy.stdlib.file import probes

MAX_ENTRIES = 100_000


def join(part, *more):
    string("path.join", "part", part)
    for piece in more:
        string("path.join", "more", piece)
    return posixpath.join(part, *more)


def dirname(path):
    return posixpath.dirname(string("path.dirname", "path", path))


def basename(path):
    return posixpath.basename(string("path.basename", "path", path))


def extname(path):
    return posixpath.splitext(string("path.extname", "path", path))[1]


def split(path):
    return list(posixpath.split(string("path.split", "path", path)))


def normalize(path):
    return posixpath.normpath(string("path.normalize", "path", path))


def relative(from_path, to_path):
    string("path.relative", "from_path", from_path)
    if not string("path.relative", "to_path", to_path):
        raise value_error("no path specified")
    return posixpath.relpath(to_path, from_path or ".")


def isAbsolute(path):
    return string("path.isAbsolute", "path", path).startswith("/")


def cwd():
    return os.getcwd()


def separator():
    return "/"


def delimiter():
    return ":"


def exports(host):
    files = host.files

    def absolute(path):
        return posixpath.abspath(files.expanded(string("path.absolute", "path", path)))

    exists, isFile, isDirectory = probes("path", files)

    def listDir(dir_path="."):
        shown = "." if dir_path is None else dir_path
        with files.resolve("path.listDir", shown, ("path.read",), parameter="dir_path") as target:
            if not target.is_directory:
                raise MLError("NotADirectory", f"Not a directory: {shown}")
            descriptor = target.open_directory()
            try:
                names = sorted(os.listdir(descriptor))
            except OSError as error:
                raise failure(error, shown) from None
            finally:
                os.close(descriptor)
            files.used(target, ("path.read",))
            return [shown_name(name) for name in names]

    def glob(pattern):
        return _glob(files, pattern)

    def walk(dir_path, max_depth=-1):
        depth = -1 if max_depth is None else integer("path.walk", "max_depth", max_depth)
        with files.resolve("path.walk", dir_path, ("path.read",), parameter="dir_path") as target:
            found = []
            if target.is_directory:
                descriptor = target.open_directory()
                try:
                    covered = lambda path: files.policy.holds("path.read", path)
                    collect(descriptor, "", target.path, depth, found, covered)
                except OSError as error:
                    raise failure(error, dir_path) from None
                finally:
                    os.close(descriptor)
                files.used(target, ("path.read",))
            return sorted(shown_name(name) for name in found)

    def createDir(dir_path, parents=True):
        everything = parents is None or bool(parents)
        with files.resolve("path.createDir", dir_path, ("path.write",), parameter="dir_path") as target:
            if target.is_directory:
                return
            if target.missing and not everything:
                raise failed(errno.ENOENT, dir_path)
            target.make_parents()
            try:
                os.mkdir(target.name, 0o777, dir_fd=target.parent)
            except OSError as error:
                raise failure(error, dir_path) from None
            files.used(target, ("path.write",))

    def removeDir(dir_path):
        with files.resolve("path.removeDir", dir_path, ("path.write",), follow=False, parameter="dir_path") as target:
            target.need_existing()
            try:
                os.rmdir(target.name, dir_fd=target.parent)
            except OSError as error:
                raise failure(error, dir_path) from None
            files.used(target, ("path.write",))

    def removeDirRecursive(dir_path):
        needs = ("path.write", "file.delete")
        with files.resolve("path.removeDirRecursive", dir_path, needs, follow=False, parameter="dir_path") as target:
            target.need_existing()
            if not target.is_directory:
                raise failed(errno.ENOTDIR, dir_path)
            refuse_precious(target)
            descriptor = target.open_directory()
            try:
                remove_content(files, descriptor, target.path, dir_path)
                os.rmdir(target.name, dir_fd=target.parent)
            except OSError as error:
                raise failure(error, dir_path) from None
            finally:
                os.close(descriptor)
            files.used(target, needs)

    def home():
        return host.home()

    def tempDir():
        return host.temporary_folder()

    return (join, dirname, basename, extname, split, absolute, normalize, relative, isAbsolute, exists, isFile, isDirectory,
            listDir, glob, walk, createDir, removeDir, removeDirRecursive, cwd, home, tempDir, separator, delimiter)


def shown_name(name):
    """A name as a string of a program: bytes that are no text are shown as replaced."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def opened(name, parent):
    return os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)


def is_real_directory(entry):
    return entry.is_dir(follow_symlinks=False)


def collect(descriptor, prefix, real, depth, found, covered):
    """Adds the files below an open directory, relative to the start, that the program may know of."""
    with os.scandir(descriptor) as entries:
        listed = sorted(entries, key=lambda entry: entry.name)
    for entry in listed:
        place = f"{real.rstrip('/')}/{entry.name}"
        if is_real_directory(entry):
            if depth == 0 or not covered(place):
                continue
            child = opened(entry.name, descriptor)
            try:
                collect(child, f"{prefix}{entry.name}/", place, depth - 1, found, covered)
            finally:
                os.close(child)
        elif not is_linked_directory(entry, descriptor) and covered(place):
            found.append(prefix + entry.name)
            if len(found) > MAX_ENTRIES:
                raise limit_error(f"path.walk(): more than {MAX_ENTRIES} entries")


def is_linked_directory(entry, descriptor):
    if not entry.is_symlink():
        return False
    try:
        return stat.S_ISDIR(os.stat(entry.name, dir_fd=descriptor).st_mode)
    except OSError:
        return False


def remove_content(files, descriptor, real, shown):
    with os.scandir(descriptor) as entries:
        listed = list(entries)
    for entry in listed:
        place = f"{real.rstrip('/')}/{entry.name}"
        files.check("path.removeDirRecursive", ("file.delete",), place, shown)
        if is_real_directory(entry):
            files.check("path.removeDirRecursive", ("path.write",), place, shown)
            child = opened(entry.name, descriptor)
            try:
                remove_content(files, child, place, shown)
            finally:
                os.close(child)
            os.rmdir(entry.name, dir_fd=descriptor)
        else:
            os.unlink(entry.name, dir_fd=descriptor)


def refuse_precious(target):
    """Neither the root, nor the home or working directory, nor one of those above it."""
    real = target.path
    kept = [os.path.realpath(folder) for folder in (os.getcwd(), os.path.expanduser("~"))]
    if real == "/" or any(place == real or place.startswith(real + "/") for place in kept):
        raise value_error(f"refused to remove '{target.shown}'")


def _glob(files, pattern):
    string("path.glob", "pattern", pattern)
    if not pattern:
        raise value_error("path.glob(): 'pattern' is empty")
    names = files.names_of(pattern)
    wild = next((i for i, name in enumerate(names) if is_wild(name)), len(names))
    fixed = "/" + "/".join(names[:wild])
    if wild == len(names):
        with files.resolve("path.glob", pattern, ("path.read",), parameter="pattern") as target:
            return [] if target.status is None else [fixed]
    shown = pattern[:min(pattern.index(c) for c in "*?[" if c in pattern)].rpartition("/")[0] or "."
    try:
        target = files.resolve("path.glob", fixed, ("path.read",))
    except MLError as error:
        if error.args[0] == "CapabilityError":
            raise files.policy.refusal("path.glob", ["path.read"], shown) from None
        raise
    with target:
        found = set()
        if target.is_directory:
            descriptor = target.open_directory()
            try:
                expand(files, descriptor, fixed, target.path, names[wild:], found, pattern.endswith("/"))
            finally:
                os.close(descriptor)
            files.used(target, ("path.read",))
        return sorted(shown_name(name) for name in found)


def expand(files, descriptor, shown, real, parts, found, folders_only, below=False):
    """Adds what the rest of a pattern matches in an open directory. ``below``: a final ``**`` has been entered."""
    if len(found) > MAX_ENTRIES:
        raise limit_error(f"path.glob(): more than {MAX_ENTRIES} entries")
    first, rest = parts[0], parts[1:]
    if first == "**":
        if rest:
            expand(files, descriptor, shown, real, rest, found, folders_only)
        elif not below:
            found.add(shown.rstrip("/") + "/")
    try:
        with os.scandir(descriptor) as entries:
            listed = list(entries)
    except OSError:
        return
    for entry in listed:
        name = entry.name
        if first != "**" and not matches(first, name) or name.startswith(".") and not first.startswith("."):
            continue
        place, there = f"{shown.rstrip('/')}/{name}", f"{real.rstrip('/')}/{name}"
        if not files.policy.holds("path.read", there):
            continue
        folder = is_real_directory(entry)
        if first == "**":
            if not rest and (folder or not folders_only):
                found.add(place)
            next_parts = parts
        elif not rest:
            if folder or not folders_only:
                found.add(place + "/" if folders_only else place)
            continue
        else:
            next_parts = rest
        if folder:
            try:
                child = opened(name, descriptor)
            except OSError:
                continue
            try:
                expand(files, child, place, there, next_parts, found, folders_only, next_parts is parts)
            finally:
                os.close(child)
