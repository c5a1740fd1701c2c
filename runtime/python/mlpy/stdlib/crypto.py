"""crypto: hashes, HMAC, random values, UUIDs (stdlib-io.md section 6)."""

import hashlib
import hmac as _hmac
import os

from mlpy.stdlib.check import integer, limit_error, string, type_error, value_error
from mlpy.stdlib.text_files import host_type

ALGORITHMS = {"md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "sha3_512", "blake2b", "blake2s"}
MAX_RANDOM = 1 << 20
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def exports(host):
    def digest(name, data, salt):
        salt = "" if salt is None else salt
        for text in (salt, data):
            if type(text) is not str:
                raise type_error(f'can only concatenate str (not "{host_type(text)}") to str')
        host.need(f"crypto.{name}", "crypto.hash")
        return hashlib.new(name, _bytes(salt + data), usedforsecurity=False).hexdigest()

    def sha256(data, salt=""):
        return digest("sha256", data, salt)

    def sha1(data, salt=""):
        return digest("sha1", data, salt)

    def md5(data, salt=""):
        return digest("md5", data, salt)

    def hash_file(file_path, algorithm="sha256"):
        name = _algorithm("crypto.hash_file", algorithm)
        string("crypto.hash_file", "file_path", file_path)
        host.need("crypto.hash_file", "crypto.hash")
        state = hashlib.new(name, usedforsecurity=False)
        for block in host.files.blocks("crypto.hash_file", file_path, "file_path"):
            state.update(block)
        return state.hexdigest()

    def uuid():
        host.need("crypto.uuid", "crypto.random")
        from uuid import UUID

        return str(UUID(bytes=os.urandom(16), version=4))

    def uuid_from_string(data, namespace=None):
        string("crypto.uuid_from_string", "data", data)
        if namespace is not None:
            string("crypto.uuid_from_string", "namespace", namespace)
        host.need("crypto.uuid_from_string", "crypto.hash")
        from uuid import NAMESPACE_DNS, UUID, uuid5

        try:
            space = NAMESPACE_DNS if namespace is None else UUID(namespace)
        except ValueError:
            raise value_error("badly formed hexadecimal UUID string") from None
        return str(uuid5(space, data))

    def random_bytes(length):
        size = _size("crypto.random_bytes", length)
        host.need("crypto.random_bytes", "crypto.random")
        if size < 0:
            raise value_error("negative argument not allowed")
        return os.urandom(size)

    def random_hex(length):
        size = _size("crypto.random_hex", length)
        host.need("crypto.random_hex", "crypto.random")
        if size < 0:
            raise value_error("negative argument not allowed")
        return os.urandom(size).hex()

    def random_string(length):
        size = _size("crypto.random_string", length)
        host.need("crypto.random_string", "crypto.random")
        letters = []
        while len(letters) < size:  # bytes from 248 on would favour some letters
            letters += [_LETTERS[byte % 62] for byte in os.urandom(2 * (size - len(letters))) if byte < 248]
        return "".join(letters[:max(size, 0)])

    def random_int(min_val, max_val):
        low = integer("crypto.random_int", "min_val", min_val)
        high = integer("crypto.random_int", "max_val", max_val)
        host.need("crypto.random_int", "crypto.random")
        if low > high:
            raise value_error("Upper bound must be positive.")
        span = high - low + 1
        bits = span.bit_length()
        while True:
            chosen = int.from_bytes(os.urandom(bits // 8 + 1), "big") & ((1 << bits) - 1)
            if chosen < span:
                return low + chosen

    def random_float():
        host.need("crypto.random_float", "crypto.random")
        return (int.from_bytes(os.urandom(7), "big") >> 3) * 2.0**-53

    def compare_hash(hash1, hash2):
        string("crypto.compare_hash", "hash1", hash1)
        string("crypto.compare_hash", "hash2", hash2)
        host.need("crypto.compare_hash", "crypto.hash")
        return _hmac.compare_digest(_bytes(hash1), _bytes(hash2))

    def hmac(message, key, algorithm="sha256"):
        return signed("crypto.hmac", message, key, algorithm)

    def verify_hmac(message, signature, key, algorithm="sha256"):
        string("crypto.verify_hmac", "signature", signature)
        return _hmac.compare_digest(_bytes(signature), _bytes(signed("crypto.verify_hmac", message, key, algorithm)))

    def signed(function, message, key, algorithm):
        string(function, "message", message)
        string(function, "key", key)
        name = _algorithm(function, algorithm)
        host.need(function, "crypto.hash")
        return _hmac.new(_bytes(key), _bytes(message), name).hexdigest()

    return (sha256, sha1, md5, hash_file, uuid, uuid_from_string, random_bytes, random_hex, random_string, random_int,
            random_float, compare_hash, hmac, verify_hmac)


def _bytes(text):
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise value_error(str(error)) from None


def _algorithm(function, name):
    name = "sha256" if name is None else string(function, "algorithm", name)
    if name not in ALGORITHMS:
        raise value_error(f"unsupported hash algorithm: {name}")
    return name


def _size(function, length):
    size = integer(function, "length", length)
    if size > MAX_RANDOM:
        raise limit_error(f"{function}(): more than {MAX_RANDOM} bytes")
    return size
