"""The tokenizer of the encoder: the word pieces of its base that our messages use, and the likeliest others."""

import json

import numpy as np
from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import Unigram

KEPT = 20_000
SPECIALS = 4
# Of a longer message the beginning and the end are read. The encoder as it is stored was trained on up to 40 pieces, 24 of them of
# the beginning; of 1,504 longer messages that it was not trained on it reads as many rightly so, in four fifths of the time.
MAX_PIECES, HEAD_PIECES = 32, 20


def make_tokenizer(pieces, scores, texts, unknown):
    """The tokenizer, and for each of its pieces the index in the base."""
    whole = _tokenizer(pieces, scores, unknown)
    used = {index for text in texts for index in whole.encode(text).ids}
    likeliest = np.argsort(-scores[SPECIALS:], kind="stable") + SPECIALS
    kept = set(range(SPECIALS)) | used
    for index in likeliest:
        if len(kept) >= KEPT:
            break
        kept.add(int(index))
    order = sorted(kept)
    return _tokenizer([pieces[index] for index in order], scores[order], unknown), np.array(order)


def _tokenizer(pieces, scores, unknown):
    tokenizer = Tokenizer(Unigram([(piece, float(score)) for piece, score in zip(pieces, scores)], unk_id=unknown))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Lowercase(), normalizers.Replace(Regex(r"\s+"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    return tokenizer


def ids_of(tokenizer, text, shape):
    """As core/agents/intents/encoder.ts makes them."""
    ids = tokenizer.encode(text).ids
    room = MAX_PIECES - 2
    if len(ids) > room:
        ids = ids[:HEAD_PIECES] + ids[HEAD_PIECES - room :]
    return [shape["begin"], *ids, shape["end"]]


def save(tokenizer, file):
    file.write_text(json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf8")
