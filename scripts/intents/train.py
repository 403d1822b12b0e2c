"""Trains the local intent classifier from data/intents/train, chooses temperatures and the weight of the encoder on
data/intents/dev, and writes what core/agents/intents/local-classifier.ts reads. The held-out split is not read here.

    python scripts/intents/train.py [--encoder] [--dry-run | --cross-validate]
"""

import argparse
import gzip
import hashlib
import json
import struct
import time

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

from encoder_files import encoder_logits, train_encoder
from features import ROOT
from measures import INTENTS, best_temperature, decide, labels_of, log_loss, read_split, report, softmax
from words import BUCKET_BITS, KIND_WEIGHTS, KINDS, buckets_of, fit, logits_of

FOLDS = 5
# The encoder is not asked where the words are as sure as this: three of five messages, read as well without it.
WORDS_SURE_FROM = 0.985
ENCODER_WEIGHTS = np.arange(0.1, 1.55, 0.05)
WEIGHTS = ROOT / "core/agents/intents/weights.bin.gz"
PARITY = ROOT / "test/fixtures/intents/parity.json"


class Mix:
    """How words and encoder are weighed against each other."""

    def __init__(self, of_words, of_encoder, labels):
        self.words_temperature = best_temperature(of_words, labels)
        _, self.temperature, self.encoder_weight = min(
            self._weighed(of_words + weight * of_encoder, labels, float(weight)) for weight in ENCODER_WEIGHTS
        )

    @staticmethod
    def _weighed(logits, labels, weight):
        temperature = best_temperature(logits, labels)
        return log_loss(logits, labels, temperature), temperature, weight

    def probabilities(self, of_words, of_encoder):
        alone = softmax(of_words / self.words_temperature)
        both = softmax((of_words + self.encoder_weight * of_encoder) / self.temperature)
        return np.where(alone.max(axis=1, keepdims=True) >= WORDS_SURE_FROM, alone, both)


def cross_validate(train):
    """How well the words alone read messages of files that were left out as a whole: of trades and themes that nobody trained on."""
    labels = labels_of(train)
    matrices = buckets_of([row["text"] for row in train])
    logits = np.zeros((len(train), len(INTENTS)))
    files = [row["file"] for row in train]
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0).split(train, labels, files)
    for inside, outside in folds:
        fitted = fit([matrix[inside] for matrix in matrices], labels[inside])
        logits[outside] = logits_of([matrix[outside] for matrix in matrices], fitted)
    report("words of files left out", softmax(logits / best_temperature(logits, labels)), labels, train)


def texts_of(rows):
    return [row["text"] for row in rows]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoder", action="store_true", help="train the encoder too: a quarter to half an hour on two cores")
    parser.add_argument("--dry-run", action="store_true", help="print the numbers of the dev split, write no weights")
    parser.add_argument("--cross-validate", action="store_true", help="print how well left-out files are read, write nothing")
    options = parser.parse_args()
    started = time.time()
    train, dev = read_split("train"), read_split("dev")
    if options.cross_validate:
        return cross_validate(train)
    if options.encoder:
        print(f"training the encoder on {len(train)} messages")
        train_encoder(texts_of(train), labels_of(train), len(INTENTS))
    fitted = fit(buckets_of(texts_of(train)), labels_of(train))
    dev_labels = labels_of(dev)
    of_words, of_encoder = logits_of(buckets_of(texts_of(dev)), fitted), encoder_logits(texts_of(dev))
    mix = Mix(of_words, of_encoder, dev_labels)
    probabilities = mix.probabilities(of_words, of_encoder)
    print(f"{len(train)} messages to train on, {time.time() - started:.0f} s; encoder weight {mix.encoder_weight:.2f}")
    report("dev, words alone", softmax(of_words / mix.words_temperature), dev_labels, dev)
    report("dev", probabilities, dev_labels, dev)
    sure = softmax(of_words / mix.words_temperature).max(axis=1) >= WORDS_SURE_FROM
    print(f"  the words are sure of {sure.mean():.3f}")
    if options.dry_run:
        for row, best, scores in zip(dev, decide(probabilities), probabilities):
            if INTENTS[best] != row["intent"]:
                print(f"  {row['intent']:18} read as {INTENTS[best]:18} {scores.max():.2f} ({INTENTS[scores.argmax()]})  {row['text']}")
        return
    write_weights(train, fitted, mix)
    write_parity(train, dev, fitted, mix)


def write_weights(train, fitted, mix):
    tables, quantised, scales, intercepts = fitted
    digest = hashlib.sha256("\n".join(f"{row['intent']}\t{row['text']}" for row in train).encode()).hexdigest()
    header = {
        "format": 2,
        "version": f"local-{digest[:12]}",
        "intents": INTENTS,
        "bucketBits": BUCKET_BITS,
        "kinds": KINDS,
        "kindWeights": KIND_WEIGHTS,
        "idfUnit": 20,
        "scales": scales.tolist(),
        "intercepts": intercepts.tolist(),
        "wordsTemperature": mix.words_temperature,
        "wordsSureFrom": WORDS_SURE_FROM,
        "encoderWeight": mix.encoder_weight,
        "temperature": mix.temperature,
        "trainedOn": {"messages": len(train), "sha256": digest},
    }
    text = json.dumps(header).encode()
    body = b"".join(table.tobytes() for table in tables) + quantised.tobytes()
    packed = gzip.compress(struct.pack("<I", len(text)) + text + body, compresslevel=9, mtime=0)
    WEIGHTS.write_bytes(packed)
    print(f"{WEIGHTS.relative_to(ROOT)}: {len(packed) / 1024:.0f} kB")


def write_parity(train, dev, fitted, mix):
    """What a test compares the product with."""
    sample = texts_of(train[:: max(1, len(train) // 120)] + dev[:: max(1, len(dev) // 40)])
    sample += ["", "   ", "🙏🙏🙏", "OOOOIIIII!!!", "r$1.234,56??", "não NÃO n ñ", "İstanbul ﬁ ½ 中文", "muito longo " * 60]
    scores = mix.probabilities(logits_of(buckets_of(sample), fitted), encoder_logits(sample))
    rows = [{"text": text, "scores": [round(value, 9) for value in row]} for text, row in zip(sample, scores.tolist())]
    PARITY.parent.mkdir(parents=True, exist_ok=True)
    PARITY.write_text(json.dumps(rows, ensure_ascii=False, indent=0) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
