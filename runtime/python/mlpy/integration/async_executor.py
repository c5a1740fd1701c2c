"""Asynchronous execution (cli-and-python-api.md 2.5)."""

from __future__ import annotations

import asyncio
import contextvars
import queue
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any

from mlpy import _core
from mlpy.engine import inline, process
from mlpy.engine.inline import TimeIsUp
from mlpy.engine.problems import time_limit_reached
from mlpy.engine.results import TranspileResult
from mlpy.engine.values import checked_names
from mlpy.ml.errors.exceptions import AsyncExecutionError, MLError
from mlpy.ml.transpiler import MLTranspiler


@dataclass
class AsyncMLResult:
    """What an execution gave. It did not raise: ``raise_for_error()`` does."""

    success: bool
    value: Any = None
    error: str | None = None
    execution_time: float = 0.0
    transpile_time: float = 0.0
    error_type: str | None = None
    exception: BaseException | None = None

    def raise_for_error(self) -> None:
        if self.exception is not None:
            raise self.exception


class Pool:
    """Daemon threads, so that nothing that hangs in them keeps the interpreter from ending.

    Threads of one process take turns, so more of them make nothing faster that computes: another one is started only
    when jobs have waited for a moment, because those before them sleep or wait for something.
    """

    PATIENCE = 0.004  # seconds

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self.jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self.lock = threading.Lock()
        self.threads: list[threading.Thread] = []
        self.unfinished = 0
        self.closed = False
        self.next_look = 0.0  # when `relieve` was to come

    def submit(self, job: Callable[[], None], loop: asyncio.AbstractEventLoop) -> None:
        with self.lock:
            if self.closed:
                raise RuntimeError("the executor is shut down")
            self.unfinished += 1
            self.jobs.put(job)
            if not self.threads:
                self.grow()
            elif self.unfinished > len(self.threads) and len(self.threads) < self.workers:
                self.look_later(loop)

    def look_later(self, loop: asyncio.AbstractEventLoop) -> None:
        now = time.monotonic()
        if now > self.next_look + 10 * self.PATIENCE:  # else a loop, which may have ended meanwhile, is going to look
            self.next_look = now + self.PATIENCE
            loop.call_later(self.PATIENCE, self.relieve, loop)

    def relieve(self, loop: asyncio.AbstractEventLoop) -> None:
        """Starts threads for the jobs that wait."""
        with self.lock:
            self.next_look = 0.0
            waiting = 0 if self.closed else self.jobs.qsize()
            for _ in range(min(waiting, self.workers - len(self.threads))):
                self.grow()
            if waiting > 0 and len(self.threads) < self.workers:
                self.look_later(loop)

    def grow(self) -> None:
        thread = threading.Thread(target=self.work, name="mlpy-async", daemon=True)
        self.threads.append(thread)
        thread.start()

    def work(self) -> None:
        while True:
            job = self.jobs.get()
            if job is None:
                return
            job()
            del job
            with self.lock:
                self.unfinished -= 1
                if threading.current_thread() not in self.threads:
                    return

    def replace(self, thread: threading.Thread) -> None:
        """Another thread takes the place of one that hangs in foreign code."""
        with self.lock:
            if thread in self.threads and not self.closed:
                self.threads.remove(thread)
                self.grow()

    def close(self, wait: bool) -> None:
        with self.lock:
            self.closed = True
            threads = list(self.threads)
            for _ in threads:
                self.jobs.put(None)
        if wait:
            for thread in threads:
                if thread is not threading.current_thread():
                    thread.join()


class Delivery:
    """Brings results from the workers to one event loop, many at a time."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = weakref.ref(loop)
        self.results: deque[tuple[asyncio.Future[AsyncMLResult], AsyncMLResult]] = deque()
        self.called = False

    def put(self, future: asyncio.Future[AsyncMLResult], made: AsyncMLResult) -> None:
        self.results.append((future, made))
        if self.called:
            return
        self.called = True
        loop = self.loop()
        try:
            if loop is not None:
                loop.call_soon_threadsafe(self.deliver)
        except RuntimeError:
            pass  # the loop is closed: nobody waits any more

    def deliver(self) -> None:
        self.called = False  # first: what comes from now on calls again
        while self.results:
            future, made = self.results.popleft()
            if not future.done():
                future.set_result(made)


_deliveries: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Delivery] = weakref.WeakKeyDictionary()


def delivery_to(loop: asyncio.AbstractEventLoop) -> Delivery:
    found = _deliveries.get(loop)
    if found is None:
        found = _deliveries[loop] = Delivery(loop)
    return found


class Job:
    """One execution in a worker, which can be interrupted."""

    def __init__(self, run: Callable[[], Any], done: Callable[[AsyncMLResult], None], began: Callable[[Job], None] | None,
                 pool: Pool) -> None:
        self.run, self.done, self.began, self.pool = run, done, began, pool
        self.lock = threading.Lock()
        self.thread: threading.Thread | None = None
        self.over = self.interrupted = False
        self.started = 0.0

    def __call__(self) -> None:
        started = self.started = time.perf_counter()
        try:
            with self.lock:
                if self.over:
                    return
                self.thread = threading.current_thread()
            if self.began is not None:
                self.began(self)
            result = AsyncMLResult(True, self.run())
        except BaseException as error:
            result = failure(error)
        with self.lock:
            self.over = True
            if self.interrupted:
                _core.interrupt(threading.get_ident(), None)
        result.execution_time = time.perf_counter() - started
        self.done(result)

    def interrupt(self) -> None:
        with self.lock:
            if self.over:
                return
            if self.thread is None:
                self.over = True
            elif self.thread.ident is not None:
                self.interrupted = True
                _core.interrupt(self.thread.ident, TimeIsUp)
        timer = threading.Timer(0.1, self.give_up)
        timer.daemon = True
        timer.start()

    def give_up(self) -> None:
        if not self.over and self.thread is not None:
            self.pool.replace(self.thread)


def failure(error: BaseException) -> AsyncMLResult:
    made = error if isinstance(error, MLError) else AsyncExecutionError(f"{type(error).__name__}: {error}")
    return AsyncMLResult(False, error=str(made), error_type=type(made).__name__, exception=made)


class AsyncMLExecutor:
    """Runs programs without blocking the event loop.

    ``isolation``: "inline" (threads of this process, which share one processor) or "process". ``executor``: any
    ``concurrent.futures.Executor``, of this machine or of many, that the programs are handed to instead; programs and
    values travel there by pickle.
    """

    def __init__(self, max_workers: int = 4, strict_security: bool = True, python_extension_paths: list[str] | None = None,
                 *, isolation: str = "inline", executor: Executor | None = None) -> None:
        if max_workers < 1:
            raise ValueError("max_workers must be at least 1")
        if isolation not in ("inline", "process"):
            raise ValueError(f"isolation must be 'inline' or 'process', not {isolation!r}")
        self.isolation = isolation
        self.transpiler = MLTranspiler(python_extension_paths=python_extension_paths, strict_security=strict_security)
        self._pool = Pool(max_workers)
        self._executor = executor

    async def execute(self, ml_code: str | TranspileResult, timeout: float | None = None,
                      context: dict[str, Any] | None = None, capabilities: Any = None) -> AsyncMLResult:
        """Runs a program. Does not raise for what is wrong with it."""
        started = time.perf_counter()
        try:
            result = ml_code if isinstance(ml_code, TranspileResult) else self.transpiler.transpile(
                ml_code, source_map=False, context_names=checked_names(context or {}))
        except MLError as error:
            made = failure(error)
            made.transpile_time = time.perf_counter() - started
            return made
        transpile_time = time.perf_counter() - started
        if self._executor is not None:
            made = await self._elsewhere(result, timeout, context, capabilities)
        else:
            made = await self._here(result, timeout, context, capabilities)
        made.transpile_time = transpile_time
        return made

    async def _here(self, result: TranspileResult, timeout: float | None, context: dict[str, Any] | None,
                    capabilities: Any) -> AsyncMLResult:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[AsyncMLResult] = loop.create_future()
        around = contextvars.copy_context()
        variables = dict(context or {})

        def run() -> Any:
            if self.isolation == "process":
                made = process.execute(result.program, variables, capabilities=capabilities, timeout=timeout)
                made.raise_for_error()
                return made.value
            return around.run(inline.execute, result.program, variables, capabilities=capabilities)

        delivery = delivery_to(loop)

        def done(made: AsyncMLResult) -> None:
            delivery.put(future, made)

        def time_is_up(job: Job) -> None:
            if future.done():
                return
            job.interrupt()
            assert timeout is not None
            made = failure(time_limit_reached(timeout))
            made.execution_time = time.perf_counter() - job.started
            future.set_result(made)

        began = None
        if timeout is not None and self.isolation != "process":
            limit: float = timeout

            def began(job: Job) -> None:
                loop.call_soon_threadsafe(lambda: loop.call_later(limit, time_is_up, job))

        job = Job(run, done, began, self._pool)
        self._pool.submit(job, loop)
        try:
            return await future
        except asyncio.CancelledError:
            job.interrupt()
            raise

    async def _elsewhere(self, result: TranspileResult, timeout: float | None, context: dict[str, Any] | None,
                         capabilities: Any) -> AsyncMLResult:
        assert self._executor is not None
        future: Future[Any] = self._executor.submit(run_transpiled, result, dict(context or {}))
        started = time.perf_counter()
        try:
            value = await asyncio.wait_for(asyncio.wrap_future(future), timeout)
            made = AsyncMLResult(True, value)
        except TimeoutError:
            assert timeout is not None
            made = failure(time_limit_reached(timeout))
        except Exception as error:
            made = failure(error)
        made.execution_time = time.perf_counter() - started
        return made

    async def execute_ml_code(self, code: str, **options: Any) -> Any:
        """The value; raises what went wrong."""
        made = await self.execute(code, **options)
        made.raise_for_error()
        return made.value

    async def execute_ml_function(self, name: str, code: str, **kwargs: Any) -> Any:
        """Runs the program in a worker and calls one of its functions with arguments by name."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(None, lambda: self.transpiler.execute_ml_function(name, code, **kwargs))

    def shutdown(self, wait: bool = True) -> None:
        self._pool.close(wait)

    async def __aenter__(self) -> AsyncMLExecutor:
        return self

    async def __aexit__(self, *_: Any) -> None:
        self.shutdown(wait=False)

    def __enter__(self) -> AsyncMLExecutor:
        return self

    def __exit__(self, *_: Any) -> None:
        self.shutdown()

    def __del__(self) -> None:
        pool = getattr(self, "_pool", None)
        if pool is not None and not pool.closed:
            pool.close(False)


def run_transpiled(result: TranspileResult, context: dict[str, Any]) -> Any:
    """Runs a program in the process that was given it."""
    return inline.execute(result.program, context)


_shared: AsyncMLExecutor | None = None


async def async_ml_execute(ml_code: str, timeout: float | None = None, context: dict[str, Any] | None = None,
                           strict_security: bool = True, python_extension_paths: list[str] | None = None) -> AsyncMLResult:
    """Runs a program on an executor that all callers share."""
    global _shared
    if python_extension_paths or not strict_security:
        async with AsyncMLExecutor(1, strict_security, python_extension_paths) as own:
            return await own.execute(ml_code, timeout, context)
    if _shared is None:
        _shared = AsyncMLExecutor()
    return await _shared.execute(ml_code, timeout, context)
