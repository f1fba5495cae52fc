"""Output on disk: staged, sealed, brought into place once, taken back when it cannot be."""

from __future__ import annotations

import errno
import threading
from dataclasses import replace
from pathlib import Path
from unittest.mock import AsyncMock, Mock

import pytest

from functions.errors import DestinationExists, InputMissing, StorageFailed
from functions.storage import durable, parts
from functions.storage.manifest import Manifest, describe, matches
from functions.storage.publish import discard, publish, sweep
from functions.storage.roots import Roots
from functions.storage.s3_access import Access
from functions.storage.s3_output import Uploads
from functions.storage.staging import ELSEWHERE, Staging
from server.jobs.job import Job, State
from server.jobs.store import Claim, Failed, Outcome, Prepared
from server.settings import Settings
from spark_runner.publication import Publication

JOB = "0b5f0e8e-0000-4000-8000-000000000000"


def going_on() -> None:
    return None


class Place:
    """A folder that jobs may write, and the staging of one attempt."""

    def __init__(self, root: Path, attempt: str = "1-a") -> None:
        self.root = root
        self.attempt = attempt
        self.job_folder = root / ".speedy" / "jobs" / JOB
        self.own = self.job_folder / attempt
        self.own.mkdir(parents=True)
        self.staging = Staging(Roots.of(root, [], [root]), JOB, attempt, self.own, going_on)

    def stage(self, destination: str, *, overwrite: bool = False, **files: str) -> None:
        folder = self.staging.output(str(self.root / destination), overwrite=overwrite)
        self.staging.begin(folder)
        for name, text in files.items():
            (folder / name).write_text(text)

    def publish(self, manifest: Manifest) -> None:
        publish(manifest, self.own, Uploads(Access(), JOB, 1))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def content(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in folder.iterdir()}


def test_an_existing_destination_is_refused_before_anything_is_staged(place: Place) -> None:
    (place.root / "out").mkdir()
    with pytest.raises(DestinationExists):
        place.stage("out", a="1")
    assert not (place.own / ELSEWHERE).exists()


def test_a_dangling_link_is_an_existing_destination(place: Place) -> None:
    (place.root / "out").symlink_to(place.root / "nowhere")
    with pytest.raises(DestinationExists):
        place.stage("out", a="1")


def test_two_sinks_of_one_job_cannot_share_or_nest_destinations(place: Place) -> None:
    place.stage("out", a="1")
    for other in ("out", "out/deeper"):
        with pytest.raises(DestinationExists):
            place.stage(other, a="1")


def test_nothing_is_at_the_destination_before_publication_and_all_after(place: Place) -> None:
    place.stage("deep/out", a="1", b="2")
    manifest = place.staging.seal()
    assert not (place.root / "deep/out").exists()
    place.publish(manifest)
    assert content(place.root / "deep/out") == {"a": "1", "b": "2"}


def test_publishing_again_adopts_what_is_there(place: Place) -> None:
    place.stage("one", a="1")
    place.stage("two", b="2")
    manifest = place.staging.seal()
    place.publish(manifest)
    place.publish(manifest)
    assert content(place.root / "one") == {"a": "1"}
    assert content(place.root / "two") == {"b": "2"}


def test_a_publication_that_died_half_way_is_completed(place: Place) -> None:
    place.stage("one", a="1")
    place.stage("two", b="2")
    manifest = place.staging.seal()
    durable.rename_new(Path(manifest.outputs[0].staged), place.root / "one")
    place.publish(manifest)
    assert content(place.root / "two") == {"b": "2"}


def test_a_destination_made_by_others_meanwhile_takes_the_whole_publication_back(place: Place) -> None:
    place.stage("one", a="1")
    place.stage("two", b="2")
    manifest = place.staging.seal()
    (place.root / "two").mkdir()
    with pytest.raises(DestinationExists):
        place.publish(manifest)
    assert not (place.root / "one").exists()
    assert content(place.root / "two") == {}


def test_overwrite_replaces_the_whole_folder_and_repeating_it_keeps_the_new_one(place: Place) -> None:
    (place.root / "out").mkdir()
    (place.root / "out" / "old").write_text("old")
    place.stage("out", overwrite=True, new="new")
    manifest = place.staging.seal()
    place.publish(manifest)
    place.publish(manifest)
    assert content(place.root / "out") == {"new": "new"}


def test_a_failed_publication_gives_an_overwritten_folder_back(place: Place) -> None:
    (place.root / "out").mkdir()
    (place.root / "out" / "old").write_text("old")
    place.stage("out", overwrite=True, new="new")
    place.stage("zzz", a="1")
    manifest = place.staging.seal()
    (place.root / "zzz").mkdir()
    with pytest.raises(DestinationExists):
        place.publish(manifest)
    assert content(place.root / "out") == {"old": "old"}


def test_staged_output_that_is_gone_is_told(place: Place) -> None:
    place.stage("out", a="1")
    manifest = place.staging.seal()
    discard(place.own)
    place.own.mkdir()
    with pytest.raises(StorageFailed):
        place.publish(manifest)


def test_publishers_of_one_attempt_at_the_same_time_publish_once(place: Place) -> None:
    (place.root / "out").mkdir()
    place.stage("out", overwrite=True, new="new")
    manifest = place.staging.seal()
    failures: list[BaseException] = []

    def work() -> None:
        try:
            place.publish(manifest)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert content(place.root / "out") == {"new": "new"}


def test_a_manifest_reads_back_and_its_digest_tells_content(place: Place) -> None:
    place.stage("out", a="1")
    manifest = place.staging.seal()
    again = Manifest.from_bytes(manifest.to_bytes())
    assert again == manifest
    assert again.digest == manifest.digest
    (Path(manifest.outputs[0].staged) / "a").write_text("2")
    assert not matches(Path(manifest.outputs[0].staged), manifest.outputs[0])


def test_a_file_too_many_does_not_match(place: Place) -> None:
    place.stage("out", a="1")
    output = place.staging.seal().outputs[0]
    assert matches(Path(output.staged), output)
    assert not matches(Path(output.staged), replace(output, files=()))


def test_a_new_attempt_sweeps_what_older_ones_staged_but_not_newer(place: Place) -> None:
    place.stage("out", a="1")
    newer = Place(place.root, "3-c")
    newer.stage("out", a="3")
    middle = Place(place.root, "2-b")
    middle.stage("out", a="2")
    staged = {folder.name for folder in (place.root / f".speedy-{JOB}").iterdir()}
    assert staged == {"2-b", "3-c"}


def test_sweeping_an_ended_job_keeps_only_the_attempt_that_counts(place: Place) -> None:
    place.stage("out", a="1")
    (place.own / "result.jsonl").write_text("1\n")
    place.publish(place.staging.seal())
    other = Place(place.root, "2-b")
    other.stage("elsewhere", a="2")
    sweep(place.job_folder, keep="1-a")
    assert (place.own / "result.jsonl").exists()
    assert not other.own.exists()
    assert not (place.root / f".speedy-{JOB}").exists()
    assert (place.root / "out").is_dir()


def test_rename_never_replaces(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with pytest.raises(FileExistsError):
        durable.rename_new(tmp_path / "a", tmp_path / "b")


@pytest.mark.parametrize("supported", [True, False])
def test_rename_and_exchange_work_where_the_kernel_lacks_the_call_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, supported: bool
) -> None:
    if not supported:
        monkeypatch.setattr(durable, "_renameat2", None)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "file").write_text("a")
    (tmp_path / "b").mkdir()
    durable.exchange(tmp_path / "a", tmp_path / "b")
    assert content(tmp_path / "b") == {"file": "a"}
    durable.rename_new(tmp_path / "b", tmp_path / "c")
    assert content(tmp_path / "c") == {"file": "a"}
    with pytest.raises(FileExistsError):
        durable.rename_new(tmp_path / "c", tmp_path / "a")


@pytest.mark.parametrize("count", [1, 2, 3, 7, 50])
@pytest.mark.parametrize(
    "lines", [[], ["one"], [f"line {n}" for n in range(20)], ["x" * 3_000_000, "y", "z" * 100]], ids=len
)
def test_dividing_keeps_lines_whole_and_in_order(tmp_path: Path, lines: list[str], count: int) -> None:
    source = tmp_path / "source"
    source.write_text("".join(f"{line}\n" for line in lines))
    targets = [tmp_path / f"part-{place}" for place in range(count)]
    parts.divide(source, targets, going_on)
    texts = [target.read_text() for target in targets]
    assert all(text == "" or text.endswith("\n") for text in texts)
    assert "".join(texts).splitlines() == lines
    assert not source.exists()


def test_joining_keeps_order_and_stops_when_told(tmp_path: Path) -> None:
    pieces = [tmp_path / f"part-{place}" for place in range(3)]
    for place, piece in enumerate(pieces):
        piece.write_text(f"{place}\n")
    parts.join(pieces, tmp_path / "all", going_on)
    assert (tmp_path / "all").read_text() == "0\n1\n2\n"

    def stop() -> None:
        raise InterruptedError

    for piece in pieces:
        piece.write_text("x\n")
    with pytest.raises(InterruptedError):
        parts.join(pieces, tmp_path / "all", stop)


def test_a_description_tells_name_size_and_checksum(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    described = describe(tmp_path / "a", tmp_path)
    assert (described.name, described.size) == ("a", 3)
    assert described.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_only_staged_folders_are_discarded_whatever_their_paths_hold(place: Place) -> None:
    precious = place.root / "precious"
    precious.mkdir()
    (precious / "file").touch()
    # Of a list of lines, the one between these two characters would name the folder above.
    base = place.root / f"odd\u2028{precious}\r"
    place.staging = Staging(Roots.of(base, [], ["out"]), JOB, place.attempt, place.own, going_on)
    folder = place.staging.output("out/new", overwrite=False)
    place.staging.begin(folder)
    discard(place.own)
    assert not folder.exists()
    assert (precious / "file").exists()


def test_a_path_that_a_power_cut_left_half_written_discards_nothing(place: Place) -> None:
    place.stage("parent/out", a="1")
    note = place.own / ELSEWHERE
    note.write_bytes(note.read_bytes().split(b".speedy-")[0])
    discard(place.own)
    assert (place.root / "parent").exists()


def test_a_disk_that_refuses_takes_back_what_was_brought_into_place(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.stage("one", a="1")
    place.stage("two", b="2")
    manifest = place.staging.seal()
    rename = durable.rename_new

    def refusing(source: Path, destination: Path) -> None:
        if destination.name == "two":
            raise PermissionError(errno.EACCES, "Permission denied")
        rename(source, destination)

    monkeypatch.setattr(durable, "rename_new", refusing)
    with pytest.raises(PermissionError):
        place.publish(manifest)
    assert not (place.root / "one").exists()


def test_what_one_runner_published_another_leaves_alone(place: Place) -> None:
    place.stage("one", a="1")
    place.stage("two", b="2")
    manifest = place.staging.seal()
    place.publish(manifest)
    (place.root / "two").rename(place.root / "moved on by a reader")
    place.publish(manifest)
    assert content(place.root / "one") == {"a": "1"}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "disk_full"),
        (PermissionError(errno.EACCES, "Permission denied"), "storage_failed"),
        (InputMissing("`s3://bucket/out`: NoSuchBucket"), "storage_failed"),
        (DestinationExists("`out` was made by something else"), "destination_exists"),
    ],
)
async def test_a_publication_that_fails_ends_the_job_with_a_reason(
    place: Place, monkeypatch: pytest.MonkeyPatch, error: Exception, code: str
) -> None:
    place.stage("out", a="1")
    manifest = place.staging.seal()
    store = AsyncMock()
    store.prepare.return_value = Prepared.OK
    store.fail.return_value = Failed.FAILED
    monkeypatch.setattr("spark_runner.publication.publish", Mock(side_effect=error))
    claim = Claim(Job(JOB, [["store_rdd", "out"]], State.RUNNING, 0), 1, "a", None, committing=False)
    await Publication(store, Settings()).commit(claim, manifest, Outcome(), place.own)
    reason = store.fail.call_args.args[3]
    assert (reason.code, reason.step) == (code, 0)
    store.finish.assert_not_called()
    assert not place.own.exists()
