"""A job's way to S3, from what its claim and the settings say."""

from __future__ import annotations

from collections.abc import Sequence

from functions.errors import StorageFailed
from functions.storage.manifest import Manifest
from functions.storage.roots import is_s3
from functions.storage.s3_access import Access, Policy, Prefix, Session, split
from functions.storage.s3_output import Uploads
from functions.storage.s3_places import Place, policy
from server.jobs.store import Claim
from server.limits import S3Rules
from server.settings import Settings


def s3_options(claim: Claim) -> dict[str, str]:
    """The option `s3` of a job."""
    return {name: value for name, value in (claim.secrets or {}).items() if name != "webhook"}


def check_rules(claim: Claim, rules: S3Rules) -> None:
    """Makes sure that the options of a job are still allowed: rules may have changed since it was filed.

    Raises:
        StorageFailed: When they are not.
    """
    options = s3_options(claim)
    endpoint = options.get("endpoint_url")
    if endpoint and not rules.allows_endpoint(endpoint):
        raise StorageFailed("jobs of this server may not name the endpoint of `options.s3` any more")
    if options and not rules.takes_credentials:
        raise StorageFailed("this server does not take the credentials of jobs any more", hint="leave out `options.s3`")


def access_for_steps(claim: Claim, settings: Settings, places: Sequence[Place]) -> Access:
    """For running the steps of a job: a role may do what they need, and nothing else.

    Raises:
        StorageFailed: When the steps need more than a role's policy can say.
    """
    role = s3_options(claim).get("role_arn", "")
    return _access(claim, settings, policy(places, role) if role else "")


def uploads_of(claim: Claim, settings: Settings, manifest: Manifest) -> Uploads:
    """For publishing what an attempt of a job wrote, be it of this claim or of one whose runner died.

    Raises:
        StorageFailed: When there are more destinations than a role's policy can say.
    """
    destinations = [Prefix(*split(output.destination)) for output in manifest.outputs if is_s3(output.destination)]
    role = s3_options(claim).get("role_arn", "")
    text = Policy.of_role(role, writes=destinations).to_text() if role else ""
    fence = int(manifest.attempt.split("-", 1)[0])
    return Uploads(_access(claim, settings, text), claim.job.id, fence)


def _access(claim: Claim, settings: Settings, policy_text: str) -> Access:
    seconds = claim.job.timeout_seconds or settings.timeout_seconds
    session = Session(policy_text, f"speedy-{claim.job.id}", seconds)
    return Access(s3_options(claim), settings.s3_endpoint_url, session)
