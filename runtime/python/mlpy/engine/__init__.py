"""How Python programs compile and run ML; the public names are in ``mlpy.ml``, ``mlpy.integration`` and ``mlpy.runtime``."""
