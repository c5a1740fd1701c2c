"""Paths of programs become handles that were checked (stdlib-io.md 0.1, security.md C-3).

A path is walked component by component from the root, one descriptor after the other, without letting the kernel follow
a link. What was walked is compared with the grants, and the operation acts on the last name below the descriptor the
walk ended at: nobody can put something else in its place between check and use.
"""

import errno
import os
import stat

from mlpy._native import MLError
from mlpy.stdlib.check import string, value_error

_WALK = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
_MOST_LINKS = 40
_ERRORS = {2: "NotFound", 13: "PermissionDenied", 1: "PermissionDenied", 17: "AlreadyExists", 20: "NotADirectory",
           21: "IsADirectory", 27: "LimitError", 28: "LimitError", 39: "NotEmpty", 36: "ValueError", 40: "ValueError"}
BLOCK = 1 << 20


def failure(error, shown):
    """The ML error for an OSError about a path as the program wrote it."""
    number = error.errno or 0
    return MLError(_ERRORS.get(number, "RuntimeError"), f"[Errno {number}] {os.strerror(number)}: '{shown}'")


def failed(number, shown):
    return failure(OSError(number, ""), shown)


class Target:
    """A name below an open directory. Use as a context manager."""

    def __init__(self, shown, parent, name, path, missing, status, problem):
        self.shown = shown  # the path as the program wrote it
        self.parent = parent  # descriptor (O_PATH) of the deepest existing directory of the path before the name
        self.name = name
        self.path = path  # real path
        self.missing = missing  # names of directories between the two
        self.status = status  # os.stat_result without following links, or None when it is not there
        self.problem = problem  # error number that says why it is not there

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.parent)

    @property
    def is_directory(self):
        return self.status is not None and stat.S_ISDIR(self.status.st_mode)

    @property
    def is_file(self):
        return self.status is not None and stat.S_ISREG(self.status.st_mode)

    def need_existing(self):
        if self.status is None:
            raise failed(self.problem, self.shown)

    def need_plain(self):
        """Neither a device nor anything else that is no file."""
        if self.status is not None and not (self.is_file or self.is_directory or stat.S_ISLNK(self.status.st_mode)) \
                or self.path.startswith(("/proc/", "/sys/")):
            raise value_error(f"Not a regular file: {self.shown}")

    def need_file(self):
        self.need_existing()
        self.need_plain()
        if self.is_directory:
            raise failed(21, self.shown)

    def open(self, flags, mode=0o666):
        """A descriptor of the file; never of a device."""
        try:
            descriptor = os.open(self.name, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, mode, dir_fd=self.parent)
        except OSError as error:
            raise failure(error, self.shown) from None
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise value_error(f"Not a regular file: {self.shown}")
        return descriptor

    def open_directory(self):
        try:
            return os.open(self.name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self.parent)
        except OSError as error:
            raise failure(error, self.shown) from None

    def make_parents(self):
        """Makes the missing parent directories; the target is then below the last one."""
        for name in self.missing:
            try:
                try:
                    os.mkdir(name, 0o777, dir_fd=self.parent)
                except FileExistsError:
                    pass
                child = os.open(name, _WALK | os.O_DIRECTORY, dir_fd=self.parent)
            except OSError as error:
                raise failure(error, self.shown) from None
            os.close(self.parent)
            self.parent = child
        self.missing = []


class Walk:
    """From the root to a name, with what it found on the way."""

    def __init__(self):
        self.stack = [("", os.open("/", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC))]
        self.links = 0

    def close(self):
        for _, descriptor in self.stack:
            os.close(descriptor)
        self.stack = []

    def up(self):
        if len(self.stack) > 1:
            os.close(self.stack.pop()[1])

    def to_root(self):
        while len(self.stack) > 1:
            self.up()

    def path_of(self, names):
        return "/" + "/".join([name for name, _ in self.stack[1:]] + names)

    def run(self, names, follow):
        """Walks; gives ``(name, missing directories, status or None, error number)`` of the last name."""
        waiting = list(reversed(names))
        while waiting:
            name = waiting.pop()
            if name in ("", "."):
                continue
            if name == "..":
                self.up()
                continue
            last = not waiting
            try:
                descriptor = os.open(name, _WALK, dir_fd=self.stack[-1][1])
            except OSError as error:
                return self.blocked([name, *reversed(waiting)], error.errno)
            status = os.fstat(descriptor)
            if stat.S_ISLNK(status.st_mode) and (follow or not last):
                try:
                    target = os.readlink("", dir_fd=descriptor)
                finally:
                    os.close(descriptor)
                self.links += 1
                if self.links > _MOST_LINKS:
                    return self.blocked([name, *reversed(waiting)], errno.ELOOP)
                if target.startswith("/"):
                    self.to_root()
                waiting += reversed(target.split("/"))
            elif last:
                os.close(descriptor)
                return name, [], status, 0
            elif stat.S_ISDIR(status.st_mode):
                self.stack.append((name, descriptor))
            else:
                os.close(descriptor)
                return self.blocked([name, *reversed(waiting)], errno.ENOTDIR)
        # It ended at a directory on the way: the root, or `link -> ..`.
        if len(self.stack) == 1:
            return ".", [], os.fstat(self.stack[0][1]), 0
        name, descriptor = self.stack.pop()
        status = os.fstat(descriptor)
        os.close(descriptor)
        return name, [], status, 0

    def blocked(self, names, problem):
        """The walk ends here; what is left of the path is judged as written."""
        rest = _plain(names)
        return rest[-1], rest[:-1], None, problem


def _plain(names):
    """Names with ``..`` folded by text."""
    result = []
    for name in names:
        if name == ".." and result:
            result.pop()
        elif name not in ("", ".", ".."):
            result.append(name)
    return result or ["."]


class Files:
    """Files as one program may use them."""

    def __init__(self, policy):
        self.policy = policy
        self.deny_multilink = False  # refuses to change files that have more than one name
        self.most_in_file = None  # bytes; None: no limit
        self.most_written = None  # bytes in all
        self.written = 0
        self.own_folder = None  # private folder of the run
        self.most_in_folder = None  # bytes of it

    def absolute(self, function, path, parameter="path"):
        """The path from the root, as names without ``..``."""
        string(function, parameter, path)
        if not path:
            raise value_error(f"{function}(): '{parameter}' is empty")
        if "\0" in path:
            raise value_error("embedded null byte")
        return self.names_of(path)

    def names_of(self, path):
        try:
            expanded = self.expanded(path)
            full = expanded if expanded.startswith("/") else os.getcwd() + "/" + expanded
            full.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            raise value_error("the path is not valid text") from None
        except FileNotFoundError:
            raise failed(2, path) from None
        names = []
        for name in full.split("/"):
            if name == "..":
                del names[-1:]
            elif name not in ("", "."):
                names.append(name)
        return names

    def expanded(self, path):
        """The path with ``~`` replaced when the home directory is inside a grant."""
        if path == "~" or path.startswith("~/"):
            home = os.path.expanduser("~")
            if home != "~" and self.policy.reaches_folder(os.path.realpath(home)):
                return home + path[1:]
        return path

    def resolve(self, function, path, needs, follow=True, parameter="path", any_of=False):
        """A checked ``Target``. ``needs``: capabilities that must all (``any_of``: of which one must) cover it.

        ``follow``: a link as last component leads to what it points to; else it is meant itself.
        """
        names = self.absolute(function, path, parameter)
        self.refuse_early(function, path, needs, any_of)
        walk = Walk()
        try:
            name, missing, status, problem = walk.run(names, follow)
            real = walk.path_of(missing + ([] if name == "." else [name]))
            self.check(function, needs, real, path, any_of)
            return Target(path, os.dup(walk.stack[-1][1]), name, real, missing, status, problem)
        finally:
            walk.close()

    def refuse_early(self, function, path, needs, any_of):
        """Where nothing of the kind is granted the kernel may let no path be looked at, either."""
        if self.own_folder or self.policy.own_folder:
            return
        missing = [name for name in needs if not self.policy.holds(name)]
        if missing and (not any_of or len(missing) == len(needs)):
            raise self.policy.refusal(function, missing[:1] if any_of else missing, path)

    def real_path(self, function, path):
        """Where a path leads, for a question about it."""
        walk = Walk()
        try:
            name, missing, _, _ = walk.run(self.absolute(function, path), True)
            return walk.path_of(missing + ([] if name == "." else [name]))
        finally:
            walk.close()

    def check(self, function, needs, real, shown, any_of=False):
        if any_of:
            if not any(self.policy.holds(name, real) for name in needs):
                raise self.policy.refusal(function, [needs[0]], shown)
            return
        missing = [name for name in needs if not self.policy.holds(name, real)]
        if missing:
            raise self.policy.refusal(function, missing, shown)

    def used(self, target, needs, size=0):
        for name in needs:
            self.policy.use(self.policy.grant_for(name, target.path), name, target.shown, size)

    # What the library modules need.

    def read(self, function, path, parameter="path"):
        """The bytes of a file."""
        with self.resolve(function, path, ("file.read",), parameter=parameter) as target:
            target.need_file()
            descriptor = target.open(os.O_RDONLY)
            try:
                data = read_all(descriptor, target.shown)
            finally:
                os.close(descriptor)
            self.used(target, ("file.read",), len(data))
            return data

    def blocks(self, function, path, parameter="path"):
        """The bytes of a file in blocks."""
        with self.resolve(function, path, ("file.read",), parameter=parameter) as target:
            target.need_file()
            descriptor = target.open(os.O_RDONLY)
            try:
                while block := os.read(descriptor, BLOCK):
                    yield block
            except OSError as error:
                raise failure(error, target.shown) from None
            finally:
                os.close(descriptor)
            self.used(target, ("file.read",))

    def write(self, function, path, data, parents=True, parameter="path"):
        """Replaces a file: the old content stays until the new one is complete."""
        with self.resolve(function, path, ("file.write",), parameter=parameter) as target:
            target.need_plain()
            if target.is_directory:
                raise failed(21, target.shown)
            self.need_one_name(function, target, "file.write")
            self.count_written(len(data), len(data), target)
            if target.missing and not parents:
                raise failed(2, target.shown)
            target.make_parents()
            replace(target, data)
            self.used(target, ("file.write",), len(data))

    def append(self, function, path, data, needs=("file.append",), parameter="path", parents=True):
        with self.resolve(function, path, needs, parameter=parameter) as target:
            target.need_plain()
            if target.is_directory:
                raise failed(21, target.shown)
            self.need_one_name(function, target, needs[-1])
            self.count_written(len(data), len(data) + (target.status.st_size if target.status else 0), target)
            if target.missing and not parents:
                raise failed(2, target.shown)
            target.make_parents()
            descriptor = target.open(os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            try:
                write_all(descriptor, data, target.shown)
            finally:
                os.close(descriptor)
            self.used(target, needs, len(data))

    def need_one_name(self, function, target, name):
        """A hard link is judged by its path; this refuses to change what may also be elsewhere."""
        if self.deny_multilink and target.is_file and target.status.st_nlink > 1:
            raise self.policy.refusal(function, [name], target.shown)

    def count_written(self, size, file_size, target=None):
        """Refuses what would be more than the limits of the run."""
        if self.most_in_file is not None and file_size > self.most_in_file:
            raise MLError("LimitError", f"file larger than {shown_size(self.most_in_file)}")
        if self.most_written is not None and self.written + size > self.most_written:
            raise MLError("LimitError", f"more than {shown_size(self.most_written)} written")
        if self.most_in_folder is not None and self.own_folder and target and target.path.startswith(self.own_folder + "/"):
            others = folder_size(self.own_folder) - (target.status.st_size if target.status else 0)
            if others + file_size > self.most_in_folder:
                raise MLError("LimitError", f"temporary folder larger than {shown_size(self.most_in_folder)}")
        self.written += size


def folder_size(folder):
    return sum(os.lstat(os.path.join(place, name)).st_size for place, _, names in os.walk(folder) for name in names)


def shown_size(size):
    for unit, factor in (("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10)):
        if size >= factor and size % factor == 0:
            return f"{size // factor}{unit}"
    return f"{size} bytes"


def read_all(descriptor, shown):
    blocks = []
    try:
        while block := os.read(descriptor, BLOCK):
            blocks.append(block)
    except OSError as error:
        raise failure(error, shown) from None
    return b"".join(blocks)


def write_all(descriptor, data, shown):
    view = memoryview(data)
    try:
        while view:
            view = view[os.write(descriptor, view):]
    except OSError as error:
        raise failure(error, shown) from None


def replace(target, data):
    """Writes a temporary sibling and renames it; a folder that takes no new files has the file rewritten instead."""
    if target.status is not None and not os.access(target.name, os.W_OK, dir_fd=target.parent):
        raise failed(errno.EACCES, target.shown)
    temporary = f".{target.name[:100]}.{os.urandom(6).hex()}.tmp"
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666,
                             dir_fd=target.parent)
    except PermissionError as error:
        if target.status is None:
            raise failure(error, target.shown) from None
        descriptor = target.open(os.O_WRONLY | os.O_TRUNC)
        try:
            write_all(descriptor, data, target.shown)
        finally:
            os.close(descriptor)
        return
    except OSError as error:
        raise failure(error, target.shown) from None
    try:
        try:
            write_all(descriptor, data, target.shown)
            if target.status is not None:
                try:
                    os.fchmod(descriptor, stat.S_IMODE(target.status.st_mode) & 0o777)
                except PermissionError:
                    pass  # the sandbox allows no chmod: the new file has the usual permissions
        finally:
            os.close(descriptor)
        os.rename(temporary, target.name, src_dir_fd=target.parent, dst_dir_fd=target.parent)
    except BaseException as error:
        try:
            os.unlink(temporary, dir_fd=target.parent)
        except OSError:
            pass
        if isinstance(error, OSError):
            raise failure(error, target.shown) from None
        raise
