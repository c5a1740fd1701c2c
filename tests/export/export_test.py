#!/usr/bin/env python3
"""Exports, each read by the tool it is for or by a reader as strict as that tool."""

import csv
import gzip
import io
import json
import pstats
import re
import subprocess
import sys
import tempfile
import unittest
from contextlib import redirect_stdout
from pathlib import Path

MLPY = Path(sys.argv.pop(1)).resolve()

PROGRAM = """\
import json;

function fib(n) {
    if (n < 2) {
        return n;
    }
    return fib(n - 1) + fib(n - 2);
}

function rows(count) {
    list = [];
    for (i = 0; i < count; i = i + 1) {
        list.push({id: i, name: "row <" + str(i) + ">;"});
    }
    return list;
}

function text_of(list) {
    return json.stringify(list);
}

print(fib(25));
print(len(text_of(rows(60000))));
"""


class Exports(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.profile = Path(cls.folder.name) / "run.mlprof"
        source = Path(cls.folder.name) / "program.ml"
        source.write_text(PROGRAM)
        subprocess.run([MLPY, "run", source, "--profile", "--profile-save", cls.profile], check=True, cwd=cls.folder.name,
                       capture_output=True)
        cls.data = json.loads(cls.profile.read_bytes())
        cls.total = sum(c["self_ns"] for c in cls.data["categories"])

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def export(self, name, *options):
        target = Path(self.folder.name) / f"out.{name}"
        subprocess.run([MLPY, "profile", "export", self.profile, "--format", name, "-o", target, *options], check=True,
                       capture_output=True, cwd=self.folder.name)
        return target

    def functions(self, name):
        return [f for f in self.data["functions"] if f["name"] == name]

    def test_mlprof_is_the_same_file(self):
        self.assertEqual(json.loads(self.export("mlprof").read_bytes()), self.data)

    def test_pstats_loads(self):
        stats = pstats.Stats(str(self.export("pstats")))
        (fib,) = [row for key, row in stats.stats.items() if key[1:] == (3, "fib")]
        (expected,) = self.functions("fib")
        self.assertEqual(fib[1], expected["calls"])
        self.assertEqual(fib[1], 242785)  # of fib(25)
        self.assertAlmostEqual(fib[2], expected["self_ns"] / 1e9, places=9)
        self.assertAlmostEqual(stats.total_tt, self.total / 1e9, places=5)
        self.assertIn("<module>", [key[2] for key in stats.stats])

    def test_pstats_prints_the_rows_of_the_raw_report(self):
        printed = io.StringIO()
        with redirect_stdout(printed):
            pstats.Stats(str(self.export("pstats"))).sort_stats("tottime").print_stats()
        shown = subprocess.run([MLPY, "profile", "show", self.profile, "--report", "raw"], check=True, text=True,
                               capture_output=True, cwd=self.folder.name).stdout

        def names(text):
            rows = text[text.index("filename:lineno(function)"):].splitlines()[1:]
            return [(row.split()[1], row.split(None, 5)[-1]) for row in rows if row.strip()]

        ours = [row for row in names(shown) if row[0] != "0.000"]
        self.assertGreater(len(ours), 3)
        theirs = [row for row in names(printed.getvalue()) if row[0] != "0.000"]
        self.assertEqual([t for t, _ in ours], [t for t, _ in theirs])
        self.assertEqual(sorted(ours), sorted(theirs))

    def test_collapsed_stacks_add_up(self):
        lines = self.export("collapsed").read_text().splitlines()
        self.assertEqual(lines, sorted(lines))
        weights = []
        for line in lines:
            stack, _, weight = line.rpartition(" ")
            self.assertTrue(weight.isdigit() and stack and all(stack.split(";")), line)
            weights.append(int(weight))
        self.assertEqual(sum(weights), round(self.total / 1000))
        self.assertTrue(any("(top level) (program.ml:1);fib (program.ml:3);fib (program.ml:3)" in line for line in lines))

    def test_speedscope_matches_its_format(self):
        file = json.loads(self.export("speedscope").read_text())
        self.assertEqual(file["$schema"], "https://www.speedscope.app/file-format-schema.json")
        frames = file["shared"]["frames"]
        for frame in frames:
            self.assertTrue(frame["name"] and frame.get("line", 1) >= 1)
        for profile in file["profiles"]:
            self.assertEqual(profile["type"], "sampled")
            self.assertEqual(len(profile["samples"]), len(profile["weights"]))
            self.assertEqual(profile["endValue"] - profile["startValue"], sum(profile["weights"]))
            for stack in profile["samples"]:
                self.assertTrue(stack and all(0 <= frame < len(frames) for frame in stack))
        self.assertEqual(file["profiles"][0]["endValue"], self.total)

    def test_pprof_is_read_by_protobuf(self):
        message = read_pprof(gzip.decompress(self.export("pprof").read_bytes()))
        names = message["strings"]
        self.assertEqual(names[0], "")
        self.assertEqual([names[t] for t, _ in message["types"]][:2], ["samples", "wall"])
        self.assertEqual(sum(values[1] for _, values in message["samples"]), self.total)
        functions = {f[1]: names[f[2]] for f in message["functions"]}
        locations = {l[1]: functions[l[4]] for l in message["locations"]}
        roots = {locations[stack[-1]] for stack, _ in message["samples"]}
        self.assertIn("(top level)", roots)  # leaf first, so the root is last
        self.assertEqual(max(len(stack) for stack, _ in message["samples"]) > 3, True)

    def test_trace_events_nest(self):
        file = json.loads(self.export("chrome").read_text())
        open_until = []
        last = 0
        spans = [e for e in file["traceEvents"] if e["ph"] == "X"]
        self.assertGreater(len(spans), 5)
        for event in sorted(spans, key=lambda e: (e["ts"], -e["dur"])):
            while open_until and open_until[-1] <= event["ts"] + 1e-6:
                open_until.pop()
            if open_until:
                self.assertLessEqual(event["ts"] + event["dur"], open_until[-1] + 1e-3)
            open_until.append(event["ts"] + event["dur"])
            last = max(last, open_until[-1])
        self.assertAlmostEqual(last, self.total / 1000, places=2)
        self.assertTrue(file["otherData"]["reconstructed"])

    def test_cpuprofile_is_a_tree_with_samples(self):
        file = json.loads(self.export("cpuprofile").read_text())
        nodes = {n["id"]: n for n in file["nodes"]}
        self.assertEqual(nodes[1]["callFrame"]["functionName"], "(root)")
        children = [child for n in nodes.values() for child in n.get("children", [])]
        self.assertEqual(sorted(children), sorted(set(nodes) - {1}))
        self.assertEqual(len(file["samples"]), len(file["timeDeltas"]))
        self.assertTrue(set(file["samples"]) <= set(nodes))
        self.assertEqual(sum(file["timeDeltas"]), file["endTime"] - file["startTime"])
        (line,) = {n["callFrame"]["lineNumber"] for n in nodes.values() if n["callFrame"]["functionName"] == "fib"}
        self.assertEqual(line, 2)  # from 0

    def test_callgrind_follows_its_grammar(self):
        text = self.export("callgrind").read_text()
        head, _, body = text.partition("\n\n")
        self.assertIn("events: Time", head)
        own = 0
        after_calls = False
        for line in body.splitlines():
            if re.fullmatch(r"(fl|fn|cfi|cfn)=.+|", line):
                continue
            if line.startswith("calls="):
                self.assertRegex(line, r"^calls=\d+ \d+$")
                after_calls = True
                continue
            self.assertRegex(line, r"^\d+ \d+$")
            if not after_calls:
                own += int(line.split()[1])
            after_calls = False
        self.assertEqual(own, self.total)

    def test_table_of_functions(self):
        rows = list(csv.DictReader(io.StringIO(self.export("csv").read_text())))
        (fib,) = [row for row in rows if row["name"] == "fib"]
        self.assertEqual(fib["calls"], "242785")
        self.assertEqual(sum(int(row["self_ns"]) for row in rows), self.total)

    def test_picture_is_well_formed(self):
        from xml.etree import ElementTree

        picture = ElementTree.fromstring(self.export("svg").read_text())
        titles = [t.text for t in picture.iter("{http://www.w3.org/2000/svg}title")]
        self.assertTrue(any(t.startswith("fib (program.ml:3) - ") for t in titles))

    def test_a_flame_graph_called_svg_is_the_picture(self):
        target = Path(self.folder.name) / "named.svg"
        for command in (["export", self.profile, "--format", "flamegraph"], ["flamegraph", self.profile]):
            target.unlink(missing_ok=True)
            subprocess.run([MLPY, "profile", *command, "-o", target], check=True, capture_output=True, cwd=self.folder.name)
            self.assertEqual(target.read_text(), self.export("svg").read_text())
        self.assertNotRegex(target.read_text().replace("http://www.w3.org/", ""), r"https?://|@import|url\(")

    def test_json_has_the_numbers_of_the_text_reports(self):
        figures = json.loads(self.export("json").read_text())
        self.assertEqual((figures["format"], figures["version"], figures["program"]), ("mlpy-figures", 1, "program.ml"))
        text = subprocess.run([MLPY, "profile", "show", self.profile, "--report", "all"], check=True, text=True,
                              capture_output=True, cwd=self.folder.name).stdout
        self.assertIn(f"Total Execution Time: {figures['total_time']:.3f}s\n", text)
        ml, overhead, memory = figures["ml_code"], figures["mlpy_overhead"], figures["memory"]
        self.assertIn(f"ML Code Execution Time: {ml['time']:.3f}s ({ml['percent']:.1f}%)\n", text)
        self.assertIn(f"mlpy Overhead: {overhead['time']:.3f}s ({overhead['percent']:.1f}%)\n", text)
        self.assertIn(f"  Peak Memory: {memory['peak']:.1f} {memory['unit']}\n", text)
        self.assertEqual(len(figures["categories"]), 7)
        self.assertAlmostEqual(sum(row["time"] for row in figures["categories"]), figures["total_time"], 6)
        self.assertAlmostEqual(sum(row["percent"] for row in figures["categories"]), 100, 6)
        (fib,) = [row for row in figures["functions"] if row["name"] == "fib"]
        self.assertEqual((fib["file"], fib["line"], fib["calls"], fib["category"]), ("program.ml", 3, 242785, "ml_code"))
        self.assertRegex(text, rf"fib \(program.ml:3\) +\| {fib['time']:.3f}s \| 242,785 \| {fib['memory']} {memory['unit']} ")
        rows = [row for row in figures["functions"] if row["category"] == "ml_code"]
        self.assertAlmostEqual(sum(row["time"] for row in rows), ml["time"], 6)
        self.assertAlmostEqual(sum(row["file_percent"] for row in rows), 100, 6)
        for finding in figures["recommendations"]:
            for line in finding["text"]:
                self.assertIn(line, text)

    def test_flame_graph_needs_no_network(self):
        page = self.export("flamegraph").read_text()
        self.assertNotRegex(page, r"(src|href)=|https?://|@import|url\(")
        data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)[1])
        self.assertEqual(sum(data["nodes"]["self"]), self.total)
        self.assertNotIn("</", json.dumps(data).replace("\\u003c", "<") if "row <" not in page else "")

    def test_unknown_format_is_explained(self):
        run = subprocess.run([MLPY, "profile", "export", self.profile, "--format", "pstat"], text=True, capture_output=True,
                             cwd=self.folder.name)
        self.assertEqual(run.returncode, 2)
        self.assertIn("pstats", run.stderr)


def varints(data):
    value = shift = 0
    for byte in data:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            yield value
            value = shift = 0


def fields(data):
    """Fields of a protocol buffer: (number, value), value an int or bytes."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
        else:
            assert key & 7 == 2, "a wire type that profile.proto does not use"
            size = varint()
            yield key >> 3, data[at:at + size]
            at += size


def read_pprof(data):
    result = {"strings": [], "types": [], "samples": [], "functions": [], "locations": []}
    for number, value in fields(data):
        if number == 1:
            inner = dict(fields(value))
            result["types"].append((inner[1], inner[2]))
        elif number == 2:
            inner = dict(fields(value))
            result["samples"].append((list(varints(inner[1])), list(varints(inner[2]))))
        elif number == 4:
            inner = dict(fields(value))
            result["locations"].append({1: inner[1], 4: dict(fields(inner[4]))[1]})
        elif number == 5:
            result["functions"].append(dict(fields(value)))
        elif number == 6:
            result["strings"].append(value.decode())
    return result


if __name__ == "__main__":
    unittest.main()
