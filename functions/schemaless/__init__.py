"""Schema-free values, and the tables of them: the original's objects."""
