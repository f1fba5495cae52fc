"""Looking up classes in the JVM once."""

from __future__ import annotations

from typing import Any

import pytest
from py4j.java_gateway import GatewayClient
from py4j.protocol import Py4JError
from pyspark.sql import functions as F

from spark_runner.engine import Engine


def test_a_method_that_was_called_before_takes_one_round_trip(engine: Engine, monkeypatch: pytest.MonkeyPatch):
    F.col("a")
    sent: list[str] = []
    send = GatewayClient.send_command

    def watched(self: GatewayClient, command: str, *rest: Any, **named: Any) -> Any:
        if not command.startswith("m\nd"):  # what Python has let go of is let go of there, whenever that may be
            sent.append(command)
        return send(self, command, *rest, **named)

    monkeypatch.setattr(GatewayClient, "send_command", watched)
    F.col("b")
    assert len(sent) == 1


def test_what_is_not_there_is_told_each_time(engine: Engine):
    for _ in range(2):
        with pytest.raises(Py4JError, match="no_such_function does not exist"):
            engine.context._jvm.functions.no_such_function()
