"""Processes and their costs, measured so that a slow moment of the machine hits both sides of a comparison."""

import contextlib
import math
import os
import random
import select
import signal
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass


@dataclass
class Cost:
    cpu: float  # seconds of user and system time, children included
    wall: float  # seconds; of a process that runs in slices, those of its slices
    stdout: bytes
    peak: int = 0  # KB resident at the highest moment, of the largest process


class Failed(Exception):
    pass


class Started:
    """A process on its way, in a group of its own with its children."""

    def __init__(self, command, environment):
        self.command = command
        self.out, self.err = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        self.begin = time.perf_counter()
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.out, stderr=self.err, env=environment,
                                        start_new_session=True)
        self.ended = os.pidfd_open(self.process.pid)
        self.slices = 0.0  # seconds

    def cost(self, options=0):
        """Its Cost when it has ended; with os.WNOHANG, None as long as it has not."""
        pid, status, usage = os.wait4(self.process.pid, options)
        if not pid:
            return None
        wall = time.perf_counter() - self.begin
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self.out.seek(0), self.err.seek(0)
        if self.process.returncode != 0:
            raise Failed(f"{' '.join(map(str, self.command))} ended with {self.process.returncode}:\n{self.err.read().decode()}")
        return Cost(usage.ru_utime + usage.ru_stime, wall, self.out.read(), usage.ru_maxrss)

    def signal(self, number):
        os.killpg(self.process.pid, number)

    def close(self):
        if self.process.returncode is None:
            self.signal(signal.SIGKILL)
            self.process.wait()
        self.out.close(), self.err.close(), os.close(self.ended)


def run(command, environment=None):
    with contextlib.closing(Started(command, environment)) as started:
        return started.cost()


SLICE = 0.02  # seconds


def run_slice(started):
    """Lets it run for a slice of time. Its Cost if that was its last, else None."""
    begin = time.perf_counter()
    started.signal(signal.SIGCONT)
    select.select([started.ended], [], [], SLICE)
    cost = started.cost(os.WNOHANG)
    if not cost:
        started.signal(signal.SIGSTOP)
    started.slices += time.perf_counter() - begin
    if cost:
        cost.wall = started.slices
    return cost


def in_slices(sides):
    """Runs these (command, environment) side by side, one at a time for a slice each, in an order drawn anew every time
    around: a slow moment of the machine, however short, meets all of them. Their costs."""
    with contextlib.ExitStack() as stack:
        going, costs = {}, {}
        for i, side in enumerate(sides):
            going[i] = stack.enter_context(contextlib.closing(Started(*side)))
            going[i].signal(signal.SIGSTOP)
        while going:
            for i in random.sample(list(going), len(going)):
                if cost := run_slice(going[i]):
                    costs[i] = cost
                    del going[i]
        return [costs[i] for i in range(len(sides))]


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
