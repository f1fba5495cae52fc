"""The HTTP application: every route on one screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import falcon
import falcon.asgi
import falcon.media

from functions.catalog import Catalog
from server import problems
from server.analyses.asking import Asking
from server.analyses.store import AnalysisStore
from server.authentication import Authentication
from server.batches.intake import Intake as BatchIntake
from server.batches.output_resource import OutputResource, ProgressResource
from server.batches.outputs import Outputs
from server.batches.resource import (
    BatchesResource,
    BatchResource,
    CancelResource,
    CompleteResource,
    InputResource,
    NewBatchResource,
    RetryResource,
)
from server.batches.store import BatchStore
from server.catalog.resource import FunctionResource, FunctionsResource
from server.errors import ForeignOrigin
from server.health import HealthResource
from server.index import IndexResource
from server.jobs.events_resource import EventsResource
from server.jobs.lease_resource import PopResource, RunnerKey, StatusResource
from server.jobs.resource import Intake, JobResource, JobsResource, SubmitResource, ValidateResource
from server.jobs.results import Results
from server.jobs.results_resource import RejectsResource, ResultResource
from server.jobs.store import JobStore
from server.jobs.waiting import JobWaiting
from server.limits import Limits
from server.parameters import KnownParameters
from server.processes.keys_resource import AcquireResource, BatchKeyResource, CheckpointResource
from server.processes.line import Line
from server.processes.resource import HistoryResource, ProcessesResource, ProcessResource
from server.processes.store import ProcessStore
from server.settings import Settings
from server.strict_json import dump
from server.templates.check import Checker
from server.templates.resource import CatalogCheckResource, TemplateResource, TemplatesResource, VersionsResource
from server.templates.store import TemplateStore
from server.waiting import Waiting

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def create_app(
    store: JobStore,
    catalog: Catalog,
    settings: Settings,
    results: Results,
    waiting: Waiting,
    *,
    batch_store: BatchStore,
    batch_outputs: Outputs,
    batch_waiting: Waiting,
    processes: ProcessStore,
    analyses: AnalysisStore,
    templates: TemplateStore,
    runner_key: str,
    middleware: Sequence[Any] = (),
) -> falcon.asgi.App[Any, Any]:
    """The application.

    Args:
        store: Where jobs are kept.
        catalog: What jobs may do.
        settings: The settings.
        results: Reads result files.
        batch_store: Where batches are kept.
        batch_outputs: Reads their outputs.
        batch_waiting: Tells when a batch changed.
        waiting: Tells when a job changed, or who waits for a batch key is called.
        processes: Where batch keys are kept.
        analyses: Where deep checks wait for a runner.
        templates: Where job templates are kept.
        runner_key: What an outside runner must show.
        middleware: Whatever opens and closes the collaborators.

    Raises:
        BadKeysFile: When the file of API keys cannot be used.
    """
    limits = Limits(settings)
    app: falcon.asgi.App[Any, Any] = falcon.asgi.App(
        middleware=[*middleware, SameOrigin(), Authentication(limits.keys), KnownParameters()]
    )
    app.req_options.strip_url_path_trailing_slash = True
    app.resp_options.media_handlers[falcon.MEDIA_JSON] = falcon.media.JSONHandler(dumps=dump)
    problems.register(app)

    intake = Intake(catalog, settings, limits, templates)
    asking = Asking(analyses, waiting, max_seconds=settings.analysis_seconds)
    key = RunnerKey(runner_key)
    waits = JobWaiting(store, waiting, max_seconds=settings.max_wait_seconds)
    app.add_route("/", IndexResource())
    app.add_route("/health", HealthResource(store))
    app.add_route("/functions", FunctionsResource(catalog))
    app.add_route("/functions/{name}", FunctionResource(catalog))
    app.add_route("/problems/{code}", problems.ProblemResource())
    app.add_route("/jobs", JobsResource(store))
    app.add_route("/jobs/submit", SubmitResource(store, intake, capacity=settings.queue_capacity))
    app.add_route("/jobs/validate", ValidateResource(intake, asking))
    app.add_route("/jobs/pop", PopResource(store, key, settings))
    app.add_route("/jobs/status/{job_id}", StatusResource(store, key, settings))
    app.add_route("/jobs/{job_id}", JobResource(store, waits))
    app.add_route("/jobs/{job_id}/result", ResultResource(store, results, waits))
    app.add_route("/jobs/{job_id}/rejects", RejectsResource(store, results, waits, most=settings.rejects_max_rows))
    app.add_route("/jobs/{job_id}/events", EventsResource(store, waiting))

    checker = Checker(catalog, settings, limits)
    app.add_route("/templates", TemplatesResource(templates))
    app.add_route("/templates/{name}", TemplateResource(templates, checker, settings))
    app.add_route("/templates/{name}/versions", VersionsResource(templates))
    app.add_route("/catalog/check", CatalogCheckResource(templates, checker))

    filling = BatchIntake(batch_store, batch_outputs, batch_waiting)
    for root, batches in (("/batches", BatchesResource), ("/job", NewBatchResource)):
        app.add_route(root, batches(batch_store, settings))
        app.add_route(f"{root}/{{batch_id}}", BatchResource(batch_store, batch_outputs))
        app.add_route(f"{root}/{{batch_id}}/input", InputResource(batch_store, filling, settings))
        app.add_route(f"{root}/{{batch_id}}/complete", CompleteResource(batch_store))
        app.add_route(f"{root}/{{batch_id}}/output", OutputResource(batch_store, batch_outputs, batch_waiting))
        app.add_route(f"{root}/{{batch_id}}/events", ProgressResource(batch_store, batch_waiting))
        app.add_route(f"{root}/{{batch_id}}/cancel", CancelResource(batch_store))
        app.add_route(f"{root}/{{batch_id}}/retry", RetryResource(batch_store, filling))
    app.add_route("/api/v1/process", ProcessesResource(processes, settings))
    app.add_route("/api/v1/process/{process_name}", ProcessResource(processes, settings))
    app.add_route("/api/v1/process/{process_name}/history", HistoryResource(processes))
    app.add_route("/api/v1/process/batch_keys", AcquireResource(processes, Line(processes, waiting), settings))
    app.add_route("/api/v1/process/batch_keys/{name}", BatchKeyResource(processes, settings))
    app.add_route("/api/v1/process/batch_keys/{name}/checkpoint", CheckpointResource(processes))
    return app


class SameOrigin:
    """Keeps web pages of other sites out: there is no login, and a browser posts for any page that it shows."""

    async def process_request(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Refuses to change anything for a page of another site.

        Raises:
            ForeignOrigin: When the request names an origin other than this server.
        """
        resp.set_header("Cache-Control", "no-store")
        origin = req.get_header("Origin")
        if origin and req.method not in _SAFE_METHODS and urlsplit(origin).netloc != req.get_header("Host"):
            raise ForeignOrigin
