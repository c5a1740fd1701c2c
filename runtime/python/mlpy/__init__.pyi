from mlpy import debug as debug
from mlpy.cli.repl import MLREPLSession as MLREPLSession
from mlpy.engine.grants import CapabilityContext as CapabilityContext
from mlpy.engine.grants import Grant as Grant
from mlpy.engine.modules import MLExecutor as MLExecutor
from mlpy.engine.modules import transpile_and_import as transpile_and_import
from mlpy.integration import AsyncMLExecutor as AsyncMLExecutor
from mlpy.ml.errors.exceptions import CapabilityError as CapabilityError
from mlpy.ml.errors.exceptions import MLError as MLError
from mlpy.ml.errors.exceptions import MLImportError as MLImportError
from mlpy.ml.errors.exceptions import MLRuntimeError as MLRuntimeError
from mlpy.ml.errors.exceptions import MLSecurityError as MLSecurityError
from mlpy.ml.errors.exceptions import MLSyntaxError as MLSyntaxError
from mlpy.ml.errors.exceptions import MLTypeError as MLTypeError
from mlpy.ml.errors.exceptions import SandboxMemoryError as SandboxMemoryError
from mlpy.ml.errors.exceptions import SandboxTimeoutError as SandboxTimeoutError
from mlpy.ml.errors.exceptions import SecurityViolationError as SecurityViolationError
from mlpy.ml.transpiler import MLTranspiler as MLTranspiler
from mlpy.ml.transpiler import TranspileResult as TranspileResult
from mlpy.ml.transpiler import execute as execute
from mlpy.runtime.profiler import MLProfiler as MLProfiler

__version__: str
__all__: list[str]
