"""The process tree: Redis, the HTTP server and the runner, started, watched and stopped as one."""
