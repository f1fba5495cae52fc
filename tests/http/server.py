"""The server as tests run it."""

from __future__ import annotations

import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


@dataclass
class Server:
    """A gunicorn that serves the app."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path
    state_folder: Path

    def log_text(self) -> str:
        return self.log.read_text(errors="replace")


def ended(process: subprocess.Popen[bytes], with_signal: signal.Signals) -> int:
    """Ends a process, by force when it does not end in time; its exit code."""
    if process.poll() is None:
        process.send_signal(with_signal)
    try:
        return process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
