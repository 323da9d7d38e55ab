import re

import pytest

from cdp_spark.sources.columns import folded
from cdp_spark.sources.inference.words import CONSENT_WORDS, FIELD_WORDS, KIND_WORDS, NOT_PAID


@pytest.mark.parametrize("words", [FIELD_WORDS, KIND_WORDS, CONSENT_WORDS])
def test_words_are_written_as_names_are_compared(words: dict[str, tuple[str, ...]]) -> None:
    every = [word for some in words.values() for word in some]
    assert len(set(every)) == len(every), "a word means one field"
    assert every == [re.sub(r"[\W_]+", "", folded(word)) for word in every]


def test_no_word_for_an_amount_is_one_that_it_must_not_have() -> None:
    wrong = [word for word in FIELD_WORDS["amount"] if any(one in word for one in NOT_PAID)]
    assert wrong == []
