from collections.abc import Callable
from typing import Any

from cdp_spark.values.consent import (
    DENIED,
    GRANTED,
    consent_of,
    is_consent_unknown,
    words_of_groups,
)


def test_words_for_yes_and_no_are_understood(tried: Callable[..., list[Any]]) -> None:
    texts = ["true", " Granted ", "YES", "1", "Opt-In", "evet", "Ja", "subscribed",
             '{"value": "granted"}', '{"state": true}']  # fmt: skip
    assert tried(consent_of, texts) == [True] * len(texts)
    texts = ["false", "DENIED", "no", "0", "opted out", "hayır", "nein", "unsubscribed",
             '{"value": false}', '{"status": "withdrawn"}']  # fmt: skip
    assert tried(consent_of, texts) == [False] * len(texts)
    assert not set(GRANTED) & set(DENIED)


def test_other_words_are_neither_and_nothing_is_no_statement(
    tried: Callable[..., list[Any]],
) -> None:
    texts = ["perhaps", "pending", "2", "{}", '{"value": "later"}', "[]"]
    assert tried(consent_of, texts) == [None] * len(texts)
    assert tried(is_consent_unknown, texts) == [True] * len(texts)
    nothing = ["", " ", "null", None]
    assert tried(consent_of, nothing) == [None] * len(nothing)
    assert tried(is_consent_unknown, nothing) == [False] * 4


def test_groups_of_onetrust_become_words(tried: Callable[..., list[Any]]) -> None:
    texts = [",C0001,C0003,", "C0001:1,C0002:0", "C0001:1,C0001:0", ",,", "", None]
    assert tried(words_of_groups, texts) == [
        {"C0001": "1", "C0003": "1"}, {"C0001": "1", "C0002": "0"}, None, None, None, None
    ]  # fmt: skip
