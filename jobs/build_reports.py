"""Write the report on the lake's contents and quality: ROOT/reports/index.html.

Reads    bronze.file, bronze.record, silver.event, silver.sighting, silver.rejected,
         silver.duplicate, identity.identifier, identity.edge, identity.link, identity.lineage,
         gold.customer, gold.activity, gold.session, gold.order, features.trait, features.label,
         gold.score, audience.membership, activation.delivery, governance.consent, ops.run
Writes   nothing but the page
Purpose  analytics
Rerun    safe: equal tables give an equal page.
"""

from cdp_spark.lake import Lake
from cdp_spark.launch import launch
from cdp_spark.reports import REPORTED, ReportOptions, page_of, report_metrics
from cdp_spark.settings import Settings
from cdp_spark.tables.ops import RUN
from cdp_spark.tracking.tracking import Tracking

_PAGE = "index.html"


def run(lake: Lake, settings: Settings) -> None:
    """Count, draw and write."""
    if lake.is_idle(*(table for table in REPORTED if table != RUN)) and lake.has_page(_PAGE):
        return
    tables = {table: lake.read(table) for table in REPORTED}
    model_metrics = Tracking.at(lake.root, settings.tracking).model_metrics()

    options = ReportOptions(settings.reports, lake.as_of, settings.project.currency)
    metrics = report_metrics(tables, lake.row_counts(), model_metrics, options)

    lake.write_page(_PAGE, page_of(metrics, settings.reports))


if __name__ == "__main__":
    launch(run)
