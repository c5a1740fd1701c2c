"""``python -m mlpy``: the same command. What is written in Python runs here, everything else in the program ``mlpy``."""

import sys

from mlpy.cli.main import main

sys.exit(main(sys.argv[1:]))
