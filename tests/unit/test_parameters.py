"""Parameters of a query that name a member of an enumeration."""

from __future__ import annotations

from enum import StrEnum

import falcon.asgi
import pytest
from falcon import testing

from server import parameters
from server.errors import InvalidParameter
from server.jobs.job import State
from server.jobs.waiting import Until
from server.processes.process import TimeForm


def request(query: str) -> falcon.asgi.Request:
    return testing.create_asgi_req(query_string=query)


@pytest.mark.parametrize(
    ("query", "kind", "detail", "hint"),
    [
        ("until=end", Until, "must be one of changed, ended", "did you mean `ended`?"),
        ("until=CHANGD", Until, "must be one of changed, ended", "did you mean `changed`?"),
        ("until=zzz", Until, "must be one of changed, ended", None),
        ("time=rfc", TimeForm, "must be one of plain, rfc3339", None),
        ("time=rfc339", TimeForm, "must be one of plain, rfc3339", "did you mean `rfc3339`?"),
        ("state=runing", State, "must be one of QUEUED, ", "did you mean `RUNNING`?"),
    ],
)
def test_what_is_no_member_is_told(query: str, kind: type[StrEnum], detail: str, hint: str | None):
    name = query.partition("=")[0]
    with pytest.raises(InvalidParameter) as caught:
        parameters.one_of(request(query), name, kind)
    assert caught.value.parameter == f"?{name}"
    assert caught.value.detail.startswith(f"?{name} {detail}")
    assert caught.value.hint == hint


@pytest.mark.parametrize("given", ["ended", "ENDED", "Ended"])
def test_a_member_in_any_case(given: str):
    assert parameters.one_of(request(f"until={given}"), "until", Until) is Until.ENDED
