"""Credentials: encrypted wherever they lie, gone when the job ends; and the key."""

from __future__ import annotations

import base64
import stat
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from pydantic import SecretStr
from redis.asyncio import Redis

from server.jobs.job import NewJob, Reason, State
from server.jobs.store import Claim, JobStore, Outcome
from server.redis_connection import connect
from server.secrets import Cipher, InvalidKey, SecretsUnreadable, load_or_make_key
from tests.redis_server import running_redis
from tests.store.conftest import KEY, LEASE, STEPS, Hand

SECRETS = {"access_key": "AKIAVERYSECRET", "secret_key": "wJalrXUtnFEMI-hush"}

End = Callable[[Hand, Claim], Awaitable[object]]


async def done(hand: Hand, claim: Claim) -> None:
    await hand.store.prepare(claim.job.id, claim.fence, claim.nonce, "digest")
    await hand.store.finish(claim.job.id, "digest", Outcome())


async def committed(hand: Hand, claim: Claim) -> None:
    await hand.store.commit(claim.job.id, claim.fence, claim.nonce, "digest", Outcome())


async def failed(hand: Hand, claim: Claim) -> None:
    await hand.store.fail(claim.job.id, claim.fence, claim.nonce, Reason("timeout", ""), retryable=False)


async def stopped(hand: Hand, claim: Claim) -> None:
    await hand.store.cancel(claim.job.id)
    await hand.store.stopped(claim.job.id, claim.fence, claim.nonce)


async def cancelled_in_the_queue(hand: Hand, claim: Claim) -> None:
    await hand.store.hand_back(claim.job.id, claim.fence, claim.nonce)
    await hand.store.cancel(claim.job.id)


async def cancelled_when_given_back(hand: Hand, claim: Claim) -> None:
    await hand.store.cancel(claim.job.id)
    await hand.store.hand_back(claim.job.id, claim.fence, claim.nonce)


async def runner_lost(hand: Hand, claim: Claim) -> None:
    await hand.expire(claim.job.id)
    await hand.reap(max_crashes=1)


async def cancelled_when_reaped(hand: Hand, claim: Claim) -> None:
    await hand.store.cancel(claim.job.id)
    await hand.expire(claim.job.id)
    await hand.reap()


ENDS = [done, committed, failed, stopped, cancelled_in_the_queue, cancelled_when_given_back, runner_lost]


def all_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def everything(redis: Redis) -> str:
    """All that the store holds."""
    found = []
    for key in await redis.keys("*"):
        kind = await redis.type(key)
        read = {
            "string": redis.get,
            "hash": redis.hgetall,
            "list": lambda key: redis.lrange(key, 0, -1),
            "zset": lambda key: redis.zrange(key, 0, -1),
        }[kind]
        found.append(f"{key}: {await read(key)}")
    return "\n".join(found)


@pytest.mark.parametrize("end", [*ENDS, cancelled_when_reaped], ids=lambda end: end.__name__)
async def test_credentials_go_when_the_job_ends(hand: Hand, redis: Redis, end: End) -> None:
    claim = await hand.running(secrets=SECRETS)
    assert claim.secrets == SECRETS
    assert await redis.exists(f"speedy:job:{claim.job.id}:secrets") == 1
    await end(hand, claim)
    assert (await hand.get(claim.job.id)).finished_at is not None
    assert await redis.exists(f"speedy:job:{claim.job.id}:secrets") == 0


async def test_credentials_stay_while_the_job_may_run_again(store: JobStore, hand: Hand) -> None:
    claim = await hand.running(secrets=SECRETS, max_attempts=2)
    await store.hand_back(claim.job.id, claim.fence, claim.nonce)
    claim = await hand.claim()
    await store.fail(claim.job.id, claim.fence, claim.nonce, Reason("timeout", ""), retryable=True)
    await hand.let_retry_fall_due(claim.job.id)
    claim = await hand.claim()
    await hand.expire(claim.job.id)
    await hand.reap()
    claim = await hand.claim()
    assert claim.secrets == SECRETS
    assert await store.claim("runner-1", claim.nonce, lease_seconds=LEASE) == claim


async def test_no_credential_lies_in_clear_in_redis_or_its_file(tmp_path: Path) -> None:
    with running_redis(tmp_path) as url:
        redis = connect(url)
        store = JobStore(redis, Cipher(KEY))
        hand = Hand(store, redis)
        for end in ENDS:
            await end(hand, await hand.running(secrets=SECRETS))
        await hand.submit(secrets=SECRETS)
        shown = await everything(redis)
        jobs, _ = await store.list()
        shown += "".join(str(job.to_json()) for job in jobs) + str([await store.events(job.id) for job in jobs])
        await store.aclose()
        await redis.aclose()
    files = all_bytes(tmp_path)
    assert b"EVALSHA" not in files
    assert jobs[0].id.encode() in files
    for secret in (*SECRETS, *SECRETS.values()):
        for text in (secret, base64.b64encode(secret.encode()).decode().rstrip("=")[:-1]):
            assert text not in shown
            assert text.encode() not in files


async def test_a_job_whose_credentials_cannot_be_read_fails_and_the_next_is_claimed(
    redis: Redis, store: JobStore, hand: Hand
) -> None:
    old_key = JobStore(redis, Cipher(bytes(32)))
    unreadable = await old_key.submit(NewJob(STEPS, secrets=SECRETS))
    readable = await hand.submit(secrets=SECRETS)
    assert (await hand.claim()).job.id == readable
    job = await hand.get(unreadable.job_id)
    assert (job.state, job.reason and job.reason.code) == (State.FAILED, "secrets_unreadable")
    await old_key.aclose()


async def test_a_takeover_with_unreadable_credentials_has_none(redis: Redis, hand: Hand) -> None:
    claim = await hand.committing(secrets=SECRETS)
    await hand.expire(claim.job.id)
    other_key = JobStore(redis, Cipher(bytes(32)))
    (taken,) = (await Hand(other_key, redis).reap()).takeovers
    assert (taken.committing, taken.secrets) == (True, None)
    again = await other_key.claim("runner-2", taken.nonce, lease_seconds=LEASE)
    assert again == taken
    await other_key.aclose()


def test_credentials_of_one_job_do_not_open_as_anothers() -> None:
    cipher = Cipher(KEY)
    text = cipher.encrypt("job-1", SECRETS)
    assert cipher.decrypt("job-1", text) == SECRETS
    assert cipher.encrypt("job-1", SECRETS) != text, "the same text twice would tell that they are equal"
    with pytest.raises(SecretsUnreadable):
        cipher.decrypt("job-2", text)


@pytest.mark.parametrize("change", [lambda t: t[:-4], lambda t: "A" + t[1:], lambda _: "", lambda _: "no base64 ☃"])
def test_a_changed_text_does_not_open(change: Callable[[str], str]) -> None:
    cipher = Cipher(KEY)
    text = cipher.encrypt("job", SECRETS)
    with pytest.raises(SecretsUnreadable):
        cipher.decrypt("job", change(text) if change(text) != text else "B" + text[1:])


def test_a_key_is_made_once_and_kept_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "secret.key"
    key = load_or_make_key(path, SecretStr(""))
    assert len(key) == 32
    assert load_or_make_key(path, SecretStr("")) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["secret.key"]


def test_a_key_that_others_may_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    load_or_make_key(path, SecretStr(""))
    path.chmod(0o644)
    load_or_make_key(path, SecretStr(""))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_processes_that_start_together_get_the_same_key(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    keys: list[bytes] = []
    start = threading.Barrier(16)

    def load() -> None:
        start.wait()
        keys.append(load_or_make_key(path, SecretStr("")))

    threads = [threading.Thread(target=load) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 16
    assert len(set(keys)) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["secret.key"]


def test_a_key_given_is_used_and_no_file_made(tmp_path: Path) -> None:
    given = SecretStr(base64.b64encode(KEY).decode())
    assert load_or_make_key(tmp_path / "secret.key", given) == KEY
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["hunter2", "not base64 ☃!", base64.b64encode(bytes(31)).decode()])
def test_a_bad_key_is_refused_without_being_shown(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidKey) as refused:
        load_or_make_key(tmp_path / "secret.key", SecretStr(text))
    assert text not in str(refused.value)
    path = tmp_path / "bad.key"
    path.write_text(text)
    with pytest.raises(InvalidKey) as refused:
        load_or_make_key(path, SecretStr(""))
    assert text not in str(refused.value)
