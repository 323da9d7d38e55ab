"""A dozen people in a small shop: enough for every table to get rows, and a model that leads."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from cdp_spark.audiences.settings import SegmentSettings
from cdp_spark.features.settings import DaysSettings, LabelSettings
from cdp_spark.models.options import ModelSettings, TreeSettings
from cdp_spark.models.settings import ModelsSettings
from cdp_spark.settings import Settings, load

_PROJECT = Path(__file__).resolve().parents[2]
_START = date(2025, 1, 1)
_KEY = b"a key of the tests, and no other"
AS_OF = _START + timedelta(days=40)
# Half of the people come daily and leave; the others come seldom and stay: how often somebody
# came foretells the wrong thing, how lately the right one, so the model beats its baseline.
_LEAVERS, _STAYERS = range(6), range(6, 12)
PEOPLE = len(_LEAVERS) + len(_STAYERS)
_LEAVING, _STAYING = tuple(range(1, 11)), (11, 12, 14, 17, 25, 26, 29, 32, 39)
_LEARNT_ON, _TESTED_ON = _START + timedelta(days=13), _START + timedelta(days=27)


def shop_settings(root: Path) -> Settings:
    """The settings of conf, with days and a model that fit the shop."""
    settings = load(_PROJECT / "conf")
    trees = TreeSettings(iterations=5, learning_rate=0.5, leaves=2, leaf_rows=2)
    churn = ModelSettings(label="churn_7d", horizon_days=7, test_count=1, trees=trees)
    label = LabelSettings(name="churn_7d", kind="inactive", horizon_days=7)
    valued = {"score_decile": "churn", "op": "<=", "value": 5}
    win_back = SegmentSettings.model_validate({"description": "may leave", "rule": valued})
    days = DaysSettings(listed=(_LEARNT_ON, _TESTED_ON))
    changes = {
        "project": {"lake": str(root)},
        "features": {"days": days, "windows_days": (112,), "labels": (label,)},
        "models": dict(ModelsSettings(min_outcomes=2, specs={"churn": churn})),
        "audiences": {"segments": {"win_back": win_back}},
    }
    sections = {
        name: getattr(settings, name).model_copy(update=update) for name, update in changes.items()
    }
    return settings.model_copy(update=sections)


def opened_shop(root: Path) -> Path:
    """The folder of a lake with the tests' key, and a file of all the shop's events."""
    (root / "_keys").mkdir(parents=True)
    (root / "_keys" / "identifier").write_bytes(_KEY)
    land(root, "events.json", [*_events()])
    return root


def land(root: Path, name: str, lines: list[str]) -> None:
    """Put a file into the landing folder of a lake."""
    folder = root / "landing" / "web"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("".join(f"{line}\n" for line in lines))


def visit(person: int, day: int, number: int = 0) -> str:
    """A page seen on the n-th day of the shop, as one line."""
    return _line(person, day, number, {"type": "page", "name": "Home"})


def _events() -> Iterator[str]:
    for person in (*_LEAVERS, *_STAYERS):
        days = _LEAVING if person in _LEAVERS else _STAYING
        yield from (visit(person, day) for day in days)
        traits = {"email": f"p{person}@shop.org"}
        consent = {"consent": {"categoryPreferences": {"marketing": person % 2 == 0}}}
        call = {"type": "identify", "userId": f"u{person}", "traits": traits, "context": consent}
        yield _line(person, days[0], 1, call)
        bought = {"order_id": f"o{person}", "total": 9.5, "currency": "EUR"}
        yield _line(
            person, days[1], 2, {"type": "track", "event": "Order Completed", "properties": bought}
        )
    for person in (_LEAVERS[0], _STAYERS[0]):  # one after the other on the shop's own tablet
        seen = {"type": "page", "name": "Home", "userId": f"u{person}", "anonymousId": "tablet"}
        yield _line(person, _LEAVING[0] if person in _LEAVERS else _STAYING[0], 3, seen)
    yield visit(0, 1)  # delivered twice
    yield '{"cut off'


def _line(person: int, day: int, number: int, fields: dict[str, Any]) -> str:
    at = datetime.combine(_START + timedelta(days=day - 1), time(9, number), UTC).isoformat()
    known = {"messageId": f"m-{person}-{day}-{number}", "anonymousId": f"a{person}"}
    return json.dumps(known | fields | {"timestamp": at, "receivedAt": at})
