"""The scripts of jobs, and the keys that they use."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from redis.asyncio import Redis

from server.scripts import Scripts

FOLDER = Path(__file__).parent / "lua"

#: Where each name under KEYS lies; `{id}` is the job's.
KEYS: Mapping[str, str] = {
    "job": "job:{id}",
    "secrets": "job:{id}:secrets",
    "events": "job:{id}:events",
    "queued_high": "jobs:queued:high",
    "queued_normal": "jobs:queued",
    "queued_low": "jobs:queued:low",
    "running": "jobs:running",
    "wake": "jobs:wake",
    "leases": "jobs:leases",
    "delayed": "jobs:delayed",
    "claims": "jobs:claims",
    "fence": "jobs:fence",
    "server": "jobs:server",
    "by_time": "jobs:by_time",
    "ended": "jobs:ended",
    **{state: f"jobs:by_state:{state}" for state in ("QUEUED", "RUNNING", "DONE", "FAILED", "CANCELLED")},
}


def job_scripts(redis: Redis, prefix: str) -> Scripts:
    """The scripts of jobs on one Redis."""
    return Scripts(redis, prefix, FOLDER, KEYS)
