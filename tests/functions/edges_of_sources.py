"""Which test tries which edge of the functions that read, write, tell results and make tables, and of the formatters.

Each entry names a test as `file::test`, or begins with `-` and says why there is no such edge.
"""

from __future__ import annotations

#: No rows, or files without records; nulls; names that are not there; values of other types; odd characters; names that
#: stand twice, or differ by case alone; values within values.
EDGES = ("empty", "nulls", "missing", "types", "unicode", "twice", "nested")
GROUPS = ("sources", "sinks", "results", "tables", "frames")

_TEXTS = "test_edges_of_text_sources.py::"
_COLUMNAR = "test_edges_of_columnar_sources.py::"
_SINKS = "test_edges_of_sinks.py::"
_RESULTS = "test_edges_of_results.py::"
_TABLES = "test_edges_of_tables.py::"
_BATCH = "test_load_batch.py::"
_EVERY = "test_every_function.py::"
_NO_ROWS = _EVERY + "test_no_rows_give_the_same_columns"
_OTHER_LINES = _EVERY + "test_lines_that_hold_other_things_do_no_harm"
_ODD_TYPES = _EVERY + "test_columns_of_other_types_are_taken_or_refused_in_words"
_ODD_NAMES = _EVERY + "test_columns_may_have_any_names"
_LINES_ALONE = "- a line is text, with one column and nothing within"
_NO_COLUMNS = "- it names no column"
_NESTED_BACK = _SINKS + "test_nested_values_come_back_as_they_were"
_FOLDERS = _SINKS + "test_names_that_no_folder_may_have_are_told_at_once"
_REFUSED = _SINKS + "test_types_that_a_form_cannot_hold_are_refused"


def _columnar(form: str) -> dict[str, str]:
    return {
        "empty": _COLUMNAR + "test_no_rows_have_columns",
        "nulls": _COLUMNAR + "test_nulls_in_nested_values_and_odd_names_of_files",
        "missing": _COLUMNAR + "test_names_differ_by_case_and_a_name_that_is_not_there_gets_a_near_one",
        "types": _COLUMNAR + "test_a_later_file_with_values_of_another_type_is_told_before_anything_is_read",
        "unicode": _COLUMNAR + "test_nulls_in_nested_values_and_odd_names_of_files",
        "twice": _COLUMNAR + "test_two_columns_of_one_name_are_told_where_they_are_wanted",
        "nested": _COLUMNAR
        + (
            "test_variant_is_read_from_parquet_or_refused"
            if form == "parquet"
            else "test_times_of_orc_stay_what_they_are"
        ),
    }


def _store(form: str) -> dict[str, str]:
    return {
        "empty": _SINKS + "test_no_rows_in_folders_of_values_keep_their_columns",
        "nulls": _SINKS + "test_other_text_names_folders_that_are_read_again",
        "missing": _FOLDERS,
        "types": "- JSON holds every type" if form == "json" else _REFUSED,
        "unicode": _SINKS + "test_other_text_names_folders_that_are_read_again",
        "twice": "test_store_csv.py::test_partitions_that_cannot_be_are_refused" if form == "csv" else _NESTED_BACK,
        "nested": _REFUSED if form == "csv" else _NESTED_BACK,
    }


def _table(own: str) -> dict[str, str]:
    any_kind = _TABLES + "test_values_of_every_kind_under_any_name"
    return {
        "empty": _TABLES + "test_no_rows_stay_none",
        "nulls": any_kind,
        "missing": _TABLES + "test_a_table_that_is_not_there_is_told_with_a_near_name",
        "types": _OTHER_LINES,
        "unicode": any_kind,
        "twice": own,
        "nested": any_kind,
    }


_ONE_RESULT = {
    "empty": _RESULTS + "test_no_rows_have_a_result",
    "nulls": _RESULTS + "test_nested_values_and_nulls_are_told_as_json",
    "missing": _NO_COLUMNS,
    "types": _ODD_TYPES,
    "unicode": _RESULTS + "test_nested_values_and_nulls_are_told_as_json",
    "twice": _RESULTS + "test_nested_values_and_nulls_are_told_as_json",
    "nested": _RESULTS + "test_nested_values_and_nulls_are_told_as_json",
}
_COLUMNS_TOLD = dict.fromkeys(EDGES, _RESULTS + "test_columns_of_any_name_and_type_are_told") | {
    "empty": _RESULTS + "test_no_rows_have_a_result"
}
_LINES_READ = {
    "empty": "test_load_rdd.py::test_an_empty_file_gives_no_lines",
    "nulls": _LINES_ALONE,
    "missing": "test_load_rdd.py::test_a_missing_file_is_told",
    "types": _LINES_ALONE,
    "unicode": "test_load_rdd.py::test_odd_file_names_can_be_read",
    "twice": _LINES_ALONE,
    "nested": _LINES_ALONE,
}

#: By function and edge.
TRIED: dict[str, dict[str, str]] = {
    "load_batch": {
        "empty": _BATCH + "test_a_batch_without_outputs_has_no_rows",
        "nulls": _LINES_ALONE,
        "missing": _BATCH + "test_a_batch_that_was_removed_fails_the_job_and_is_named",
        "types": _BATCH + "test_a_file_that_is_damaged_is_told",
        "unicode": _BATCH + "test_outputs_and_failures_of_any_text_are_lines_of_json_in_the_order_in_which_they_came",
        "twice": _LINES_ALONE,
        "nested": _BATCH + "test_jsonify_makes_objects_of_them",
    },
    "load_binary_listing": {
        "empty": "test_load_binary_listing.py::test_there_must_be_a_file",
        "nulls": "- every file has a path, a size and a time",
        "missing": "test_load_binary_listing.py::test_there_must_be_a_file",
        "types": "- bytes are not looked at",
        "unicode": "test_load_binary_listing.py::test_files_are_listed_with_size_time_and_digest",
        "twice": "- its columns are settled",
        "nested": "- its columns are settled",
    },
    "load_csv": {
        "empty": _TEXTS + "test_files_without_records_need_a_schema_or_a_header",
        "nulls": "test_store_csv.py::test_our_own_reader_tells_null_from_empty_text",
        "missing": "test_load_csv.py::test_a_schema_must_name_columns_of_the_header",
        "types": _TEXTS + "test_numbers_of_csv_that_are_too_large_are_at_fault_and_infinity_is_not",
        "unicode": _TEXTS + "test_only_the_beginning_of_a_file_loses_its_byte_order_mark",
        "twice": _TEXTS + "test_names_in_a_header_differ_by_case_and_by_form",
        "nested": "test_load_csv.py::test_a_schema_must_name_columns_of_the_header",
    },
    "load_json": {
        "empty": _TEXTS + "test_without_a_record_there_are_the_columns_of_the_schema",
        "nulls": _TEXTS + "test_nested_values_keep_their_nulls_and_misfits_are_at_fault",
        "missing": _TEXTS + "test_columns_that_only_some_files_have",
        "types": _TEXTS + "test_numbers_of_json_that_are_too_large_are_at_fault",
        "unicode": _TEXTS + "test_half_a_pair_of_surrogates_is_no_json",
        "twice": _TEXTS + "test_of_a_key_that_stands_twice_the_last_counts_and_others_are_others",
        "nested": _TEXTS + "test_nested_values_keep_their_nulls_and_misfits_are_at_fault",
    },
    "load_orc": _columnar("orc"),
    "load_parquet": _columnar("parquet"),
    "load_range": {
        "empty": "test_load_range.py::test_numbers_up_to_the_end",
        "types": "test_load_range.py::test_a_step_of_zero_is_refused",
    }
    | dict.fromkeys(["nulls", "missing", "twice", "nested"], "- its rows are numbers of one column")
    | {"unicode": "- its rows are numbers of one column"},
    "load_rdd": _LINES_READ,
    "load_rows": {
        "empty": _TEXTS + "test_an_object_without_fields_is_a_row_of_nulls",
        "nulls": _EVERY + "test_nulls_alone_give_the_same_columns",
        "missing": "test_load_rows.py::test_objects_that_do_not_fit_are_set_aside",
        "types": _TEXTS + "test_rows_in_the_step_may_not_be_too_large_either",
        "unicode": "test_hostile_names.py::test_records_of_json_have_it",
        "twice": "- an object of a request has each name once",
        "nested": _NESTED_BACK,
    },
    "load_text": _LINES_READ
    | {
        "types": "test_load_text.py::test_lines_that_are_not_utf8_are_kept_set_aside_or_end_the_job",
        "unicode": _TEXTS + "test_signs_that_are_no_line_ends_stay_in_values",
        "missing": "test_load_text.py::test_there_must_be_a_file",
        "empty": "test_load_text.py::test_lines_are_rows_and_empty_ones_too",
    },
    "load_xml": {
        "empty": _TEXTS + "test_files_without_records_need_a_schema_or_a_header",
        "nulls": _TEXTS + "test_elements_and_attributes_of_one_name_and_values_that_do_not_fit",
        "missing": _TEXTS + "test_elements_and_attributes_of_one_name_and_values_that_do_not_fit",
        "types": "test_load_xml.py::test_what_does_not_fit_becomes_null_or_fails_the_job",
        "unicode": _TEXTS + "test_characters_of_xml",
        "twice": _TEXTS + "test_elements_and_attributes_of_one_name_and_values_that_do_not_fit",
        "nested": _TEXTS + "test_elements_and_attributes_of_one_name_and_values_that_do_not_fit",
    },
    "store_csv": _store("csv"),
    "store_json": _store("json"),
    "store_orc": _store("orc"),
    "store_parquet": _store("parquet"),
    "store_rdd": {
        "empty": "test_store_rdd.py::test_no_lines_give_as_many_empty_files",
        "nulls": "test_store_rdd.py::test_split_objects_are_written_with_their_nulls",
        "missing": _NO_COLUMNS,
        "types": _OTHER_LINES,
        "unicode": "test_store_rdd.py::test_lines_are_written_as_they_are",
        "twice": "- each row is one line of JSON, whose names are those of the frame",
        "nested": "test_store_rdd.py::test_objects_are_written_as_a_line_of_json_each",
    },
    "store_text": {
        "empty": _NO_ROWS,
        "nulls": "test_store_text.py::test_lines_objects_and_rows_are_written_as_lines",
        "missing": _NO_COLUMNS,
        "types": _OTHER_LINES,
        "unicode": "test_store_rdd.py::test_lines_are_written_as_they_are",
        "twice": "- each row is one line of JSON, whose names are those of the frame",
        "nested": "test_store_text.py::test_lines_objects_and_rows_are_written_as_lines",
    },
    "store_tables": {
        "empty": "test_store_tables.py::test_empty_tables_and_rows_without_values_are_written",
        "nulls": "test_store_tables.py::test_empty_tables_and_rows_without_values_are_written",
        "missing": "test_store_tables.py::test_a_missing_table_is_told_with_a_near_name",
        "types": "test_store_tables.py::test_every_kind_of_value_has_its_text",
        "unicode": "test_store_tables.py::test_values_are_written_so_that_a_csv_reader_gets_them_back",
        "twice": "- there is no header: columns have places alone",
        "nested": "test_store_tables.py::test_every_kind_of_value_has_its_text",
    },
    "upload_tables": {"missing": "test_upload_tables.py::test_a_missing_table_is_told_with_a_near_name"}
    | dict.fromkeys(
        ["empty", "nulls", "types", "unicode", "twice", "nested"],
        "- its files are those of store_tables, sent elsewhere",
    ),
    "collect": _ONE_RESULT,
    "count": _ONE_RESULT,
    "describe": _COLUMNS_TOLD,
    "sample_rows": _ONE_RESULT,
    "schema": _COLUMNS_TOLD | {"missing": _NO_COLUMNS},
    "take": _ONE_RESULT,
    "ensure_not_nulls": _table("- a field that is asked for twice is there or not"),
    "expand_tables": _table("test_expand_tables.py::test_of_two_values_for_one_field_the_later_counts"),
    "explode_tables": _table("test_explode_tables.py::test_the_same_field_may_be_exploded_twice"),
    "flatten_tables": _table(
        "test_flatten_tables.py::test_of_two_values_for_one_name_the_later_counts_where_it_is_there"
    ),
    "format_tables": _table("- an object of a request has each name once"),
    "group_by_table": {
        "empty": "test_group_by_table.py::test_a_name_that_no_object_has_gives_an_empty_table",
        "nulls": "test_group_by_table.py::test_what_is_no_object_under_the_name_gives_no_row",
        "missing": "test_group_by_table.py::test_a_table_that_the_objects_were_not_split_into_is_told_with_a_near_name",
        "types": "test_group_by_table.py::test_what_is_no_object_under_the_name_gives_no_row",
        "unicode": "test_group_by_table.py::test_any_name_may_name_a_table",
        "twice": "- a table of a name is one table, however often it is asked for",
        "nested": "test_group_by_table.py::test_plain_objects_give_a_row_for_each_object_under_the_name",
    },
    "json_to_list_for_tables": _table(_TABLES + "test_values_of_every_kind_under_any_name"),
    "rename_tables_fields": _table(
        "test_rename_tables_fields.py::test_of_two_fields_with_one_new_name_the_later_counts_where_it_is_there"
    ),
    "unify_tables": dict.fromkeys(EDGES, _TABLES + "test_tables_of_every_kind_go_together")
    | {
        "missing": _TABLES + "test_a_table_that_is_not_there_is_told_with_a_near_name",
        "twice": "test_unify_tables.py::test_a_source_may_stand_twice",
    },
    "jsonify": {
        "empty": _NO_ROWS,
        "nulls": "test_jsonify.py::test_json_is_parsed",
        "missing": _NO_COLUMNS,
        "types": "test_jsonify.py::test_what_is_not_json_is_set_aside_counted_and_never_fails",
        "unicode": "test_jsonify.py::test_a_byte_order_mark_before_a_line_is_dropped",
        "twice": "test_jsonify.py::test_of_a_key_that_stands_twice_the_last_value_counts",
        "nested": "test_jsonify.py::test_json_is_parsed",
    },
    "map_webhook": {
        "empty": "test_map_webhook.py::test_no_rows_give_no_outputs",
        "nulls": "test_map_webhook.py::test_a_row_without_a_value_in_the_key_column_is_named",
        "missing": "test_map_webhook.py::test_a_column_that_is_not_there_is_known_before_any_row_is_read",
        "types": "test_map_webhook.py::test_a_row_without_a_key_fails_the_step_and_is_named",
        "unicode": "test_map_webhook.py::test_rows_go_as_objects_under_the_text_of_a_column",
        "twice": "- each row is one JSON value, whose names are those of the frame",
        "nested": "test_map_webhook.py::test_objects_go_as_they_are_under_the_text_or_number_of_a_field",
    },
    "split_into_tables": {
        "empty": _NO_ROWS,
        "nulls": "test_split_into_tables.py::test_a_null_and_an_absent_field_are_the_same",
        "missing": "test_split_into_tables.py::test_a_null_and_an_absent_field_are_the_same",
        "types": "test_split_into_tables.py::test_what_is_no_object_gives_only_nulls",
        "unicode": "test_split_into_tables.py::test_any_field_name_is_found",
        "twice": "test_split_into_tables.py::test_a_field_named_twice_stands_once",
        "nested": "test_split_into_tables.py::test_each_object_becomes_its_fields_by_table",
    },
}

#: A value at each edge that formatters have: they take one value, and so have no names to lack or to have twice.
OF_FORMATTERS = {
    "empty": "",
    "nulls": None,
    "types": True,
    "unicode": "\u2028é \U0001f600\x00",
    "nested": {"a.b": [None, {"": []}]},
}
