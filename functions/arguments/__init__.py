"""The types of arguments that steps share, and what they mean to Spark."""
