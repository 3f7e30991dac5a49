"""The one place that configures logging. Libraries and our own code only write events."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping

import structlog

LEVELS = {"warning": logging.WARNING, "info": logging.INFO, "debug": logging.DEBUG}


def configure(verbosity: int, environ: Mapping[str, str]) -> None:
    """
    Events as key=value lines on stderr: with -v, -vv or LINERNOTES_LOG=warning|info|debug.

    Otherwise nowhere: what a person must know, the commands say themselves.
    """
    # Python prints warnings of libraries to stderr where nobody handles them: the pool's, while
    # the database is away, into the middle of what a command says.
    logging.getLogger().addHandler(logging.NullHandler())
    level = _level(verbosity, environ.get("LINERNOTES_LOG"))
    _configure_libraries(level)
    if level is None:
        structlog.configure(processors=[_drop], cache_logger_on_first_use=True)
        return
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(
                key_order=["timestamp", "level", "event"], bool_as_flag=False
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def _configure_libraries(level: int | None) -> None:
    """What libraries log goes the same way: without a handler Python would print their warnings."""
    handler: logging.Handler = logging.NullHandler()
    if level is not None:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(
            logging.Formatter(
                'timestamp=%(asctime)s level=%(levelname)s event=%(name)s words="%(message)s"'
            )
        )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def _level(verbosity: int, wanted: str | None) -> int | None:
    if verbosity:
        return logging.INFO if verbosity == 1 else logging.DEBUG
    return LEVELS.get((wanted or "").lower())


def _drop(logger: object, method: str, event: structlog.typing.EventDict) -> str:
    raise structlog.DropEvent
