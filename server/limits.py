"""What jobs may do on S3: by the settings, and by the key that submitted them."""

from __future__ import annotations

from dataclasses import dataclass

from functions.storage.s3_allow import AllowList
from server.api_keys import NOBODY, ApiKeys
from server.settings import Settings


@dataclass(frozen=True)
class S3Rules:
    """What one tenant's jobs may do on S3."""

    #: Every one of them must allow a path.
    lists: tuple[AllowList, ...] = ()
    #: Endpoints that a job may name.
    endpoints: frozenset[str] = frozenset()
    #: Whether a job may bring credentials.
    takes_credentials: bool = True

    def allows_endpoint(self, url: str) -> bool:
        """Whether a job may name this endpoint; however its end and its letters are written."""
        return _plain(url) in self.endpoints


class Limits:
    """The rules of every tenant; read once, at the start of a process."""

    def __init__(self, settings: Settings) -> None:
        """Reads the file of keys, where one is set.

        Raises:
            BadKeysFile: When it cannot be used.
        """
        path = settings.api_keys
        #: None: there are none, and everybody is let in.
        self.keys = ApiKeys.read(settings.base_folder / path) if path else None
        self._allow = AllowList.of(settings.s3_allow)
        self._endpoints = frozenset(_plain(url) for url in settings.s3_endpoints_allowed.split(",") if url.strip())
        self._takes_credentials = settings.s3_connector == "own"

    def s3_rules(self, tenant: str) -> S3Rules:
        """The rules of a tenant; one whose key is gone may use nothing."""
        lists = [self._allow]
        if self.keys is not None and tenant != NOBODY:
            key = self.keys.of_name(tenant)
            lists.append(key.allow if key else AllowList(()))
        return S3Rules(tuple(lists), self._endpoints, self._takes_credentials)


def _plain(url: str) -> str:
    return url.strip().rstrip("/").lower()
