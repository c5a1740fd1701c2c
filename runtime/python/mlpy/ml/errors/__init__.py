"""What goes wrong in ML, as Python exceptions."""

from mlpy.ml.errors.exceptions import *  # noqa: F403
from mlpy.ml.errors.exceptions import __all__  # noqa: F401
