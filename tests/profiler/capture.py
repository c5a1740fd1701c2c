"""A second reader of captures, written from the layout in profiler/format, for the tests."""

import struct


def fnv(kind, payload):
    h = 2166136261
    for byte in bytes([kind & 255]) + payload:
        h = (h ^ byte) * 16777619 & 0xFFFFFFFF
    return (h ^ h >> 16) & 0xFFFF


def text(payload, at):
    (n,) = struct.unpack_from("<I", payload, at)
    return payload[at + 4:at + 4 + n].decode(), at + 4 + n


class Capture:
    def __init__(self, path):
        with open(path, "rb") as file:
            data = file.read()
        assert data[:8] == b"MLPROF\r\n", data[:8]
        self.files, self.functions, self.calls, self.nodes, self.phases = [], [], {}, [], []
        self.rows, self.threads, self.entries, self.hits = [], [], {}, {}
        self.complete, self.torn, self.wall_ns, self.outcome = False, False, 0, None
        self.memory, self.memory_totals = {}, None
        at = 8
        while at < len(data):
            if at + 8 > len(data):
                self.torn = True
                break
            length, kind, check = struct.unpack_from("<IHH", data, at)
            payload = data[at + 8:at + 8 + length]
            if len(payload) < length or fnv(kind, payload) != check:
                self.torn = True
                break
            at += 8 + length
            self.take(kind, payload)

    def take(self, kind, p):
        if kind == 1:
            self.counting = p[29]
        elif kind == 2:
            self.files.append(text(p, 4)[0])
        elif kind == 3:
            _, file, line, category, kind = struct.unpack_from("<IIIBB", p)
            self.functions.append((text(p, 14)[0], line, category))
            self.rows.append((text(p, 14)[0], line, category, self.files[file] if file != 0xFFFFFFFF else "", kind))
        elif kind == 4:
            self.phases.append((p[0], struct.unpack_from("<Q", p, 1)[0], text(p, 9)[0]))
        elif kind == 5:
            for function, calls in struct.iter_unpack("<IQ", p[4:]):
                self.calls[function] = calls
        elif kind == 6:
            for _, parent, function, line in struct.iter_unpack("<IIII", p[4:]):
                self.nodes.append([parent, function, line, 0, 0, 0])
        elif kind == 7:
            for node, cpu, wait, ticks in struct.iter_unpack("<IQQQ", p[4:]):
                self.nodes[node][3:] = [cpu, wait, ticks]
        elif kind == 9:
            for node, entries in struct.iter_unpack("<IQ", p[4:]):
                self.entries[node] = entries
        elif kind == 13:
            number, wall, cpu = struct.unpack_from("<IQQ", p)
            self.threads[number:number + 1] = [(wall, cpu, text(p, 20)[0])]
        elif kind == 16:
            for function, line, hits in struct.iter_unpack("<IIQ", p[4:]):
                self.hits[self.name(function), line] = hits
        elif kind == 14:
            for function, line, *values in struct.iter_unpack("<IIQQQQQ", p[4:]):
                row = dict(zip(("live", "own_peak", "at_peak", "bytes", "count"), values))
                self.memory[function, line] = row
        elif kind == 15:
            names = ("level", "period", "samples", "peak", "live", "bytes", "count", "rss_peak")
            self.memory_totals = dict(zip(names, struct.unpack("<B7Q", p)))
        elif kind == 10:
            self.outcome = text(p, 0)[0]
        elif kind in (11, 12):
            self.wall_ns = struct.unpack_from("<Q", p)[0]
            self.complete = kind == 12

    def memory_of(self, name, column):
        """A column of the memory rows, summed over a function's lines; own peaks are the function's in all of them."""
        values = [row[column] for (f, _), row in self.memory.items() if self.name(f) == name]
        return max(values, default=0) if column == "own_peak" else sum(values)

    def name(self, function):
        return self.functions[function][0]

    def called(self, name):
        return sum(n for f, n in self.calls.items() if self.name(f) == name)

    def shares(self, column=3):
        """Share of running (3) or waiting (4) time by innermost function name."""
        total = sum(n[column] for n in self.nodes) or 1
        shares = {}
        for node in self.nodes:
            shares[self.name(node[1])] = shares.get(self.name(node[1]), 0) + node[column] / total
        return shares

    def lines(self, name):
        """Running time by line of a function."""
        lines = {}
        for _, function, line, cpu, _, _ in self.nodes:
            if self.name(function) == name:
                lines[line] = lines.get(line, 0) + cpu
        return lines

    def stacks(self):
        """Distinct stacks as tuples of names, outermost first."""
        out = []
        for node in self.nodes:
            names = []
            while node:
                names.append(self.name(node[1]))
                node = self.nodes[node[0]] if node[0] != 0xFFFFFFFF else None
            out.append(tuple(reversed(names)))
        return out
