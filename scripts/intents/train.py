"""Trains the local intent classifier from data/intents/train, chooses its temperature on data/intents/dev, and writes the
weights that core/agents/intents/local-classifier.ts reads. The held-out split is not read here.

    python scripts/intents/train.py [--dry-run | --cross-validate]
"""

import argparse
import gzip
import hashlib
import json
import struct
import time

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix, hstack
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.svm import LinearSVC
from sklearn.utils import murmurhash3_32

from features import ROOT, features_of

INTENTS = ["sales_prospecting", "retention_churn", "support_technical", "support_billing", "general"]
BUCKET_BITS = 18
BUCKETS = 1 << BUCKET_BITS
# How much each kind of feature says; each kind is scaled to length 1 first. Chosen by cross-validation and on the dev split.
KINDS = ["words", "grams", "concepts"]
KIND_WEIGHTS = [1.0, 1.0, 1.0]
INVERSE_REGULARISATION = 0.6
# How much a feature counts before training by how unevenly it is spread between a class and the others (NB-SVM, Wang and Manning
# 2012): 0 would be not at all, 1 by the whole logarithm of the ratio.
RATIO_POWER = 0.3
RATIO_SMOOTHING = 0.5
# What one message alone has says nothing about the others.
LEAST_MESSAGES = 2
FLOOR = 0.7
FOLDS = 5
WEIGHTS = ROOT / "core/agents/intents/weights.bin.gz"
PARITY = ROOT / "test/fixtures/intents/parity.json"


def read_split(name):
    rows = []
    for file in sorted((ROOT / "data/intents" / name).glob("*.jsonl")):
        rows += [json.loads(line) | {"file": file.name} for line in file.read_text(encoding="utf8").splitlines() if line.strip()]
    return rows


def buckets_of(texts):
    """One 0/1 matrix for each kind of feature."""
    made = [features_of(text) for text in texts]
    matrices = []
    for kind in range(len(KINDS)):
        indices, indptr = [], [0]
        for sets in made:
            row = {murmurhash3_32(f"{kind}{feature}", seed=0, positive=True) & (BUCKETS - 1) for feature in sets[kind]}
            indices += sorted(row)
            indptr.append(len(indices))
        matrices.append(csr_matrix((np.ones(len(indices)), indices, indptr), shape=(len(texts), BUCKETS)))
    return matrices


def inverse_document_frequencies(matrices):
    """Quantised to a byte, as they are stored: the trainer computes with what the product will read."""
    tables = []
    for matrix in matrices:
        frequency = np.asarray(matrix.sum(axis=0)).ravel()
        idf = np.log((1 + matrix.shape[0]) / (1 + frequency)) + 1
        idf[frequency == 0] = 0
        tables.append(np.round(idf * 20).clip(0, 255).astype(np.uint8))
    return tables


def weigh(matrices, tables):
    weighed = []
    for matrix, table, weight in zip(matrices, tables, KIND_WEIGHTS):
        scaled = matrix.multiply(table.astype(np.float64) / 20).tocsr()
        norms = np.sqrt(np.asarray(scaled.multiply(scaled).sum(axis=1)).ravel())
        norms[norms == 0] = 1
        weighed.append(scaled.multiply(weight / norms[:, None]).tocsr())
    return hstack(weighed).tocsr()


def softmax(logits):
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def log_loss(logits, labels, temperature):
    probabilities = softmax(logits / temperature)
    return -np.log(probabilities[np.arange(len(labels)), labels] + 1e-12).mean()


def labels_of(rows):
    return np.array([INTENTS.index(row["intent"]) for row in rows])


def ratios_of(present, belongs):
    inside = np.asarray(present[belongs].sum(axis=0)).ravel() + RATIO_SMOOTHING
    outside = np.asarray(present[~belongs].sum(axis=0)).ravel() + RATIO_SMOOTHING
    return np.abs(np.log((inside / inside.sum()) / (outside / outside.sum()))) ** RATIO_POWER


def fit(matrices, labels):
    """The idf tables, the quantised coefficients with their scales, and the intercepts."""
    tables = inverse_document_frequencies(matrices)
    weighed = weigh(matrices, tables).tocsc()
    columns = np.flatnonzero(np.diff(weighed.indptr) >= LEAST_MESSAGES)
    weighed = weighed[:, columns].tocsr()
    coefficients = np.zeros((len(INTENTS), len(columns)))
    intercepts = np.zeros(len(INTENTS))
    for intent in range(len(INTENTS)):
        ratios = ratios_of(weighed > 0, labels == intent)
        # A fixed order and a fixed seed: the same data give the same weights.
        model = LinearSVC(C=INVERSE_REGULARISATION, class_weight="balanced", tol=1e-3, random_state=0)
        model.fit(weighed.multiply(ratios).tocsr(), labels == intent)
        # The ratios go into the coefficients: the product only adds up.
        coefficients[intent] = model.coef_[0] * ratios
        intercepts[intent] = model.intercept_[0]
    scales = np.abs(coefficients).max(axis=1) / 127
    quantised = np.zeros((len(INTENTS), len(KINDS) * BUCKETS), dtype=np.int8)
    quantised[:, columns] = np.round(coefficients / scales[:, None])
    return tables, quantised, scales, intercepts


def logits_of(matrices, fitted):
    tables, quantised, scales, intercepts = fitted
    return weigh(matrices, tables) @ (quantised * scales[:, None]).T + intercepts


def best_temperature(logits, labels):
    return minimize_scalar(lambda value: log_loss(logits, labels, value), bounds=(0.1, 5), method="bounded").x


def decide(probabilities):
    """As core/agents/intents/decide.ts does without a conversation."""
    return np.where(probabilities.max(axis=1) < FLOOR, INTENTS.index("general"), probabilities.argmax(axis=1))


def calibration_error(probabilities, labels):
    """Mean distance between certainty and how often it is right, in ten steps of certainty."""
    certainty = probabilities.max(axis=1)
    gap = (probabilities.argmax(axis=1) == labels) - certainty
    steps = np.minimum(9, (certainty * 10).astype(int))
    return sum(abs(gap[steps == step].sum()) for step in range(10)) / len(labels)


def report(name, logits, labels, rows, temperature):
    probabilities = softmax(logits / temperature)
    right = decide(probabilities) == labels
    print(
        f"{name}: {len(labels)} messages, accuracy {right.mean():.4f} with the floor of {FLOOR}, "
        f"{np.mean(probabilities.argmax(axis=1) == labels):.4f} without; calibration error "
        f"{calibration_error(probabilities, labels):.4f}, log loss {log_loss(logits, labels, temperature):.4f}"
    )
    print("  recall " + ", ".join(f"{intent} {right[labels == index].mean():.3f}" for index, intent in enumerate(INTENTS)))
    languages = np.array([row["lang"] for row in rows])
    print("  right " + ", ".join(f"{lang} {right[languages == lang].mean():.3f}" for lang in ("pt", "en", "es")))


def cross_validate(train):
    """How well messages of files are read that were left out as a whole: of trades and themes that nobody trained on."""
    labels = labels_of(train)
    matrices = buckets_of([row["text"] for row in train])
    logits = np.zeros((len(train), len(INTENTS)))
    files = [row["file"] for row in train]
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0).split(train, labels, files)
    for inside, outside in folds:
        fitted = fit([matrix[inside] for matrix in matrices], labels[inside])
        logits[outside] = logits_of([matrix[outside] for matrix in matrices], fitted)
    report("files left out", logits, labels, train, best_temperature(logits, labels))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dry-run", action="store_true", help="print the numbers of the dev split, write nothing")
    parser.add_argument("--cross-validate", action="store_true", help="print how well left-out files are read, write nothing")
    options = parser.parse_args()
    started = time.time()
    train, dev = read_split("train"), read_split("dev")
    if options.cross_validate:
        return cross_validate(train)
    dev_labels = labels_of(dev)
    fitted = fit(buckets_of([row["text"] for row in train]), labels_of(train))
    tables, quantised, scales, intercepts = fitted
    dev_logits = logits_of(buckets_of([row["text"] for row in dev]), fitted)
    temperature = best_temperature(dev_logits, dev_labels)
    print(f"{len(train)} messages to train on, {time.time() - started:.0f} s; temperature {temperature:.3f}")
    report("dev", dev_logits, dev_labels, dev, temperature)
    if options.dry_run:
        probabilities = softmax(dev_logits / temperature)
        for row, best, scores in zip(dev, decide(probabilities), probabilities):
            if INTENTS[best] != row["intent"]:
                print(f"  {row['intent']:18} read as {INTENTS[best]:18} {scores.max():.2f} ({INTENTS[scores.argmax()]})  {row['text']}")
        return

    digest = hashlib.sha256("\n".join(f"{row['intent']}\t{row['text']}" for row in train).encode()).hexdigest()
    header = {
        "format": 1,
        "version": f"local-{digest[:12]}",
        "intents": INTENTS,
        "bucketBits": BUCKET_BITS,
        "kinds": KINDS,
        "kindWeights": KIND_WEIGHTS,
        "idfUnit": 20,
        "scales": scales.tolist(),
        "intercepts": intercepts.tolist(),
        "temperature": temperature,
        "trainedOn": {"messages": len(train), "sha256": digest},
    }
    text = json.dumps(header).encode()
    body = b"".join(table.tobytes() for table in tables) + quantised.tobytes()
    packed = gzip.compress(struct.pack("<I", len(text)) + text + body, compresslevel=9, mtime=0)
    WEIGHTS.write_bytes(packed)
    sample = [row["text"] for row in (train[:: max(1, len(train) // 120)] + dev[:: max(1, len(dev) // 40)])]
    sample += ["", "   ", "🙏🙏🙏", "OOOOIIIII!!!", "r$1.234,56??", "não NÃO n ñ", "İstanbul ﬁ ½ 中文"]
    scores = softmax(logits_of(buckets_of(sample), fitted) / temperature)
    PARITY.parent.mkdir(parents=True, exist_ok=True)
    PARITY.write_text(
        json.dumps(
            [{"text": text, "scores": [round(value, 9) for value in row]} for text, row in zip(sample, scores.tolist())],
            ensure_ascii=False,
            indent=0,
        )
        + "\n",
        encoding="utf8",
    )
    print(f"{WEIGHTS.relative_to(ROOT)}: {len(packed) / 1024:.0f} kB")


if __name__ == "__main__":
    main()
