"""How log lines look: coloured text for people, JSON for machines. They go to standard error."""

from __future__ import annotations

import logging
import sys

import structlog


def configure(log_format: str, *, level: int = logging.INFO) -> None:
    """Sets up structlog for this process.

    Args:
        log_format: `console` or `json`.
        level: The lowest level that is shown, as in `logging`.
    """
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
