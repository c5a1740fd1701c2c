"""file and path beyond the examples: errors, links, races, edges (stdlib-io.md sections 0 to 2)."""

import contextlib
import os
import stat
import threading
import unittest

from support import Folder, Library, Loader, failure


class FileTest(Folder):
    def test_reading(self):
        self.put("w/a", b"a\r\n \x85")
        self.assertEqual(failure(self.file.read, "w/a"),
                         "DecodeError: 'utf-8' codec can't decode byte 0x85 in position 4: invalid start byte")
        self.put("w/b", "\ufeffa\r\nb\rc \n\u2028d\n")
        self.assertEqual(self.file.read("w/b"), "\ufeffa\nb\nc \n\u2028d\n")
        self.assertEqual(self.file.read("w/b", "utf-8-sig"), "a\nb\nc \n\u2028d\n")
        self.assertEqual(self.file.readLines("w/b"), ["\ufeffa", "b", "c ", "\u2028d"])
        self.assertEqual(self.file.readBytes("w/b")[:3], b"\xef\xbb\xbf")
        self.put("w/empty")
        self.assertEqual([self.file.read("w/empty"), self.file.readLines("w/empty")], ["", []])

    def test_errors_name_the_path_as_written(self):
        self.put("w/f")
        os.mkdir("w/d")
        for call, said in (
                (("read", "w/none"), "NotFound: [Errno 2] No such file or directory: 'w/none'"),
                (("read", "w/none/x"), "NotFound: [Errno 2] No such file or directory: 'w/none/x'"),
                (("read", "w/d"), "IsADirectory: [Errno 21] Is a directory: 'w/d'"),
                (("read", "w/f/x"), "NotADirectory: [Errno 20] Not a directory: 'w/f/x'"),
                (("write", "w/d", ""), "IsADirectory: [Errno 21] Is a directory: 'w/d'"),
                (("read", ""), "ValueError: file.read(): 'path' is empty"),
                (("read", "a\0b"), "ValueError: embedded null byte"),
                (("read", "w/f", "rot13"), "ValueError: unknown encoding: rot13"),
                (("write", "w/f", 5), "TypeError: write() argument must be str, not int"),
                (("append", "w/f", None), "TypeError: write() argument must be str, not NoneType"),
                (("writeBytes", "w/f", "x"), "TypeError: a bytes-like object is required, not 'str'"),
                (("delete", "w/d"), "ValueError: Not a file: w/d (use path.removeDir for directories)"),
                (("size", "w/none"), "NotFound: [Errno 2] No such file or directory: 'w/none'"),
                (("copy", "w/d", "w/e"), "IsADirectory: [Errno 21] Is a directory: 'w/d'"),
                (("move", "w/none", "w/e"), "NotFound: [Errno 2] No such file or directory: 'w/none'")):
            with self.subTest(call):
                self.assertEqual(failure(self.file.members[call[0]], *call[1:]), said)
        self.assertEqual(self.get("w/f"), b"")

    def test_writing(self):
        self.file.write("w/x/y", "\u00e9\r\n")
        self.assertEqual(self.get("w/x/y"), "\u00e9\r\n".encode())
        self.file.write("w/x/y", "\u00e9", "latin-1")
        self.assertEqual(self.get("w/x/y"), b"\xe9")
        self.assertEqual(failure(self.file.write, "w/x/y", "\u20ac", "latin-1")[:11], "ValueError:")
        self.assertEqual(self.get("w/x/y"), b"\xe9")
        self.file.writeLines("w/l", [1, True, None, "a"])
        self.assertEqual(self.get("w/l"), b"1\ntrue\nnull\na\n")
        self.file.writeLines("w/l", "ab")
        self.assertEqual(self.get("w/l"), b"a\nb\n")
        self.file.writeLines("w/l", [])
        self.assertEqual(self.get("w/l"), b"")
        self.file.writeBytes("w/n/b", b"\0\xff")
        self.file.append("w/n/b", "a", None)
        self.assertEqual(self.get("w/n/b"), b"\0\xffa")
        self.assertEqual([name for name in os.listdir("w/x")], ["y"])

    def test_replacing_keeps_permissions(self):
        self.put("w/s", "old")
        os.chmod("w/s", 0o640)
        self.file.write("w/s", "new")
        self.assertEqual(stat.S_IMODE(os.stat("w/s").st_mode), 0o640)

    def test_probes(self):
        self.put("w/f")
        os.symlink("f", "w/good")
        os.symlink("none", "w/bad")
        os.symlink(os.path.realpath("secret"), "w/out")
        table = [[self.file.members[probe](f"w/{name}") for name in ("f", "good", "bad", "none", "f/x", "")]
                 for probe in ("exists", "isFile", "isDirectory")]
        self.assertEqual(table, [[True, True, False, False, False, True], [True, True, False, False, False, False],
                                 [False, False, False, False, False, True]])
        for probe in ("exists", "isFile", "isDirectory", "size", "modifiedTime"):
            for place in ("secret", "none", "/etc/shadow", "/nothing", "w/../secret", "w/out"):
                self.assertIn("CapabilityError", failure(self.file.members[probe], place), (probe, place))

    def test_links_lead_nowhere_else(self):
        os.symlink(os.path.realpath("secret"), "w/link")
        os.symlink("..", "w/up")
        os.symlink("w2", "w/loop")
        os.symlink("loop", "w/w2")
        for place in ("w/link", "w/up/secret", "w/../secret", "secret", os.path.realpath("secret")):
            for call in (("read", place), ("write", place, "x"), ("append", place, "x"), ("copy", place, "w/c"),
                         ("copy", "w/f", place), ("readBytes", place)):
                self.put("w/f")
                with self.subTest(call):
                    self.assertIn("CapabilityError", failure(self.file.members[call[0]], *call[1:]))
        self.assertEqual(self.get("secret"), b"secret")
        self.assertRegex(failure(self.file.read, "w/loop"), "Too many levels")
        self.assertIs(self.file.delete("w/link"), True)  # the link itself
        self.assertEqual(self.get("secret"), b"secret")
        self.put("w/inner/t", "t")
        os.symlink("inner", "w/alias")
        self.assertEqual(self.file.read("w/alias/t"), "t")

    def test_only_plain_files(self):
        os.mkfifo("w/fifo")
        for call in (("read", "w/fifo"), ("write", "w/fifo", "x"), ("append", "w/fifo", "x"), ("delete", "w/fifo")):
            self.assertEqual(failure(self.file.members[call[0]], *call[1:]), "ValueError: Not a regular file: w/fifo")
        everything = Library("file", Loader(everything=True))
        for place in ("/dev/null", "/proc/self/status", "/proc/self/mem"):
            self.assertEqual(failure(everything.read, place), f"ValueError: Not a regular file: {place}")

    def test_copy_and_move(self):
        self.put("w/a", "a")
        os.chmod("w/a", 0o4755)
        os.utime("w/a", (1, 2))
        os.mkdir("w/d")
        self.file.copy("w/a", "w/d")
        self.file.copy("w/a", "w/n/b")
        self.assertEqual([self.get("w/d/a"), self.get("w/n/b")], [b"a", b"a"])
        self.assertEqual([stat.S_IMODE(os.stat("w/d/a").st_mode), os.stat("w/d/a").st_mtime], [0o644, 2])
        self.assertEqual(failure(self.file.move, "w/a", "w/d"), "ValueError: Destination path 'w/d/a' already exists")
        self.file.move("w/a", "w/m/x")
        self.file.move("w/m", "w/n")
        self.assertEqual(self.get("w/n/m/x"), b"a")
        self.assertRegex(failure(self.file.move, "w/n", "w/n/m"), "into itself")
        self.file.copy("w/n/b", "w/n/m/x")
        self.assertIn("CapabilityError", failure(self.file.move, "w/n/b", "out"))
        self.assertIn("CapabilityError", failure(self.file.move, "secret", "w/s"))

    def test_limits(self):
        self.put("w/a", "old")
        self.loader.services.files.most_in_file = 1 << 20
        self.assertEqual(failure(self.file.write, "w/a", "x" * ((1 << 20) + 1)), "LimitError: file larger than 1MB")
        self.assertEqual(self.get("w/a"), b"old")
        self.loader.services.files.most_written = 10
        self.assertEqual(failure(self.file.append, "w/a", "x" * 11), "LimitError: more than 10 bytes written")

    def test_nothing_stays_open(self):
        before = self.descriptors()
        self.test_probes()
        for _ in range(20):
            self.file.write("w/a", "x")
            failure(self.file.read, "w/none/x")
            failure(self.file.read, "secret")
            self.path.walk("w")
            self.path.glob("w/**")
        self.assertEqual(self.descriptors(), before)

    def test_a_swapped_directory_is_never_followed(self):
        """Attack C28: a directory is swapped for a link to elsewhere, all the time."""
        self.put("w/d/f", "inside")
        self.put("private/f", "secret")
        stop = threading.Event()

        def swap():
            while not stop.is_set():
                with contextlib.suppress(OSError):
                    os.rename("w/d", "w/kept")
                    os.symlink(os.path.abspath("private"), "w/d")
                    os.unlink("w/d")
                    os.rename("w/kept", "w/d")

        swapper = threading.Thread(target=swap)
        swapper.start()
        seen = {failure(self.file.read, "w/d/f").partition("\n")[0] for _ in range(2000)}
        stop.set()
        swapper.join()
        allowed = {"no error: inside", "NotFound: [Errno 2] No such file or directory: 'w/d/f'",
                   "CapabilityError: Missing required capabilities: ['file.read']"}
        self.assertLessEqual(seen, allowed)

    def test_home(self):
        self.assertIn("CapabilityError", failure(self.file.read, "~/x"))
        self.put("w/~/x", "literal")
        os.chdir("w")
        inner = Library("file", Loader(["file.read:**"]))
        self.assertEqual(inner.read("~/x"), "literal")

    def test_private_folder(self):
        folder = self.path.tempDir()
        self.assertEqual(stat.S_IMODE(os.stat(folder).st_mode), 0o700)
        self.file.write(folder + "/x", "y")
        self.assertEqual(self.file.read(folder + "/x"), "y")
        self.assertIn("CapabilityError", failure(self.file.read, folder + "/../x"))
        self.assertEqual(self.path.home(), folder)
        self.loader.services.close()
        self.assertFalse(os.path.exists(folder))


class PathTest(Folder):
    def test_strings(self):
        p = self.path
        for call, result in (
                (("join", "a", ""), "a/"), (("join", "a"), "a"), (("dirname", "z.txt"), ""), (("dirname", "/x/y/"), "/x/y"),
                (("dirname", "/"), "/"), (("basename", "a/b/"), ""), (("extname", ".bashrc"), ""), (("extname", "a."), "."),
                (("extname", "a.tar.gz"), ".gz"), (("extname", "a.b/c"), ""), (("normalize", ""), "."),
                (("normalize", "../a/.."), ".."), (("normalize", "/.."), "/"), (("normalize", "//x"), "//x"),
                (("normalize", "///x"), "/x"), (("relative", "/a", "/a"), "."), (("isAbsolute", "~"), False),
                (("absolute", ""), os.getcwd()), (("separator",), "/"), (("delimiter",), ":"), (("split", "a"), ["", "a"])):
            with self.subTest(call):
                self.assertEqual(p.members[call[0]](*call[1:]), result)
        self.assertEqual(failure(p.relative, "/a", ""), "ValueError: no path specified")
        self.assertEqual(failure(p.join), "TypeError: path.join() missing required argument 'part'")
        self.assertEqual(failure(p.join, "a", 5), "TypeError: path.join(): 'more' must be a string, got number")

    def test_listing(self):
        for name in ("w/b", "w/.a", "w/d/x", "w/d/e/y"):
            self.put(name)
        os.symlink("d", "w/ld")
        os.symlink("b", "w/lf")
        self.assertEqual(self.path.listDir("w"), [".a", "b", "d", "ld", "lf"])
        self.assertEqual(failure(self.path.listDir, "w/b"), "NotADirectory: Not a directory: w/b")
        self.assertEqual(failure(self.path.listDir, "w/none"), "NotADirectory: Not a directory: w/none")
        self.assertIn("CapabilityError", failure(self.path.listDir))
        self.assertEqual(self.path.walk("w"), [".a", "b", "d/e/y", "d/x", "lf"])
        self.assertEqual(self.path.walk("w", 0), [".a", "b", "lf"])
        self.assertEqual(self.path.walk("w", 1), [".a", "b", "d/x", "lf"])
        self.assertEqual(self.path.walk("w/none"), [])

    def test_glob(self):
        for name in ("w/b.txt", "w/.h.txt", "w/d/x.txt", "w/d/e/y.txt", "w/d/n"):
            self.put(name)
        here = os.getcwd()

        def found(pattern):
            return [place.removeprefix(here + "/") for place in self.path.glob(pattern)]

        self.assertEqual(found("w/*.txt"), ["w/b.txt"])
        self.assertEqual(found("w/.*.txt"), ["w/.h.txt"])
        self.assertEqual(found("w/**/*.txt"), ["w/b.txt", "w/d/e/y.txt", "w/d/x.txt"])
        self.assertEqual(found("w/d/**"), ["w/d/", "w/d/e", "w/d/e/y.txt", "w/d/n", "w/d/x.txt"])
        self.assertEqual(found("w/*/[xn]*"), ["w/d/n", "w/d/x.txt"])
        self.assertEqual(found("w/b.txt"), ["w/b.txt"])
        self.assertEqual(found("w/none*"), [])
        for pattern in ("/etc/*", "*", "w/../*", "secret"):
            self.assertIn("CapabilityError", failure(self.path.glob, pattern), pattern)
        narrow = Library("path", Loader(["path.read:w", "path.read:w/b*"]))
        self.assertEqual(narrow.glob("w/*"), [here + "/w/b.txt"])

    def test_directories(self):
        self.put("w/f")
        self.path.createDir("w/a/b")
        self.path.createDir("w/a/b")
        self.assertEqual(failure(self.path.createDir, "w/f"), "AlreadyExists: [Errno 17] File exists: 'w/f'")
        self.assertEqual(failure(self.path.createDir, "w/x/y", False),
                         "NotFound: [Errno 2] No such file or directory: 'w/x/y'")
        self.path.createDir("w/x", False)
        self.assertEqual(failure(self.path.removeDir, "w/a"), "NotEmpty: [Errno 39] Directory not empty: 'w/a'")
        self.assertEqual(failure(self.path.removeDir, "w/none"), "NotFound: [Errno 2] No such file or directory: 'w/none'")
        self.assertEqual(failure(self.path.removeDir, "w/f"), "NotADirectory: [Errno 20] Not a directory: 'w/f'")
        self.path.removeDir("w/x")

    def test_removing_trees(self):
        self.put("w/t/a/f")
        self.put("outside/kept")
        os.symlink(os.path.abspath("outside"), "w/t/link")
        self.path.removeDirRecursive("w/t")
        self.assertEqual([os.path.exists("w/t"), os.path.exists("outside/kept")], [False, True])
        self.assertEqual(failure(self.path.removeDirRecursive, "w/t"), "NotFound: [Errno 2] No such file or directory: 'w/t'")
        everything = Library("path", Loader(everything=True))
        for place in ("/", ".", "..", "~", os.getcwd()):
            self.assertRegex(failure(everything.removeDirRecursive, place), "refused to remove|IsADirectory|NotFound", place)
        self.put("w/t/a/f")
        only_path = Library("path", Loader(["path.write:w/**"]))
        self.assertIn("['file.delete']", failure(only_path.removeDirRecursive, "w/t"))
        self.assertTrue(os.path.exists("w/t/a/f"))


if __name__ == "__main__":
    unittest.main()
