"""Waiting for a job to change, as long as the server runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from server.changes import Changes, Watch


class Waiting:
    """The watches of all requests; a stopping server wakes them all, so that it need not wait for them."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._watches: set[Watch] = set()
        #: Whether the server is stopping: what waits is to answer with what it has.
        self.stopping = False

    def stop(self) -> None:
        """Wakes every watch; look at `stopping` before waiting again."""
        self.stopping = True
        for watch in self._watches:
            watch.ring()

    @contextmanager
    def watch(self, job_id: str) -> Iterator[Watch]:
        """Watches a job from here on; what is read inside cannot miss a change."""
        with self._changes.watch(job_id) as watch:
            self._watches.add(watch)
            try:
                yield watch
            finally:
                self._watches.discard(watch)
