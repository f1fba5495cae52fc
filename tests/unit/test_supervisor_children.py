"""Children, with real processes."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from server.supervisor.children import Backoff, Child, Program, describe_exit
from server.supervisor.locks import DataFolderBusy, FileLock, take_data_folder
from tests.waiting import until, wait_until

PROJECT = Path(__file__).resolve().parents[2]


def program(code: str, folder: Path, **options: object) -> Program:
    command = (sys.executable, "-c", code)
    return Program("fake", command, folder, dict(os.environ), **options)  # type: ignore[arg-type]


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


async def test_a_child_that_ends_gives_its_exit_code(tmp_path: Path) -> None:
    child = await Child.start(program("raise SystemExit(64)", tmp_path))
    assert await child.wait() == 64


async def test_a_child_is_asked_to_end_with_sigterm(tmp_path: Path) -> None:
    code = """
import signal, sys, pathlib
signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
pathlib.Path("up").touch()
signal.pause()
"""
    child = await Child.start(program(code, tmp_path))
    await until((tmp_path / "up").exists, within=20, what="the child is up")
    assert await child.stop(20) == 7


DEAF = """
import signal, pathlib
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path("up").touch()
while True: signal.pause()
"""


async def test_a_child_that_does_not_listen_is_killed_after_the_grace_time(tmp_path: Path) -> None:
    child = await Child.start(program(DEAF, tmp_path))
    await until((tmp_path / "up").exists, within=20, what="the child is up")
    assert await child.stop(0.05) == -signal.SIGKILL


async def test_a_second_signal_makes_the_stop_hurry(tmp_path: Path) -> None:
    child = await Child.start(program(DEAF, tmp_path))
    await until((tmp_path / "up").exists, within=20, what="the child is up")
    hurry = asyncio.Event()
    hurry.set()
    async with asyncio.timeout(20):
        assert await child.stop(3600, hurry=hurry) == -signal.SIGKILL


async def test_what_a_child_started_ends_with_it(tmp_path: Path) -> None:
    code = """
import subprocess, sys, pathlib, os
grandchild = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
pathlib.Path("pid.new").write_text(str(grandchild.pid))
os.rename("pid.new", "pid")
os._exit(1)
"""
    child = await Child.start(program(code, tmp_path))
    assert await child.wait() == 1
    pid = int((tmp_path / "pid").read_text())
    await until(lambda: is_gone(pid), within=20, what="the grandchild is gone")


def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    code = f"""
import asyncio, os, pathlib, sys
from server.supervisor.children import Child, Program
async def main():
    command = (sys.executable, "-c", "import signal; signal.pause()")
    child = await Child.start(Program("fake", command, pathlib.Path({str(tmp_path)!r}), dict(os.environ)))
    print(child.pid, flush=True)
    await child.wait()
asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", code], cwd=PROJECT, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    wait_until(lambda: is_gone(pid), within=20, what="the child is gone")


def test_waits_double_up_to_the_cap_and_a_long_life_forgives() -> None:
    backoff = Backoff(first_seconds=0.5, cap_seconds=3, calm_seconds=10)
    assert [backoff.after(1) for _ in range(6)] == [0, 0.5, 1, 2, 3, 3]
    assert [backoff.after(11), backoff.after(1)] == [0, 0.5]


def test_exits_are_described_in_words() -> None:
    assert [describe_exit(3), describe_exit(-9), describe_exit(-250)] == ["exit code 3", "signal SIGKILL", "signal 250"]


def test_one_data_folder_has_one_supervisor(tmp_path: Path) -> None:
    first = take_data_folder(tmp_path / ".speedy")
    with pytest.raises(DataFolderBusy, match=f"process {os.getpid()}"):
        take_data_folder(tmp_path / ".speedy")
    first.release()
    take_data_folder(tmp_path / ".speedy").release()


async def test_a_lock_stays_taken_while_a_child_that_inherited_it_lives(tmp_path: Path) -> None:
    ours, other = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert ours.try_take()
    child = await Child.start(program("import signal; signal.pause()", tmp_path, pass_fds=(ours.descriptor,)))
    ours.release()
    assert not other.try_take()
    await child.stop(20)
    async with asyncio.timeout(20):
        await other.take()
    other.release()
