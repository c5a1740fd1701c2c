"""`mlpy editor-config`: every editor's text is printed as it stands in editors/, and can be read by that editor's rules."""
import json
import pathlib
import re
import subprocess
import sys
import tomllib
import unittest

MLPY = sys.argv.pop(1)
ROOT = pathlib.Path(__file__).resolve().parents[2]
EDITORS = ROOT / "editors"
FILES = {"nvim": "neovim/config.lua", "helix": "helix/languages.toml", "emacs": "emacs/ml-script-mode.el",
         "zed": "zed/settings.jsonc", "sublime": "sublime/LSP.sublime-settings", "kate": "kate/lspclient.json",
         "vim": "vim/mlpy.vim"}


def config(name):
    return subprocess.run([MLPY, "editor-config", name], capture_output=True, text=True)


class EditorConfig(unittest.TestCase):
    def test_prints_the_file_of_each_editor(self):
        for name, file in FILES.items():
            done = config(name)
            self.assertEqual((done.returncode, done.stderr), (0, ""), name)
            self.assertEqual(done.stdout, (EDITORS / file).read_text(), name)

    def test_neovim_has_two_names(self):
        self.assertEqual(config("neovim").stdout, config("nvim").stdout)

    def test_unknown_name_lists_the_editors(self):
        done = config("emcas")
        self.assertEqual(done.returncode, 2)
        self.assertIn("did you mean 'emacs'?", done.stderr)
        self.assertIn("nvim, helix, emacs", done.stderr)

    def test_helix_takes_ml_from_ocaml(self):
        languages = {entry["name"]: entry for entry in tomllib.loads(config("helix").stdout)["language"]}
        self.assertEqual(languages["ml"]["file-types"], ["ml"])
        self.assertEqual(languages["ocaml"]["file-types"], [])

    def test_json_is_json(self):
        for name in ("kate", "sublime"):
            text = re.sub(r"^\s*//.*$", "", config(name).stdout, flags=re.M)
            self.assertIn("mlpy", json.dumps(json.loads(text)))


class Queries(unittest.TestCase):
    def test_are_copies_of_those_of_the_grammar(self):
        copies = [*EDITORS.glob("*/queries/ml/*.scm"), *EDITORS.glob("*/languages/ml/*.scm")]
        self.assertEqual({p.relative_to(EDITORS).parts[0] for p in copies}, {"helix", "neovim", "zed"})
        for copy in copies:
            self.assertEqual(copy.read_text(), (ROOT / "core/syntax/queries" / copy.name).read_text(), copy)


if __name__ == "__main__":
    unittest.main()
