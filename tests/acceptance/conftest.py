"""One running system for the tests that leave it as it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance import long_work
from tests.acceptance.running import Restartable, Speedy, serving


@pytest.fixture(scope="session")
def speedy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Speedy]:
    """`./start.sh serve` on a data folder of its own."""
    with serving(tmp_path_factory.mktemp("speedy") / "data") as running:
        yield running


@pytest.fixture(scope="session")
def restartable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Restartable]:
    """A system of its own for the tests that stop or kill it, which hardly waits for what runs when it stops."""
    data = tmp_path_factory.mktemp("restartable") / "data"
    data.mkdir()
    long_work.write_input(data / "long.jsonl")
    found = Restartable(data, SPEEDY_STOP_SECONDS="0.1")
    yield found
    found.close()


@pytest.fixture
def crashing(restartable: Restartable) -> Speedy:
    """It runs; its processes may be killed."""
    return restartable.running()


@pytest.fixture(scope="session")
def long_input(speedy: Speedy) -> Path:
    """Input that takes some seconds."""
    path = speedy.data / "long.jsonl"
    long_work.write_input(path)
    return path


@pytest.fixture(scope="session")
def endless_input(speedy: Speedy) -> Path:
    """Input that takes longer than any test."""
    path = speedy.data / "endless"
    long_work.write_endless_input(path)
    return path


@pytest.fixture
def out(speedy: Speedy, request: pytest.FixtureRequest) -> Path:
    """A destination that no other test uses."""
    return speedy.data / str(request.node.name).replace("[", "-").replace("]", "")
