"""The README's examples of jobs with curl, run as they stand there; those of batches are run in `tests/http/`."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from tests.acceptance.running import PROJECT, Speedy

_ADDRESS = "localhost:8000"


def commands_of(heading: str) -> str:
    """The commands that use a server, of one section of the README."""
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    (section,) = re.findall(rf"^{heading}\n(.*?)(?=^##|\Z)", readme, re.DOTALL | re.MULTILINE)
    blocks = re.findall(r"^```sh\n(.*?)^```", section, re.DOTALL | re.MULTILINE)
    return "".join(block for block in blocks if _ADDRESS in block)


def shown(speedy: Speedy, folder: Path, commands: str) -> list[str]:
    """What each curl of some commands shows; its own failures fail the test."""
    commands = commands.replace(_ADDRESS, speedy.url.removeprefix("http://")).replace("curl -s", "curl -sS")
    # The example writes the data folder of a server that was started without settings.
    job = (PROJECT / "examples/readme-job.json").read_text().replace("data/demo", str(speedy.data / "demo"))
    (folder / "readme-job.json").write_text(job)
    commands = commands.replace("@examples/readme-job.json", f"@{folder}/readme-job.json")
    script = f"""
        curl() {{ command curl --max-time 60 "$@" | tee "{folder}/shown-$(date +%s%N)"; return "${{PIPESTATUS[0]}}"; }}
        {commands}"""
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script], cwd=PROJECT, capture_output=True, text=True, timeout=200, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), done
    return [file.read_text() for file in sorted(folder.glob("shown-*"))]


def test_jobs_are_served_as_the_readme_shows(speedy: Speedy, tmp_path: Path) -> None:
    speedy.run(["load_range", 0, 1], ["take", 1])  # Spark is warm: the README's wait of 30 s is enough
    answers = shown(speedy, tmp_path, commands_of("## Serving"))
    first, job, status, record, result, stream, rejects, events, wrong, listed, live, cancelled, take, health = answers
    assert set(json.loads(first)) == {"job_id"}
    job_id = json.loads(job)["job_id"]
    assert json.loads(status)["status"] in {"QUEUED", "RUNNING", "DONE"}
    assert (json.loads(record)["job_id"], json.loads(record)["state"]) == (job_id, "DONE")
    lines = (PROJECT / "README.md").read_text().splitlines()
    assert json.loads(result)["rows"] == [json.loads(line) for line in stream.splitlines()] == lines[:5]
    assert json.loads(rejects)["rows"] == []
    assert {event["kind"] for event in json.loads(events)["events"]} == {"state", "step"}
    (fault,) = json.loads(wrong)["errors"]
    assert (fault["pointer"], fault["hint"]) == ("/steps/1/0", "did you mean `take`?")
    assert job_id in {job["job_id"] for job in json.loads(listed)["jobs"]}
    assert "event: end" in live
    assert json.loads(cancelled)["detail"] == "the job is DONE already"
    assert json.loads(take)["name"] == "take"
    assert json.loads(health)


def test_a_job_is_checked_deeply_as_the_readme_shows(speedy: Speedy, tmp_path: Path) -> None:
    (checked,) = shown(speedy, tmp_path, commands_of("## The catalog"))
    found = json.loads(checked)
    assert (found["valid"], found["steps"][-2]["columns"]) == (
        True,
        [
            {"name": "decade", "type": "bigint", "nullable": True},
            {"name": "people", "type": "bigint", "nullable": False},
        ],
    )
