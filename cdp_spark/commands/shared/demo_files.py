"""The demo's files, written to the landing folder as a source would write them."""

import shutil
from datetime import date, timedelta
from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.lake import Lake
from cdp_spark.settings import SettingsInvalid
from cdp_spark.simulation import WorldSettings, deliveries_of, first_daily_on, retail, truth_of
from cdp_spark.tables.ops import TRUTH

_RETAIL_LAST_ON = date(2018, 1, 1)


def write_world_days(lake: Lake, settings: WorldSettings) -> date:
    """Write the next days' files and return the last day written.

    The first call writes all days but the last few, each later call one day. After the world's
    last day nothing is written.
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
    due = lake.materialize("due", deliveries.where(is_due))
    lake.merge(TRUTH, truth_of(due))
    _write(due.select("line"), "text", folder / str(last))
    lake.discard()
    return last


def write_retail_panel(lake: Lake) -> date:
    """Write the grocery panel once, a folder of Parquet files per table; return its last day."""
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
            _write(rows_of(lake.spark, panel), "parquet", folder / "panel")
    return _RETAIL_LAST_ON


def _landing(lake: Lake) -> Path:
    if "://" in lake.root:
        raise SettingsInvalid(
            f"{lake.root}: the demo needs a lake on this machine; give --lake FOLDER"
        )
    return Path(lake.root) / "landing"


def _write(rows: DataFrame, form: str, target: Path) -> None:
    """Write beside the target, then rename: readers never see half of a batch."""
    unfinished = target.parent / f"_{target.name}"
    rows.write.mode("overwrite").format(form).save(str(unfinished))
    for extra in [*unfinished.glob("_*"), *unfinished.glob(".*")]:
        extra.unlink()
    shutil.move(unfinished, target)
