"""Reading files of lines and of columns, on disk and on S3 alike: the driver lists, the tasks read.

Python workers of Spark import these modules, so they import little, and nothing that holds a Spark session.
"""
