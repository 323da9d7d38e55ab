"""The report: one page on the contents and quality of the lake, without personal values.

Comes in: the tables as frames, and the models' metrics. Goes out: `ReportMetrics` (small rows, each
list with a stated bound) and from them one HTML page. Always true: every number on the page is
counted from a table; the page is self-contained and runs no script; equal metrics give equal bytes.
Decided: a cell that counts fewer persons than `smallest_group` is hidden; where a hidden cell could
be found by subtraction, the next smallest is hidden as well. Decided: money is shown per currency
and never added across currencies.
"""

from cdp_spark.reports.facts import REPORTED, ReportMetrics, ReportOptions, report_metrics
from cdp_spark.reports.page import page_of
from cdp_spark.reports.settings import ReportsSettings

__all__ = [
    "REPORTED",
    "ReportMetrics",
    "ReportOptions",
    "ReportsSettings",
    "page_of",
    "report_metrics",
]
