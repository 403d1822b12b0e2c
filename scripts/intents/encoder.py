"""Fine-tunes the lower layers of multilingual-e5-small to tell intents, and writes them as ONNX in 8 bits."""

import random
import time
import unicodedata

import jax
import jax.numpy as jnp
import numpy as np
import optax

from base_model import MATRICES
from word_pieces import MAX_PIECES, ids_of

# So that a message of 20 pieces takes about 10 ms on one core.
LAYERS = 8
EPOCHS = 3
BATCH = 32
LEARNING_RATE = 7e-5
WARM_UP = 0.06
DROPOUT = 0.1
EPSILON = 1e-12
# A batch is filled up to one of these: for each length the step is compiled once.
LENGTHS = (12, 16, 24, MAX_PIECES)
# How often a message is learnt without its accents, with a typing error, in capitals.
UNACCENTED, MISTYPED, SHOUTED = 0.3, 0.15, 0.05


def start_parameters(shape, tensors, intents, seed):
    layers = []
    for layer in range(LAYERS):
        own = {name: (tensors[f"l{layer}.{name}.w"].T, tensors[f"l{layer}.{name}.b"]) for name in MATRICES}
        own |= {name: (tensors[f"l{layer}.{name}.w"], tensors[f"l{layer}.{name}.b"]) for name in ("aln", "oln")}
        layers.append(own)
    head = (np.random.RandomState(seed).randn(shape["width"], intents) * 0.02, np.zeros(intents))
    parameters = {"emb_ln": (tensors["emb.ln.w"], tensors["emb.ln.b"]), "layers": layers, "head": head}
    return jax.tree.map(lambda values: jnp.asarray(values, jnp.float32), parameters)


def _normed(values, weights):
    mean = values.mean(-1, keepdims=True)
    variance = ((values - mean) ** 2).mean(-1, keepdims=True)
    return (values - mean) / jnp.sqrt(variance + EPSILON) * weights[0] + weights[1]


def forward(parameters, embedded, mask, heads, key=None):
    """Logits of a batch. With a key it learns: parts are dropped."""
    batch, length, width = embedded.shape

    def dropped(values, place):
        if key is None:
            return values
        kept = jax.random.bernoulli(jax.random.fold_in(key, place), 1 - DROPOUT, values.shape)
        return values * kept / (1 - DROPOUT)

    def split(values):
        return values.reshape(batch, length, heads, -1).transpose(0, 2, 1, 3)

    def linear(values, weights):
        return values @ weights[0] + weights[1]

    hidden = _normed(embedded, parameters["emb_ln"])
    bias = (1 - mask)[:, None, None, :] * -1e9
    for index, layer in enumerate(parameters["layers"]):
        query, key_, value = (split(linear(hidden, layer[name])) for name in "qkv")
        attention = jax.nn.softmax(query @ key_.transpose(0, 1, 3, 2) / np.sqrt(width // heads) + bias, -1)
        seen = (attention @ value).transpose(0, 2, 1, 3).reshape(batch, length, width)
        hidden = _normed(hidden + dropped(linear(seen, layer["ao"]), 2 * index), layer["aln"])
        inner = jax.nn.gelu(linear(hidden, layer["fi"]), approximate=True)
        hidden = _normed(hidden + dropped(linear(inner, layer["fo"]), 2 * index + 1), layer["oln"])
    mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
    return linear(dropped(mean, 2 * LAYERS), parameters["head"])


def without_accents(text):
    return "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))


def as_people_type(text, chance):
    if chance.random() < UNACCENTED:
        text = without_accents(text)
    if chance.random() < MISTYPED and len(text) > 6:
        at, kind = chance.randrange(1, len(text) - 1), chance.choice(["left out", "swapped", "doubled"])
        middle = {"left out": "", "swapped": text[at + 1] + text[at], "doubled": text[at] * 2}[kind]
        text = text[:at] + middle + text[at + (2 if kind == "swapped" else 1) :]
    return text.upper() if chance.random() < SHOUTED else text


class Embedder:
    """The embeddings of the base stay as they are."""

    def __init__(self, tokenizer, shape, tensors, kept):
        self.tokenizer, self.shape = tokenizer, shape
        self.words = tensors["emb.word"][kept]
        self.positions = tensors["emb.pos"][:MAX_PIECES] + tensors["emb.type"][0]

    def ids(self, text):
        return ids_of(self.tokenizer, text, self.shape)

    def batch(self, sequences):
        longest = max(map(len, sequences))
        length = next(each for each in LENGTHS if each >= longest)
        ids = np.full((len(sequences), length), self.shape["pad"])
        mask = np.zeros((len(sequences), length), np.float32)
        for row, sequence in enumerate(sequences):
            ids[row, : len(sequence)] = sequence
            mask[row, : len(sequence)] = 1
        return (self.words[ids] + self.positions[None, :length]).astype(np.float32), mask


def _batches(sequences, chance):
    """Messages of like length together, in an order by chance."""
    order = list(range(len(sequences)))
    chance.shuffle(order)
    batches = []
    for start in range(0, len(order), BATCH * 50):
        like = sorted(order[start : start + BATCH * 50], key=lambda index: len(sequences[index]))
        batches += [like[at : at + BATCH] for at in range(0, len(like) - BATCH + 1, BATCH)]
    chance.shuffle(batches)
    return batches


def fine_tune(embedder, tensors, texts, labels, intents, seed=0):
    """The parameters after training. A quarter to half an hour on two cores."""
    heads = embedder.shape["heads"]
    chance = random.Random(seed)
    parameters = start_parameters(embedder.shape, tensors, intents, seed)
    steps = EPOCHS * (len(texts) // BATCH)
    rate = optax.warmup_cosine_decay_schedule(0, LEARNING_RATE, int(WARM_UP * steps), steps, LEARNING_RATE * 0.02)
    optimizer = optax.chain(optax.clip_by_global_norm(1.0), optax.adamw(rate, weight_decay=0.01))
    state = optimizer.init(parameters)
    class_weights = jnp.asarray(len(labels) / (intents * np.bincount(labels)), jnp.float32)

    def loss(current, embedded, mask, right, key):
        logits = forward(current, embedded, mask, heads, key)
        return (optax.softmax_cross_entropy_with_integer_labels(logits, right) * class_weights[right]).mean()

    @jax.jit
    def step(current, at, embedded, mask, right, key):
        value, gradients = jax.value_and_grad(loss)(current, embedded, mask, right, key)
        updates, at = optimizer.update(gradients, at, current)
        return optax.apply_updates(current, updates), at, value

    key, done, started, average = jax.random.PRNGKey(seed), 0, time.time(), None
    for _ in range(EPOCHS):
        sequences = [embedder.ids(as_people_type(text, chance)) for text in texts]
        for indices in _batches(sequences, chance):
            key, own = jax.random.split(key)
            embedded, mask = embedder.batch([sequences[index] for index in indices])
            parameters, state, value = step(parameters, state, embedded, mask, labels[indices], own)
            done += 1
            average = float(value) if average is None else 0.98 * average + 0.02 * float(value)
            if done % 50 == 0:
                left = (time.time() - started) / done * (steps - done)
                print(f"  step {done} of {steps}, loss {average:.3f}, {left / 60:.0f} min left", flush=True)
    return jax.tree.map(np.asarray, parameters)
