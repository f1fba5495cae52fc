"""Spark SQL text in steps: read by sqlglot, admitted by allow-lists, and written anew from the checked tree."""
