from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import falcon.asgi
import falcon.testing
import pytest
from structlog.testing import capture_logs

from functions.check import Fault
from functions.errors import SpeedyError
from server import errors, problems
from tests.unit.application import application


class FailingStore:
    """A store whose every operation fails as none should."""

    async def state(self, _job_id: str, **_: Any) -> None:
        raise RuntimeError("the password is hunter2")

    async def counts(self) -> None:
        raise errors.StoreUnavailable("Error 2 connecting to /secret/place/redis.sock")


@pytest.fixture
def client(tmp_path: Path) -> falcon.testing.TestClient:
    return falcon.testing.TestClient(application(tmp_path, FailingStore()))


def test_every_error_of_the_server_has_a_status() -> None:
    kinds = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, SpeedyError)]
    assert set(kinds) - {SpeedyError} == set(problems.STATUSES)


def test_codes_name_one_error_each() -> None:
    assert len({kind.code for kind in problems.STATUSES}) == len(problems.STATUSES)


def test_an_unexpected_error_shows_an_incident_and_nothing_else(client: falcon.testing.TestClient) -> None:
    with capture_logs() as logged:
        answer = client.simulate_get("/jobs/status/some-job")
    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json["code"] == "internal_error"
    assert "hunter2" not in answer.text
    assert "RuntimeError" not in answer.text
    (line,) = logged
    assert line["incident"] in answer.json["detail"]
    assert isinstance(line["exc_info"], RuntimeError)
    assert line["path"] == "/jobs/status/some-job"


def test_where_redis_is_concerns_no_client(client: falcon.testing.TestClient) -> None:
    with capture_logs() as logged:
        answer = client.simulate_get("/health")
    assert (answer.status_code, answer.json["code"]) == (503, "store_unavailable")
    assert int(answer.headers["Retry-After"]) >= 1
    assert "/secret" not in answer.text
    assert "/secret" in logged[0]["detail"]


def test_an_error_without_a_status_is_our_mistake() -> None:
    class Strange(SpeedyError):
        """Strange."""

        code = "strange"

    with capture_logs():
        assert problems.of_error(Strange("inside")).status == 500


def test_a_problem_has_the_members_of_the_rfc_and_ours() -> None:
    error = errors.InvalidRequest([Fault("/steps/0", "is empty", "fill it"), Fault("/x", "is odd")])
    assert problems.of_error(error).to_json() == {
        "type": "/problems/invalid_request",
        "title": "The request is not valid",
        "status": 422,
        "detail": "2 mistakes found; nothing was queued",
        "code": "invalid_request",
        "errors": [
            {"pointer": "/steps/0", "detail": "is empty", "hint": "fill it"},
            {"pointer": "/x", "detail": "is odd"},
        ],
    }


def test_what_a_responder_had_begun_is_dropped() -> None:
    response = falcon.asgi.Response()
    response.text = "half an answer"
    problems.of_error(errors.NotReady()).answer(response)
    assert response.text is None
    assert b"not_ready" in (response.data or b"")
