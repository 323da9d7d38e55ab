"""Decisions of stewards as rows of the ledger, and where they contradict each other."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.identity.states import LIVE
from cdp_spark.identity.stewardship.decisions import ALIAS, ALWAYS
from cdp_spark.tables.identity import DECISION

_HEX_DIGITS = 32


@dataclass(frozen=True)
class Member:
    """An identifier under a decision: its side and, for an undone merge, the id it is to get."""

    identifier_key: str
    kind: str
    side: int = 0
    customer_id: str | None = None


@dataclass(frozen=True)
class Decision:
    """A steward's decision on identifiers; `withdraws` is the decision that it ends."""

    decision: str
    members: Sequence[Member]
    reason: str
    decided_by: str
    decided_at: datetime
    expires_at: datetime | None = None
    withdraws: str | None = None

    @property
    def decision_id(self) -> str:
        """128 bits of SHA-256 over what was decided, by whom and when, as hex."""
        members = sorted(f"{one.identifier_key}/{one.side}" for one in self.members)
        parts = [self.decision, self.decided_by, self.decided_at.isoformat(), *members]
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:_HEX_DIGITS]

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """identity.decision rows, one per identifier."""
        shared = {
            name: getattr(self, name)
            for name in DECISION.columns
            if name not in Member.__dataclass_fields__
        }
        for member in self.members:
            row = shared | member.__dict__
            yield tuple(row[name] for name in DECISION.columns)


def contradicted_edges(edges: DataFrame) -> DataFrame:
    """identity.edge rows that a steward joined but that are not live.

    Their reason is a `never`, a limit, or an identifier that is not one person's own.
    """
    return edges.where(F.col("rule").isin(ALWAYS, ALIAS) & (F.col("state") != LIVE))
