"""The job server: one folder a noun; each holds its record, its store and its HTTP resource."""

#: As in pyproject.toml.
VERSION = "0.1.0"
