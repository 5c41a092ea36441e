"""The cost model of a training step on several ranks.

    t(R) = computation + wait for the slowest rank + gather of the losses
         + reduce-scatter of the gradients + sum and update of the rank's slice
         + all-gather of the parameters (+ two gathers for each BatchNormalization)

A rank computes `base` and, for each of its shards, `shard` seconds; how much longer the slowest of
R ranks takes comes from the measured spread of step times. An exchange costs a latency, a time for
each message and a time for each byte. OpenMPI's MPI_Iallgatherv (libnbc) sends each rank's part to
every other rank directly, as the reduce-scatter does: both are exchanges of R - 1 messages. A few
numbers are gathered in log2(R) exchanges, each of twice as many (recursive doubling).
Seconds and bytes throughout. Standard library alone; the parameters are those of scale_parameters.json.
"""

import json
import math
from dataclasses import dataclass

FLOAT = 4
SMALL = 16  # bytes of a rank in a gather of losses, or of PSNR and the stop flag
STATISTICS = 64 * 16  # the same in a gather of BatchNormalization, of 64 channels
TAIL = 0.95  # beyond this quantile the spread goes on as an exponential


@dataclass(frozen=True)
class Model:
    """What one workload costs on one core."""
    name: str
    parameters: float
    base: float  # of a step, whatever the shards
    sample: float  # forward and backward
    sum: float  # of the gradients of one shard: all parameters once
    update: float  # of all parameters by Adam
    spread: tuple  # quantiles of a step's time, in its mean
    normalizations: int = 0  # BatchNormalization layers

    def wider(self, name, parameters):
        """The same network with more channels: as many pixels for each weight, so that all its
        costs grow with the parameters."""
        factor = parameters / self.parameters
        return Model(name, parameters, self.base * factor, self.sample * factor, self.sum * factor,
                     self.update * factor, self.spread)


@dataclass(frozen=True)
class Network:
    """What messages cost: `latency` once, `message` for each on its rank's core, `byte` for each
    byte on the wire that a node's ranks share."""
    name: str
    latency: float
    message: float
    byte: float

    def exchange(self, messages, size):
        return self.latency + messages * (self.message + size * self.byte) if messages else 0.0

    def gather(self, ranks, size):
        """Of `size` bytes from each of a power of two of ranks."""
        return sum(self.exchange(1, size * 2**i) for i in range((ranks - 1).bit_length()))


def line(points):
    """a and b of a + b * x through (x, y), by least squares of the relative errors."""
    s = sx = sxx = sy = sxy = 0.0
    for x, y in points:
        w = 1 / (y * y)
        s, sx, sxx, sy, sxy = s + w, sx + w * x, sxx + w * x * x, sy + w * y, sxy + w * x * y
    b = (s * sxy - sx * sy) / (s * sxx - sx * sx)
    return (sy - b * sx) / s, b


def quantiles(values, count=100):
    ordered = sorted(values)
    return [ordered[round(i / count * (len(ordered) - 1))] for i in range(count + 1)]


def quantile(spread, u):
    """Of the measured spread; beyond TAIL an exponential of the same mean excess."""
    if u >= TAIL:
        beyond = [q for i, q in enumerate(spread) if i / (len(spread) - 1) >= TAIL]
        start = beyond[0]
        excess = sum(beyond) / len(beyond) - start
        return start + excess * math.log((1 - TAIL) / max(1 - u, 1e-12))
    place = u * (len(spread) - 1)
    below = int(place)
    return spread[below] + (place - below) * (spread[below + 1] - spread[below])


def expected_largest(spread, ranks, points=2000):
    """The mean of the slowest of so many ranks, in the mean of one."""
    return sum(quantile(spread, ((i + 0.5) / points) ** (1 / ranks)) for i in range(points)) / points


def parts_of_step(model, ranks, shards, samples_of_shard, network):
    """Seconds of each part of a step of ranks on one machine, each of one thread."""
    own = -(-shards // ranks)  # the most that any rank has
    alone = model.base + own * samples_of_shard * model.sample
    others = (ranks - 1) / ranks
    slice_ = FLOAT * model.parameters / ranks
    return {
        "computation": alone,
        "slowest rank": alone * (expected_largest(model.spread, ranks) - 1),
        "small gathers": 2 * network.gather(ranks, SMALL)
        + 2 * model.normalizations * network.gather(ranks, STATISTICS),
        "reduce-scatter": network.exchange(ranks - 1, slice_),
        "sum and update": (own + 2 * others) * model.sum + model.update / ranks,
        "all-gather": network.exchange(ranks - 1, slice_),
    }


def load(path):
    """Models and the network within a machine, and all the parameters."""
    with open(path) as file:
        parameters = json.load(file)
    models = {name: Model(name, w["parameters"], w["base"], w["sample"], w["sum"], w["update"],
                          tuple(w["spread"])) for name, w in parameters["workloads"].items()}
    networks = {name: Network(name, n["latency"], n["message"], n["byte"])
                for name, n in parameters["networks"].items()}
    return models, networks, parameters


def check(path):
    """Predicted and measured milliseconds of two ranks of one thread, for each workload."""
    models, networks, parameters = load(path)
    rows = []
    for name, measured in parameters["workloads"].items():
        parts = parts_of_step(models[name], 2, measured["shards"], measured["samples_of_shard"],
                              networks["shared memory"])
        rows.append({"workload": name, "predicted": 1e3 * sum(parts.values()),
                     "measured": 1e3 * measured["two_ranks"]})
    return rows
