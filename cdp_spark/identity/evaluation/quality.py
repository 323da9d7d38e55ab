"""How well the customers match the people behind the events.

Pairwise precision and recall count pairs of events put together; B-cubed (Bagga and Baldwin 1998)
averages over events, so that one large wrong cluster does not decide alone.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

_DAYS_HAD = 2  # on fewer days with an event an identifier does not belong to a person


@dataclass(frozen=True)
class Quality:
    """Figures of one comparison; shares from 0 to 1."""

    records: int
    people: int
    customers: int
    pair_precision: float
    pair_recall: float
    pair_f1: float
    bcubed_precision: float
    bcubed_recall: float
    bcubed_f1: float
    whole_share: float
    worst_cluster: int

    def as_json(self) -> dict[str, float]:
        """The figures by name."""
        return asdict(self)


def contingency_cells(assigned: DataFrame, truth: DataFrame) -> DataFrame:
    """person_id, customer and `both`, the number of records that a person and a customer share.

    `assigned` has id and customer_id, null for a record without a customer, which then counts as a
    customer of its own; `truth` has id and person_id. Records without truth are left out.
    """
    customer = F.coalesce("customer_id", F.concat(F.lit("alone:"), F.col("id")))
    both = truth.select("id", "person_id").join(assigned, on="id", how="left_outer")
    records = both.select("person_id", customer.alias("customer"))
    return records.groupBy("person_id", "customer").agg(F.count("*").alias("both"))


def quality_of(cells: DataFrame) -> Quality:
    """Quality of an assignment, by what `contingency_cells` gives; it is read several times.

    Raises:
        ValueError: there is no record.
    """
    row = _sums(cells).first()
    if row is None or not row["records"]:
        raise ValueError("no record has a true person; expected a truth with ids of events")
    precision = _share(row["right"], row["found_pairs"])
    recall = _share(row["right"], row["true_pairs"])
    bcubed_precision = row["precision"] / row["records"]
    bcubed_recall = row["recall"] / row["records"]
    return Quality(
        records=int(row["records"]),
        people=int(row["person_count"]),
        customers=int(row["customer_count"]),
        pair_precision=precision,
        pair_recall=recall,
        pair_f1=_harmonic(precision, recall),
        bcubed_precision=bcubed_precision,
        bcubed_recall=bcubed_recall,
        bcubed_f1=_harmonic(bcubed_precision, bcubed_recall),
        whole_share=_share(row["whole"], row["person_count"]),
        worst_cluster=int(row["worst"]),
    )


def best_assignment(
    shown: DataFrame, truth: DataFrame, components: Callable[[DataFrame], DataFrame]
) -> DataFrame:
    """The best that identifiers allow: id and customer_id, if the owner of each were always known.

    Two events of a person then have one customer where a chain of that person's events, each
    showing an identifier of the next, leads from one to the other. `shown` has id and
    identifier_key of all that events show, `truth` id and person_id; `components` gives id and
    component of the ends of edges, src and dst. Events that show nothing are left out.
    """
    mine = shown.select("id", "identifier_key").join(
        truth.select("id", "person_id"), on="id", how="inner"
    )
    node = F.xxhash64("person_id", "identifier_key")  # an identifier while one person has it
    ends = mine.groupBy("id").agg(F.min(node).alias("src"), F.collect_set(node).alias("all"))
    edges = ends.select("src", F.explode("all").alias("dst")).distinct()
    names = components(edges).select(F.col("id").alias("src"), "component")
    named = ends.select("id", "src").join(names, on="src", how="left_outer")
    customer = F.coalesce("component", "src").cast("string")
    return named.select("id", customer.alias("customer_id"))


@dataclass(frozen=True)
class ReassignedIdentifiers:
    """How well events are assigned for identifiers that passed from one person to the next."""

    identifiers: int
    records: int
    right_share: float


def handed_on_quality(
    assigned: DataFrame, truth: DataFrame, shown: DataFrame
) -> ReassignedIdentifiers | None:
    """Share of the events of recycled numbers and resold devices that have the right customer.

    `shown` has id, identifier_key and event_at of each identifier that an event shows. It was
    handed on where its true people had it one after the other, without overlap, each on two days
    or more: a store's tablet that two people met once belongs to neither. The right customer is
    the one that most events of the person have. None where no identifier was handed on.
    """
    truth = truth.select("id", "person_id")
    records = shown.select("id", "identifier_key", "event_at").join(truth, on="id", how="inner")
    spans = records.groupBy("identifier_key", "person_id").agg(
        F.min("event_at").alias("began"),
        F.max("event_at").alias("ended"),
        F.count_distinct(F.to_date("event_at")).alias("days"),
    )
    line = Window.partitionBy("identifier_key").orderBy("began", "person_id")
    earlier = line.rowsBetween(Window.unboundedPreceding, -1)
    is_later = F.coalesce(F.col("began") > F.max("ended").over(earlier), F.lit(True))  # noqa: FBT003
    owners = spans.withColumn("is_sequential", is_later).groupBy("identifier_key")
    people = owners.agg(
        F.count("*").alias("people"),
        F.min("is_sequential").alias("is_sequential"),
        F.min("days").alias("days"),
    )
    is_had = F.col("days") >= _DAYS_HAD
    moved = people.where((F.col("people") > 1) & F.col("is_sequential") & is_had)
    events = records.join(moved, on="identifier_key", how="left_semi").select("id").distinct()
    both = truth.join(assigned.select("id", "customer_id"), on="id", how="left_outer")
    most = F.max_by("customer_id", F.struct("events", "customer_id")).alias("main")
    counts = both.where(F.col("customer_id").isNotNull()).groupBy("person_id", "customer_id")
    mains = counts.agg(F.count("*").alias("events")).groupBy("person_id").agg(most)
    compared = both.join(events, on="id", how="left_semi").join(
        mains, on="person_id", how="left_outer"
    )
    is_right = F.coalesce(F.col("customer_id") == F.col("main"), F.lit(False))  # noqa: FBT003
    row = compared.agg(F.count("*").alias("records"), F.count_if(is_right).alias("right"))
    found = row.crossJoin(moved.agg(F.count("*").alias("identifiers"))).first()
    if found is None or not found["records"]:
        return None
    share = _share(found["right"], found["records"])
    return ReassignedIdentifiers(int(found["identifiers"]), int(found["records"]), share)


def _sums(cells: DataFrame) -> DataFrame:
    """One row: sums over the cells of persons by customers, over persons and over customers."""
    people = cells.groupBy("person_id").agg(F.sum("both").alias("mine"))
    found = cells.groupBy("customer").agg(
        F.sum("both").alias("theirs"), F.count("*").alias("people")
    )
    table = cells.join(people, on="person_id", how="inner").join(found, on="customer", how="inner")
    whole = (F.col("both") == F.col("mine")) & (F.col("both") == F.col("theirs"))
    squared = F.col("both").cast("double") * F.col("both")
    cell_sums = table.agg(
        F.sum("both").alias("records"),
        F.sum(_pairs("both")).alias("right"),
        F.sum(squared / F.col("theirs")).alias("precision"),
        F.sum(squared / F.col("mine")).alias("recall"),
        F.count_if(whole).alias("whole"),
    )
    people_sums = people.agg(
        F.count("*").alias("person_count"), F.sum(_pairs("mine")).alias("true_pairs")
    )
    found_sums = found.agg(
        F.count("*").alias("customer_count"),
        F.sum(_pairs("theirs")).alias("found_pairs"),
        F.max("people").alias("worst"),
    )
    return cell_sums.crossJoin(people_sums).crossJoin(found_sums)


def _pairs(name: str) -> Column:
    count = F.col(name).cast("double")
    return count * (count - 1) / 2


def _share(part: float, whole: float) -> float:
    return float(part) / float(whole) if whole else 1.0


def _harmonic(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
