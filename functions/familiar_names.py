"""What functions of the catalog are called elsewhere: names that users of Spark, pandas and SQL bring along."""

from __future__ import annotations

from collections.abc import Collection

from functions.names import bare

#: Names elsewhere by the function that does the same here; case and the signs between words do not count.
ELSEWHERE: dict[str, str] = {
    "cache": "persist",
    "cast": "astype to_type change_type convert convert_dtypes",
    "coalesce": "merge_partitions",
    "collect": "to_list to_records fetch_all to_local_iterator",
    "concat_columns": "concat_ws paste unite concatenate",
    "count": "row_count count_rows n_rows",
    "describe": "summary summarize_columns profile stats",
    "distinct": "unique uniq",
    "drop": "drop_columns drop_column remove_columns remove_column",
    "drop_duplicates": "dedup dedupe deduplicate remove_duplicates duplicated",
    "drop_nulls": "dropna na_drop drop_missing",
    "drop_table": "drop_view drop_temp_view",
    "expect": "assert validate check ensure constraint",
    "explode": "unnest flat_map explode_outer",
    "fill_nulls": "fillna na_fill nvl ifnull",
    "filter": "where query having keep filter_rows",
    "flatten_struct": "unnest_struct expand_struct json_normalize flatten",
    "get_path": "get_field get_json_object json_path extract_path variant_get",
    "group_by": "agg aggregate summarise summarize",
    "hash_columns": "hash sha2 md5 sha256",
    "intersect": "intersection intersect_all",
    "join": "merge inner_join left_join right_join outer_join full_join lookup",
    "limit": "first_rows top",
    "load_csv": "read_csv csv from_csv open_csv read_table",
    "load_json": "read_json from_json open_json read_ndjson read_jsonl load_jsonl load_ndjson",
    "load_orc": "read_orc",
    "load_parquet": "read_parquet open_parquet scan_parquet",
    "load_range": "range spark_range",
    "load_rows": "create_data_frame data_frame from_records from_dict values parallelize",
    "load_text": "read_text text_file read_lines",
    "load_xml": "read_xml",
    "lower": "lower_case to_lower to_lower_case lcase",
    "name_table": "create_or_replace_temp_view create_temp_view register_temp_table save_table create_view",
    "parse_date": "to_date strptime",
    "parse_timestamp": "to_timestamp to_datetime",
    "pivot": "pivot_table crosstab spread pivot_wider",
    "regex_extract": "regexp_extract extract",
    "regex_replace": "regexp_replace gsub sub",
    "rename": "with_column_renamed with_columns_renamed rename_columns rename_column",
    "replace_values": "replace map_values recode",
    "round_column": "round bround",
    "sample": "sample_by random_sample",
    "schema": "print_schema dtypes info describe_table columns",
    "select": "project select_columns keep_columns pick",
    "sort": "order_by sort_values sort_by arrange order",
    "split_column": "split str_split",
    "sql": "select_expr spark_sql expr",
    "store_csv": "write_csv to_csv save_csv export_csv",
    "store_json": "write_json to_json save_json write_jsonl store_jsonl",
    "store_orc": "write_orc to_orc save_orc",
    "store_parquet": "write_parquet to_parquet save_parquet write save save_as_table",
    "store_text": "write_text to_text save_as_text_file save_text",
    "subtract": "except except_all minus difference exclude",
    "take": "show head display first print tail",
    "to_json_column": "json_dumps",
    "trim": "strip btrim",
    "union": "concat union_by_name union_all append bind_rows unite_rows",
    "unpivot": "melt stack gather pivot_longer wide_to_long",
    "upper": "upper_case to_upper to_upper_case ucase",
    "use_table": "table from from_table",
    "window": "over rank row_number lag lead",
    "with_column": "assign with_columns mutate add_column add_columns derive compute transform eval",
}

_HERE = {bare(name): function for function, names in ELSEWHERE.items() for name in names.split()}


def familiar(name: str, functions: Collection[str]) -> str | None:
    """The function of some that does what a name means elsewhere, or None."""
    found = _HERE.get(bare(name))
    return found if found in functions else None
