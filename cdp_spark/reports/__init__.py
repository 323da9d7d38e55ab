"""One page that says what the lake holds and how well it works, without any personal value.

Comes in: the tables as frames, and the models' measured figures. Goes out: `Facts` (small rows,
each list with a stated bound) and from them one HTML page. Always true: every number on the page
is counted from a table; the page needs nothing from outside and runs no script; equal facts give
equal bytes. Decided: a cell that counts fewer persons than `smallest_group` is hidden, and where
one hidden cell could be found by subtraction the next smallest is hidden with it. Decided: money
is shown per currency and never added across currencies.
"""

from cdp_spark.reports.facts import REPORTED, Facts, facts_of
from cdp_spark.reports.page import page_of
from cdp_spark.reports.settings import ReportsSettings

__all__ = ["REPORTED", "Facts", "ReportsSettings", "facts_of", "page_of"]
