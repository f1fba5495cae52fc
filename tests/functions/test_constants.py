"""SQL texts of constants."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from functions.constants import error_of, text_literal

HOSTILE = ["it's", "\\", "\\'", "'); SELECT 1 --", "a\nb\r\tc\x00", "${env:HOME}", "\\u0041\\n\\%", '`"日本語 😀', ""]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_is_what_spark_reads_whatever_it_holds(spark: SparkSession, text: str):
    assert spark.sql(f"VALUES ({text_literal(text)})").head() == (text,)


@pytest.mark.parametrize("name", ["escapedStringLiterals", "quotedRegexColumnNames"])
def test_no_setting_of_the_machine_changes_how_texts_are_read(spark: SparkSession, name: str):
    assert spark.sparkContext.getConf().get(f"spark.sql.parser.{name}") == "false"


def test_an_expression_is_worked_out_without_a_job(spark: SparkSession):
    tracker = spark.sparkContext.statusTracker()
    before = tracker.getJobIdsForGroup(None)
    assert error_of(spark, "try_to_timestamp('?', 'yyyy'), 1 + 1") is None
    assert tracker.getJobIdsForGroup(None) == before


def test_what_spark_says_of_it_is_the_cause_itself(spark: SparkSession):
    error = error_of(spark, "1, regexp_extract('', '|(a)', 2)")
    assert error is not None
    assert error.getCondition() == "INVALID_PARAMETER_VALUE.REGEX_GROUP_INDEX"
