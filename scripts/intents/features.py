"""The features of a message, as core/agents/intents/normalize.ts and features.ts make them. Change both or neither:
a test compares what the product computes with the numbers the trainer wrote down."""

import json
import re
import unicodedata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VOCABULARY = json.loads((ROOT / "core/agents/intents/vocabulary.json").read_text(encoding="utf8"))
ABBREVIATIONS = VOCABULARY["abbreviations"]
NEGATORS = set(VOCABULARY["negators"])
NEGATION_REACH = 3
GRAMS = (2, 3, 4, 5)


def tokenize(text):
    plain = []
    for char in re.sub("['’`]", "", unicodedata.normalize("NFD", text).lower()):
        code = ord(char)
        if 0x300 <= code <= 0x36F:
            continue
        if "a" <= char <= "z" or char == " ":
            plain.append(char)
        elif "0" <= char <= "9":
            if not plain or plain[-1] != "0":
                plain.append("0")
        elif char in "?!$%" or 0x2600 <= code < 0xFE00 or code >= 0x1F000:
            plain.append(f" {char} ")
        else:
            plain.append(" ")
    short = re.sub(r"([a-z])\1{2,}", r"\1", "".join(plain))
    return [word for token in short.split(" ") if token for word in ABBREVIATIONS.get(token, token).split(" ")]


def is_negated(tokens, index):
    return any(token in NEGATORS for token in tokens[max(0, index - NEGATION_REACH) : index])


def _patterns():
    by_start = {}
    for concept, phrases in VOCABULARY["concepts"].items():
        for phrase in phrases:
            words = tokenize(phrase.replace("*", ""))
            by_start.setdefault(words[0][:2], []).append((concept, words, phrase.endswith("*")))
    return by_start


PATTERNS = _patterns()


def _matches(tokens, index, words, is_prefix):
    if index + len(words) > len(tokens):
        return False
    for offset, word in enumerate(words):
        token = tokens[index + offset]
        if is_prefix and offset == len(words) - 1:
            if not token.startswith(word):
                return False
        elif token != word:
            return False
    return True


def concepts_of(tokens):
    named = []
    for index, token in enumerate(tokens):
        for concept, words, is_prefix in PATTERNS.get(token[:2], ()):
            if _matches(tokens, index, words, is_prefix):
                named.append(f"!{concept}" if is_negated(tokens, index) else concept)
    distinct = sorted(set(named))
    features = {f"c:{concept}" for concept in distinct}
    for index, one in enumerate(distinct):
        features.update(f"p:{one}|{other}" for other in distinct[index + 1 :])
    features.add(f"f:{named[0] if named else '-'}")
    features.add(f"e:{named[-1] if named else '-'}")
    size = len(tokens)
    features.add(f"l:{size if size < 4 else 'few' if size < 8 else 'some' if size < 16 else 'many'}")
    return features


def features_of(text):
    """The three sets: words, letter groups, concepts."""
    tokens = tokenize(text)
    words, grams = set(), set()
    for index, token in enumerate(tokens):
        words.add(f"w:{token}")
        words.add(f"b:{tokens[index - 1] if index else '^'} {token}")
        if index + 2 < len(tokens):
            words.add(f"s:{token} {tokens[index + 2]}")
        if is_negated(tokens, index):
            words.add(f"n:{token}")
        padded = f" {token} "
        for size in GRAMS:
            grams.update(padded[start : start + size] for start in range(len(padded) - size + 1))
    words.add(f"b:{tokens[-1] if tokens else '^'} $")
    return words, grams, concepts_of(tokens)
