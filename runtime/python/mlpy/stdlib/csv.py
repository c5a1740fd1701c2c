"""csv: comma separated values (stdlib-io.md section 7).

Uses the C part of Python's csv package: the package itself would import ``re`` and cost milliseconds.
"""

import _csv
from io import StringIO
from itertools import islice

from mlpy._native import Object, display
from mlpy.stdlib.check import iterable, limit_error, string, type_error, value_error
from mlpy.stdlib.text_files import decoded, encoded, encoding_of

MAX_CELL = 1 << 20


def exports(host):
    files = host.files

    def text_of(function, path, encoding):
        text = decoded(files.read(function, path, "file_path"), encoding)
        return text.removeprefix("\ufeff") if encoding == "utf-8" else text

    def read(file_path, delimiter=",", headers=True, encoding="utf-8"):
        mark, codec = _delimiter(delimiter), encoding_of("csv.read", encoding)
        return _table(text_of("csv.read", file_path, codec), mark, _flag(headers))

    def write(file_path, data, delimiter=",", headers=True, encoding="utf-8"):
        mark, codec = _delimiter(delimiter), encoding_of("csv.write", encoding)
        text = _text("csv.write", data, mark, _flag(headers))
        files.write("csv.write", file_path, encoded(text, codec), parents=False, parameter="file_path")

    def count_rows(file_path, delimiter=",", encoding="utf-8"):
        mark, codec = _delimiter(delimiter), encoding_of("csv.count_rows", encoding)
        return max(0, len(_rows(text_of("csv.count_rows", file_path, codec), mark)) - 1)

    def get_headers(file_path, delimiter=",", encoding="utf-8"):
        mark, codec = _delimiter(delimiter), encoding_of("csv.get_headers", encoding)
        return _first(text_of("csv.get_headers", file_path, codec), mark)

    def append(file_path, row, delimiter=",", encoding="utf-8"):
        mark, codec = _delimiter(delimiter), encoding_of("csv.append", encoding)
        needs = "file.read", "file.write"
        with files.resolve("csv.append", file_path, needs, parameter="file_path") as target:
            known = target.status is not None
        text = text_of("csv.append", file_path, codec) if known else ""
        header = _first(text, mark)
        if type(row) is Object:
            cells = [row.get(key) for key in header] if header else list(row.values())
        else:
            cells = row if type(row) is list else [row]
        line = _joined([cells], mark)
        if text and not text.endswith(("\n", "\r")):
            line = "\r\n" + line
        files.append("csv.append", file_path, encoded(line, codec), needs, "file_path", parents=False)

    return read, read_string, write, write_string, count_rows, get_headers, append


def read_string(csv_string, delimiter=",", headers=True):
    mark = _delimiter(delimiter)
    return _table(string("csv.read_string", "csv_string", csv_string), mark, _flag(headers))


def write_string(data, delimiter=",", headers=True):
    return _text("csv.write_string", data, _delimiter(delimiter), _flag(headers))


def _delimiter(delimiter):
    if delimiter is None:
        return ","
    if type(delimiter) is not str or len(delimiter) != 1:
        raise type_error('"delimiter" must be a 1-character string')
    if delimiter in '"\r\n':
        raise value_error("bad delimiter value")
    return delimiter


def _flag(headers):
    return headers is None or bool(headers)


def _rows(text, delimiter, most=None):
    """The rows that are not empty, at most so many."""
    before = _csv.field_size_limit(MAX_CELL)  # of the whole process
    try:
        return list(islice(filter(None, _csv.reader(StringIO(text, newline=""), delimiter=delimiter)), most))
    except _csv.Error as error:
        if "field limit" in str(error):
            raise limit_error(f"csv: cell of more than {MAX_CELL} characters") from None
        raise value_error(str(error)) from None
    finally:
        _csv.field_size_limit(before)


def _first(text, delimiter):
    rows = _rows(text, delimiter, 1)
    return rows[0] if rows else []


def _table(text, delimiter, headers):
    rows = _rows(text, delimiter)
    if not headers or not rows:
        return rows
    keys = rows[0]
    return [Object(zip(keys, row)) for row in rows[1:]]


def _text(function, data, delimiter, headers):
    rows = list(iterable(function, "data", data))
    if not rows:
        return ""
    if type(rows[0]) is not Object:
        return _joined([row if type(row) is list else [row] for row in rows], delimiter)
    objects = [row for row in rows if type(row) is Object]
    if not headers:
        return _joined([list(row.values()) for row in objects], delimiter)
    keys = list(rows[0])
    return _joined([keys, *([row.get(key) for key in keys] for row in objects)], delimiter)


def _joined(rows, delimiter):
    out = StringIO(newline="")
    write = _csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerow
    for row in rows:
        cells = ["" if cell is None else display(cell) for cell in row]
        if any(len(cell) > MAX_CELL for cell in cells):
            raise limit_error(f"csv: cell of more than {MAX_CELL} characters")
        write(cells)
    return out.getvalue()
