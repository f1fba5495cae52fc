"""What all tests share: one Spark driver for the run, set up as the runner sets it up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

from server.settings import Settings
from spark_runner.engine import Engine

# How long an example takes says more of the machine than of the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    made = Engine(Settings(base=tmp_path_factory.mktemp("engine"), master="local[2]", driver_memory="1g"))
    yield made
    made.stop()
