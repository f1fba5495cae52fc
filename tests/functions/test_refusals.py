"""What functions refuse of columns before anything runs: the column, its type, the argument at fault, what to do."""

from __future__ import annotations

import pytest

from functions.errors import StepFailed
from tests.functions.branches import Branches
from tests.functions.refused_columns import REFUSED_COLUMNS, Told
from tests.functions.refused_rows import REFUSED_ROWS

ALL = [(name, told) for name, several in (REFUSED_COLUMNS | REFUSED_ROWS).items() for told in several]


@pytest.mark.parametrize(("name", "told"), ALL, ids=[f"{name}-{told[0][-1][1:]}"[:80] for name, told in ALL])
def test_a_column_of_a_type_that_does_not_fit_is_told(name: str, told: Told, branches: Branches):
    steps, detail, argument, hint = told
    fault = branches.refused(*steps)
    assert isinstance(fault, StepFailed)
    assert (fault.detail[: len(detail)], fault.argument) == (detail, argument)
    assert (fault.hint or "")[: len(hint or "")] == (hint or "")
    assert (fault.hint is None) == (hint is None)
    assert len(fault.detail) < 400
