"""Asynchronous execution, callbacks, executors of one machine and of many, measuring."""

import asyncio
import contextlib
import io
import json
import os
import sys
import tempfile
import threading
import time
import unittest
import warnings
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from mlpy.cli.repl import MLREPLSession
from mlpy.integration import AsyncMLExecutor, MLCallbackRegistry, ambient, async_ml_execute, ml_callback
from mlpy.integration.async_executor import run_transpiled
from mlpy.integration.testing import IntegrationTestHelper, MockAsyncExecutor
from mlpy.integration.testing.performance import BenchmarkError, PerformanceTester, RegressionDetector, quick_benchmark
from mlpy.integration.testing.statistics import interval, percentile, summary
from mlpy.ml.errors import exceptions as e
from mlpy.ml.transpiler import MLTranspiler, execute_ml_code_sandbox


class Async(unittest.IsolatedAsyncioTestCase):
    async def test_results(self):
        async with AsyncMLExecutor(2) as executor:
            good = await executor.execute("result = n * 2;", context={"n": 21})
            self.assertEqual((good.success, good.value, good.error), (True, 42, None))
            self.assertGreater(good.execution_time, 0)
            bad = await executor.execute("x = 1;\nresult = x / 0;")
            self.assertEqual((bad.success, bad.error_type), (False, "MLRuntimeError"))
            self.assertIn("<ml>:2", bad.error)
            with self.assertRaises(e.MLRuntimeError):
                bad.raise_for_error()
            wrong = await executor.execute("x = (;")
            self.assertEqual((wrong.success, wrong.error_type), (False, "MLSyntaxError"))
            self.assertEqual(await executor.execute_ml_code("result = 2;"), 2)
            self.assertEqual(await executor.execute_ml_function("f", "function f(a, b) { return a - b; }", a=5, b=3), 2)

    async def test_context_is_not_changed(self):
        async with AsyncMLExecutor(1) as executor:
            context = {"n": [1]}
            await executor.execute("n.push(2); m = 3; n = 0;", context=context)
        self.assertEqual(context, {"n": [1, 2]})

    async def test_many_at_once(self):
        async with AsyncMLExecutor(8) as executor:
            results = await asyncio.gather(*(executor.execute(f"result = {i} * 2;") for i in range(300)))
        self.assertEqual([result.value for result in results], [2 * i for i in range(300)])

    async def test_jobs_that_wait_run_side_by_side(self):
        together = threading.Barrier(5)  # breaks unless five jobs are in it at once
        async with AsyncMLExecutor(5) as executor:
            results = await asyncio.gather(*(executor.execute("result = wait();", context={"wait": lambda: together.wait(60) >= 0})
                                             for _ in range(10)))
        self.assertEqual([result.value for result in results], [True] * 10)

    async def test_one_executor_in_several_loops(self):
        executor = AsyncMLExecutor(2)
        self.addCleanup(executor.shutdown)
        blocked = threading.Event()
        first = asyncio.create_task(executor.execute("result = wait();", context={"wait": lambda: blocked.wait(60)}))
        await asyncio.sleep(0.05)

        def elsewhere():
            async def both():
                return await asyncio.gather(*(executor.execute(f"result = {i};") for i in range(5)))

            return [result.value for result in asyncio.run(both())]

        self.assertEqual(await asyncio.to_thread(elsewhere), list(range(5)))
        self.assertEqual(await asyncio.to_thread(elsewhere), list(range(5)))
        blocked.set()
        self.assertTrue((await first).value)

    async def test_timeout_frees_the_worker(self):
        async with AsyncMLExecutor(1) as executor:
            late = await executor.execute("try { while (true) { x = 1; } } except (err) { result = 'caught'; }", timeout=0.1)
            self.assertEqual((late.success, late.error_type), (False, "SandboxTimeoutError"))
            self.assertIsInstance(late.exception, TimeoutError)
            self.assertEqual((await asyncio.wait_for(executor.execute("result = 1;"), 30)).value, 1)

    async def test_stuck_foreign_call_is_left_behind(self):
        async with AsyncMLExecutor(1) as executor:
            late = await executor.execute("sleep(600);", timeout=0.1, context={"sleep": time.sleep})
            self.assertFalse(late.success)
            self.assertEqual((await asyncio.wait_for(executor.execute("result = 1;"), 30)).value, 1)

    async def test_cancellation(self):
        async with AsyncMLExecutor(1) as executor:
            task = asyncio.create_task(executor.execute("while (true) { x = 1; }"))
            await asyncio.sleep(0.1)
            task.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await task
            self.assertEqual((await asyncio.wait_for(executor.execute("result = 1;"), 30)).value, 1)

    async def test_ambient_is_captured(self):
        async with AsyncMLExecutor(1) as executor:
            with ambient({"base": 5}, "function twice(x) { return x * 2; }"):
                task = asyncio.create_task(executor.execute("result = twice(base);"))
                await asyncio.sleep(0)
            self.assertEqual((await task).value, 10)

    async def test_processes(self):
        async with AsyncMLExecutor(2, isolation="process") as executor:
            results = await asyncio.gather(*(executor.execute(f"result = [{i}];") for i in range(5)))
        self.assertEqual([result.value for result in results], [[i] for i in range(5)])

    async def test_shared_executor(self):
        self.assertEqual((await async_ml_execute("result = 4;")).value, 4)

    async def test_executor_of_processes(self):
        import multiprocessing

        with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
            executor = AsyncMLExecutor(executor=pool)
            results = await asyncio.gather(*(executor.execute("result = n * n;", context={"n": n}) for n in range(6)))
        self.assertEqual([result.value for result in results], [n * n for n in range(6)])

    async def test_helper(self):
        helper = IntegrationTestHelper()
        await helper.assert_async_execution("result = 1 + 1;", 2)
        helper.assert_capability_violation("import file; file.read('/etc/passwd');", "file.read")
        with self.assertRaises(AssertionError):
            helper.assert_capability_violation("result = 1;")
        session = helper.create_test_repl()
        session.execute("function f(x) { return x + 1; }")
        helper.assert_callback_works(session, "f", (1,), 2)
        self.assertEqual((len(helper.get_execution_history()), len(helper.get_violation_history())), (1, 1))
        helper.cleanup()
        mock = MockAsyncExecutor(mock_result=3)
        self.assertEqual((await mock.execute("x")).value, 3)
        self.assertEqual(mock.get_execution_count(), 1)

    async def test_tester(self):
        tester = PerformanceTester()
        made = await tester.benchmark_async_execution("result = 1;", iterations=5, warmup=1)
        self.assertEqual((made["iterations"], made["errors"]), (5, 0))
        self.assertEqual(set(made["percentiles"]), {"p50", "p90", "p95", "p99"})
        many = await tester.benchmark_concurrent_executions("result = 1;", concurrency=7)
        self.assertEqual((many["concurrency"], many["errors"]), (7, 0))
        self.assertAlmostEqual(many["avg_per_execution"], many["total_time"] / 7)
        with self.assertRaisesRegex(BenchmarkError, "division by zero"):
            await tester.benchmark_async_execution("1 / 0;", iterations=2)
        self.assertEqual(tester.get_metrics_summary()["total_benchmarks"], 2)
        self.assertGreater((await quick_benchmark("result = 1;", 3))["mean"], 0)
        self.assertTrue(tester.compare_performance({"mean": 1, "median": 1}, {"mean": 1.06, "median": 1})["regression"])


class Distributed(unittest.TestCase):
    def test_cluster_of_two(self):
        from distributed import Client, LocalCluster

        result = MLTranspiler().transpile("result = fib(n);\nfunction fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }",
                                          context_names=("n",))
        function = MLTranspiler().extract_functions("function f(x) { return x * 2; }")["f"]
        with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster, \
                Client(cluster) as client:
            pool = client.get_executor()
            futures = [pool.submit(run_transpiled, result, {"n": n}) for n in range(8)]
            self.assertEqual([future.result() for future in futures], [0, 1, 1, 2, 3, 5, 8, 13])
            self.assertEqual(list(pool.map(function, range(4))), [0, 2, 4, 6])

            async def through_executor():
                executor = AsyncMLExecutor(executor=pool)
                return await executor.execute("result = n + 1;", context={"n": 1})

            self.assertEqual(asyncio.run(through_executor()).value, 2)

    def test_pool_of_processes(self):
        function = MLTranspiler().extract_functions("function f(x) { return x * 2; }")["f"]
        with ProcessPoolExecutor(2) as pool:
            self.assertEqual(list(pool.map(function, range(50))), [2 * i for i in range(50)])
            self.assertEqual(list(pool.map(execute_ml_code_sandbox, ["result = 1;", "result = 2;"])), [1, 2])


class Callbacks(unittest.TestCase):
    def setUp(self):
        self.session = MLREPLSession()
        self.addCleanup(self.session.close)
        self.session.execute("function f(x) { return x * 2; }\nfunction named(o) { return o.a; }\nfunction bad() { return 1 / 0; }")

    def test_calls(self):
        f = ml_callback(self.session, "f")
        self.assertEqual(f(4), 8)
        self.session.execute("function f(x) { return x * 3; }")
        self.assertEqual(f(4), 12)
        self.assertEqual(ml_callback(self.session, "named")(a=5), 5)
        self.assertNotEqual(f(float("nan")), f(float("nan")))
        self.assertEqual(asyncio.run(f.call_async(2)), 6)

    def test_errors(self):
        with self.assertRaises(e.CallbackError) as caught:
            ml_callback(self.session, "bad")()
        self.assertIsInstance(caught.exception, RuntimeError)
        self.assertEqual(caught.exception.function_name, "bad")
        self.assertIsInstance(caught.exception.original_error, e.MLRuntimeError)
        self.assertIsNone(ml_callback(self.session, "bad", default_return=None)())
        self.assertEqual(ml_callback(self.session, "bad", error_handler=lambda error: "handled")(), "handled")
        with self.assertWarns(UserWarning):
            missing = ml_callback(self.session, "missing")
        with self.assertRaises(e.CallbackError):
            missing()

    def test_registry(self):
        registry = MLCallbackRegistry(self.session)
        registry.register("b", "f")
        registry.register("a", "named")
        self.assertEqual(registry.list_callbacks(), ["a", "b"])
        self.assertEqual(registry["b"](1), 2)
        with self.assertRaises(KeyError):
            registry["c"]
        self.assertTrue(registry.remove("a") and "a" not in registry)


class Figures(unittest.TestCase):
    def test_definitions(self):
        made = summary([4.0, 1.0, 3.0, 2.0])
        self.assertEqual((made["mean"], made["median"], made["min"], made["max"]), (2.5, 2.5, 1.0, 4.0))
        self.assertAlmostEqual(made["std_dev"], 1.2909944487)
        self.assertAlmostEqual(percentile([1.0, 2.0, 3.0, 4.0], 0.95), 3.85)
        self.assertEqual(summary([1.0])["std_dev"], 0.0)

    def test_table_is_that_of_the_guide(self):
        from mlpy.cli.benchmark import rows_of, table

        made = {"iterations": 1000, "mean": 0.025687, "median": 0.025224, "std_dev": 0.005168, "min": 0.017948,
                "max": 0.044653, "percentiles": {"p95": 0.03215, "p99": 0.0398}, "mode": "sequential"}
        sample = Path(__file__).parent / "guide/37.text"
        self.assertEqual(table(rows_of(made)) + "\n", sample.read_text())

    def test_interval(self):
        import random

        source = random.Random(1)
        times = [source.gauss(10, 1) for _ in range(200)]
        low, high = interval(times)
        self.assertTrue(9.7 < low < 10.1 < high + 0.2 and high < 10.4, (low, high))
        self.assertEqual(interval(times), interval(times))

    def test_detector(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "b.json")
            detector = RegressionDetector(file)
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                found = [detector.check_regression("f", ms) for ms in (10.0, 11.0, 11.01, 9.0, 8.0, 8.72)]
            self.assertEqual(found, [False, False, True, False, False, False])
            self.assertEqual(out.getvalue().splitlines(), [
                "[NEW] f: 10.00ms (no baseline)", "[OK] f: 11.00ms (+10.0% vs baseline)",
                "[REGRESSION] f: 11.01ms (+10.1% vs baseline 10.00ms)", "[OK] f: 9.00ms (-10.0% vs baseline)",
                "[IMPROVEMENT] f: 8.00ms (-20.0% vs baseline 10.00ms)", "[OK] f: 8.72ms (+9.0% vs baseline)"])
            detector.save_baseline()
            self.assertEqual(json.loads(file.read_text()), {"f": 8.0})
            self.assertEqual(os.listdir(folder), ["b.json"])
            file.write_text("[1]")
            with self.assertRaises(ValueError):
                RegressionDetector(file)


if __name__ == "__main__":
    warnings.simplefilter("ignore", ResourceWarning)
    unittest.main(argv=sys.argv[:1])
