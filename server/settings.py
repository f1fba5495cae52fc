"""Every setting in one table: name, default, help. Read from `SPEEDY_<NAME>` (and `REDIS_URL`)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from functions.names import near
from functions.storage.roots import Roots
from functions.storage.s3_allow import ENTRY
from server.batches.addresses import checked_entries, checked_nameservers


def _list_of(entry: str) -> str:
    """The pattern of a list whose entries are separated by commas; it may be empty."""
    return rf"^ *(?:{entry} *(?:, *{entry} *)*)?$"


_PREFIX = "SPEEDY_"


class Settings(BaseSettings):
    """The settings; an instance is made once, by the process entry."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, extra="ignore", frozen=True, populate_by_name=True)

    # fmt: off
    # -- where things are
    base: Path = Field(Path(), description="Folder that relative paths start from: the project.")
    data: Path = Field(Path("data"), description="Data folder: jobs may read and write in it; the server keeps its own files in its `.speedy` folder.")
    read_roots: str = Field("examples:README.md", description="Folders and files that jobs may read, beside the data folder; separated by colons.")
    write_roots: str = Field("", description="Folders that jobs may write, beside the data folder; separated by colons.")
    redis_url: str = Field("", validation_alias=AliasChoices("REDIS_URL", "SPEEDY_REDIS_URL"), description="Redis or Valkey to use; empty: one is started in the data folder.")
    functions_path: str = Field("", description="Folder of own catalog functions, one a file; see docs/own-functions.md. Their code is trusted as the server's is.")
    # -- the server
    host: str = Field("127.0.0.1", description="Address to listen on. Without `SPEEDY_API_KEYS` there is no login: open it only to people you trust.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on.")
    workers: int = Field(1, ge=1, description="Server processes.")
    max_body_bytes: int = Field(1_048_576, ge=1, description="Largest request body, bytes.")
    max_steps: int = Field(100, ge=1, description="Most steps in a job.")
    max_wait_seconds: float = Field(60, ge=0, description="Longest `?wait=`, seconds.")
    queue_capacity: int = Field(1_000_000, ge=1, description="Most jobs queued at once; beyond it a submission gets 429.")
    api_keys: str = Field("", description="JSON file of the keys that clients must show; empty: everybody is let in.")
    secret_key: SecretStr = Field(SecretStr(""), description="Key that encrypts credentials, 32 bytes in base64; empty: made once and kept in the data folder, mode 600.")
    runner_key: SecretStr = Field(SecretStr(""), description="Key that an outside runner shows; empty: made once and kept in the data folder, mode 600.")
    analysis_seconds: float = Field(30, gt=0, description="Longest deep check of a job (`?deep=true`), seconds.")
    keep_days: float = Field(7, gt=0, description="Days that ended jobs, their results and rejects are kept.")
    key_set_max: int = Field(10_000, ge=1, le=1_000_000, description="Most batch keys of a process.")
    templates_max: int = Field(1000, ge=1, description="Most templates of one API key, or of all where there are no keys.")
    template_versions_max: int = Field(1000, ge=1, description="Most versions kept of one template.")
    # -- the runner
    master: str = Field("local[*]", description="Spark master: local[*], spark://…, yarn, k8s://….")
    driver_memory: str = Field("2g", description="Memory of the Spark driver.")
    slots: int = Field(8, ge=1, description="Jobs that one runner works on at once.")
    lease_seconds: float = Field(30, gt=0, description="How long a lease lasts without a heartbeat, seconds.")
    beat_seconds: float = Field(5, gt=0, description="Time between heartbeats, seconds.")
    reap_seconds: float = Field(5, gt=0, description="Time between looks for expired leases, seconds.")
    timeout_seconds: float = Field(86_400, gt=0, description="Longest run of a job that names no limit, seconds.")
    stop_seconds: float = Field(20, ge=0, description="How long a stopping runner lets jobs finish before it hands them back, seconds.")
    idle_seconds: float = Field(0, ge=0, description="Idle time after which the runner ends, to be started by the next submission; 0: never.")
    result_max_rows: int = Field(1_000_000, ge=1, description="Most rows kept of a `collect`.")
    result_max_bytes: int = Field(1_073_741_824, ge=1, description="Most bytes kept of a `take` or `collect`.")
    rejects_max_rows: int = Field(100_000, ge=0, description="Most rejected lines kept of a job; all are counted.")
    # -- batches
    dispatchers: int = Field(1, ge=1, le=64, description="Processes that call the webhooks of batches.")
    batch_idle_days: float = Field(30, gt=0, description="Days without an input, call or reading after which a batch that is still open is completed, to end and be removed as others are.")
    max_batch_body_bytes: int = Field(16_777_216, ge=1, description="Largest body that brings inputs of a batch, bytes.")
    # -- S3
    s3_endpoint_url: str = Field("", description="S3 endpoint, where it is not Amazon's.")
    s3_endpoints_allowed: str = Field("", pattern=_list_of(r"https?://[^\s,/]+/?"), description="Endpoints that a job may name in `options.s3`, separated by commas; empty: none, as the server would call wherever a job tells it to.")
    s3_allow: str = Field("*", pattern=_list_of(ENTRY), description="Buckets and prefixes that jobs may use, such as `lake,shared/exports`, separated by commas; `*`: all that the credentials allow.")
    s3_connector: str = Field("own", pattern="^(own|s3a)$", description="What reads S3: `own`, or `s3a` (Hadoop's connector, with the machine's credentials only).")
    s3a_jars: str = Field("", description="For s3a: jar files, or `group:artifact:version`, separated by commas; empty: Spark has them already.")
    # -- webhooks
    webhook_allow: Annotated[str, AfterValidator(checked_entries)] = Field("", description="What webhooks may call beside public addresses: hosts, `*.` and a domain, addresses, networks, each with `:port` where only that one is meant; separated by commas.")
    webhook_nameservers: Annotated[str, AfterValidator(checked_nameservers)] = Field("", description="Addresses of the name servers that webhooks' hosts are looked up with, separated by commas; empty: the system's.")
    webhook_max_response_bytes: int = Field(1_048_576, ge=1, description="Largest answer of a webhook, bytes.")
    # -- both
    log_format: str = Field("console", pattern="^(console|json)$", description="How log lines look: console or json.")
    # fmt: on

    @property
    def base_folder(self) -> Path:
        """The base folder, absolute."""
        return self.base.resolve()

    @property
    def data_folder(self) -> Path:
        """The data folder, absolute."""
        return (self.base_folder / self.data).resolve()

    @property
    def state_folder(self) -> Path:
        """Where the server keeps its own files; jobs can neither read nor write here."""
        return self.data_folder / ".speedy"

    @property
    def batches_folder(self) -> Path:
        """Where the outputs of batches are kept, a file each."""
        return self.state_folder / "batches"

    @property
    def functions_folder(self) -> Path | None:
        """The folder of own catalog functions; None: there is none."""
        return self.base_folder / self.functions_path if self.functions_path else None

    def roots(self) -> Roots:
        """The paths that jobs may use."""
        read = [path for path in self.read_roots.split(":") if path]
        write = [path for path in self.write_roots.split(":") if path]
        return Roots.of(self.base_folder, read, [*write, self.data_folder])


def unknown_settings(environ: Iterable[str]) -> dict[str, str | None]:
    """The names of an environment that look like settings and are none, each with a hint at the one that was meant."""
    known = [name.upper() for name in Settings.model_fields]
    given = [name.removeprefix(_PREFIX) for name in sorted(environ) if name.startswith(_PREFIX)]
    hints = {name: near(name, known) for name in given if name not in known}
    return {_PREFIX + name: hint and hint.replace("`", f"`{_PREFIX}", 1) for name, hint in hints.items()}
