"""Some of the rows, by chance."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from functions.catalog import function
from functions.workspace import Frame


@function
def sample(
    frame: Frame,
    fraction: Annotated[float, Field(gt=0, le=1)],
    seed: Annotated[int, Field(ge=-(2**62), le=2**62)] = 0,
    with_replacement: bool = False,
) -> Frame:
    """Keep each row with the same chance; about the given share of all rows is left.

    The same seed keeps the same rows, as long as the data is cut into the same partitions. `sample_rows` gives an exact
    number of rows as the job's result.

    Args:
        fraction: The share of rows to keep, above 0 up to 1.
        seed: Where chance begins.
        with_replacement: Whether a row may be kept more than once.

    Example:
        ["load_range", 1000]
        ["sample", 0.1]
    """
    return frame.changed(frame.frame.sample(with_replacement, fraction, seed))
