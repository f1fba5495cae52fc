"""One child process: started in a session of its own, watched, and ended with all that it started."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Program:
    """What to start, and how it is told to end."""

    name: str
    command: Sequence[str]
    cwd: Path
    env: Mapping[str, str]
    #: Descriptors that the child inherits.
    pass_fds: tuple[int, ...] = ()
    #: What the kernel sends it when this process dies without having stopped it (Linux).
    on_parent_death: signal.Signals = signal.SIGTERM


@dataclass
class Backoff:
    """How long to wait before a child is started again."""

    first_seconds: float = 0.5
    cap_seconds: float = 30.0
    #: A child that lived so long died of something new: it is started again at once.
    calm_seconds: float = 10.0
    _next: float = field(default=0.0, init=False)

    def after(self, lived_seconds: float) -> float:
        """Seconds to wait, for a child that lived this long: 0, then doubling from the first wait up to the cap."""
        if lived_seconds >= self.calm_seconds:
            self._next = 0.0
        wait = self._next
        self._next = min(self.cap_seconds, max(self.first_seconds, wait * 2))
        return wait


class Child:
    """A running child process. Its session dies with it: nothing that it started is left behind."""

    def __init__(self, program: Program, process: asyncio.subprocess.Process) -> None:
        self.program = program
        self._process = process
        self._ended = asyncio.ensure_future(self._watch())

    @classmethod
    async def start(cls, program: Program) -> Child:
        """Starts the program in a session of its own, so that a terminal's Ctrl-C reaches only us."""
        process = await asyncio.create_subprocess_exec(
            *program.command,
            cwd=program.cwd,
            env=dict(program.env),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=sys.stderr.fileno(),  # our own standard output says only that we are ready
            pass_fds=program.pass_fds,
            start_new_session=True,
            preexec_fn=tie_to_parent(program.on_parent_death),
        )
        return cls(program, process)

    @property
    def pid(self) -> int:
        """The process id, also the id of the process group."""
        return self._process.pid

    async def wait(self) -> int:
        """Waits for the end; the exit code, or minus the number of the signal that ended it."""
        return await asyncio.shield(self._ended)

    async def stop(self, grace_seconds: float, *, hurry: asyncio.Event | None = None) -> int:
        """Asks with SIGTERM; what is still there after `grace_seconds`, or once `hurry` is set, is killed."""
        self._signal(signal.SIGTERM)
        hurried = asyncio.ensure_future((hurry or asyncio.Event()).wait())
        await asyncio.wait({self._ended, hurried}, timeout=grace_seconds, return_when=asyncio.FIRST_COMPLETED)
        hurried.cancel()
        if not self._ended.done():
            self._signal(signal.SIGKILL)
        return await self.wait()

    async def _watch(self) -> int:
        code = await self._process.wait()
        # Its id stays the group's while members live, so this reaches only what the child itself started.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        return code

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)


def describe_exit(code: int) -> str:
    """An exit code in words."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"


def tie_to_parent(number: signal.Signals) -> Callable[[], None] | None:
    """What a child does before it becomes its program: asks the kernel for a signal when its parent dies."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)  # loaded before the fork, where loading is not safe
    parent = os.getpid()

    def tie() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return tie
