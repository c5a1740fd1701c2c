#!/usr/bin/env python3
"""The flame graph page in a real browser: it draws, zooms, searches, hides, and shows the lines of a function."""

import json
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

MLPY = Path(sys.argv.pop(1)).resolve()

PROGRAM = """\
function hot(n) {
    total = 0;
    for (i = 0; i < n; i = i + 1) {
        total = total + i % 7;
    }
    return total;
}

function cold(n) {
    return hot(n);
}

print(cold(4000000));
"""

# What a person does, as events; each step notes what is then to be seen. Runs behind the page's own script.
STEPS = """
<script>
const seen = {}, byId = (id) => document.getElementById(id);
const shown = () => byId("detail").hidden ? "" : byId("detail").querySelector("h2").textContent;
const key = (key) => byId("graph").dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
const lit = () => {
  const pen = byId("graph").getContext("2d"), { width, height } = byId("graph");
  const pixels = pen.getImageData(0, 0, width, height).data, colours = new Set();
  for (let i = 0; i < pixels.length; i += 4) colours.add(pixels[i] << 16 | pixels[i + 1] << 8 | pixels[i + 2]);
  return colours.size;
};
const frame = () => new Promise((done) => setTimeout(done, 100));
(async () => {
  await frame();
  seen.program = byId("program").textContent;
  seen.colours = lit();
  seen.first = shown();
  seen.lines = [...byId("detail").querySelectorAll("tbody tr")].map((r) => r.lastChild.textContent.trim());
  const box = byId("graph").getBoundingClientRect();
  const at = (row) => ({ clientX: box.left + box.width / 4, clientY: box.top + row * 19 + 9, bubbles: true });
  byId("graph").dispatchEvent(new MouseEvent("mousemove", at(1)));
  seen.tip = byId("tip").textContent;
  byId("graph").dispatchEvent(new MouseEvent("click", at(2)));
  await frame();
  seen.clicked = shown();
  seen.trail = byId("trail").textContent;
  key("ArrowDown");
  seen.below = shown();
  seen.spoken = byId("spoken").textContent;
  byId("search").value = "hot";
  byId("search").dispatchEvent(new Event("input"));
  seen.matched = byId("matched").textContent;
  document.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
  await frame();
  seen.reset = byId("trail").textContent;
  byId("hide-mlpy").click();
  await frame();
  byId("search").value = "spawn_interpreter";
  byId("search").dispatchEvent(new Event("input"));
  seen.hidden = byId("matched").textContent;
  byId("spoken").textContent = "SEEN" + JSON.stringify(seen) + "SEEN";
})();
</script>
"""


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        folder = Path(cls.folder.name)
        (folder / "slow.ml").write_text(PROGRAM)
        subprocess.run([MLPY, "run", "slow.ml", "--profile", "--profile-save", "run.mlprof"], check=True, cwd=folder,
                       capture_output=True)
        subprocess.run([MLPY, "profile", "flamegraph", "run.mlprof", "-o", "page.html"], check=True, cwd=folder,
                       capture_output=True)
        page = (folder / "page.html").read_text()
        (folder / "driven.html").write_text(page.replace("</body>", STEPS + "</body>"))
        dom = subprocess.run(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1200,800",
             f"--user-data-dir={folder / 'browser'}", "--virtual-time-budget=10000", "--dump-dom",
             (folder / "driven.html").as_uri()], capture_output=True, text=True, timeout=120)
        found = re.search(r"SEEN(.*)SEEN</div>", dom.stdout)
        if not found:
            raise AssertionError(f"the page did not run to its end:\n{dom.stderr[-2000:]}")
        cls.seen = json.loads(found[1].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_it_draws(self):
        self.assertEqual(self.seen["program"], "slow.ml")
        self.assertGreater(self.seen["colours"], 20)

    def test_it_opens_with_the_lines_of_the_slowest_function(self):
        self.assertEqual(self.seen["first"], "hot (slow.ml:1)")
        self.assertIn("total = total + i % 7;", self.seen["lines"])

    def test_the_tip_tells_name_time_and_share(self):
        self.assertRegex(self.seen["tip"], r"^\(top level\) \(slow\.ml:1\) - [\d.]+(s|ms), [\d.]+% of total")

    def test_a_click_zooms_and_shows_the_function(self):
        self.assertEqual(self.seen["clicked"], "cold (slow.ml:9)")
        self.assertRegex(self.seen["trail"], r"^all\u203a\(top level\)\u203acold +[\d.]+(s|ms), ")

    def test_arrows_move_and_speak(self):
        self.assertEqual(self.seen["below"], "hot (slow.ml:1)")
        self.assertTrue(self.seen["spoken"].startswith("hot (slow.ml:1) - "))

    def test_search_says_how_much_matched(self):
        self.assertGreater(float(self.seen["matched"].split("%")[0]), 30)

    def test_escape_resets(self):
        self.assertEqual(self.seen["reset"], "all")

    def test_mlpy_can_be_hidden(self):
        self.assertEqual(self.seen["hidden"], "0.0% matched")


if __name__ == "__main__":
    unittest.main()
