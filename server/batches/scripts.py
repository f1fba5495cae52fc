"""The scripts of batches, and the keys that they use."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from redis.asyncio import Redis

from server.batches.batch import State
from server.scripts import Scripts

FOLDER = Path(__file__).parent / "lua"

#: Where each name under KEYS lies; `{id}` is the batch's.
KEYS: Mapping[str, str] = {
    "batch": "batch:{id}",
    "secrets": "batch:{id}:secrets",
    "inputs": "batch:{id}:inputs",
    "waiting": "batch:{id}:waiting",
    "delayed": "batch:{id}:delayed",
    "attempts": "batch:{id}:attempts",
    "flying": "batch:{id}:flying",
    "holding": "batch:{id}:holding",
    "outputs": "batch:{id}:outputs",
    "holders": "batches:holders",
    "slots": "batches:slots",
    "active": "batches:active",
    "callbacks": "batches:callbacks",
    "by_time": "batches:by_time",
    "ended": "batches:ended",
    "used": "batches:used",
    **{state.value: f"batches:by_state:{state}" for state in State},
}


def batch_scripts(redis: Redis, prefix: str) -> Scripts:
    """The scripts of batches on one Redis."""
    return Scripts(redis, prefix, FOLDER, KEYS)
