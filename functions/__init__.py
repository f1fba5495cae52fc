"""The catalog: the only things a job can do. Knows PySpark; knows no HTTP and no Redis."""
