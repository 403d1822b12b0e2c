"""The two files of the encoder that the product reads: made here by training, read here to weigh it."""

import random

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from base_model import read_base
from encoder import Embedder, as_people_type, fine_tune
from features import ROOT
from onnx_file import write_onnx
from word_pieces import ids_of, make_tokenizer, save

WORD_PIECES = ROOT / "core/agents/intents/word-pieces.json"
ENCODER = ROOT / "core/agents/intents/encoder.onnx"


def train_encoder(texts, labels, intents):
    shape, pieces, scores, tensors = read_base()
    chance = random.Random(0)
    written = texts + [as_people_type(text, chance) for text in texts]
    tokenizer, kept = make_tokenizer(pieces, scores, written, shape["unknown"])
    embedder = Embedder(tokenizer, shape, tensors, kept)
    parameters = fine_tune(embedder, tensors, texts, labels, intents)
    save(tokenizer, WORD_PIECES)
    write_onnx(parameters, embedder, intents, ENCODER)


def encoder_logits(texts):
    """What the files as they are stored say, one message at a time as in the product."""
    tokenizer = Tokenizer.from_file(str(WORD_PIECES))
    session = onnxruntime.InferenceSession(ENCODER)
    special = {name: tokenizer.token_to_id(piece) for name, piece in (("begin", "<s>"), ("end", "</s>"))}
    ids = [np.array(ids_of(tokenizer, text, special)) for text in texts]
    return np.concatenate([session.run(None, {"ids": each})[0] for each in ids])
