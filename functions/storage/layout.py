"""How rows stand in the files of a folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

#: What becomes of a destination that exists: `error` fails the job, `overwrite` replaces it, `append` adds to it.
Mode = Literal["error", "overwrite", "append"]


@dataclass(frozen=True)
class Layout:
    """The form of files that Spark writes."""

    #: Spark's name: text, csv, parquet, orc.
    form: str
    #: Of the names of files, without the dot.
    ending: str
    #: Spark's options for the form.
    options: Mapping[str, str] = field(default_factory=dict)
    #: Columns whose values name folders, `key=value`, and that stand in no file.
    partition_by: tuple[str, ...] = ()
