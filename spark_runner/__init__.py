"""The driver: takes jobs through the store and runs them on a warm Spark session."""
