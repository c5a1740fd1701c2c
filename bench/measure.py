"""Processes and their costs, measured so that a slow moment of the machine hits both sides of a comparison."""

import math
import os
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass


@dataclass
class Cost:
    cpu: float  # seconds of user and system time, children included
    wall: float  # seconds
    stdout: bytes
    peak: int = 0  # KB resident at the highest moment, of the largest process


class Failed(Exception):
    pass


def run(command, environment=None):
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0), err.seek(0)
        if process.returncode != 0:
            raise Failed(f"{' '.join(map(str, command))} ended with {process.returncode}:\n{err.read().decode()}")
        return Cost(usage.ru_utime + usage.ru_stime, wall, out.read(), usage.ru_maxrss)


def interleaved(sides, rounds):
    """Runs every command of `sides` once per round, in turning order. Returns one list of costs per side."""
    costs = [[] for _ in sides]
    for i in range(rounds):
        order = range(len(sides)) if i % 2 == 0 else reversed(range(len(sides)))
        for side in order:
            costs[side].append(sides[side]())
    return costs


def median(values):
    return statistics.median(values)


def median_ratio(uppers, lowers):
    """Median of the ratios of values measured in the same round."""
    return median(u / l for u, l in zip(uppers, lowers))


def median_interval(ordered):
    """Two of the values between which the true median lies with a certainty of 95 %, whatever their distribution."""
    n, outside, below = len(ordered), 0.0, 0
    while (outside := outside + math.comb(n, below) / 2**n) <= 0.025:
        below += 1
    return ordered[max(below - 1, 0)], ordered[min(n - below, n - 1)]


def geometric_mean(values):
    return statistics.geometric_mean(values)
