"""The root of the project's one error tree, and the errors a catalog function may raise."""

from __future__ import annotations


class SpeedyError(Exception):
    """Something went wrong.

    The docstring of each subclass is its default message and `code` its stable name. `hint` says
    what the reader can do about it.
    """

    code = "error"

    def __init__(self, detail: str | None = None, *, hint: str | None = None) -> None:
        self.detail = detail or (self.__doc__ or type(self).__name__).strip().splitlines()[0]
        self.hint = hint
        super().__init__(self.detail)


class StepFailed(SpeedyError):
    """The step failed.

    `argument` names the step's argument at fault, where one is; `at` is the place of the member at fault within it,
    from the outside in, and `more` what else is wrong with the step. What the argument as it was given has not counts
    for nothing in `at`, such as the number of the one member that stands without a list.
    """

    code = "step_failed"

    def __init__(
        self,
        detail: str | None = None,
        *,
        argument: str | None = None,
        at: tuple[str | int, ...] = (),
        hint: str | None = None,
    ) -> None:
        super().__init__(detail, hint=hint)
        self.argument = argument
        self.at = at
        self.more: list[StepFailed] = []


class PathNotAllowed(StepFailed):
    """The path lies outside the folders that jobs may use."""

    code = "path_not_allowed"


class InputMissing(StepFailed):
    """There is no such file or folder."""

    code = "input_missing"


class InputUnreadable(StepFailed):
    """The input cannot be read."""

    code = "input_unreadable"


class DestinationExists(StepFailed):
    """The destination exists already."""

    code = "destination_exists"


class DiskFull(StepFailed):
    """The disk is full."""

    code = "disk_full"


class StorageFailed(StepFailed):
    """The storage refused or failed."""

    code = "storage_failed"
