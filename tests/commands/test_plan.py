from typer.testing import CliRunner

from cdp_spark.commands.main import app


def test_a_plan_of_some_steps_names_them_in_order_with_their_profile() -> None:
    asked = ["plan", "--conf", "retail", "--select", "build_audiences+"]
    lines = CliRunner().invoke(app, asked).stdout.splitlines()
    steps = ("build_audiences", "activate_audience", "build_reports")
    assert [step for line, step in zip(lines, steps, strict=True) if f"jobs/{step}.py" in line]
    assert all("--conf retail --as-of DAY" in line for line in lines)
