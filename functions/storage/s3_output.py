"""Output on S3, where nothing can be renamed: data under keys of the attempt first, then one marker that counts.

The files of an attempt lie beside each other under `<name>-<job id>-<fence><ending>`, so that whoever reads the folder
finds them, and whoever sweeps it knows whose they are. The marker names the files that count.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from functions.errors import DestinationExists, StepFailed, StorageFailed
from functions.storage.manifest import MARKERS, File, Output, Standing, files_of
from functions.storage.roots import is_s3
from functions.storage.s3_access import Access, split
from functions.storage.s3_faults import code_of, is_missing, is_taken, may_pass, told
from functions.storage.s3_marker import ATTEMPT, append, changed, condition_on, is_absent, read_marker, take_out
from functions.storage.s3_upload import Sender, Target, abort, upload

#: How often what may pass is tried again after the client itself gave up, and the pauses, seconds.
_PAUSES = (0.5, 2.0, 5.0)
#: Objects that no marker names and that a replaced destination may hold.
_MOST_REPLACED = 10_000


class Uploads:
    """The output on S3 of one attempt of one job."""

    def __init__(self, access: Access, job_id: str, fence: int, check: Callable[[], None] = lambda: None) -> None:
        """Starts empty.

        Args:
            access: The job's way to S3.
            job_id: The job.
            fence: Of the attempt.
            check: Called often; raises when the work is to stop.
        """
        self._access = access
        self._job_id = job_id
        self._fence = fence
        self._check = check

    # -- while the attempt runs

    def begin(
        self, path: str, marker: str, *, overwrite: bool, appends: bool = False, fixed: Iterable[str] = ()
    ) -> Standing:
        """Looks at a destination.

        Args:
            path: The destination.
            marker: The name of its marker.
            overwrite: Whether it may hold something, which is replaced.
            appends: Whether it may hold something, to which files are added.
            fixed: Names of files that will be put under just these names.

        Raises:
            DestinationExists: When it holds output, and that is not to be replaced.
            StepFailed: When S3 refuses or does not answer.
        """
        client = self._access.client()
        bucket, key = split(path)
        with told(path):
            if appends:
                self._refuse_other_kind(client, path, marker)
                return Standing()
            names = list(fixed)
            etag, body = read_marker(client, bucket, f"{key}/{marker}")
            if etag and not overwrite:
                raise _exists(path, f"it has `{marker}`", fixed=bool(names))
            etags = {name: found for name in names if (found := _etag(client, bucket, f"{key}/{name}"))}
            if etag:
                etags[marker] = etag
            if names:
                return Standing(etags)
            return Standing(etags, body.decode(errors="replace"), self._others(client, path, marker, body, overwrite))

    def send(self, output: Output) -> Output:
        """Uploads the files of an output under keys of this attempt; the staged ones are gone afterwards.

        Returns:
            The output with the names under which its files lie.

        Raises:
            StepFailed: When S3 refuses or does not answer; nothing is left then.
        """
        client = self._access.client()
        bucket, key = split(output.destination)
        sent = [File(self._own(file.name), file.size, file.sha256) for file in output.files]
        with told(output.destination):
            try:
                with Sender(client, self._check) as sender:
                    for file, named in zip(output.files, sent, strict=True):
                        sender.send(Path(output.staged, file.name), Target(bucket, f"{key}/{named.name}"))
            except BaseException:
                self._remove(client, bucket, [f"{key}/{file.name}" for file in sent])
                raise
        shutil.rmtree(output.staged)
        return replace(output, files=tuple(sent))

    def discard(self, outputs: Iterable[Output]) -> None:
        """Removes what this attempt uploaded, as far as S3 lets us; for one that failed or was stopped."""
        for output in outputs:
            if is_s3(output.destination) and not output.fixed:
                bucket, key = split(output.destination)
                with suppress(StepFailed):
                    # Before `send` they have other names, and are nowhere but on the disk.
                    names = [file.name for file in output.files if f"-{self._job_id}-{self._fence}" in file.name]
                    self._remove(self._access.client(), bucket, [f"{key}/{name}" for name in names])

    def sweep(self, path: str) -> None:
        """Removes what earlier attempts of this job left under a destination, as far as S3 lets us."""
        bucket, key = split(path)
        with suppress(StepFailed), told(path):
            client = self._access.client()
            listed = _listed(client, bucket, f"{key}/", self._check)
            self._remove(client, bucket, [name for name in listed if self._is_dead(name)])
            for page in client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, Prefix=f"{key}/"):
                for item in page.get("Uploads", ()):
                    if self._is_dead(item["Key"]):
                        abort(client, bucket, item["Key"], item["UploadId"])

    # -- after the decision

    def put(self, output: Output) -> None:
        """Makes an output count: the marker is put once, on what stood there when the step began. Safe to repeat.

        Raises:
            DestinationExists: When something else was put there meanwhile.
            StepFailed: When S3 refuses or does not answer. After either, `take_back` removes what was put.
        """
        with told(output.destination):
            if output.fixed:
                for file in output.files:
                    self._insist(partial(self._put_fixed, output, file))
            if output.appends:
                self._insist(partial(append, self._access.client(), output, self._job_id))
            else:
                self._insist(partial(self._put_marker, output, output.marker or "_SUCCESS"))

    def take_back(self, output: Output) -> None:
        """Undoes `put`, however far it came.

        Raises:
            StepFailed: When S3 does not let us: the output may still be seen.
        """
        client = self._access.client()
        bucket, key = split(output.destination)
        name = f"{key}/{output.marker}"
        if output.appends:
            with told(output.destination):
                take_out(self._access.client(), output, self._job_id)
            return
        with told(output.destination):
            etag, body = read_marker(client, bucket, name)
            if etag and body == output.to_marker(self._job_id):
                if output.standing.marker or output.marker in output.standing.etags:
                    old = output.standing.marker.encode()
                    client.put_object(Bucket=bucket, Key=name, Body=old, IfMatch=etag)
                else:
                    client.delete_object(Bucket=bucket, Key=name, IfMatch=etag)
        if output.fixed:
            self._remove_own(output, output.files)

    def remove_replaced(self, output: Output) -> None:
        """Removes what the output replaced; readers of ours do not look at it any more.

        Raises:
            StepFailed: When S3 does not let us.
        """
        kept = {file.name for file in output.files}
        bucket, key = split(output.destination)
        gone = [f"{key}/{name}" for name in output.standing.replaced if name not in kept]
        with told(output.destination):
            if gone and self._remove(self._access.client(), bucket, gone):
                raise StorageFailed(f"S3 did not remove all that `{output.destination}` held before")

    # -- parts of these

    def _refuse_other_kind(self, client: Any, path: str, marker: str) -> None:
        bucket, key = split(path)
        for other in set(MARKERS) - {marker}:
            if read_marker(client, bucket, f"{key}/{other}")[0]:
                raise _exists(path, f"it has `{other}`, so that another kind of output lies there")

    def _others(self, client: Any, path: str, marker: str, body: bytes, overwrite: bool) -> tuple[str, ...]:
        """Names of what a destination holds: what its markers list or, where its own lists nothing, all there is."""
        bucket, key = split(path)
        found: list[str] = []
        for other in set(MARKERS) - {marker}:  # of the other kind of sink
            _, there = read_marker(client, bucket, f"{key}/{other}")
            files = files_of(there)
            if files is not None:
                if not overwrite:
                    raise _exists(path, f"it has `{other}`")
                found += [other, *(file.name for file in files)]
        listed = files_of(body)
        if listed is not None:
            return (*(file.name for file in listed), *found)
        for listed_key in _listed(client, bucket, f"{key}/", self._check):
            name = listed_key.removeprefix(f"{key}/")
            # Leftovers of attempts that did not end, or files of one that is at work, are nobody's output yet.
            if not name or name.endswith("/") or name == marker or name in found or ATTEMPT.fullmatch(name):
                continue
            if not overwrite:
                raise _exists(path, f"it has `{name}`")
            found.append(name)
            if len(found) > _MOST_REPLACED:
                raise DestinationExists(
                    f"`{path}` holds more than {_MOST_REPLACED} objects that no marker lists",
                    hint="remove them, or choose another destination",
                )
        return tuple(found)

    def _put_fixed(self, output: Output, file: File) -> None:
        client = self._access.client()
        bucket, key = split(output.destination)
        target = Target(
            bucket,
            f"{key}/{file.name}",
            condition_on(output.standing.etags.get(file.name)),
            {"sha256": file.sha256, "speedy-job": self._job_id},
        )
        if not Path(output.staged, file.name).is_file():
            raise StorageFailed(
                f"the staged output for `{output.destination}` is gone",
                hint="something removed it; submit the job again",
            )
        from botocore.exceptions import ClientError

        try:
            upload(client, Path(output.staged, file.name), target, lambda: None)
        except ClientError as error:
            if may_pass(error) or not (is_taken(error) or is_missing(error) or code_of(error) == "NoSuchUpload"):
                raise
            # This job's own file, put by an attempt whose answer was lost or whose runner died, counts as done.
            metadata = _metadata(client, target)
            if (metadata.get("sha256"), metadata.get("speedy-job")) != (file.sha256, self._job_id):
                raise changed(output.destination, file.name) from None

    def _put_marker(self, output: Output, marker: str) -> None:
        from botocore.exceptions import ClientError

        client = self._access.client()
        bucket, key = split(output.destination)
        place = {"Bucket": bucket, "Key": f"{key}/{marker}"}
        body = output.to_marker(self._job_id)
        try:
            client.put_object(**place, Body=body, **condition_on(output.standing.etags.get(marker)))
        except ClientError as error:
            if may_pass(error) or not (is_taken(error) or is_missing(error)):
                raise
            # This job's own marker, put by an attempt whose answer was lost, counts as done.
            if read_marker(client, **place)[1] != body:
                raise changed(output.destination, marker) from None

    def _insist(self, call: Callable[[], None]) -> None:
        """Tries what may pass some times more: after the decision a failure costs the whole job."""
        from botocore.exceptions import BotoCoreError, ClientError

        for pause in _PAUSES:
            try:
                return call()
            except (BotoCoreError, ClientError) as error:
                if not may_pass(error):
                    raise
                time.sleep(pause)
        return call()

    def _remove_own(self, output: Output, files: Iterable[File]) -> None:
        """Removes files under fixed names that this job put; not those of others that took their place."""
        bucket, key = split(output.destination)
        with suppress(StepFailed), told(output.destination):
            client = self._access.client()
            targets = [Target(bucket, f"{key}/{file.name}") for file in files]
            own = [t.key for t in targets if _metadata(client, t).get("speedy-job") == self._job_id]
            self._remove(client, bucket, own)

    def _remove(self, client: Any, bucket: str, keys: list[str]) -> int:
        """Removes objects; how many S3 kept."""
        from botocore.exceptions import BotoCoreError, ClientError

        kept = 0
        for start in range(0, len(keys), 1000):
            some = [{"Key": key} for key in keys[start : start + 1000]]
            try:
                answer = client.delete_objects(Bucket=bucket, Delete={"Objects": some, "Quiet": True})
                kept += len(answer.get("Errors", ()))
            except (BotoCoreError, ClientError):
                kept += len(some)
        return kept

    def _own(self, name: str) -> str:
        """The name of a file of this attempt."""
        path = PurePosixPath(name)
        stem, dot, ending = path.name.partition(".")
        return str(path.with_name(f"{stem}-{self._job_id}-{self._fence}{dot}{ending}"))

    def _is_dead(self, key: str) -> bool:
        """Whether a key is of an earlier attempt of this job."""
        name = key.rsplit("/", 1)[-1]
        found = re.fullmatch(rf".*-{re.escape(self._job_id)}-([0-9]+)(\.[^/]*)?", name)
        return found is not None and int(found.group(1)) < self._fence


def _listed(client: Any, bucket: str, prefix: str, check: Callable[[], None]) -> Iterator[str]:
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        check()
        for item in page.get("Contents", ()):
            yield item["Key"]


def _etag(client: Any, bucket: str, key: str) -> str:
    """The ETag of an object; empty where there is none."""
    from botocore.exceptions import ClientError

    try:
        return str(client.head_object(Bucket=bucket, Key=key)["ETag"])
    except ClientError as error:
        if is_absent(client, bucket, key, error):
            return ""
        raise


def _metadata(client: Any, target: Target) -> dict[str, str]:
    from botocore.exceptions import ClientError

    try:
        return dict(client.head_object(**target.place)["Metadata"])
    except ClientError as error:
        if is_missing(error):
            return {}
        raise


def _exists(path: str, why: str, *, fixed: bool = False) -> DestinationExists:
    hint = "choose another destination, or remove it" if fixed else "choose another destination, or say overwrite"
    return DestinationExists(f"`{path}` exists already: {why}", hint=hint)
