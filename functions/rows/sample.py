"""Choosing rows at random."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo

from functions.arguments.columns import Amount
from functions.catalog import function
from functions.check import refuse
from functions.random_rows import Seed, chosen
from functions.workspace import Frame


def _one_of_both(amount: int | None, info: ValidationInfo) -> int | None:
    if "fraction" in info.data and (amount is None) == (info.data["fraction"] is None):
        raise refuse("size_of_sample", "the sample needs either a `fraction` or an `amount`", "give one of the two")
    return amount


def _by_fraction(with_replacement: bool, info: ValidationInfo) -> bool:
    if with_replacement and info.data.get("amount") is not None:
        raise refuse("size_of_sample", "an exact amount is chosen without replacement", "give a `fraction` instead")
    return with_replacement


@function
def sample(
    frame: Frame,
    fraction: Annotated[float, Field(ge=0, le=1)] | None = None,
    amount: Annotated[Amount | None, AfterValidator(_one_of_both), Field(validate_default=True)] = None,
    with_replacement: Annotated[bool, AfterValidator(_by_fraction)] = False,
    seed: Seed = 0,
) -> Frame:
    """Keep rows chosen at random: a fraction of them, or an exact amount.

    With a fraction every row is chosen for itself, so that about that share of the rows is kept. With an amount exactly
    so many rows are kept (all, where there are fewer), in no settled order. The same seed chooses the same rows, as
    long as the same input is read by the same server; behind a step that leaves rows in no settled order, such as
    `distinct`, it need not.

    Args:
        fraction: Which share of the rows, from 0 to 1; null: `amount` says how many.
        amount: How many rows, from 0; null: `fraction` says which share.
        with_replacement: Whether a row may be chosen more than once; `fraction` is how often it is on average.
        seed: Where chance begins; another seed chooses other rows.

    Example:
        ["load_range", 1000]
        ["sample", 0.1]
    """
    if amount is not None:
        return frame.changed(chosen(frame.frame, amount, seed))
    return frame.changed(frame.frame.sample(with_replacement, float(fraction or 0), seed))
