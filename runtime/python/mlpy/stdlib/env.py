"""env: environment variables (stdlib-io.md section 5). Programs have a table of their own."""

from mlpy._native import MLError, Object, display
from mlpy.stdlib.check import type_error, value_error
from mlpy.stdlib.text_files import host_type

_TRUE = {"true", "1", "yes", "on"}
_KEPT = {"LANG", "LANGUAGE", "TZ", "PATH", "HOME", "TMPDIR", "IFS", "LOCPATH", "NLSPATH", "HOSTALIASES", "GCONV_PATH"}
_KEPT_STARTS = ("LD_", "LC_", "PYTHON", "MLPY_", "GLIBC_", "MALLOC_")


def exports(host):
    policy = host.policy

    def value_of(function, key):
        """The value, None when unset; the key must be covered."""
        if type(key) is not str:
            raise type_error(f"str expected, not {host_type(key)}")
        host.need(f"env.{function}", "env.read", key, key)
        return host.variables.get(key)

    def get(key, default=None):
        value = value_of("get", key)
        return default if value is None else value

    def require(key):
        value = value_of("require", key)
        if value is None:
            raise MLError("RuntimeError", f"Required environment variable not set: {key}")
        return value

    def has(key):
        return value_of("has", key) is not None

    def all():
        host.need("env.all", "env.read")
        return Object({key: value for key, value in host.variables.items() if policy.holds("env.read", key)})

    def get_int(key, default=0):
        value = value_of("get_int", key)
        try:
            return fallback(default, 0) if value is None else int(value)
        except ValueError:
            return fallback(default, 0)

    def get_float(key, default=0.0):
        value = value_of("get_float", key)
        try:
            return fallback(default, 0.0) if value is None else float(value)
        except ValueError:
            return fallback(default, 0.0)

    def get_bool(key, default=False):
        value = value_of("get_bool", key)
        return fallback(default, False) if value is None else value.lower() in _TRUE

    def set(key, value):
        text = display(value)
        need_changeable("set", key)
        if "\0" in key or "\0" in text:
            raise value_error("embedded null byte")
        if not key or "=" in key:
            raise value_error("illegal environment variable name")
        host.variables[key] = text

    def delete(key):
        need_changeable("delete", key)
        host.variables.pop(key, None)

    def need_changeable(function, key):
        if type(key) is not str:
            raise type_error(f"str expected, not {host_type(key)}")
        host.need(f"env.{function}", "env.write", key, key)
        name = key.upper()
        if name in _KEPT or name.startswith(_KEPT_STARTS) or name.endswith("_PROXY"):
            raise value_error(f"environment variable '{key}' cannot be changed")

    return get, require, has, all, get_int, get_float, get_bool, set, delete


def fallback(default, usual):
    return usual if default is None else default
