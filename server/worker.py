"""The gunicorn worker, and its log."""

from __future__ import annotations

import logging
from typing import Any

import structlog
from gunicorn.glogging import Logger
from gunicorn.workers.gasgi import ASGIWorker


class Worker(ASGIWorker):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's own ASGI worker, which also tells the app at once when it is to stop.

    The protocol's shutdown event comes only after the last request; waits would hold it up to their end.
    """

    def handle_exit_signal(self) -> None:
        """Takes no more requests, and ends the waits of those it has."""
        super().handle_exit_signal()
        stop = self.state.get("stop")
        if stop is not None:
            stop()


class ServerLog(Logger):  # type: ignore[misc]
    """gunicorn's log lines, written as ours are."""

    def setup(self, cfg: Any) -> None:
        """Sends the error log to structlog; there is no access log."""
        super().setup(cfg)
        self.error_log.handlers = [_ToStructlog()]
        self.error_log.propagate = False


class _ToStructlog(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger()
        log.log(record.levelno, record.getMessage(), logger="gunicorn", exc_info=record.exc_info)
