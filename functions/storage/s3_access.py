"""How one job reaches S3: with its own credentials, with a role that it names, or as the machine does."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from functions.errors import StepFailed, StorageFailed
from functions.storage.manifest import MARKERS
from functions.storage.s3_faults import code_of, told

_PATH = re.compile(r"s3[an]?://([^/]+)/?(.*)", re.DOTALL)
_GLOB = re.compile(r"[*?\[]")
#: Where S3 is, when nothing says.
_REGION = "us-east-1"
#: Each is the longest silence, seconds; a call is made at most so often, with growing pauses.
_CONNECT_SECONDS = 10
_READ_SECONDS = 30
_ATTEMPTS = 5
#: A role's credentials are renewed this long before they end, seconds.
_EARLY = 300
#: How long a role may be asked for, seconds; longer than the least only where the role allows it.
_LEAST, _MOST = 3600, 43_200


def split(path: str) -> tuple[str, str]:
    """Bucket and key of an S3 path.

    Raises:
        StepFailed: When it names no bucket.
    """
    found = _PATH.fullmatch(path)
    if found is None:
        raise StepFailed(f"`{path}` is no S3 path", hint="write s3://bucket/key")
    return found.group(1), found.group(2).rstrip("/")


@dataclass(frozen=True)
class Session:
    """What a role is assumed with."""

    #: What the credentials may do at most, as an IAM policy; empty: all that the role may.
    policy: str = ""
    #: Shown in the logs of the account.
    name: str = "speedy"
    #: How long the job may run, seconds.
    seconds: float = _LEAST


class Access:
    """The credentials of one attempt; a role is assumed here, in the driver, and again when it is about to end.

    Nothing of it is shown: its `repr` tells neither keys nor tokens.
    """

    def __init__(
        self, options: Mapping[str, str] | None = None, endpoint_url: str = "", session: Session | None = None
    ) -> None:
        """Takes what a job gave, by its usual names; empty: the machine's own chain.

        Args:
            options: `aws_access_key_id`, `aws_secret_access_key`, `aws_session_token`, `region`, `endpoint_url`,
                `role_arn`.
            endpoint_url: Where S3 is unless the options say; empty: Amazon's.
            session: For a role.
        """
        self._options = dict(options or {})
        self._session = session or Session()
        self._lock = threading.Lock()
        self._client: Any = None
        self._assumed: dict[str, str] = {}
        self._ends = 0.0
        self._seen = set(_secrets(self._options))
        #: Where S3 is, and STS with it; empty: Amazon's.
        self.endpoint_url = self._options.get("endpoint_url") or endpoint_url

    def credentials(self) -> dict[str, str]:
        """What requests are signed with now, by the usual names, and the region; no keys: the machine's chain.

        Raises:
            StorageFailed: When the role cannot be assumed.
        """
        with self._lock:
            return self._current()

    def client(self) -> Any:
        """A boto3 client; it repeats what may pass, and gives up in bounded time.

        Raises:
            StorageFailed: When the role cannot be assumed.
        """
        with self._lock:
            before = self._assumed
            current = self._current()
            if self._client is None or self._assumed is not before:
                self._client = self._make("s3", current)
            return self._client

    def _current(self) -> dict[str, str]:
        role = self._options.get("role_arn")
        if not role:
            return {name: value for name, value in self._options.items() if name in _SIGNING}
        if time.time() > self._ends - _EARLY:
            with told(role):
                self._assumed, self._ends = self._assume(role)
            self._seen |= set(_secrets(self._assumed))
        return self._assumed

    def hide(self, text: str) -> str:
        """A text without the keys and tokens that this job has used, as they are or as a URL has them."""
        for secret in sorted(self._seen, key=len, reverse=True):
            for form in (secret, quote(secret, safe="")):
                text = text.replace(form, "***")
        return text

    def _assume(self, role: str) -> tuple[dict[str, str], float]:
        """Credentials of a role, and when they end."""
        from botocore.exceptions import ClientError

        own = {name: value for name, value in self._options.items() if name in _SIGNING}
        asked = {"RoleArn": role, "RoleSessionName": re.sub(r"[^\w+=,.@-]", "-", self._session.name)[:64]}
        if self._session.policy:
            asked["Policy"] = self._session.policy
        sts = self._make("sts", own)
        seconds = int(min(_MOST, max(_LEAST, self._session.seconds)))
        try:
            try:
                answer = sts.assume_role(**asked, DurationSeconds=seconds)
            except ClientError as error:
                # The role's own limit cannot be asked for beforehand.
                if code_of(error) != "ValidationError" or seconds == _LEAST:
                    raise
                answer = sts.assume_role(**asked, DurationSeconds=_LEAST)
        except ClientError as error:
            raise StorageFailed(
                f"the role `{role}` cannot be assumed: {code_of(error)}",
                hint="check the role's trust policy, and the credentials that assume it",
            ) from None
        found = answer["Credentials"]
        return {
            "aws_access_key_id": found["AccessKeyId"],
            "aws_secret_access_key": found["SecretAccessKey"],
            "aws_session_token": found["SessionToken"],
            **({"region": own["region"]} if own.get("region") else {}),
        }, found["Expiration"].timestamp()

    def _make(self, service: str, credentials: Mapping[str, str]) -> Any:
        import boto3
        from botocore.config import Config

        # Not boto3's shared session: it is none for several threads.
        session = boto3.session.Session(
            aws_access_key_id=credentials.get("aws_access_key_id"),
            aws_secret_access_key=credentials.get("aws_secret_access_key"),
            aws_session_token=credentials.get("aws_session_token"),
            region_name=credentials.get("region"),
        )
        return session.client(
            service,
            region_name=session.region_name or _REGION,
            endpoint_url=self.endpoint_url or None,
            config=Config(
                retries={"mode": "standard", "max_attempts": _ATTEMPTS},
                connect_timeout=_CONNECT_SECONDS,
                read_timeout=_READ_SECONDS,
                max_pool_connections=8,
            ),
        )


_SIGNING = frozenset({"aws_access_key_id", "aws_secret_access_key", "aws_session_token", "region"})


def _secrets(options: Mapping[str, str]) -> list[str]:
    return [value for name, value in options.items() if name in _SIGNING - {"region"} and value]


@dataclass(frozen=True)
class Prefix:
    """A key and all below it or, where it is open, all keys that begin with it."""

    bucket: str
    key: str = ""
    is_open: bool = False


def prefix_of(path: str, *, is_written: bool) -> Prefix:
    """What every key that a path stands for begins with: the path, or the fixed part of a glob."""
    bucket, key = split(path)
    fixed = key if is_written else _GLOB.split(key, maxsplit=1)[0]
    return Prefix(bucket, fixed, is_open=fixed != key)


@dataclass
class Policy:
    """What a job's steps need on S3, as an IAM session policy."""

    #: Partition of the role, such as `aws` or `aws-cn`.
    partition: str = "aws"
    reads: list[Prefix] = field(default_factory=list)
    writes: list[Prefix] = field(default_factory=list)

    @classmethod
    def of_role(cls, role: str, reads: Iterable[Prefix] = (), writes: Iterable[Prefix] = ()) -> Policy:
        """A policy for a role, given by its ARN."""
        return cls(role.split(":")[1] if role.count(":") > 1 else "aws", list(reads), list(writes))

    def to_text(self) -> str:
        """The policy: by prefix or, where that is longer than a session policy may be, by bucket.

        Raises:
            StorageFailed: When even that is too long.
        """
        for by_prefix in (True, False):
            text = json.dumps(self._document(by_prefix), separators=(",", ":"))
            if len(text) <= _LONGEST_POLICY:
                return text
        raise StorageFailed(
            "the steps name more buckets than a role's session policy can list", hint="use several jobs, or keys"
        )

    def _document(self, by_prefix: bool) -> dict[str, Any]:
        reads = self.reads if by_prefix else [Prefix(place.bucket) for place in self.reads]
        writes = self.writes if by_prefix else [Prefix(place.bucket) for place in self.writes]
        statements = [
            _allow(["s3:GetObject"], self._objects([*reads, *writes])),
            *(
                _allow(["s3:ListBucket"], self._arn(place.bucket), {"StringLike": {"s3:prefix": _listed(place)}})
                for place in dict.fromkeys([*reads, *writes])
            ),
            # Objects that are encrypted with a key of the account need it, too.
            _allow(["kms:Decrypt", "kms:GenerateDataKey"], "*", {"StringLike": {"kms:ViaService": "s3.*"}}),
        ]
        if writes:
            actions = ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
            statements.append(_allow(actions, self._objects(writes)))
            buckets = list(dict.fromkeys(self._arn(place.bucket) for place in writes))
            statements.append(_allow(["s3:ListBucketMultipartUploads"], buckets))
        return {"Version": "2012-10-17", "Statement": statements}

    def _objects(self, places: list[Prefix]) -> list[str]:
        found: dict[str, None] = {}
        for place in places:
            start = f"{self._arn(place.bucket)}/{_like(place.key)}"
            if not place.key:
                found[start + "*"] = None
            elif place.is_open:
                # What a glob finds in a folder counts only as far as the folder's marker lists it.
                folder = f"{self._arn(place.bucket)}/{_like(_folder(place))}"
                found |= {f"{start}*": None, **{folder + marker: None for marker in MARKERS}}
            else:
                found |= {start: None, start + "/*": None}
        return list(found)

    def _arn(self, bucket: str) -> str:
        return f"arn:{self.partition}:s3:::{bucket}"


#: Characters; what AssumeRole takes.
_LONGEST_POLICY = 2048


def _allow(actions: list[str], resources: Any, condition: Mapping[str, Any] | None = None) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": actions, "Resource": resources}
    return statement | ({"Condition": condition} if condition else {})


def _listed(place: Prefix) -> list[str]:
    """The prefixes that are listed of a place; for a glob the markers beside it, too."""
    prefixes = [_like(place.key) + "*"]
    return [*prefixes, _like(_folder(place)) + "_*"] if place.is_open else prefixes


def _folder(place: Prefix) -> str:
    return place.key[: place.key.rfind("/") + 1]


def _like(text: str) -> str:
    """A text as IAM's patterns take it to the letter."""
    return re.sub(r"([*?$])", r"${\1}", text)
