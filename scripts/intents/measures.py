"""The labelled messages, and how well they are read."""

import json

import numpy as np
from scipy.optimize import minimize_scalar

from features import ROOT

INTENTS = ["sales_prospecting", "retention_churn", "support_technical", "support_billing", "general"]
FLOOR = 0.7


# Files of train/ that the encoder is not trained on.
SET_ASIDE = (ROOT / "data/intents/calibration.txt").read_text(encoding="utf8").split()


def read_split(name):
    rows = []
    for file in sorted((ROOT / "data/intents" / name).glob("*.jsonl")):
        rows += [json.loads(line) | {"file": file.name} for line in file.read_text(encoding="utf8").splitlines() if line.strip()]
    return rows


def labels_of(rows):
    return np.array([INTENTS.index(row["intent"]) for row in rows])


def softmax(logits):
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def log_loss(logits, labels, temperature):
    probabilities = softmax(logits / temperature)
    return -np.log(probabilities[np.arange(len(labels)), labels] + 1e-12).mean()


def best_temperature(logits, labels):
    return minimize_scalar(lambda value: log_loss(logits, labels, value), bounds=(0.1, 5), method="bounded").x


def stretched(probabilities, slope):
    """As core/agents/intents/local-classifier.ts does: the odds of a first intent that is above the floor, brought nearer to the
    floor by a slope below 1. Neither the order nor what is above the floor changes; the other four share what is left as before."""
    certainty = np.clip(probabilities.max(axis=1), 1e-12, 1 - 1e-12)
    at_floor = np.log(FLOOR / (1 - FLOOR))
    moved = 1 / (1 + np.exp(-at_floor - slope * (np.log(certainty / (1 - certainty)) - at_floor)))
    moved = np.where(certainty < FLOOR, certainty, moved)
    values = probabilities * ((1 - moved) / (1 - certainty))[:, None]
    values[np.arange(len(values)), probabilities.argmax(axis=1)] = moved
    return values


def best_slope(probabilities, labels):
    def loss(slope):
        return log_loss(np.log(stretched(probabilities, slope) + 1e-12), labels, 1)

    return minimize_scalar(loss, bounds=(0.3, 1.5), method="bounded").x


def decide(probabilities):
    """As core/agents/intents/decide.ts does without a conversation."""
    return np.where(probabilities.max(axis=1) < FLOOR, INTENTS.index("general"), probabilities.argmax(axis=1))


def calibration_error(probabilities, labels):
    """Mean distance between certainty and how often it is right, in ten steps of certainty."""
    return sum(abs(own.sum()) for _, own in calibration_steps(probabilities, labels)) / len(labels)


def calibration_steps(probabilities, labels):
    """For each step of .1 that occurs, the certainties in it, and what was right (1 or 0) less them."""
    certainty = probabilities.max(axis=1)
    gap = (probabilities.argmax(axis=1) == labels) - certainty
    steps = np.minimum(9, (certainty * 10).astype(int))
    return [(certainty[steps == step], gap[steps == step]) for step in range(10) if (steps == step).any()]


def report(name, probabilities, labels, rows):
    right = decide(probabilities) == labels
    print(
        f"{name}: {len(labels)} messages, accuracy {right.mean():.4f} with the floor of {FLOOR}, "
        f"{np.mean(probabilities.argmax(axis=1) == labels):.4f} without; calibration error "
        f"{calibration_error(probabilities, labels):.4f}, log loss {log_loss(np.log(probabilities + 1e-12), labels, 1):.4f}"
    )
    print("  recall " + ", ".join(f"{intent} {right[labels == index].mean():.3f}" for index, intent in enumerate(INTENTS)))
    languages = np.array([row["lang"] for row in rows])
    print("  right " + ", ".join(f"{lang} {right[languages == lang].mean():.3f}" for lang in ("pt", "en", "es")))
    steps = calibration_steps(probabilities, labels)
    print("  certain, right " + ", ".join(f"{own.mean():.3f} {(own + gap).mean():.3f} ({len(own)})" for own, gap in steps))
