"""How hard an English text is to read: the Flesch–Kincaid grade."""

import re
from collections.abc import Sequence

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_SENTENCE_END = re.compile(r"(?<=[.!?:])\s+")
_VOWELS = re.compile(r"[aeiouy]+")
_SILENT_END = re.compile(r"(?:[^aeiouylr]|[aeiouy][lr])e$|(?<![td])ed$|(?<![sxzcg])(?<!sh)(?<!ch)es$")
"""An e that isn't spoken: at the end but for -le and -re after a consonant, in -ed but after t and d, in -es but after a hiss."""
_SPLIT = re.compile(r"i[ao](?!n)|iu|(?<!q)ua|uou|eo(?!n)|(?:ar|id)ea$|ying|[^aeiou]ien|creat|being")
"""Vowels side by side that are spoken apart."""


def grade(texts: Sequence[str]) -> float:
    """Return the Flesch–Kincaid grade of running texts: the US school year that reads them with ease.

    .39 words a sentence + 11.8 syllables a word - 15.59 (Kincaid et al. 1975, Naval Technical Training Command Research
    Branch Report 8-75). Words are runs of letters: numbers and signs are left out. A text without an end mark is one sentence.
    Syllables are counted by rule, so a word that English spells oddly may be one off.

    Parameters
    ----------
    texts
        Paragraphs and items of lists.

    Returns
    -------
    float
        The grade; NaN without a word.

    Examples
    --------
    >>> round(grade(["The cat sat on the mat."]), 2)
    -1.45
    """
    sentences = [words for text in texts for part in _SENTENCE_END.split(text) if (words := _WORD.findall(part))]
    count = sum(map(len, sentences))
    if not count:
        return float("nan")
    spoken = sum(syllables(word) for words in sentences for word in words)
    return 0.39 * count / len(sentences) + 11.8 * spoken / count - 15.59


def syllables(word: str) -> int:
    """Return how many syllables an English word has, by its spelling.

    Examples
    --------
    >>> [syllables(word) for word in ("moved", "average", "table", "decision", "people")]
    [1, 3, 2, 3, 2]
    """
    plain = re.sub(r"['\u2019]s$|[^a-z]", "", word.lower())
    apart = len(_SPLIT.findall(plain)) - ("people" in plain)
    silent = bool(_SILENT_END.search(plain))
    return max(1, len(_VOWELS.findall(plain)) + apart - silent)
