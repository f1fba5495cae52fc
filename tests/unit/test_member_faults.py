"""Mistakes of members of an argument, gathered."""

from __future__ import annotations

import pytest

from functions.errors import StepFailed
from functions.member_faults import MOST, each_made


def refused(asked: list[int], member: int) -> int:
    asked.append(member)
    raise StepFailed(f"{member} is wrong", argument="columns")


def test_each_wrong_member_is_told_at_its_place():
    with pytest.raises(StepFailed) as caught:
        each_made([7, 8], lambda member: refused([], member), argument="columns")
    first = caught.value
    assert [(one.at, one.detail) for one in [first, *first.more]] == [((0,), "7 is wrong"), ((1,), "8 is wrong")]


def test_no_more_than_the_first_are_looked_at():
    asked: list[int] = []
    with pytest.raises(StepFailed) as caught:
        each_made(range(10_000), lambda member: refused(asked, member), argument="columns")
    assert 1 + len(caught.value.more) == len(asked) == MOST
    assert [one.at for one in caught.value.more[-1:]] == [(MOST - 1,)]
