"""Trains the local intent classifier from data/intents/train, chooses its temperature on data/intents/dev, and writes the
weights that core/agents/intents/local-classifier.ts reads. The held-out split is not read here.

    python scripts/intents/train.py [--dry-run]
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
from sklearn.linear_model import LogisticRegression
from sklearn.utils import murmurhash3_32

from features import ROOT, features_of

INTENTS = ["sales_prospecting", "retention_churn", "support_technical", "support_billing", "general"]
BUCKET_BITS = 17
BUCKETS = 1 << BUCKET_BITS
# How much each kind of feature says; each kind is scaled to length 1 first. Chosen on the dev split.
KINDS = ["words", "grams", "concepts"]
KIND_WEIGHTS = [1.0, 1.0, 0.7]
INVERSE_REGULARISATION = 30.0
WEIGHTS = ROOT / "core/agents/intents/weights.bin.gz"
PARITY = ROOT / "test/fixtures/intents/parity.json"


def read_split(name):
    rows = []
    for file in sorted((ROOT / "data/intents" / name).glob("*.jsonl")):
        rows += [json.loads(line) for line in file.read_text(encoding="utf8").splitlines() if line.strip()]
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


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dry-run", action="store_true", help="print the numbers of the dev split, write nothing")
    dry_run = parser.parse_args().dry_run
    started = time.time()
    train, dev = read_split("train"), read_split("dev")
    labels = np.array([INTENTS.index(row["intent"]) for row in train])
    dev_labels = np.array([INTENTS.index(row["intent"]) for row in dev])

    matrices = buckets_of([row["text"] for row in train])
    tables = inverse_document_frequencies(matrices)
    # A fixed order and a deterministic solver: the same data give the same weights.
    model = LogisticRegression(C=INVERSE_REGULARISATION, max_iter=2000, class_weight="balanced")
    model.fit(weigh(matrices, tables), labels)

    scales = np.abs(model.coef_).max(axis=1) / 127
    quantised = np.round(model.coef_ / scales[:, None]).astype(np.int8)
    coefficients = quantised * scales[:, None]

    def logits_of(texts):
        return weigh(buckets_of(texts), tables) @ coefficients.T + model.intercept_

    dev_logits = logits_of([row["text"] for row in dev])
    temperature = minimize_scalar(
        lambda value: log_loss(dev_logits, dev_labels, value), bounds=(0.1, 5), method="bounded"
    ).x
    probabilities = softmax(dev_logits / temperature)
    chosen = probabilities.argmax(axis=1)
    floored = np.where(probabilities.max(axis=1) < 0.7, INTENTS.index("general"), chosen)
    print(f"{len(train)} messages to train on, {len(dev)} to choose by, {time.time() - started:.0f} s")
    print(f"dev: accuracy {np.mean(floored == dev_labels):.4f} with the floor of 0.7, {np.mean(chosen == dev_labels):.4f}")
    print(f"temperature {temperature:.3f}, dev log loss {log_loss(dev_logits, dev_labels, temperature):.4f}")
    if dry_run:
        for row, best, scores in zip(dev, floored, probabilities):
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
        "intercepts": model.intercept_.tolist(),
        "temperature": temperature,
        "trainedOn": {"messages": len(train), "sha256": digest},
    }
    text = json.dumps(header).encode()
    body = b"".join(table.tobytes() for table in tables) + quantised.tobytes()
    packed = gzip.compress(struct.pack("<I", len(text)) + text + body, compresslevel=9, mtime=0)
    WEIGHTS.write_bytes(packed)
    sample = [row["text"] for row in (train[:: max(1, len(train) // 120)] + dev[:: max(1, len(dev) // 40)])]
    sample += ["", "   ", "🙏🙏🙏", "OOOOIIIII!!!", "r$1.234,56??", "não NÃO n ñ", "İstanbul ﬁ ½ 中文"]
    scores = softmax(logits_of(sample) / temperature)
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
