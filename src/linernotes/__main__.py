"""`python -m linernotes`, and the program `linernotes`."""

from __future__ import annotations

import sys


def main() -> None:
    from linernotes.cli.app import main as run

    sys.exit(run())


if __name__ == "__main__":
    main()
