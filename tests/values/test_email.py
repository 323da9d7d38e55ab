from collections.abc import Callable
from typing import Any

from cdp_spark.values.email import normalised_email


def test_one_mailbox_has_one_spelling(tried: Callable[..., list[Any]]) -> None:
    spellings = ["  Ann.Lee@Example.ORG ", "ann.lee+shop@example.org", "\tann.lee@example.org\r\n"]
    assert tried(normalised_email, spellings) == ["ann.lee@example.org"] * 3
    google = ["a.n.n@gmail.com", "ann+x@googlemail.com", "ANN@GMAIL.COM"]
    assert tried(normalised_email, google) == ["ann@gmail.com"] * 3


def test_what_is_no_address_is_null(tried: Callable[..., list[Any]]) -> None:
    junk = [None, "", "   ", "ann", "@example.org", "ann@", "ann@localhost", "ann@example.o",
            "a b@example.org", "a@b@example.org", "<ann@example.org>", "ann@example.org,b@c.de",
            "+tag@example.org", "...@gmail.com", f"{'a' * 250}@example.org",
            "ann@example."]  # fmt: skip
    assert tried(normalised_email, junk) == [None] * len(junk)
