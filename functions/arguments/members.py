"""What is wrong with the members of one argument, each told at its place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from functions.errors import StepFailed


class MemberFaults:
    """Gathers mistakes, so that those of later members are told, too."""

    def __init__(self, argument: str) -> None:
        """None is known yet.

        Args:
            argument: The step's argument whose members are looked at.
        """
        self._argument = argument
        self._found: list[StepFailed] = []

    @contextmanager
    def at(self, *place: str | int) -> Iterator[None]:
        """Notes what fails inside, with the member's place within the argument; what follows goes on."""
        try:
            yield
        except StepFailed as error:
            if error.argument == self._argument:
                error.at = (*place, *error.at)
            self._found.append(error)

    def check(self) -> None:
        """Tells of what was found.

        Raises:
            StepFailed: The first mistake; it knows the others.
        """
        if self._found:
            first, *others = self._found
            first.more += others
            raise first
