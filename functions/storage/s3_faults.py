"""What S3 answers, as the reasons that a job can end with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from functions.errors import InputMissing, StepFailed, StorageFailed

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

_MISSING = frozenset({"NoSuchBucket", "NoSuchKey", "404", "NotFound"})
_DENIED = frozenset({"AccessDenied", "403", "Forbidden", "InvalidAccessKeyId", "SignatureDoesNotMatch"})
_DENIED |= {"InvalidToken", "InvalidClientTokenId", "UnrecognizedClientException"}
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})
_ELSEWHERE = frozenset({"301", "307", "PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed"})
_ELSEWHERE |= {"IllegalLocationConstraintException", "AuthorizationQueryParametersError"}
_BUSY = frozenset({"SlowDown", "ServiceUnavailable", "503", "RequestLimitExceeded", "Throttling", "429"})


def code_of(error: ClientError) -> str:
    """The code of an answer; where it has no body, its status."""
    return str(error.response["Error"]["Code"])


def is_missing(error: ClientError) -> bool:
    """Whether there is no such object."""
    return code_of(error) in _MISSING - {"NoSuchBucket"}


def is_denied(error: ClientError) -> bool:
    """Whether the credentials do not allow it."""
    return code_of(error) in _DENIED


def is_taken(error: ClientError) -> bool:
    """Whether a conditional put found another object than it was told to expect."""
    return code_of(error) in ("PreconditionFailed", "412")


def may_pass(error: BaseException) -> bool:
    """Whether the same call may succeed a little later."""
    from botocore.exceptions import ClientError, HTTPClientError

    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        conflict = code_of(error) in ("ConditionalRequestConflict", "OperationAborted", "409")
        return status >= 500 or conflict or code_of(error) in _BUSY
    return isinstance(error, HTTPClientError)


@contextmanager
def told(path: str) -> Iterator[None]:
    """Turns what boto3 raises about a path into a reason.

    Nothing but the code is told of an answer: its text may hold what the request was signed with.

    Raises:
        InputMissing: When there is no such bucket or key.
        StorageFailed: When S3 refuses or does not answer.
    """
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError

    try:
        yield
    except ClientError as error:
        raise _refusal(path, error) from None
    except (NoCredentialsError, PartialCredentialsError):
        raise StorageFailed(
            f"there are no credentials for `{path}`",
            hint="give the job credentials in `options.s3`, or the server a role",
        ) from None
    except BotoCoreError as error:
        raise StorageFailed(
            f"S3 did not answer for `{path}`: {type(error).__name__}", hint="try again later; check the endpoint"
        ) from None


def _refusal(path: str, error: ClientError) -> StepFailed:
    code = code_of(error)
    if code in _MISSING:
        return InputMissing(f"`{path}`: {code}", hint="check the bucket and the key")
    if code in _EXPIRED:
        hint = "the temporary credentials have run out: submit again with fresh ones"
    elif code in _DENIED:
        hint = "check the credentials and what they allow"
    elif code in _ELSEWHERE:
        region = _region(error.response)
        hint = "give the bucket's own region in `options.s3.region`" + (f": {region}" if region else "")
    elif code in _BUSY:
        hint = "S3 asks for fewer requests; try again later"
    else:
        hint = "try again later"
    return StorageFailed(f"S3 refused `{path}`: {code}", hint=hint)


def _region(response: dict[str, Any]) -> str:
    headers = response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    found = headers.get("x-amz-bucket-region") or response["Error"].get("Region") or ""
    return str(found) if str(found).replace("-", "").isalnum() else ""
