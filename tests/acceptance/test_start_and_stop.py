"""start.sh: what it shows, how it stops, and what it refuses."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from pathlib import Path

import psutil
import pytest

from tests.acceptance import long_work
from tests.acceptance.running import PROJECT, START, Restartable, Speedy, gone, serving, started
from tests.waiting import wait_until


def test_the_demo_shows_the_files_of_two_jobs(tmp_path: Path) -> None:
    with started("demo", tmp_path / "unused") as (process, log):
        shown, _ = process.communicate(timeout=250)
    text = shown.decode()
    assert process.returncode == 0, (text, log.read_text())
    assert text.count("  DONE\n") == 2
    assert "data/demo/readme/part-00000" in text
    assert "data/demo/orders/customers.csv (26 lines)" in text
    assert "  | 1001|C-01|Ana Souza|526.018.159-08|F|Recife|50030-230" in text
    assert "-- export restarted 2026-03-09 --" in text
    assert (PROJECT / "data/demo/orders/items.csv").exists()


def test_an_interrupted_demo_leaves_no_process(tmp_path: Path) -> None:
    with started("demo", tmp_path / "unused") as (process, _):
        assert process.stdout is not None
        while not process.stdout.readline().startswith(b"Ready"):
            assert process.poll() is None
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
    assert gone(children)()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything_cleanly(crashing: Speedy, number: signal.Signals) -> None:
    assert crashing.run(["load_rdd", "README.md"], ["take", 1])["state"] == "DONE"
    children = crashing.processes()
    crashing.process.send_signal(number)
    assert crashing.process.wait(60) == 0
    assert gone(children)()


def test_a_stopping_runner_hands_back_what_it_cannot_finish(crashing: Speedy, restartable: Restartable) -> None:
    source, out = crashing.data / "longer.jsonl", crashing.data / "handed-back"
    # Long enough that it still runs when the HTTP server, which is stopped first, has let go of its connections.
    count = 2 * long_work.CUSTOMERS
    long_work.write_input(source, count)
    job_id = crashing.submit(*long_work.steps(source, out))
    crashing.wait_writing(job_id)
    crashing.process.send_signal(signal.SIGTERM)
    assert crashing.process.wait(60) == 0
    assert not out.exists()
    speedy = restartable.running()
    job = speedy.wait_ended(job_id, within=200)
    assert (job["state"], job["attempts"], job["crashes"]) == ("DONE", 2, 0), job
    long_work.check_output(out, count)
    assert speedy.leftovers() == []


def test_a_second_one_on_the_same_data_folder_is_refused(speedy: Speedy) -> None:
    with started("serve", speedy.data) as (second, log):
        assert second.wait(60) == 1
    assert "already runs on" in log.read_text()
    assert speedy.run(["load_rdd", "README.md"], ["take", 1])["state"] == "DONE"


def test_a_taken_port_is_said_and_ends_the_start(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with started("serve", tmp_path / "data", SPEEDY_PORT=port) as (process, log):
            assert process.wait(60) == 1
    assert f"cannot listen on 127.0.0.1:{port}" in log.read_text()
    assert "SPEEDY_PORT" in log.read_text()


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    with started("serve", tmp_path / "data", SPEEDY_SLOTS="none") as (process, log):
        assert process.wait(60) == 2
    assert "SPEEDY_SLOTS" in log.read_text()


def test_an_idle_runner_ends_and_the_next_job_starts_it(tmp_path: Path) -> None:
    with serving(tmp_path / "data", SPEEDY_IDLE_SECONDS="1") as speedy:
        runner = speedy.wait_child("runner")
        wait_until(gone([runner]), within=90, what="the idle runner has ended")
        assert speedy.child("runner") is None
        assert speedy.run(["load_rdd", "README.md"], ["take", 1])["state"] == "DONE"


def test_an_outside_redis_is_used_and_its_gaps_are_said(speedy: Speedy, tmp_path: Path) -> None:
    redis = f"unix://{speedy.data}/.speedy/redis/redis.sock"
    with serving(tmp_path / "second", REDIS_URL=redis) as second:
        assert second.child("redis") is None
        assert "not promised" not in second.log.read_text()
        job_id = second.submit(["load_rdd", "README.md"], ["take", 1])
        assert speedy.wait_ended(job_id)["state"] == "DONE"


def test_help_says_how() -> None:
    shown = subprocess.run([START, "--help"], capture_output=True, text=True, check=True, timeout=20).stdout
    for command in ("demo", "serve", "test"):
        assert command in shown
    assert subprocess.run([START, "nonsense"], capture_output=True, check=False, timeout=20).returncode == 2


def test_it_starts_from_a_path_with_spaces_and_through_a_link(tmp_path: Path) -> None:
    link = tmp_path / "a link with spaces"
    link.symlink_to(START)
    environ = {**os.environ, "SPEEDY_PORT": "none"}
    tried = subprocess.run(
        [link, "serve"], cwd="/", env=environ, capture_output=True, text=True, check=False, timeout=240
    )
    assert tried.returncode == 2
    assert "SPEEDY_PORT" in tried.stderr
