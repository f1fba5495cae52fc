"""The whole application, without a process, a Redis or a runner."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import falcon.asgi

from functions import catalog
from server.app import create_app
from server.jobs.results import Results
from server.jobs.store import JobStore
from server.processes.store import ProcessStore
from server.settings import Settings
from server.templates.store import TemplateStore
from server.waiting import Waiting


def application(folder: Path, store: object = None) -> falcon.asgi.App[Any, Any]:
    """The application over a store of jobs; no other store is there."""
    waiting = Waiting(cast("Any", None))
    return create_app(
        cast("JobStore", store),
        catalog.load(),
        Settings(base=folder),
        Results(folder),
        waiting,
        batch_store=cast("Any", None),
        batch_outputs=cast("Any", None),
        batch_waiting=waiting,
        processes=ProcessStore(cast("Any", None)),
        analyses=cast("Any", None),
        templates=TemplateStore(cast("Any", None)),
        runner_key="key",
    )
