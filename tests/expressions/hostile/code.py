"""Arguments with which functions of Spark would run code."""

from __future__ import annotations

RUN = "'java.lang.Runtime', 'getRuntime'"
