#!/usr/bin/env python3
"""Trains what docs/symmetric-layers.md compares, variants of configs/symmetric-layers.toml, and prints its tables:
    scripts/studies/symmetric_layers.py FOLDER"""

import itertools
from statistics import mean

from study import ROOT, arguments, inspected_trainings, layer, print_head, print_row, spread

CONFIG = (ROOT / "configs" / "symmetric-layers.toml").read_text()
NOISE = '[[corruption]]\nkind = "gaussian"\nsigma = 0.098\n\n'
GEOMETRY = 'kernel_size = 4\nstrides = 2\npadding = "same"\n'
DECAY = "kernel_regularizer = { l2 = 1e-4 }\n"

TASKS = ("reconstruct", "denoise")
MODELS = ("one pair", "two pairs", "two pairs, skip")
ACTIVATIONS = ("linear", "relu")
KERNELS = ("untied", "decay", "tied")


def convolution(name, filters, activation, kernels):
    rest = f'filters = {filters}\n{GEOMETRY}activation = "{activation}"\n'
    return layer(name, "Conv2D", rest + (DECAY if kernels == "decay" else ""))


def transpose(name, partner, filters, activation, kernels):
    own = f'tied_to = "{partner}"\n' if kernels == "tied" else f"filters = {filters}\n{GEOMETRY}"
    rest = f'{own}output_like = "{partner}"\nactivation = "{activation}"\n'
    return layer(name, "Conv2DTranspose", rest + (DECAY if kernels == "decay" else ""))


def config_text(task, model, activation, kernels):
    """The config with other layers, and with noise where the task asks for it."""
    data, loss = CONFIG[: CONFIG.index("[model]")], CONFIG[CONFIG.index("[loss]"):]
    layers = [convolution("enc1", 16, activation, kernels)]
    if model != "one pair":
        layers += [convolution("enc2", 32, activation, kernels),
                   transpose("dec2", "enc2", 16, activation, kernels)]
    if model == "two pairs, skip":
        layers.append(layer("meet", "Add", 'inputs = ["dec2", "enc1"]\n'))
    layers.append(transpose("dec1", "enc1", 1, "linear", kernels))
    code = "enc1" if model == "one pair" else "enc2"
    head = f'[model]\ninput = [0, 0, 1]\nlatent = "{code}"\n\n'
    return data + (NOISE if task == "denoise" else "") + head + "\n".join(layers) + "\n" + loss


def name_of(variant):
    return "-".join(variant).replace(", ", "-").replace(" ", "-")


# Of what inspect's JSON says of a comparison, and of the level of chance.
MEASURES = {
    "cosine": (lambda c: c["cosine"], lambda c: 0),
    "best matching": (lambda c: mean(c["cosine_of_matching"]), lambda c: c["mean_cosine_of_matching"]),
    "best rotation": (lambda c: c["cosine_of_rotation"], lambda c: c["cosine_of_rotation"]),
    "subspaces": (lambda c: mean(c["cosine_of_subspaces"]), lambda c: c["mean_cosine_of_subspaces"]),
    "frequencies": (lambda c: c["cosine_of_frequency_responses"],
                    lambda c: c["cosine_of_frequency_responses"]),
}


def print_pair(results, position):
    """A row for each variant: one of its pairs after training, mean and standard deviation over the seeds."""
    print_head(["task", "model", "activation", "kernels"], [*MEASURES, "from identity", "PSNR, dB"])
    chance = None
    for variant, found in results.items():
        pairs = [f["inspect"]["pairs"][position] for f in found]
        cells = ["1"] * len(MEASURES)
        if not pairs[0]["tied"]:
            chance = pairs[0]
            cells = [spread([of(pair["after"]) for pair in pairs]) for of, _ in MEASURES.values()]
        cells.append(spread([pair["distance_from_identity"]["after"] for pair in pairs]))
        cells.append(spread([f["train"]["validation_psnr"] for f in found]))
        print_row([*variant, *cells])
    if chance:
        levels = [f"{of(chance['by_chance']):.2f}" for _, of in MEASURES.values()]
        print_row(["by chance", "", "", "", *levels,
                   f"{chance['distance_from_identity']['by_chance']:.2f}", ""])


def print_course(results, variant):
    """The outer pair of one variant over the epochs, mean over the seeds."""
    pairs = [f["inspect"]["pairs"][0] for f in results[variant]]
    print_head(["epoch"], [*MEASURES, "from identity"])
    for i, then in enumerate(pairs[0]["epochs"]):
        epochs = [pair["epochs"][i] for pair in pairs]
        cells = [f"{mean(of(e) for e in epochs):.2f}" for of, _ in MEASURES.values()]
        print_row([str(then["epoch"]), *cells, f"{mean(e['distance_from_identity'] for e in epochs):.2f}"])


def main():
    given = arguments(__doc__.split("\n")[0])
    variants = [v for v in itertools.product(TASKS, MODELS, ACTIVATIONS, KERNELS) if given.only in name_of(v)]
    results = {v: inspected_trainings(given, name_of(v), config_text(*v)) for v in variants}
    for position, title in enumerate(("enc1 and dec1", "enc2 and dec2")):
        having = {v: found for v, found in results.items() if len(found[0]["inspect"]["pairs"]) > position}
        if having:
            print(f"\n{title}\n")
            print_pair(having, position)
    for variant in results:
        if variant[3] != "tied" and variant[:2] == ("reconstruct", "one pair"):
            print(f"\nenc1 and dec1 during training: {', '.join(variant)}\n")
            print_course(results, variant)


if __name__ == "__main__":
    main()
