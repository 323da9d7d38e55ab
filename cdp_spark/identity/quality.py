"""How well found customers match the people behind the events.

Pairwise precision and recall count pairs of events put together; B-cubed (Bagga and Baldwin 1998)
averages over events, so that one large wrong cluster does not decide alone.
"""

from dataclasses import asdict, dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F


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


def quality_of(assigned: DataFrame, truth: DataFrame) -> Quality:
    """Quality of an assignment.

    `assigned` has id and customer_id, null for a record given to nobody, who then counts as a
    customer of its own; `truth` has id and person_id. Records without truth are left out.
    """
    row = _sums(assigned, truth).first()
    if row is None or not row["records"]:
        raise ValueError("no record has a truth; are the ids those of the events?")
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


def _sums(assigned: DataFrame, truth: DataFrame) -> DataFrame:
    """One row: sums over the cells of persons by customers, over persons and over customers."""
    customer = F.coalesce("customer_id", F.concat(F.lit("alone:"), F.col("id")))
    both = truth.select("id", "person_id").join(assigned, on="id", how="left_outer")
    cells = (
        both.select("person_id", customer.alias("customer"))
        .groupBy("person_id", "customer")
        .agg(F.count("*").alias("both"))
    )
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
