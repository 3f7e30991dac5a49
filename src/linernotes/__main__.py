"""`python -m linernotes`, and the program `linernotes`."""

from __future__ import annotations

import signal
import sys


def main() -> None:
    try:
        from linernotes.cli.app import main as run

        code = run()
    except KeyboardInterrupt:
        code = 130
    # What is left is to end: one more Ctrl-C must not change how.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(code)


if __name__ == "__main__":
    main()
