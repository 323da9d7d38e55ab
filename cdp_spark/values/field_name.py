"""Names of fields: shown as they are, unlike keys of maps that may be values."""

import unicodedata

_LONGEST = 64
_SIGNS, _SIGNS_OF_COLUMNS = frozenset("_-$"), frozenset("_-$ .")
_DIGITS = 6  # a telephone or an account number has as many, in groups or not


def looks_like_field_name(text: str, *, is_column: bool = False) -> bool:
    """Whether a key looks like a name that a sender gave a field: `user_id`, `MüşteriNo`, `名前`.

    It begins with a letter of any script, has letters, digits and - _ $, and fewer than six
    digits. Blanks and dots stand only in names of columns, at the top level of a record:
    `Müşteri No`. Below it, such a key may be a value: the name of a person, a telephone number,
    an e-mail address.
    """
    if not 0 < len(text) <= _LONGEST or sum(map(str.isdecimal, text)) >= _DIGITS:
        return False
    signs = _SIGNS_OF_COLUMNS if is_column else _SIGNS
    is_named = text[0].isalpha() or text[0] in "_$"
    return is_named and all(one in signs or _is_letter_or_digit(one) for one in text)


def _is_letter_or_digit(sign: str) -> bool:
    # Marks are parts of letters: accents, and vowels of Indic scripts.
    return unicodedata.category(sign)[0] in "LM" or sign.isdecimal()
