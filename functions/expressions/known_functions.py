"""The functions that SQL text may call, by Spark's names; no other name passes.

All are deterministic and have no side effects, but `current_date` and its like, which are constant within a query.
"""

from __future__ import annotations

#: Functions of one row, by what they are about.
SCALARS: dict[str, str] = {
    "conditional": "coalesce if ifnull nanvl nullif nullifzero nvl nvl2 zeroifnull isnull isnotnull isnan equal_null",
    "numbers": """
        abs acos acosh asin asinh atan atan2 atanh bin bround cbrt ceil ceiling conv cos cosh cot csc degrees e
        exp expm1 factorial floor greatest hypot least ln log log10 log1p log2 mod negative pi pmod positive pow
        power radians rint round sec sign signum sin sinh sqrt tan tanh try_add try_divide try_mod try_multiply
        try_subtract width_bucket bit_count bit_get getbit shiftleft shiftright shiftrightunsigned div
        """,
    "casts": """
        bigint binary boolean date decimal double float int smallint string timestamp tinyint to_number
        try_to_number to_char to_varchar to_binary try_to_binary typeof
        """,
    "text": """
        ascii base64 bit_length btrim char char_length character_length chr collate concat concat_ws contains
        endswith elt encode decode find_in_set format_number format_string hex initcap instr is_valid_utf8 lcase
        left len length levenshtein locate lower lpad ltrim luhn_check make_valid_utf8 mask octet_length overlay
        position printf quote repeat replace reverse right rpad rtrim sentences soundex space split split_part
        startswith substr substring substring_index translate trim try_validate_utf8 ucase unbase64 unhex upper
        validate_utf8
        """,
    "regular expressions": """
        like ilike regexp regexp_count regexp_extract regexp_extract_all regexp_instr regexp_like regexp_replace
        regexp_substr rlike
        """,
    "dates and times": """
        add_months convert_timezone curdate current_date current_timestamp current_timezone date_add date_diff
        date_format date_from_unix_date date_part date_sub date_trunc dateadd datediff datepart day dayname
        dayofmonth dayofweek dayofyear extract from_unixtime from_utc_timestamp hour last_day localtimestamp
        make_date make_dt_interval make_interval make_timestamp make_timestamp_ltz make_timestamp_ntz
        make_ym_interval minute month monthname months_between next_day now quarter second timestamp_micros
        timestamp_millis timestamp_seconds timestampadd timestampdiff to_date to_timestamp to_timestamp_ltz
        to_timestamp_ntz to_unix_timestamp to_utc_timestamp trunc try_make_interval try_make_timestamp
        try_to_date try_to_timestamp unix_date unix_micros unix_millis unix_seconds unix_timestamp weekday
        weekofyear year
        """,
    "arrays": """
        array array_append array_compact array_contains array_distinct array_except array_insert array_intersect
        array_join array_max array_min array_position array_prepend array_remove array_repeat array_size
        array_sort array_union arrays_overlap arrays_zip cardinality element_at flatten get sequence size slice
        sort_array try_element_at
        """,
    "maps and structs": """
        map map_concat map_contains_key map_entries map_from_arrays map_from_entries map_keys map_values
        named_struct str_to_map struct
        """,
    "functions of functions": """
        aggregate exists filter forall map_filter map_zip_with reduce transform transform_keys transform_values
        zip_with
        """,
    "JSON and CSV": """
        from_csv from_json get_json_object is_variant_null json_array_length json_object_keys parse_json
        schema_of_csv schema_of_json schema_of_variant to_csv to_json to_variant_object try_parse_json
        try_variant_get variant_get
        """,
    "hashing": "crc32 hash md5 sha sha1 sha2 xxhash64",
    "URLs": "parse_url try_parse_url try_url_decode url_decode url_encode",
}

#: Functions of many rows.
AGGREGATES: str = """
    any any_value approx_count_distinct approx_percentile array_agg avg bit_and bit_or bit_xor bool_and bool_or
    collect_list collect_set corr count count_if count_min_sketch covar_pop covar_samp every first first_value
    grouping grouping_id histogram_numeric kurtosis last last_value listagg max max_by mean median min min_by
    mode percentile percentile_approx percentile_cont percentile_disc regr_avgx regr_avgy regr_count
    regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy schema_of_variant_agg skewness some std stddev
    stddev_pop stddev_samp string_agg sum try_avg try_sum var_pop var_samp variance
    """

#: Functions that need OVER (…).
WINDOWS: str = "cume_dist dense_rank lag lead nth_value ntile percent_rank rank row_number"

#: Functions that make rows; in LATERAL VIEW only.
GENERATORS: str = """
    explode explode_outer inline inline_outer json_tuple posexplode posexplode_outer stack variant_explode
    variant_explode_outer
    """

#: Functions that people will look for, and why there is no such function here.
REFUSED: dict[str, str] = {
    "reflect": "it would run code of the Java machine",
    "java_method": "it would run code of the Java machine",
    "try_reflect": "it would run code of the Java machine",
    "rand": "it gives something else each time",
    "random": "it gives something else each time",
    "randn": "it gives something else each time",
    "randstr": "it gives something else each time",
    "uniform": "it gives something else each time",
    "uuid": "it gives something else each time",
    "shuffle": "it gives something else each time",
    "aes_encrypt": "it gives something else each time",
    "monotonically_increasing_id": "it gives something else each time; row_number() OVER (ORDER BY …) numbers rows",
    "spark_partition_id": "it tells how Spark works, which changes from run to run",
    "raise_error": "an expression may not fail on purpose",
    "assert_true": "an expression may not fail on purpose",
    "input_file_name": "it tells where the server keeps files",
    "input_file_block_start": "it tells where the server keeps files",
    "input_file_block_length": "it tells where the server keeps files",
    "current_user": "it tells about the server",
    "session_user": "it tells about the server",
    "user": "it tells about the server",
    "current_catalog": "it tells about the server",
    "current_database": "it tells about the server",
    "current_schema": "it tells about the server",
    "version": "it tells about the server",
    "from_xml": "its options can name files",
    "schema_of_xml": "its options can name files",
    "read_files": "steps such as load_rdd read files",
}


def names(text: str) -> frozenset[str]:
    """The names in one of the tables above."""
    return frozenset(text.split())


SCALAR_NAMES = frozenset().union(*map(names, SCALARS.values()))
AGGREGATE_NAMES = names(AGGREGATES)
WINDOW_NAMES = names(WINDOWS)
GENERATOR_NAMES = names(GENERATORS)
#: The functions that take functions, `x -> …`.
LAMBDA_TAKERS = names(SCALARS["functions of functions"]) | {"array_sort"}
