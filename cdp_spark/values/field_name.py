"""Names of fields: shown as they are, unlike keys of maps that may be values."""

import re
import unicodedata

_LONGEST = 64
_SIGNS = frozenset(" _-.$")
_NUMBER = re.compile(r"\d{6,}")  # of a person, such as a telephone number, or of an order


def looks_like_field_name(text: str) -> bool:
    """Whether a key looks like a name that a sender gave a field: `Müşteri No`, `user_id`, `名前`.

    It begins with a letter of any script, has letters, digits, blanks and - _ . $, and no long
    number. A key such as an e-mail address or a telephone number may be a value.
    """
    if not 0 < len(text) <= _LONGEST or _NUMBER.search(text):
        return False
    is_named = text[0].isalpha() or text[0] in "_$"
    return is_named and all(_is_of_name(one) for one in text)


def _is_of_name(sign: str) -> bool:
    # Marks are parts of letters: accents, and vowels of Indic scripts.
    return sign in _SIGNS or unicodedata.category(sign)[0] in "LM" or sign.isdecimal()
