"""Webhooks as the settings allow them."""

from __future__ import annotations

from server.batches.addresses import nameservers
from server.batches.batch import Batch
from server.batches.destinations import Destinations, read_url
from server.batches.store import BatchStore
from server.batches.webhook import Webhook
from server.settings import Settings


class Webhooks:
    """Makes what calls the webhook of a batch."""

    def __init__(self, store: BatchStore, settings: Settings) -> None:
        self._store = store
        self._destinations = Destinations.of(settings.webhook_allow)
        self._max_response_bytes = settings.webhook_max_response_bytes
        self._nameservers = nameservers(settings.webhook_nameservers)

    async def open(self, batch: Batch, *, url: str | None = None, timeout_seconds: float | None = None) -> Webhook:
        """A webhook that is to be entered.

        Args:
            batch: Whose webhook.
            url: Another URL than the one that its inputs go to.
            timeout_seconds: Another longest call.

        Raises:
            SecretsUnreadable: When its secret was encrypted with another key.
            ValueError: When the URL is none.
        """
        return Webhook(
            read_url(url or batch.options.url),
            self._destinations,
            secret=await self._store.secret(batch.id),
            timeout_seconds=timeout_seconds or batch.options.timeout_seconds,
            max_response_bytes=self._max_response_bytes,
            nameservers=self._nameservers,
        )
