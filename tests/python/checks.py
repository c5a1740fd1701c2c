"""For every Python block of the guide: the names it assumes, and what must hold after it ran."""

import contextlib
import gc
import io
import multiprocessing
import os
import sys
import types
from pathlib import Path

PRELUDE = """
memo = {};
function fibonacci(n) {
    if (n <= 1) return n;
    if (!memo[n]) memo[n] = fibonacci(n - 1) + fibonacci(n - 2);
    return memo[n];
}
function processRecord(record) { return record; }
"""
DATA_PROGRAM = """
function process_all(items) {
    result = [];
    for (i = 0; i < items.length; i = i + 1) { result.push(items[i] * 2); }
    return result;
}
result = process_all([1, 2, 3]);
"""
GUIDE = Path(__file__).resolve().parent / "guide"


def large_file():
    """An ML program of 10,000 lines."""
    function = ("function f{0}(a, b) {{\n  x = a + b * {0};\n  if (x > {0}) {{\n    return x;\n  }}\n  return [x, a];\n}}\n"
                "v{0} = f{0}({0}, 2);")
    return "\n".join(function.format(i) for i in range(1250)) + "\n"


def matrix_program():
    """The ML text of block 6."""
    names = {}
    exec((GUIDE / "06.python").read_text(), names)
    return names["ml_code"]


class Redis:
    def __init__(self, host, port):
        self.values = {}

    def get(self, key):
        return self.values.get(key)

    def setex(self, key, seconds, value):
        self.values[key] = value


class App:
    def route(self, *_, **__):
        return lambda function: function


def resident_mb():
    with open("/proc/self/statm") as stream:
        return int(stream.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 1048576


def prepare(number, names):
    """Sets the names that the guide assumes."""
    from mlpy.integration import set_ambient
    from mlpy.ml.transpiler import MLTranspiler, execute_ml_code_sandbox, transpile_ml_code

    names.update(execute_ml_code_sandbox=execute_ml_code_sandbox, transpile_ml_code=transpile_ml_code)
    set_ambient(context={"data": [[1], [2]] if number == 7 else [1, 2, 3]}, prelude=PRELUDE)
    if number == 1:
        names["large_ml_file"] = large_file()
    elif number == 2:
        names["ml_code"] = DATA_PROGRAM
    elif number == 4:
        names["ml_code"] = large_file()
    elif number == 5:
        Path("src/ml/sub").mkdir(parents=True)
        Path("src/ml/a.ml").write_text("o = {n: 20}; function f(x) { return x + o.missing_too; }\nresult = o.n * 2 + 2;\n")
        Path("src/ml/sub/b.ml").write_text("result = [1, 2].map(x => x * 3);\nprint('b', result);\n")
    elif number == 7:
        names["ml_code"] = matrix_program()
    elif number == 14:
        names["MLTranspiler"] = MLTranspiler
    elif number == 15:
        names.update(transpiler=MLTranspiler(), ml_code="result = 1;")
    elif number == 19:
        names["ml_code"] = DATA_PROGRAM
    elif number == 29:
        import hashlib

        source = "result = 2 * 2;"
        names["code_store"] = {hashlib.sha256(source.encode()).hexdigest(): source}
    elif number == 32:
        sys.modules["redis"] = types.SimpleNamespace(Redis=Redis)
    elif number == 34:
        multiprocessing.set_start_method("fork")
    elif number == 39:
        names["sys"] = sys
        exec((GUIDE / "17.python").read_text().split("# Usage")[0], names)
    elif number == 40:
        names["load_records"] = lambda n: [{"id": i} for i in range(n)]
    elif number in (43, 44):
        names.update(app=App(), request=types.SimpleNamespace(json={"amount": 4}), jsonify=lambda value: value,
                     ml_code="result = amount * 2;" if number == 43 else "result = 8;")
    elif number == 47:
        names["app"] = App()


def printed(call, *args, **named):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        value = call(*args, **named)
    return value, out.getvalue()


def growth_mb(call, count):
    """Memory that calls add once they are warm."""
    for _ in range(count // 4):
        call()
    gc.collect()
    before = resident_mb()
    for _ in range(count):
        call()
    gc.collect()
    return resident_mb() - before


def verify(number, names):
    """What must hold after a block; AssertionError otherwise."""
    check = globals().get(f"after_{number}")
    if check:
        check(types.SimpleNamespace(**names))


def after_1(m):
    python, issues, source_map = m.result
    assert python and python.count("\n") > 5000 and not [issue for issue in issues if issue.severity == "error"]


def after_2(m):
    assert isinstance(m.result.python_code, str) and "process_all" in m.result.python_code


def after_4(m):
    assert not m.result1.from_cache and m.result2.from_cache
    assert m.result2.python_code == m.result1.python_code


def after_5(m):
    import subprocess

    for file, result in (("src/ml/a.py", 42), ("src/ml/sub/b.py", [3, 6])):
        subprocess.run([sys.executable, file], check=True)
        names = {}
        exec(Path(file).read_text(), names)
        assert names["result"] == result, (file, names["result"])


def after_6(m):
    from mlpy.ml.transpiler import MLTranspiler

    rows = [[i * 100 + k for k in range(100)] for i in range(100)]
    assert MLTranspiler().execute(m.ml_code, {"data": rows}) == [value * 2 for row in rows for value in row]


def after_7(m):
    import asyncio

    from mlpy.integration import set_ambient
    from mlpy.integration.testing.performance import BenchmarkError, PerformanceTester

    assert all(0 < m.results[key] < 60 for key in ("mean", "median", "std_dev"))
    assert m.results["iterations"] == 100 and m.results["errors"] == 0
    set_ambient()
    import threading

    problems = []

    def without_data():  # the block runs in an event loop
        try:
            asyncio.run(PerformanceTester().benchmark_async_execution(m.ml_code, iterations=2))
        except BenchmarkError as error:
            problems.append(str(error))

    thread = threading.Thread(target=without_data)
    thread.start()
    thread.join()
    assert problems and "data" in problems[0], problems


def after_10(m):
    assert m.result == [x * 2 for x in range(1000000)] and m.ml_result is None
    both = m.execute_ml_code_sandbox("result = data.map(x => x * 2);", context={"data": m.data})
    assert both == m.result


def after_11(m):
    count = iter(range(100000))
    assert growth_mb(lambda: m.execute_ml_code_sandbox(f"result = {next(count)} * 3;"), 1000) < 5
    assert m.result == 9999 * 2


def after_13(m):
    assert m.result == 19998 and m.context == {"result": 19998}
    count = iter(range(100000, 200000))
    assert growth_mb(lambda: m.transpiler.execute(f"result = {next(count)} * 2;", {}), 10000) < 5


def after_14(m):
    def once():
        with m.ml_execution_context() as (transpiler, context):
            transpiler.execute("result = 3;", context)

    assert m.result == 19998 and m.context == {}
    assert growth_mb(once, 5000) < 5


def after_15(m):
    assert m.transpile_cached("h") is m.transpile_cached("h")


def after_17(m):
    assert set(m.stats) == {"mean", "median", "min", "max", "std_dev"} and m.stats["min"] > 0


def after_18(m):
    value, text = printed(m.profile_detailed, "result = 3 * 4;")
    assert value == 12 and "execute_ml_code_sandbox" in text


def after_19(m):
    _, text = printed(m.profile_line_by_line)
    assert "Function: transpile" in text and "Function: execute" in text and "Hits" in text


def after_21(m):
    _, text = printed(m.profile_memory, "result = 1 * 2;", iterations=200)
    assert "Final memory" in text


def after_22(m):
    value, _ = printed(m.memory_intensive_ml)
    assert len(value) == 1000000 and value[-1] == 1999998


def after_23(m):
    _, text = printed(m.profile_memory_allocations, "result = 1 * 2;")
    assert "Top 10 memory allocations" in text


def after_24(m):
    report = m.memory_report
    assert abs(report["total_mb"] - report["python_bridge_total_mb"] - report["ml_source_total_mb"]) < 1e-9
    m.registry.get_module("math")
    assert "math" in m.registry.get_memory_report()["modules"]


def after_29(m):
    assert m.execute_with_cache("result = 2 * 2;") == 4 and m.execute_with_cache("result = 2 * 2;") == 4
    assert m.transpile_cached.cache_info().hits == 1


def after_30(m):
    assert m.result1 == m.result2 == 6765


def after_31(m):
    assert m.module1 is m.module2 and m.module1 is not None and 0 < m.perf_summary["cache_hit_rate"] < 1


def after_32(m):
    assert printed(m.execute_with_redis_cache, "result = 2 * 4;") == (8, "")
    assert printed(m.execute_with_redis_cache, "result = 2 * 4;") == (8, "Cache hit!\n")


def after_33(m):
    assert m.results == [2 * i for i in range(1000)]


def after_34(m):
    assert len(m.results) == 100 and m.results[30] == 832040 and m.results[99] == 218922995834555169026


def after_35(m):
    assert m.process_in_batches(list(range(250))) == [2 * i for i in range(250)]


def after_38(m):
    assert [result.name for result in m.suite.results] == ["Simple arithmetic", "Fibonacci(20)", "Array processing"]


def after_39(m):
    import json

    assert set(json.loads(Path("benchmarks.json").read_text())) == {"fibonacci_20"}
    assert m.detector.check_regression("other", 1.0) is False


def after_40(m):
    assert len(m.data) == 100000


def after_42(m):
    data = [{"id": i, "tags": ["a"]} for i in range(2500)]
    assert m.process_in_batches(data) == data


def after_43(m):
    assert m.process() == 8
    assert growth_mb(m.process, 500) < 5


def after_44(m):
    assert m.process() == 8
    assert growth_mb(m.process, 2000) < 5


def after_47(m):
    assert m.transpiled_cache == {} and callable(m.process)
