"""file: reading, writing and moving files (stdlib-io.md section 1). How a path becomes a checked handle: ``runtime.files``."""

import errno
import os
import stat

from mlpy._native import display
from mlpy.runtime.files import failed, failure, read_all, replace
from mlpy.stdlib.check import iterable, type_error, value_error
from mlpy.stdlib.text_files import decoded, encoded, encoding_of, host_type, with_newlines

PROBES = ("file.read", "path.read")
# Why a path leads to nothing; anything else is an error, not an absence.
ABSENT = (0, errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.ELOOP, errno.ENAMETOOLONG)


def probes(module, files):
    """The tests of what is there: they belong to `file` and to `path`."""
    needs = PROBES if module == "file" else PROBES[::-1]

    def status_of(function, path):
        with files.resolve(f"{module}.{function}", path, needs, any_of=True) as target:
            if target.problem not in ABSENT:
                target.need_existing()
            return target.status

    def exists(path):
        return status_of("exists", path) is not None

    def isFile(path):
        status = status_of("isFile", path)
        return status is not None and stat.S_ISREG(status.st_mode)

    def isDirectory(path):
        status = status_of("isDirectory", path)
        return status is not None and stat.S_ISDIR(status.st_mode)

    return exists, isFile, isDirectory


def exports(host):
    files = host.files

    def read(path, encoding="utf-8"):
        codec = encoding_of("file.read", encoding)
        return with_newlines(decoded(files.read("file.read", path), codec))

    def readBytes(path):
        return files.read("file.readBytes", path)

    def readLines(path, encoding="utf-8"):
        codec = encoding_of("file.readLines", encoding)
        lines = with_newlines(decoded(files.read("file.readLines", path), codec)).split("\n")
        if not lines[-1]:
            lines.pop()
        return lines

    def write(path, content, encoding="utf-8"):
        codec = encoding_of("file.write", encoding)
        need_text(content)
        files.absolute("file.write", path)
        files.write("file.write", path, encoded(content, codec))

    def writeBytes(path, data):
        if type(data) is not bytes:
            raise type_error(f"a bytes-like object is required, not '{host_type(data)}'")
        files.write("file.writeBytes", path, data)

    def writeLines(path, lines, encoding="utf-8"):
        codec = encoding_of("file.writeLines", encoding)
        text = "".join([display(line) + "\n" for line in iterable("file.writeLines", "lines", lines)])
        files.write("file.writeLines", path, encoded(text, codec))

    def append(path, content, encoding="utf-8"):
        codec = encoding_of("file.append", encoding)
        need_text(content)
        files.append("file.append", path, encoded(content, codec))

    exists, isFile, isDirectory = probes("file", files)

    def size(path):
        return existing_status("file.size", path).st_size

    def modifiedTime(path):
        return existing_status("file.modifiedTime", path).st_mtime

    def existing_status(function, path):
        with files.resolve(function, path, PROBES, any_of=True) as target:
            target.need_existing()
            return target.status

    def delete(path):
        with files.resolve("file.delete", path, ("file.delete",), follow=False) as target:
            if target.status is None:
                return False
            if target.is_directory:
                raise value_error(f"Not a file: {path} (use path.removeDir for directories)")
            if not stat.S_ISLNK(target.status.st_mode):
                target.need_plain()
            files.need_one_name("file.delete", target, "file.delete")
            try:
                os.unlink(target.name, dir_fd=target.parent)
            except FileNotFoundError:
                return False
            except OSError as error:
                raise failure(error, path) from None
            files.used(target, ("file.delete",))
            return True

    def copy(source, destination):
        files.absolute("file.copy", source, "source")
        files.absolute("file.copy", destination, "destination")
        with files.resolve("file.copy", source, ("file.read",), parameter="source") as old:
            with destination_of("file.copy", old, destination, ("file.write",)) as new:
                old.need_file()
                copy_file(files, old, new)
                files.used(old, ("file.read",), old.status.st_size)
                files.used(new, ("file.write",), old.status.st_size)

    def move(source, destination):
        files.absolute("file.move", source, "source")
        files.absolute("file.move", destination, "destination")
        needs = ("file.read", "file.delete")
        with files.resolve("file.move", source, needs, follow=False, parameter="source") as old:
            with destination_of("file.move", old, destination, ("file.write",), keep_existing=True) as new:
                old.need_existing()
                if not stat.S_ISLNK(old.status.st_mode):
                    old.need_plain()
                if new.path == old.path:
                    return
                new.make_parents()
                move_entry(files, old, new)
                files.used(old, needs)
                files.used(new, ("file.write",))

    def destination_of(function, old, destination, needs, keep_existing=False):
        """The checked target: the destination itself, or the source's name in a directory."""
        target = files.resolve(function, destination, needs, parameter="destination")
        if not target.is_directory or old.path == target.path:
            return target
        target.__exit__()
        inner = destination.rstrip("/") + "/" + old.name
        target = files.resolve(function, inner, needs, parameter="destination")
        if keep_existing and target.status is not None:
            target.__exit__()
            raise value_error(f"Destination path '{inner}' already exists")
        return target

    return (read, readBytes, readLines, write, writeBytes, writeLines, append, exists, isFile, isDirectory, size,
            modifiedTime, delete, copy, move)


def need_text(content):
    if type(content) is not str:
        raise type_error(f"write() argument must be str, not {host_type(content)}")


def copy_file(files, old, new):
    new.need_plain()
    files.need_one_name("file.copy", new, "file.write")
    if new.is_directory:
        raise failed(errno.EISDIR, new.shown)
    if new.path == old.path:
        raise value_error(f"'{old.shown}' and '{new.shown}' are the same file")
    descriptor = old.open(os.O_RDONLY)
    try:
        data = read_all(descriptor, old.shown)
        status = os.fstat(descriptor)
    finally:
        os.close(descriptor)
    files.count_written(len(data), len(data))
    new.make_parents()
    replace(new, data)
    with_attributes(new, status)


def with_attributes(new, status):
    """Permission bits and time of the source, as far as the sandbox lets."""
    descriptor = new.open(os.O_RDONLY) if os.access(new.name, os.R_OK, dir_fd=new.parent) else -1
    if descriptor < 0:
        return
    try:
        os.fchmod(descriptor, status.st_mode & 0o666)
        os.utime(descriptor, ns=(status.st_atime_ns, status.st_mtime_ns))
    except OSError:
        pass
    finally:
        os.close(descriptor)


def move_entry(files, old, new):
    try:
        os.rename(old.name, new.name, src_dir_fd=old.parent, dst_dir_fd=new.parent)
        return
    except OSError as error:
        if error.errno == errno.EINVAL and old.is_directory:
            raise value_error(f"Cannot move a directory '{old.shown}' into itself '{new.shown}'.") from None
        if error.errno != errno.EXDEV:
            raise failure(error, new.shown) from None
    if not old.is_file:
        raise failed(errno.EXDEV, old.shown)
    copy_file(files, old, new)
    try:
        os.unlink(old.name, dir_fd=old.parent)
    except OSError as error:
        raise failure(error, old.shown) from None
