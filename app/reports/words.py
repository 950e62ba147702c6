"""Every word of a report in the reader's language."""

from .labels import LABELS
from .sentences import NOTES, SENTENCES
from .trial_words import TRIAL_LABELS, TRIAL_SENTENCES

_GAPS = {**SENTENCES, **TRIAL_SENTENCES}
_PLAIN = {**NOTES, **LABELS, **TRIAL_LABELS}
LANGUAGES = ("es", "en")
"""Spanish first."""


def say(key: str, language: str, **values: object) -> str:
    """The words in that language. Raises KeyError for words, and ValueError for a language, there are none of."""
    at = LANGUAGES.index(language)
    if key in _GAPS:
        return _GAPS[key][at].format(**values)
    return _PLAIN[key][at]


def value_of(key: str, value: str, language: str) -> str:
    """A group's value: in words where it has some, else as it is."""
    word = LABELS.get(f"{key}.{value}")
    return value if word is None else word[LANGUAGES.index(language)]
