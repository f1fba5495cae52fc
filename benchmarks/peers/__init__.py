"""What each catalog function is measured against: the same work written by hand in PySpark, a module a group."""
