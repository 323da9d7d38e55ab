import unicodedata

import pytest

from cdp_spark.values.email import email_of, is_example, mailbox_of


@pytest.mark.parametrize(
    "spelling",
    [
        "ALİ.KAYA@posta.invalid", "ali\u0307.kaya@POSTA.INVALID", "alı.kaya@posta.ınvalıd",
        "mailto:ali.kaya@posta.invalid?subject=hi", "MAILTO: <ali.kaya@posta.invalid>",
        "'ali.kaya@posta.invalid'", "'ali.kaya@posta.invalid", "“ali.kaya@posta.invalid”",
        "\u00a0ali.kaya@posta.invalid\u2003", "\ufeffali.kaya@posta.invalid",
        "ali.\u200bkaya@posta.invalid", "\u202aali.kaya@posta.invalid\u202c",
        "ali.kaya\u00ad@posta.invalid", "Kaya, Ali <ali.kaya@posta.invalid>",
        '"Kaya <Ali>" <ali.kaya@posta.invalid>', "ali.kaya@posta.invalid (Ali Kaya)",
        "<ali.kaya@posta.invalid>;", "ali.kaya@posta.invalid.", "ali.kaya＠posta．invalid",
        "ａｌｉ.kaya@posta。invalid", "ali.kaya%40posta.invalid", "smtp:Ali.Kaya@posta.invalid",
        "\tali.kaya@posta.invalid\r\n",
    ],
)  # fmt: skip
def test_one_mailbox_has_one_spelling(spelling: str) -> None:
    assert email_of(spelling) == "ali.kaya@posta.invalid"


@pytest.mark.parametrize(
    ("spelling", "expected"),
    [
        ("u@münchen.invalid", "u@xn--mnchen-3ya.invalid"),
        ("U@MÜNCHEN.invalid", "u@xn--mnchen-3ya.invalid"),
        ("u@mu\u0308nchen.invalid", "u@xn--mnchen-3ya.invalid"),
        ("u@xn--mnchen-3ya.invalid", "u@xn--mnchen-3ya.invalid"),
        ("ali@ısı.invalid", "ali@xn--s-ekab.invalid"),
        ("u@例え.テスト", "u@xn--r8jz45g.xn--zckzah"),
        ("o'brien@posta.invalid", "o'brien@posta.invalid"),
        ("e\u0301ce@posta.invalid", "éce@posta.invalid"),
    ],
)
def test_domains_are_in_ascii_and_letters_composed(spelling: str, expected: str) -> None:
    assert email_of(spelling) == expected


def test_the_address_keeps_its_tag_and_the_mailbox_does_not() -> None:
    assert email_of(" Ann.Lee+Shop@Gmail.com") == "ann.lee+shop@gmail.com"
    mailboxes = ["a.n.n@gmail.com", "ann+x@googlemail.com", "ann@gmail.com"]
    assert {mailbox_of(one) for one in mailboxes} == {"ann@gmail.com"}
    assert mailbox_of("ann.lee+shop@posta.invalid") == "ann.lee@posta.invalid"


def test_what_is_no_address_is_none() -> None:
    junk = ["", "   ", "ann", "@posta.invalid", "ann@", "ann@localhost", "ann@posta.o",
            "a b@posta.invalid", "ann @posta.invalid", "a@b@posta.invalid", "ann@-b.invalid",
            "ann@posta.invalid,b@c.de", "a@x.invalid; b@y.invalid", f"{'a' * 65}@posta.invalid",
            "q\u0303@posta.invalid", "ann@b..invalid", "ann@1.2.3.4", "ann\tb@posta.invalid",
            "mailto:ann%20b@posta.invalid", "ann@xn--zzzz.invalid", "an\u0000n b@c.de"]  # fmt: skip
    assert [one for one in junk if email_of(one) is not None] == []


def test_no_address_has_a_blank_a_combining_or_an_unseen_sign() -> None:
    signs = [chr(code) for code in range(1, 0x2100)] + ["\ufeff", "\ufe0f", "\U000e0061"]
    for sign in signs:
        for spelling in (f"an{sign}n@posta.invalid", f"{sign}ann@pos{sign}ta.invalid"):
            found = email_of(spelling) or ""
            odd = [one for one in found if unicodedata.category(one)[0] in "ZMC"]
            assert not odd, (spelling, found)
            assert not found or email_of(found) == found


def test_addresses_of_manuals_are_examples() -> None:
    examples = ["ann@example.com", "test@test.com", "email@domain.com", "user@example.org"]
    assert all(map(is_example, examples))
    people = ["ann@posta.invalid", "test@posta.invalid", "ann@test.com", "ann@mail.example.org"]
    assert not any(map(is_example, people))
