"""log: levelled lines on standard output and in files (stdlib-io.md section 8)."""

import os
import sys
import time

from mlpy import _native
from mlpy._native import MLError, Object, display, typeof
from mlpy.runtime.files import failed, write_all
from mlpy.stdlib.check import string, wrong

LEVELS = {"DEBUG": 10, "INFO": 20, "WARN": 30, "WARNING": 30, "ERROR": 40, "CRITICAL": 50}
_SHOWN = {10: ("DEBUG", "DEBUG"), 20: ("INFO", "INFO"), 30: ("WARNING", "WARN"), 40: ("ERROR", "ERROR"),
          50: ("CRITICAL", "CRITICAL")}


class Logger:
    """Messages of one name. The names of its methods in errors begin with ``_owner``."""

    __slots__ = ("_host", "_name", "_owner", "_level", "_format", "_timestamp", "_files")

    def __init__(self, host, name, owner="Logger"):
        self._host, self._name, self._owner = host, name, owner
        self._level, self._format, self._timestamp = LEVELS["INFO"], "text", True
        self._files = {}  # (device, inode) -> (descriptor, path as written)

    @property
    def name(self):
        return self._name

    @property
    def format_type(self):
        return self._format

    @property
    def include_timestamp(self):
        return self._timestamp

    def debug(self, message, data=None):
        _log(self, "debug", 10, message, data)

    def info(self, message, data=None):
        _log(self, "info", 20, message, data)

    def warn(self, message, data=None):
        _log(self, "warn", 30, message, data)

    def error(self, message, data=None):
        _log(self, "error", 40, message, data)

    def critical(self, message, data=None):
        _log(self, "critical", 50, message, data)

    def is_debug(self):
        return self._level <= 10

    def set_level(self, level):
        string(f"{self._owner}.set_level", "level", level)
        self._host.need(f"{self._owner}.set_level", "log.write")
        self._level = LEVELS.get(level.upper(), 20)

    def set_format(self, format_type):
        string(f"{self._owner}.set_format", "format_type", format_type)
        self._host.need(f"{self._owner}.set_format", "log.write")
        self._format = format_type

    def set_timestamp(self, enabled):
        self._host.need(f"{self._owner}.set_timestamp", "log.write")
        self._timestamp = bool(enabled)

    def add_file(self, file_path):
        function = f"{self._owner}.add_file"
        string(function, "file_path", file_path)
        self._host.need(function, "log.write")
        files = self._host.files
        with files.resolve(function, file_path, ("file.write",), parameter="file_path") as target:
            target.need_plain()
            if target.is_directory or target.missing:
                raise failed(21 if target.is_directory else 2, file_path)
            descriptor = target.open(os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            status = os.fstat(descriptor)
            known, _ = self._files.setdefault((status.st_dev, status.st_ino), (descriptor, file_path))
            if known != descriptor:
                os.close(descriptor)
            files.used(target, ("file.write",))


def _log(logger, method, level, message, data):
    function = f"{logger._owner}.{method}"
    if data is not None and type(data) is not Object:
        raise wrong(function, "data", "an object", data)
    logger._host.need(function, "log.write")
    if level < logger._level:
        return
    line = (_json_line if logger._format == "json" else _text_line)(logger, level, display(message), data) + "\n"
    sys.stdout.write(line)
    encoded = line.encode("utf-8", "replace")
    for descriptor, shown in logger._files.values():
        logger._host.files.count_written(len(encoded), os.fstat(descriptor).st_size + len(encoded))
        write_all(descriptor, encoded, shown)


def _text_line(logger, level, message, data):
    stamp = time.strftime("[%Y-%m-%d %H:%M:%S] ") if logger._timestamp else ""
    rest = " | " + ", ".join([f"{display(key)}={display(value)}" for key, value in data.items()]) if data else ""
    return escaped(f"{stamp}{_SHOWN[level][0]}: {message}{rest}")


def _json_line(logger, level, message, data):
    from mlpy.stdlib.json import stringify

    record = Object(message=message, level=_SHOWN[level][1], logger=logger._name)
    if logger._timestamp:
        from datetime import datetime, timezone

        record["timestamp"] = datetime.now(timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if data:
        _need_json(data, 0)
        record["data"] = data
    return stringify(record)


def _need_json(value, depth):
    kind = type(value)
    if depth > 200:
        raise MLError("LimitError", "log: data is nested too deeply")
    if kind is list or kind is Object:
        for item in value if kind is list else value.values():
            _need_json(item, depth + 1)
    elif value is not None and kind not in (str, int, float, bool):
        raise MLError("TypeError", f"Object of type {typeof(value)} is not JSON serializable")


def escaped(text):
    """Without newlines and control characters: a message is one line."""
    if text.isprintable():
        return text
    return "".join([c if c.isprintable() else _escape(c) for c in text])


def _escape(character):
    known = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(character)
    code = ord(character)
    return known or (f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}")


_native.register_class(Logger, "Logger", [name for name in vars(Logger) if not name.startswith("_")],
                       lambda logger: "<Logger>")


def exports(host):
    own = Logger(host, "default", "log")

    def debug(message, data=None):
        own.debug(message, data)

    def info(message, data=None):
        own.info(message, data)

    def warn(message, data=None):
        own.warn(message, data)

    def error(message, data=None):
        own.error(message, data)

    def critical(message, data=None):
        own.critical(message, data)

    def set_level(level):
        own.set_level(level)

    def set_format(format_type):
        own.set_format(format_type)

    def set_timestamp(enabled):
        own.set_timestamp(enabled)

    def add_file(file_path):
        own.add_file(file_path)

    def is_debug():
        return own.is_debug()

    def create_logger(name):
        string("log.create_logger", "name", name)
        host.need("log.create_logger", "log.write")
        known = host.loggers.get(name)
        if known is None:
            known = host.loggers[name] = Logger(host, name)
        return known

    return debug, info, warn, error, critical, set_level, set_format, set_timestamp, add_file, is_debug, create_logger
