"""ML inside Python programs: asynchronous execution, callbacks, ambient names, values."""

from mlpy.engine.ambient import ambient, set_ambient
from mlpy.engine.values import by_copy, host_function, register_type
from mlpy.integration.async_executor import AsyncMLExecutor, AsyncMLResult, async_ml_execute
from mlpy.integration.ml_callback import MLCallbackRegistry, MLCallbackWrapper, ml_callback  # noqa: F811
from mlpy.ml.transpiler import execute_ml_code_sandbox

__all__ = ["AsyncMLExecutor", "AsyncMLResult", "async_ml_execute", "MLCallbackWrapper", "MLCallbackRegistry",
           "ml_callback", "execute_ml_code_sandbox", "ambient", "set_ambient", "register_type", "by_copy",
           "host_function"]
