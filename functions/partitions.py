"""Partitions: the parts of a frame that tasks work on."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

#: How many partitions.
PartitionCount = Annotated[int, Field(ge=1, le=10_000)]
