from pathlib import Path

from pyspark.sql import SparkSession

from cdp_spark.commands.shared.identifiers import Named, named_identifiers, shown
from cdp_spark.commands.shared.project import Project
from tests.commands.stewarded import stewarded


def test_spellings_of_one_value_name_one_identifier_in_the_order_given(
    spark: SparkSession, tmp_path: Path
) -> None:
    project = Project(stewarded(spark, tmp_path / "lake").settings, spark, is_ours=False)
    lake = project.lake("a_test")
    names = ["phone:0555 111 22 33", "email:Ana@Shop.org", "phone:+90 555 1112233"]
    found = named_identifiers(project, lake, names)
    assert [one.kind for one in found] == ["phone", "email", "phone"]
    assert found[0] == found[2] != found[1]


def test_what_is_shown_of_an_identifier_is_its_kind_and_a_part_of_its_token() -> None:
    assert str(Named("email", "0123456789abcdef")) == shown("email", "0123456789abcdef")
    assert shown("email", "0123456789abcdef") == "email 01234567"
