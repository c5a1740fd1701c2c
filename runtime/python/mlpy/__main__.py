"""``python -m mlpy``: the same command. What is written in Python runs here, everything else in the program ``mlpy``."""

import sys

from mlpy.cli.main import main


def command() -> None:
    """The program ``mlpy`` of an installation by pip."""
    sys.exit(main(sys.argv[1:]))


if __name__ == "__main__":
    command()
