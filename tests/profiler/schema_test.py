#!/usr/bin/env python3
"""Profiles written by mlpy validate against docs/mlprof.schema.json, and the schema knows all their fields."""

import json
import re
import sys
import unittest
from pathlib import Path

import jsonschema

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "docs" / "mlprof.schema.json").read_text())
WRITTEN = Path(sys.argv.pop())


def profiles():
    files = sorted(WRITTEN.glob("*.mlprof")) + sorted((ROOT / "tests/profiler/golden").glob("*.mlprof"))
    return [(file.name, json.loads(file.read_bytes())) for file in files]


def unknown(value, schema, where):
    """Names of fields the schema does not describe."""
    schema = SCHEMA["$defs"][schema["$ref"].split("/")[-1]] if "$ref" in schema else schema
    if isinstance(value, list) and "items" in schema:
        for item in value:
            yield from unknown(item, schema["items"], where)
    elif isinstance(value, dict) and "properties" in schema:
        for name, member in value.items():
            if name not in schema["properties"]:
                yield f"{where}.{name}"
            else:
                yield from unknown(member, schema["properties"][name], f"{where}.{name}")


class Schema(unittest.TestCase):
    def test_the_schema_is_one(self):
        jsonschema.Draft202012Validator.check_schema(SCHEMA)

    def test_written_profiles_are_valid(self):
        validator = jsonschema.Draft202012Validator(SCHEMA)
        self.assertGreaterEqual(len(profiles()), 20)
        for name, profile in profiles():
            errors = [f"{list(e.path)}: {e.message}" for e in validator.iter_errors(profile)]
            self.assertEqual(errors[:5], [], name)

    def test_written_fields_are_in_the_schema_and_in_the_manual(self):
        manual = set(re.findall(r"`([a-z_0-9]+)`", (ROOT / "docs" / "profile-format.md").read_text()))
        for name, profile in profiles():
            self.assertEqual(sorted(set(unknown(profile, SCHEMA, ""))), [], name)
            for table in ("functions", "lines", "edges", "stacks", "files", "categories", "phases"):
                for row in profile[table][:1]:
                    self.assertEqual(sorted(set(row) - manual), [], f"{name}: {table}")
            for part in ("run", "collection", "totals"):
                self.assertEqual(sorted(set(profile[part]) - manual), [], f"{name}: {part}")

    def test_the_schema_refuses(self):
        validator = jsonschema.Draft202012Validator(SCHEMA)
        _, profile = profiles()[0]
        for damage in (
            lambda p: p.pop("edges"),
            lambda p: p["categories"].pop(),
            lambda p: p["totals"].update(wall_ns=-1),
            lambda p: p["run"].update(kind="other"),
            lambda p: p.update(version=2),
        ):
            copy = json.loads(json.dumps(profile))
            damage(copy)
            self.assertFalse(validator.is_valid(copy))


if __name__ == "__main__":
    unittest.main()
