"""The transpilation cache is fast, never stale, and survives whatever happens to its files."""

import hashlib
import json
import subprocess
import tempfile
from pathlib import Path

import support


class Cache(support.CommandTest):
    def entries(self, kind="mlc"):
        return sorted(self.cache.rglob(f"*.{kind}"))

    def test_a_program_is_kept_with_its_code_objects(self):
        self.write("p.ml", "print(1);")
        self.mlpy("run", "p.ml")
        self.assertEqual((len(self.entries()), len(self.entries("code"))), (1, 1))
        before = self.entries()[0].read_bytes()
        self.assertEqual(self.mlpy("run", "p.ml").out, "1\n")
        self.assertEqual(self.entries()[0].read_bytes(), before)
        self.assertEqual(list(self.cache.rglob("*.tmp")), [])

    def test_a_changed_program_is_never_served_old(self):
        path = self.write("p.ml", "print(1);")
        times = path.stat()
        self.mlpy("run", "p.ml")
        path.write_text("print(2);")
        support.os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        self.assertEqual(self.mlpy("run", "p.ml").out, "2\n")

    def test_a_changed_import_is_never_served_old(self):
        self.write("main.ml", "import part;\nprint(part.N);")
        self.write("part.ml", "N = 1;")
        self.assertEqual(self.mlpy("run", "main.ml").out, "1\n")
        self.write("part.ml", "N = 2;")
        self.assertEqual(self.mlpy("run", "main.ml").out, "2\n")

    def test_a_module_that_appears_earlier_in_the_search_path_wins(self):
        self.write("main.ml", "import part;\nprint(part.N);")
        self.write("part.ml", "N = 1;")
        self.write("lib/other.ml", "")
        run = ("run", "main.ml", "--import-paths", "lib")
        self.assertEqual(self.mlpy(*run).out, "1\n")
        self.write("lib/part.ml", "N = 3;")
        self.assertEqual(self.mlpy(*run).out, "3\n")
        (self.folder / "lib/part.ml").unlink()
        self.assertEqual(self.mlpy(*run).out, "1\n")

    def test_a_module_that_vanishes_is_missed(self):
        self.write("main.ml", "import part;\nprint(part.N);")
        part = self.write("part.ml", "N = 1;")
        self.mlpy("run", "main.ml")
        part.unlink()
        self.assertEqual(self.mlpy("run", "main.ml").status, 3)

    def test_warnings_come_back_with_a_cached_program(self):
        self.write("p.ml", "x = 1;\nx == 2;\n")
        cold = self.mlpy("run", "p.ml").err
        self.assertIn("ML0312", cold)
        self.assertEqual(self.mlpy("run", "p.ml").err, cold)

    def test_failures_are_not_kept(self):
        self.write("p.ml", "print(;")
        self.mlpy("run", "p.ml")
        self.assertEqual(self.entries(), [])

    def test_damage_of_any_byte_costs_only_time(self):
        self.write("p.ml", "print([1, 2].map(x => x * 2));")
        self.mlpy("run", "p.ml")
        for kind in ("mlc", "code"):
            good = self.entries(kind)[0].read_bytes()
            spoilt = [b"", good[: len(good) // 2], b"\0" * len(good), good + b"x"]
            spoilt += [good[:at] + bytes([good[at] ^ 1]) + good[at + 1:] for at in range(0, len(good), 97)]
            for data in spoilt:
                self.entries(kind)[0].write_bytes(data)
                result = self.mlpy("run", "p.ml")
                self.assertEqual((result.status, result.out, result.err), (0, "[2, 4]\n", ""))
                self.assertEqual(self.entries(kind)[0].read_bytes(), good, "the damaged entry was not rewritten")

    def test_entries_of_another_secret_are_made_anew(self):
        self.write("p.ml", "print(1);")
        self.mlpy("run", "p.ml")
        mine = [self.entries(kind)[0].read_bytes() for kind in ("mlc", "code")]
        with tempfile.TemporaryDirectory() as config:
            self.assertEqual(self.mlpy("run", "p.ml", XDG_CONFIG_HOME=config).out, "1\n")
            theirs = [self.entries(kind)[0].read_bytes() for kind in ("mlc", "code")]
            secret = Path(config, "mlpy/cache-key")
            self.assertEqual((secret.stat().st_mode & 0o777, len(secret.read_bytes())), (0o600, 32))
            self.assertEqual([path.name for path in secret.parent.iterdir()], ["cache-key"])
        for before, after in zip(mine, theirs):
            self.assertNotEqual(before, after)

    def test_code_that_somebody_else_put_there_is_not_run(self):
        self.write("p.ml", "print(1);")
        self.mlpy("run", "p.ml")
        kept = self.entries("code")[0]
        good = kept.read_bytes()
        header, rest = good.split(b"\n", 1)
        forged = rest[32:].replace(b"print", b"input")
        for stolen in (b"", b"\0" * 64):
            kept.write_bytes(header + b"\n" + hashlib.blake2b(forged, key=stolen, digest_size=32).digest() + forged)
            self.assertEqual(self.mlpy("run", "p.ml").out, "1\n")
            self.assertEqual(kept.read_bytes(), good)

    def test_without_a_place_for_the_secret_nothing_is_kept(self):
        self.write("p.ml", "print(1);")
        readable = self.write("config/mlpy/cache-key", "x" * 32)
        readable.chmod(0o644)
        result = self.mlpy("run", "p.ml", XDG_CONFIG_HOME=str(self.folder / "config"))
        self.assertEqual((result.out, result.err, self.entries()), ("1\n", "", []))

    def test_many_at_once(self):
        self.write("p.ml", "print(42);")
        running = [subprocess.Popen([support.MLPY, "run", "p.ml"], cwd=self.folder, env=self.environment, text=True,
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(8)]
        for process in running:
            out, err = process.communicate(timeout=60)
            self.assertEqual((process.returncode, out, err), (0, "42\n", ""))
        self.assertEqual((len(self.entries()), list(self.cache.rglob("*.tmp"))), (1, []))

    def test_force_transpile_writes_anew_and_no_cache_writes_nothing(self):
        self.write("p.ml", "print(1);")
        self.mlpy("run", "p.ml", "--no-cache")
        self.assertEqual(self.entries(), [])
        self.mlpy("run", "p.ml", MLPY_NO_CACHE="1")
        self.assertEqual(self.entries(), [])
        self.mlpy("run", "p.ml")
        changed = self.entries()[0].stat().st_ino
        self.assertEqual(self.mlpy("run", "p.ml", "--force-transpile").out, "1\n")
        self.assertNotEqual(self.entries()[0].stat().st_ino, changed)

    def test_a_cache_that_cannot_be_written_costs_only_time(self):
        self.write("p.ml", "print(1);")
        self.cache.write_text("a file where the folder should be")
        result = self.mlpy("run", "p.ml")
        self.assertEqual((result.status, result.out, result.err), (0, "1\n", ""))

    def test_info_and_clear(self):
        self.write("p.ml", "print(1);")
        self.mlpy("run", "p.ml")
        self.assertEqual(json.loads(self.mlpy("cache", "info", "--json").out)["entries"], 1)
        self.assertEqual(self.mlpy("cache", "clear").out, "1 cached program removed.\n")
        self.assertEqual(self.entries() + self.entries("code"), [])

    def test_nothing_is_written_beside_the_source(self):
        self.write("p.ml", "print(1);")
        self.mlpy("run", "p.ml")
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["cache", "p.ml"])


if __name__ == "__main__":
    support.main()
