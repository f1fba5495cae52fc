"""Records that become rows, and what becomes of those that are not as they should be."""
