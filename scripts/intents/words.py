"""What the words of a message say: a linear classifier of hashed features, without a language model."""

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.svm import LinearSVC
from sklearn.utils import murmurhash3_32

from features import features_of
from measures import INTENTS

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
