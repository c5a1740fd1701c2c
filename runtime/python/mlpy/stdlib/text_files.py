"""Text of files: the fixed list of encodings, and the words of errors about it (stdlib-io.md section 1)."""

from mlpy._native import MLError, Object, typeof
from mlpy.stdlib.check import string, value_error

ENCODINGS = {"utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "ascii", "latin-1", "koi8-r", "shift_jis",
             "euc-jp", "gb18030", "big5",
             *(f"iso-8859-{part}" for part in range(1, 17) if part != 12), *(f"cp{page}" for page in range(1250, 1259))}
_HOST_TYPES = {int: "int", float: "float", bool: "bool", str: "str", list: "list", Object: "dict", type(None): "NoneType",
               bytes: "bytes"}


def host_type(value):
    """The name of a value's type in the reference's messages."""
    return _HOST_TYPES.get(type(value)) or typeof(value)


def encoding_of(function, encoding):
    """The name of an allowed encoding."""
    if encoding is None:
        return "utf-8"
    name = string(function, "encoding", encoding).lower()
    if name not in ENCODINGS:
        raise value_error(f"unknown encoding: {encoding}")
    return name


def decoded(data, encoding):
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise MLError("DecodeError", str(error)) from None


def encoded(text, encoding):
    try:
        return text.encode(encoding)
    except UnicodeEncodeError as error:
        raise MLError("ValueError", str(error)) from None


def with_newlines(text):
    """CRLF and CR as LF."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
