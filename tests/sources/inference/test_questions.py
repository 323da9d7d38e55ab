from cdp_spark.sources.inference.questions import NOBODY, Given, Mapping, Question


def test_a_question_without_anybody_to_answer_is_noted_as_a_doubt() -> None:
    question, found = Question("currency", "no column names it", "Currency?"), Mapping()
    assert found.answer(question, NOBODY) is None
    assert found.unsure == ["currency: no column names it"]
    assert found.answer(question, Given(ask=lambda _: "")) == ""
    assert len(found.unsure) == 1
