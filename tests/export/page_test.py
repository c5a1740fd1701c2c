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

# The same for the picture, which is a page of its own.
PICTURE_STEPS = """
<script><![CDATA[
const seen = {}, byId = (id) => document.getElementById(id);
const frame = (name) => [...document.querySelectorAll("g.f")].find((g) => g.dataset.n.startsWith(name));
const width = (name) => Math.round(+frame(name).querySelector("rect").getAttribute("width"));
const click = (node) => node.dispatchEvent(new MouseEvent("click", { bubbles: true }));
const fill = (name) => frame(name).querySelector("rect").getAttribute("fill");
seen.tools = byId("tools").style.display;
seen.title = frame("hot").querySelector("title").textContent;
seen.before = [width("hot"), frame("spawn_interpreter").style.display];
click(frame("hot"));
seen.zoomed = [width("hot"), width("cold"), frame("spawn_interpreter").style.display, byId("reset").style.display];
click(byId("reset"));
seen.reset = [width("hot"), frame("spawn_interpreter").style.display, byId("reset").style.display];
const plain = fill("hot");
byId("find").value = "HOT";
byId("find").dispatchEvent(new Event("input"));
seen.found = [byId("found").textContent, fill("hot") !== plain, fill("cold") !== fill("hot")];
const told = document.createElementNS("http://www.w3.org/2000/svg", "desc");
told.textContent = "SEEN" + JSON.stringify(seen) + "SEEN";
document.documentElement.appendChild(told);
]]></script>
"""


def run_in_browser(folder, name, content):
    """What the steps in that page noted."""
    (folder / name).write_text(content)
    dom = subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1200,800",
         f"--user-data-dir={folder / 'browser'}", "--virtual-time-budget=10000", "--dump-dom",
         (folder / name).as_uri()], capture_output=True, text=True, timeout=120)
    found = re.search(r"SEEN(\{.*\})SEEN</", dom.stdout)
    if not found:
        raise AssertionError(f"the page did not run to its end:\n{dom.stderr[-2000:]}")
    return json.loads(found[1].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))


class BrowserTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.holder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.holder.cleanup)
        cls.folder = Path(cls.holder.name)
        (cls.folder / "slow.ml").write_text(PROGRAM)
        subprocess.run([MLPY, "run", "slow.ml", "--profile", "--profile-save", "run.mlprof"], check=True, cwd=cls.folder,
                       capture_output=True)

    @classmethod
    def flame_graph(cls, name):
        subprocess.run([MLPY, "profile", "flamegraph", "run.mlprof", "-o", name], check=True, cwd=cls.folder,
                       capture_output=True)
        return (cls.folder / name).read_text()


class Picture(BrowserTest):
    def test_it_zooms_resets_and_searches(self):
        picture = self.flame_graph("picture.svg")
        seen = run_in_browser(self.folder, "driven.svg", picture.replace("</svg>", PICTURE_STEPS + "</svg>"))
        self.assertEqual(seen["tools"], "")
        self.assertRegex(seen["title"], r"^hot \(slow\.ml:1\) - \d+\.\d{3}s, \d+\.\d% of total$")
        (before, phase), (zoomed, above, hidden, button) = seen["before"], seen["zoomed"]
        self.assertLess(before, 1170)
        self.assertEqual((phase, hidden, button), ("", "none", ""))
        self.assertTrue(1178 <= zoomed <= 1180 and 1178 <= above <= 1180, seen)
        self.assertAlmostEqual(seen["reset"][0], before, delta=1)  # rounded to whole points
        self.assertEqual(seen["reset"][1:], ["", "none"])
        text, lit, others = seen["found"]
        self.assertRegex(text, r"^1 frame, \d+\.\d% of total$")
        self.assertTrue(lit and others)


class Page(BrowserTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seen = run_in_browser(cls.folder, "driven.html",
                                  cls.flame_graph("page.html").replace("</body>", STEPS + "</body>"))

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
