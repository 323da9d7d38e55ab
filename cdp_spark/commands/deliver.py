"""Files of the demo, put into the landing folder as a source would put them."""

import shutil
from datetime import date, timedelta
from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.lake import Lake
from cdp_spark.settings import SettingsRefused
from cdp_spark.tables.ops import TRUTH
from cdp_spark.world import WorldSettings, deliveries_of, first_daily_on, retail, truth_of

_RETAIL_LAST_ON = date(2018, 1, 1)


def deliver_world(lake: Lake, settings: WorldSettings) -> date:
    """Deliver what is next: all days but the last few at first, then one day a call.

    Gives the last day delivered. After the last day of the world nothing is delivered.
    """
    folder = _landing(lake) / "web"
    done = sorted(date.fromisoformat(path.name) for path in folder.glob("2*"))
    first_daily = first_daily_on(settings)
    end = settings.start_on + timedelta(days=settings.days - 1)
    if done and done[-1] >= end:
        return done[-1]
    is_base = not done
    last = first_daily - timedelta(days=1) if is_base else done[-1] + timedelta(days=1)
    deliveries = deliveries_of(lake.spark, settings)
    is_due = F.col("delivery_on") <= F.lit(last)
    if not is_base:
        is_due = F.col("delivery_on") == F.lit(last)
    due = lake.keep("due", deliveries.where(is_due))
    lake.merge(TRUTH, truth_of(due))
    _put(due.select("line"), "text", folder / str(last))
    lake.discard()
    return last


def deliver_retail(lake: Lake) -> date:
    """Deliver the grocery panel once, one folder of Parquet files per table; gives its last day."""
    panel = retail.package_folder()
    tables = {
        "baskets": retail.baskets_of,
        "redemptions": retail.redemptions_of,
        "campaigns": retail.campaign_targets_of,
        "demographics": retail.demographics_of,
    }
    for name, rows_of in tables.items():
        folder = _landing(lake) / name
        if not (folder / "panel").exists():
            _put(rows_of(lake.spark, panel), "parquet", folder / "panel")
    return _RETAIL_LAST_ON


def _landing(lake: Lake) -> Path:
    if "://" in lake.root:
        raise SettingsRefused(f"{lake.root}: the demo needs a lake on this machine")
    return Path(lake.root) / "landing"


def _put(rows: DataFrame, form: str, target: Path) -> None:
    """Write aside, then rename: a source's folder never shows a part of a delivery."""
    aside = target.parent / f"_{target.name}"
    rows.write.mode("overwrite").format(form).save(str(aside))
    for bookkeeping in [*aside.glob("_*"), *aside.glob(".*")]:
        bookkeeping.unlink()
    shutil.move(aside, target)
