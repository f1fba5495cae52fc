"""The allow-list of the tree: which kinds of nodes a text may have, and which parts each may have.

A part that is not named here is refused where it holds anything, so that what a later sqlglot reads besides is refused
until it is written down.
"""

from __future__ import annotations

from sqlglot import exp

from functions.expressions.known_functions import names

_TWO = "this expression"


def _table(kinds: dict[type[exp.Expr], str]) -> dict[type[exp.Expr], frozenset[str]]:
    return {kind: names(parts) for kind, parts in kinds.items()}


#: Every text may have these.
VALUES = _table(
    {
        exp.Column: "this table db catalog",
        exp.Identifier: "this quoted",
        exp.Dot: _TWO,
        exp.Literal: "this is_string",
        exp.HexString: "this is_integer",
        exp.Boolean: "this",
        exp.Null: "",
        exp.Paren: "this",
        exp.Tuple: "expressions",
        **dict.fromkeys((exp.Add, exp.Sub, exp.Mul, exp.IntDiv, exp.Mod), _TWO),
        exp.Div: "this expression typed safe",
        exp.Neg: "this",
        **dict.fromkeys((exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseXor), _TWO),
        **dict.fromkeys((exp.BitwiseLeftShift, exp.BitwiseRightShift), _TWO),
        exp.BitwiseNot: "this",
        **dict.fromkeys((exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE), _TWO),
        **dict.fromkeys((exp.NullSafeEQ, exp.NullSafeNEQ), _TWO),
        **dict.fromkeys((exp.And, exp.Or), _TWO),
        exp.Not: "this",
        exp.Is: "this expression negate",
        exp.In: "this expressions",
        exp.Between: "this low high",
        exp.Like: "this expression negate",
        exp.ILike: "this expression negate",
        exp.RegexpLike: _TWO,
        exp.Escape: _TWO,
        exp.Any: "this",
        exp.All: "this",
        exp.DPipe: "this expression safe",
        exp.Cast: "this to",
        exp.TryCast: "this to safe",
        exp.DataType: "this expressions nested",
        exp.DataTypeParam: "this",
        exp.ColumnDef: "this kind",
        exp.Interval: "this unit",
        exp.IntervalSpan: _TWO,
        exp.Var: "this",
        exp.Case: "this ifs default",
        exp.If: "this true",
        exp.Bracket: "this expressions",
        exp.Lambda: "this expressions",
        exp.Anonymous: "this expressions",
        exp.Extract: _TWO,
        exp.CurrentDate: "",
        exp.CurrentTimestamp: "",
        exp.Alias: "this alias",
    }
)
#: What belongs to aggregate functions.
AGGREGATING = _table(
    {
        exp.Star: "",
        exp.Distinct: "expressions",
        exp.Filter: _TWO,
        exp.Where: "this",
        exp.WithinGroup: _TWO,
        exp.Order: "expressions",
        exp.Ordered: "this desc nulls_first",
        exp.IgnoreNulls: "this",
        exp.RespectNulls: "this",
    }
)
#: What belongs to functions of windows.
WINDOWING = _table(
    {
        exp.Window: "this partition_by order spec over",
        exp.WindowSpec: "kind start start_side end end_side",
        **{kind: " ".join(AGGREGATING[kind]) for kind in (exp.Order, exp.Ordered, exp.IgnoreNulls, exp.RespectNulls)},
    }
)
#: What belongs to queries.
QUERYING = _table(
    {
        exp.Select: "expressions distinct from_ joins laterals where group having qualify windows order limit offset "
        "with_",
        exp.Star: "except_",
        exp.Window: "this partition_by order spec over alias",
        exp.With: "expressions",
        exp.CTE: "this alias",
        exp.Subquery: "this alias joins pivots order limit offset with_ laterals",
        **dict.fromkeys(
            (exp.Union, exp.Except, exp.Intersect), "this expression distinct by_name order limit offset with_"
        ),
        exp.From: "this",
        exp.Join: "this on using kind side method",
        exp.Table: "this db catalog alias joins pivots laterals",
        exp.TableAlias: "this columns",
        exp.Group: "expressions cube rollup grouping_sets all",
        exp.Cube: "expressions",
        exp.Rollup: "expressions",
        exp.GroupingSets: "expressions",
        exp.Having: "this",
        exp.Qualify: "this",
        exp.Limit: "expression",
        exp.Offset: "expression",
        exp.Lateral: "this view outer alias",
        exp.Pivot: "fields unpivot expressions include_nulls columns pivot_column_naming",
        exp.PivotAlias: "this alias",
        exp.Values: "expressions alias",
        exp.Exists: "this",
        exp.In: "this expressions query",
    }
)
#: Words that a node holds as plain text and that are written as they are; no other text is.
WORDS = names(
    """
    year years quarter quarters month months week weeks day days hour hours minute minutes second seconds millisecond
    milliseconds microsecond microseconds yearofweek doy dow dow_iso dayofweek dayofweek_iso dayofyear epoch
    rows range preceding following unbounded current row
    inner left right full outer cross semi anti natural lateral over
    agg_name_if_multiple
    """
)
#: Units of the functions that take one as a bare word.
UNITS = names("year quarter month week day dayofyear hour minute second millisecond microsecond")
TAKE_UNITS = names("timestampadd timestampdiff dateadd datediff date_add date_diff")
