"""Trains the local intent classifier from data/intents/train, chooses temperatures and the weight of the encoder on
data/intents/dev, and writes what core/agents/intents/local-classifier.ts reads. The splits that nobody trains on are read by
--measure alone, which shows how well the weights as they are stored read them and chooses nothing.

    python scripts/intents/train.py [--encoder] [--dry-run | --cross-validate | --measure]
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
from measures import (
    INTENTS,
    SET_ASIDE,
    best_slope,
    best_temperature,
    decide,
    labels_of,
    log_loss,
    read_split,
    report,
    softmax,
    stretched,
)
from words import BUCKET_BITS, BUCKETS, KIND_WEIGHTS, KINDS, buckets_of, fit, logits_of

FOLDS = 5
# The encoder is not asked where the words are as sure as this: almost four of five messages. In steps of .01 it is the lowest
# certainty from which on the words misread no more of the dev split than both together do.
WORDS_SURE_FROM = 0.95
ENCODER_WEIGHTS = np.arange(0.1, 1.55, 0.05)
WEIGHTS = ROOT / "core/agents/intents/weights.bin.gz"
PARITY = ROOT / "test/fixtures/intents/parity.json"


class Mix:
    """How words and encoder are weighed against each other."""

    def __init__(self, words_temperature, words_sure_from, encoder_weight, temperature, certainty_slope=1.0):
        self.words_temperature, self.words_sure_from = words_temperature, words_sure_from
        self.encoder_weight, self.temperature, self.certainty_slope = encoder_weight, temperature, certainty_slope

    @classmethod
    def chosen(cls, of_words, of_encoder, labels):
        weighed = [(float(weight), of_words + weight * of_encoder) for weight in ENCODER_WEIGHTS]
        fitting = [(weight, best_temperature(logits, labels), logits) for weight, logits in weighed]
        weight, temperature, _ = min(fitting, key=lambda each: log_loss(each[2], labels, each[1]))
        return cls(best_temperature(of_words, labels), WORDS_SURE_FROM, weight, temperature)

    def sure(self, of_words):
        """Where the encoder is not asked."""
        return softmax(of_words / self.words_temperature).max(axis=1) >= self.words_sure_from

    def probabilities(self, of_words, of_encoder):
        alone = softmax(of_words / self.words_temperature)
        both = softmax((of_words + self.encoder_weight * of_encoder) / self.temperature)
        return stretched(np.where(self.sure(of_words)[:, None], alone, both), self.certainty_slope)


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


def certainty_slope(mix, train, dev, of_words, of_encoder):
    """By how much both together are surer than they are right: of the dev split, and of the files that the encoder was not trained
    on, read by words that were not trained on them either."""
    aside = [row for row in train if row["file"] in SET_ASIDE]
    others = [row for row in train if row["file"] not in SET_ASIDE]
    fitted = fit(buckets_of(texts_of(others)), labels_of(others))
    of_words = np.concatenate([of_words, logits_of(buckets_of(texts_of(aside)), fitted)])
    of_encoder = np.concatenate([of_encoder, encoder_logits(texts_of(aside))])
    labels = np.concatenate([labels_of(dev), labels_of(aside)])
    unstretched = mix.probabilities(of_words, of_encoder)
    slope = best_slope(unstretched, labels)
    report("dev and files set aside, before", unstretched, labels, dev + aside)
    report(f"dev and files set aside, slope {slope:.3f}", stretched(unstretched, slope), labels, dev + aside)
    return slope


def measure():
    """How well the stored weights read each split: the words alone, the encoder alone, both as in the product."""
    mix, fitted = read_weights()
    for name in ("dev", "heldout", "strangers", "newcomers"):
        rows = read_split(name)
        labels, texts = labels_of(rows), texts_of(rows)
        of_words, of_encoder = logits_of(buckets_of(texts), fitted), encoder_logits(texts)
        report(f"{name}, words alone", softmax(of_words / mix.words_temperature), labels, rows)
        # The product does not use the encoder alone, so no temperature of it is stored: it gets its best here.
        report(f"{name}, encoder alone", softmax(of_encoder / best_temperature(of_encoder, labels)), labels, rows)
        report(name, mix.probabilities(of_words, of_encoder), labels, rows)


def texts_of(rows):
    return [row["text"] for row in rows]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoder", action="store_true", help="train the encoder too: a quarter to half an hour on two cores")
    parser.add_argument("--dry-run", action="store_true", help="print the numbers of the dev split, write no weights")
    parser.add_argument("--cross-validate", action="store_true", help="print how well left-out files are read, write nothing")
    parser.add_argument("--measure", action="store_true", help="print how well the stored weights read each split, train nothing")
    options = parser.parse_args()
    if options.measure:
        return measure()
    started = time.time()
    train, dev = read_split("train"), read_split("dev")
    if options.cross_validate:
        return cross_validate(train)
    if options.encoder:
        learnt = [row for row in train if row["file"] not in SET_ASIDE]
        print(f"training the encoder on {len(learnt)} messages")
        train_encoder(texts_of(learnt), labels_of(learnt), len(INTENTS))
    fitted = fit(buckets_of(texts_of(train)), labels_of(train))
    dev_labels = labels_of(dev)
    of_words, of_encoder = logits_of(buckets_of(texts_of(dev)), fitted), encoder_logits(texts_of(dev))
    mix = Mix.chosen(of_words, of_encoder, dev_labels)
    mix.certainty_slope = certainty_slope(mix, train, dev, of_words, of_encoder)
    probabilities = mix.probabilities(of_words, of_encoder)
    print(f"{len(train)} messages to train on, {time.time() - started:.0f} s; encoder weight {mix.encoder_weight:.2f}")
    report("dev, words alone", softmax(of_words / mix.words_temperature), dev_labels, dev)
    report("dev", probabilities, dev_labels, dev)
    print(f"  the words are sure of {mix.sure(of_words).mean():.3f}")
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
        "format": 3,
        "version": f"local-{digest[:12]}",
        "intents": INTENTS,
        "bucketBits": BUCKET_BITS,
        "kinds": KINDS,
        "kindWeights": KIND_WEIGHTS,
        "idfUnit": 20,
        "scales": scales.tolist(),
        "intercepts": intercepts.tolist(),
        "wordsTemperature": mix.words_temperature,
        "wordsSureFrom": mix.words_sure_from,
        "encoderWeight": mix.encoder_weight,
        "temperature": mix.temperature,
        "certaintySlope": mix.certainty_slope,
        "trainedOn": {"messages": len(train), "sha256": digest},
    }
    text = json.dumps(header).encode()
    body = b"".join(table.tobytes() for table in tables) + quantised.tobytes()
    packed = gzip.compress(struct.pack("<I", len(text)) + text + body, compresslevel=9, mtime=0)
    WEIGHTS.write_bytes(packed)
    print(f"{WEIGHTS.relative_to(ROOT)}: {len(packed) / 1024:.0f} kB")


def read_weights():
    """What write_weights wrote: how it is weighed, and what the words say."""
    packed = gzip.decompress(WEIGHTS.read_bytes())
    body = 4 + struct.unpack_from("<I", packed)[0]
    header = json.loads(packed[4:body])
    mix = Mix(header["wordsTemperature"], header["wordsSureFrom"], header["encoderWeight"], header["temperature"], header["certaintySlope"])
    columns = len(KINDS) * BUCKETS
    tables = np.frombuffer(packed, np.uint8, columns, body).reshape(len(KINDS), BUCKETS)
    quantised = np.frombuffer(packed, np.int8, columns * len(INTENTS), body + columns).reshape(len(INTENTS), columns)
    return mix, (list(tables), quantised, np.array(header["scales"]), np.array(header["intercepts"]))


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
