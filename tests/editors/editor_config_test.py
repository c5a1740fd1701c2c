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
            original = ROOT / "core/syntax/queries" / copy.name
            if original.exists():
                self.assertEqual(copy.read_text(), original.read_text(), copy)


class Zed(unittest.TestCase):
    folder = EDITORS / "zed"

    def test_what_the_extension_names_is_there(self):
        extension = tomllib.loads((self.folder / "extension.toml").read_text())
        language = tomllib.loads((self.folder / "languages/ml/config.toml").read_text())
        self.assertEqual(language["name"], extension["language_servers"]["mlpy"]["languages"][0])
        self.assertIn(language["grammar"], extension["grammars"])
        self.assertTrue((ROOT / extension["grammars"]["ml"]["path"] / "src/parser.c").exists())
        self.assertEqual(language["debuggers"], list(extension["debug_adapters"]))
        settings = config("zed").stdout
        for name in (*extension["language_servers"], language["name"]):
            self.assertIn(f'"{name}"', settings)
        for name in extension["debug_adapters"]:
            self.assertIn(f'"adapter": "{name}"', settings)

    def test_the_debugger_takes_the_attributes_of_the_extension_for_vs_code(self):
        schema = json.loads((self.folder / "debug_adapter_schemas/ml.json").read_text())
        package = json.loads((EDITORS / "vscode/package.json").read_text())
        requests = package["contributes"]["debuggers"][0]["configurationAttributes"]
        names = {name for request in requests.values() for name in request["properties"]}
        self.assertEqual(set(schema["properties"]), names | {"request"})


if __name__ == "__main__":
    unittest.main()
