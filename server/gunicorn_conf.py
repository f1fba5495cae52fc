"""gunicorn's settings: `gunicorn -c python:server.gunicorn_conf server.asgi:app`. Why so: docs/design-notes.md."""

from __future__ import annotations

from server import logs
from server.settings import Settings

_settings = Settings()
logs.configure(_settings.log_format)

bind = f"{_settings.host}:{_settings.port}"
workers = _settings.workers
worker_class = "server.worker.Worker"
logger_class = "server.worker.ServerLog"
loglevel = "warning"
accesslog = None
#: Longer than clients and proxies keep an idle connection: who closes first while a request is sent loses it.
keepalive = 75
#: What still streams when the server stops gets so many seconds; waits end at once.
graceful_timeout = 3
timeout = 60
control_socket_disable = True
