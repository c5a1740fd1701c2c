"""Transpiling and running ML from Python: ``mlpy.ml.transpiler``, ``mlpy.ml.errors``."""
