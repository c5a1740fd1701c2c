"""Stands in for Python under `mlpy run`, so that every profiler measures the same code in the same process.

Usage: launcher.py SIDE -I -S -X utf8 -c START ARGUMENTS..., the last being what `mlpy` gives its interpreter. Peers are
switched on around the program only, where mlpy's own profiler is. Variables: MLPY_BENCH_OUTPUT is a file for what a
peer finds out, MLPY_BENCH_SITE the folder of the peers' packages.
"""

import os
import re
import sys

SIDE = sys.argv[1]
OPTIONS, CAPTURE = 5, 4  # places in the launcher's own arguments
THREADS = 4


def output(suffix=""):
    return os.environ["MLPY_BENCH_OUTPUT"] + suffix


def with_cprofile(run):
    import cProfile

    profile = cProfile.Profile()
    profile.enable()
    try:
        run()
    finally:
        profile.disable()
        profile.dump_stats(output())


def with_tracemalloc(run):
    import tracemalloc

    tracemalloc.start()
    try:
        with_cprofile(run)
    finally:
        snapshot = tracemalloc.take_snapshot()
        tracemalloc.stop()
        snapshot.statistics("lineno")


def with_yappi(run):
    import yappi

    yappi.set_clock_type("cpu")
    yappi.start()
    try:
        run()
    finally:
        yappi.stop()
        yappi.get_func_stats().save(output(), type="pstat")


def with_pyinstrument(run):
    import pyinstrument

    profiler = pyinstrument.Profiler(interval=0.001)
    profiler.start()
    try:
        run()
    finally:
        profiler.stop()
        with open(output(), "w") as file:
            file.write(profiler.output_text())


def with_memray(run):
    import memray

    if os.path.exists(output()):
        os.unlink(output())
    with memray.Tracker(output(), follow_fork=False):
        run()


def with_clock(run):
    """Says on standard error how much processor time the program's own thread took."""
    import time

    began = time.thread_time()
    run()
    print("processor", time.thread_time() - began, file=sys.stderr, flush=True)


PEERS = {"clock": with_clock, "cProfile": with_cprofile, "cProfile+tracemalloc": with_tracemalloc, "yappi": with_yappi,
         "pyinstrument": with_pyinstrument, "memray": with_memray}
NEED_PACKAGES = ("yappi", "pyinstrument", "memray")


def work_in_threads(loader):
    """What a host application does with a function of a program: calls it from several threads."""
    import threading

    work = loader.loaded[0][1].__dict__["work"]
    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def main():
    start = sys.argv.index("-c")
    folder = re.search(r'insert\(0,"(.*?)"\)', sys.argv[start + 1])[1]
    sys.path.insert(0, folder)
    arguments = ["-c", *sys.argv[start + 2:]]
    if SIDE.startswith("memory=") and arguments[CAPTURE]:
        arguments[OPTIONS] += "," + SIDE
    sys.argv = arguments
    peer = PEERS.get(SIDE)
    if SIDE in NEED_PACKAGES:
        sys.path.append(os.environ["MLPY_BENCH_SITE"])

    from mlpy.runtime import launch, modules

    run_main = modules.Loader.run_main

    def run(loader):
        run_main(loader)
        if os.path.basename(loader.script) == "threads.ml":
            work_in_threads(loader)

    modules.Loader.run_main = run if peer is None else lambda loader: peer(lambda: run(loader))
    launch.main()


main()
