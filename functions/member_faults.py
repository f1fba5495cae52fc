"""What is wrong with the members of one argument, each told at its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from functions.errors import StepFailed

Member = TypeVar("Member")
Made = TypeVar("Made")

#: So many mistakes of one argument are told. A near name for each takes a while: no request may ask for very many.
MOST = 100


class MemberFaults:
    """Gathers mistakes, so that those of later members are told, too; the first `MOST` of them."""

    def __init__(self, argument: str) -> None:
        """None is known yet.

        Args:
            argument: The step's argument whose members are looked at.
        """
        self._argument = argument
        self._found: list[StepFailed] = []

    @contextmanager
    def at(self, *place: str | int) -> Iterator[None]:
        """Notes what fails inside, with the member's place within the argument; what follows goes on.

        Raises:
            StepFailed: As `check`, once there are enough.
        """
        try:
            yield
        except StepFailed as error:
            self._found += _inside(error, self._argument, place)
            if len(self._found) >= MOST:
                self.check()

    def check(self) -> None:
        """Tells of what was found.

        Raises:
            StepFailed: The first mistake; it knows the others.
        """
        if self._found:
            first, *first.more = self._found
            raise first


@contextmanager
def inside(argument: str, *place: str | int) -> Iterator[None]:
    """What fails of an argument fails inside a part of it.

    Args:
        argument: The step's argument.
        place: Where the part stands in it, from the outside in.
    """
    try:
        yield
    except StepFailed as error:
        _inside(error, argument, place)
        raise


def each_made(
    members: Iterable[Member], make: Callable[[Member], Made], *, argument: str, at: tuple[str | int, ...] = ()
) -> list[Made]:
    """What is made of each member of a list.

    Args:
        members: The members, in order.
        make: Makes something of one.
        argument: The step's argument that holds the list.
        at: Where the list stands in the argument, from the outside in.

    Raises:
        StepFailed: When something is wrong with members, each told at its place.
    """
    found = []
    wrong = MemberFaults(argument)
    for place, member in enumerate(members):
        with wrong.at(*at, place):
            found.append(make(member))
    wrong.check()
    return found


def _inside(error: StepFailed, argument: str, place: tuple[str | int, ...]) -> list[StepFailed]:
    """An error and those that it knows of, put inside a part of an argument, as far as they are about that argument."""
    found = [error, *error.more]
    for one in found:
        if one.argument == argument:
            one.at = (*place, *one.at)
    return found
