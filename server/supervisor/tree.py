"""The process tree and its order: Redis first and last, the HTTP server and the runner between."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import structlog

from functions.errors import SpeedyError
from server.settings import Settings
from server.supervisor.children import Backoff, Child, Program, describe_exit
from server.supervisor.embedded_redis import EmbeddedRedis

#: The project's folder, where the children's modules are found.
PROJECT = Path(__file__).resolve().parents[2]

#: The runner's exit code when it ended because it had nothing to do.
IDLE_EXIT = 64

#: Deaths in a row before the HTTP server first answered, after which we give up.
_START_ATTEMPTS = 3
_HTTP_STOP_SECONDS = 8.0
#: What a stopping runner gets beyond `stop_seconds`, to hand its jobs back and end Spark.
_RUNNER_MARGIN_SECONDS = 15.0
_REDIS_STOP_SECONDS = 60.0

#: Gives a child's program for an environment.
MakeProgram = Callable[[Mapping[str, str]], Program]

log = structlog.get_logger("supervisor")


class CannotListen(SpeedyError):
    """The address cannot be listened on."""

    code = "cannot_listen"


class NotStarted(SpeedyError):
    """A part of the system could not be started."""

    code = "not_started"


def listen(host: str, port: int) -> socket.socket:
    """The socket that the HTTP server will serve.

    We hold it, so that a taken port is known at once, and clients wait, not fail, while the server restarts.

    Raises:
        CannotListen: When the port is taken or the address is not ours.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(1024)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise CannotListen(
            f"cannot listen on {host}:{port}: {error.strerror}", hint="choose another port with SPEEDY_PORT"
        ) from error
    return listener


class Tree:
    """The processes of one Speedy Gonzales."""

    def __init__(
        self,
        settings: Settings,
        listener: socket.socket,
        *,
        environ: Mapping[str, str],
        http: MakeProgram,
        runner: MakeProgram,
        dispatchers: Sequence[MakeProgram] = (),
        wait_for_work: Callable[[str], Awaitable[None]],
    ) -> None:
        """A tree that is not started yet.

        Args:
            settings: The settings.
            listener: The socket that the HTTP server serves.
            environ: Environment of the children, to which their addresses are added.
            http: Gives the HTTP server's program for an environment.
            runner: Gives the runner's.
            dispatchers: Each gives one dispatcher's.
            wait_for_work: Given the address of Redis, returns when a runner is needed.
        """
        self._settings = settings
        self._listener = listener
        self._environ = dict(environ)
        self._http = http
        self._runner = runner
        self._dispatchers = dispatchers
        self._wait_for_work = wait_for_work
        #: Set by a second signal: nothing more is waited for.
        self.hurry = asyncio.Event()
        self._redis = EmbeddedRedis(settings.state_folder / "redis")
        self.redis_url = settings.redis_url
        self._children: dict[str, Child] = {}
        self._starting: dict[str, asyncio.Task[Child]] = {}
        self._keepers: dict[str, asyncio.Task[None]] = {}
        self._answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def start(self) -> None:
        """Starts everything; returns once the HTTP server answers.

        Raises:
            RedisNotStarted: When Redis does not come up.
            NotStarted: When the HTTP server does not.
        """
        if not self.redis_url:
            await self._start_redis()
        self._environ |= {"REDIS_URL": self.redis_url, "SPEEDY_BASE": str(self._settings.base_folder)}
        if self._settings.master.startswith("local"):
            self._environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        self._answered = asyncio.ensure_future(_answers(self._listener))
        self._keep(self._http(self._environ), self._keep_http)
        self._keep(self._runner(self._environ), self._keep_runner)
        for dispatcher in self._dispatchers:
            self._keep(dispatcher(self._environ), self._keep_dispatcher)
        http = self._keepers["http"]
        await asyncio.wait({self._answered, http}, return_when=asyncio.FIRST_COMPLETED)
        if http.done():
            http.result()
        self._answered.result()

    async def failed(self) -> None:
        """Waits until a part can be kept alive no longer, and raises its error; children that merely die come back."""
        done, _ = await asyncio.wait(self._keepers.values(), return_when=asyncio.FIRST_COMPLETED)
        for keeper in done:
            keeper.result()

    async def stop(self) -> None:
        """Ends everything in order: no new requests, then the jobs, then Redis with all of its data on disk."""
        self._answered.cancel()
        self._listener.close()
        await self._end("http", _HTTP_STOP_SECONDS)
        workers = [name for name in self._keepers if name not in ("http", "redis")]
        grace = self._settings.stop_seconds + _RUNNER_MARGIN_SECONDS
        await asyncio.gather(*(self._end(name, grace, self.hurry) for name in workers))
        await self._end("redis", _REDIS_STOP_SECONDS)
        self._redis.clean_up()

    def pids(self) -> dict[str, int]:
        """Process ids of the children that run, by name."""
        return {name: child.pid for name, child in self._children.items()}

    async def _start_redis(self) -> None:
        program = await self._redis.prepare(self._environ)
        self.redis_url = self._redis.url
        child = await self._start(program)
        await self._redis.wait_ready(child)
        self._keepers["redis"] = asyncio.ensure_future(self._keep_redis(program, child))

    def _keep(self, program: Program, keeper: Callable[[Program], Awaitable[None]]) -> None:
        self._keepers[program.name] = asyncio.ensure_future(keeper(program))

    async def _start(self, program: Program) -> Child:
        starting = asyncio.ensure_future(self._spawn(program))
        self._starting[program.name] = starting
        return await asyncio.shield(starting)  # a stop meanwhile must not lose sight of the process

    async def _spawn(self, program: Program) -> Child:
        child = await Child.start(program)
        self._children[program.name] = child
        log.debug("started", child=program.name, pid=child.pid)
        return child

    async def _keep_redis(self, program: Program, child: Child) -> None:
        backoff = Backoff()
        while True:
            await self._outlive(child, backoff)
            child = await self._start(program)

    async def _keep_http(self, program: Program) -> None:
        backoff, deaths = Backoff(), 0
        while True:
            await self._outlive(await self._start(program), backoff)
            deaths += 1
            if not self._answered.done() and deaths >= _START_ATTEMPTS:
                raise NotStarted("the HTTP server does not start; its own message stands above")

    async def _keep_runner(self, program: Program) -> None:
        backoff = Backoff()
        while True:
            code = await self._outlive(await self._start(program), backoff, calm_exit=IDLE_EXIT)
            if code == IDLE_EXIT:
                log.info("the runner had nothing to do and ended; the next job starts it")
                await self._wait_for_work(self.redis_url)

    async def _keep_dispatcher(self, program: Program) -> None:
        backoff = Backoff()
        while True:
            await self._outlive(await self._start(program), backoff)

    async def _outlive(self, child: Child, backoff: Backoff, *, calm_exit: int | None = None) -> int:
        """Waits for a child's end and then as long as its restart should wait."""
        started = time.monotonic()
        code = await child.wait()
        self._children.pop(child.program.name, None)
        if code != calm_exit:
            wait = backoff.after(time.monotonic() - started)
            log.warning(
                "a child ended; it is started again",
                child=child.program.name,
                end=describe_exit(code),
                wait_seconds=round(wait, 1),
            )
            await asyncio.sleep(wait)
        return code

    async def _end(self, name: str, grace_seconds: float, hurry: asyncio.Event | None = None) -> None:
        keeper = self._keepers.pop(name, None)
        if keeper is not None:
            keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError, SpeedyError):
                await keeper
        starting = self._starting.pop(name, None)
        if starting is not None:
            await asyncio.wait({starting})
        child = self._children.pop(name, None)
        if child is not None:
            code = await child.stop(grace_seconds, hurry=hurry)
            log.debug("stopped", child=name, end=describe_exit(code))


def http_program(listener: socket.socket, environ: Mapping[str, str]) -> Program:
    """The HTTP server: gunicorn on the socket that we hold."""
    command = (
        *(sys.executable, "-m", "gunicorn", "--config", "python:server.gunicorn_conf"),
        *("--bind", f"fd://{listener.fileno()}", "server.asgi:app"),
    )
    return Program("http", command, PROJECT, environ, pass_fds=(listener.fileno(),))


def runner_program(environ: Mapping[str, str]) -> Program:
    """The runner. It is killed, not asked, should we die: its leases run out and another runner takes its jobs."""
    command = (sys.executable, "-m", "spark_runner.main")
    return Program("runner", command, PROJECT, environ, on_parent_death=signal.SIGKILL)


def dispatcher_program(number: int, environ: Mapping[str, str]) -> Program:
    """One of the dispatchers. It is killed, not asked, should we die: what it held, the next one calls."""
    command = (sys.executable, "-m", "server.batches", "--number", str(number))
    return Program(f"dispatcher {number}", command, PROJECT, environ, on_parent_death=signal.SIGKILL)


async def _answers(listener: socket.socket) -> None:
    """Returns once the HTTP server answers `GET /health`; the request waits in the socket's queue until it is up."""
    host, port = listener.getsockname()[:2]
    while True:
        reader, writer = await asyncio.open_connection(host if host not in {"0.0.0.0", "::"} else "localhost", port)  # noqa: S104
        try:
            writer.write(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            if await reader.readline():
                return
        except OSError:
            pass
        finally:
            writer.close()


def children_environment() -> dict[str, str]:
    """What the children get of our environment: all of it, and output without delay."""
    return {**os.environ, "PYTHONUNBUFFERED": "1"}
