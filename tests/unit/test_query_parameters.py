"""Parameters of a query that a route does not take are told, on every route."""

from __future__ import annotations

from pathlib import Path

import falcon.inspect
import falcon.testing
import pytest

from tests.unit.application import application


@pytest.fixture
def client(tmp_path: Path) -> falcon.testing.TestClient:
    return falcon.testing.TestClient(application(tmp_path))


def test_every_route_refuses_a_parameter_that_it_does_not_take(client: falcon.testing.TestClient):
    tried = [
        (route.path, method.method)
        for route in falcon.inspect.inspect_app(client.app).routes
        for method in route.methods
        if not method.internal
    ]
    assert len(tried) > 60
    for path, method in tried:
        place = path.replace("{", "").replace("}", "")
        answer = client.simulate_request(method, place, query_string="zzz_y=5")
        assert (path, method, answer.status_code) == (path, method, 400)
        if method != "HEAD":
            assert answer.json["code"] == "invalid_parameter"
            assert answer.json["detail"].startswith(f"?zzz_y is no parameter of {method} {path}, which takes ")


@pytest.mark.parametrize(
    ("method", "path", "query", "detail", "hint"),
    [
        (
            "GET",
            "/jobs/some-job",
            "wiat=5",
            "?wiat is no parameter of GET /jobs/{job_id}, which takes ?wait, ?since, ?until",
            "did you mean `wait`?",
        ),
        (
            "POST",
            "/jobs/validate",
            "deap=true",
            "?deap is no parameter of POST /jobs/validate, which takes ?deep",
            "did you mean `deep`?",
        ),
        (
            "GET",
            "/jobs",
            "limit=5&State=DONE",
            "?State is no parameter of GET /jobs, which takes ?state, ?limit, ?cursor",
            "did you mean `state`?",
        ),
        (
            "POST",
            "/jobs/submit",
            "wait",
            "?wait is no parameter of POST /jobs/submit, which takes none",
            "leave it out",
        ),
        (
            "DELETE",
            "/jobs/some-job",
            "wait=5",
            "?wait is no parameter of DELETE /jobs/{job_id}, which takes none",
            "leave it out",
        ),
    ],
)
def test_what_is_told_of_it(
    client: falcon.testing.TestClient, method: str, path: str, query: str, detail: str, hint: str
):
    answer = client.simulate_request(method, path, query_string=query)
    assert (answer.status_code, answer.json["detail"], answer.json["hint"]) == (400, detail, hint)


def test_a_long_name_is_shown_in_part_and_its_value_never(client: falcon.testing.TestClient):
    answer = client.simulate_get("/jobs", query_string=f"{'n' * 5000}=hidden-word")
    assert answer.status_code == 400
    assert len(answer.json["detail"]) < 300
    assert "hidden-word" not in answer.text


def test_methods_and_places_that_are_not_there_are_told_first(client: falcon.testing.TestClient):
    assert client.simulate_put("/jobs", query_string="zzz=1").status_code == 405
    assert client.simulate_get("/nowhere", query_string="zzz=1").status_code == 404
    assert client.simulate_options("/jobs", query_string="zzz=1").status_code == 200
