"""Processes and their costs, measured so that a slow moment of the machine hits both sides of a comparison."""

import math
import os
import random
import signal
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


SLICE = 0.02  # seconds


class Turn:
    """A process, with its children, that runs only while it has its slice of time."""

    def __init__(self, command, environment):
        self.command = command
        self.out, self.err = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.out, stderr=self.err, env=environment,
                                        start_new_session=True)
        os.killpg(self.process.pid, signal.SIGSTOP)
        self.begin = time.perf_counter()
        self.cost = None

    def slice(self):
        """Runs it for a slice. False when it has ended."""
        os.killpg(self.process.pid, signal.SIGCONT)
        end = time.perf_counter() + SLICE
        while True:
            pid, status, usage = os.wait4(self.process.pid, os.WNOHANG)
            if pid:
                self.ended(status, usage)
                return False
            left = end - time.perf_counter()
            if left <= 0:
                os.killpg(self.process.pid, signal.SIGSTOP)
                return True
            time.sleep(min(left, 0.002))

    def ended(self, status, usage):
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self.out.seek(0), self.err.seek(0)
        if self.process.returncode != 0:
            raise Failed(f"{' '.join(map(str, self.command))} ended with {self.process.returncode}:\n{self.err.read().decode()}")
        self.cost = Cost(usage.ru_utime + usage.ru_stime, time.perf_counter() - self.begin, self.out.read(), usage.ru_maxrss)

    def kill(self):
        if self.process.returncode is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.out.close(), self.err.close()


def in_slices(sides):
    """Runs these (command, environment) side by side, one at a time for a slice each, in an order drawn anew every time
    around: a slow moment of the machine, however short, meets all of them. Their costs; of `wall` little can be told."""
    turns = []
    try:
        for command, environment in sides:
            turns.append(Turn(command, environment))
        going = turns
        while going:
            going = [turn for turn in random.sample(going, len(going)) if turn.slice()]
        return [turn.cost for turn in turns]
    finally:
        for turn in turns:
            turn.kill()


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
