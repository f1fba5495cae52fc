"""The job server: one folder a noun; each holds its record, its store and its HTTP resource."""
