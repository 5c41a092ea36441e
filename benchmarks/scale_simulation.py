"""Simulates the schedule of a training step on 16 to 4096 cores, 16 to a node.

Each core draws its computation time from the measured spread; then events are simulated node by
node: what a node has to send to another is one bundle, a NIC sends one bundle at a time and receives
one at a time, and each core handles its messages one after the other. Everything that a rank waits
for follows the schedule of TrainingStep: gather of the losses, reduce-scatter of the gradients, sum
and update of the slice, all-gather of the parameters, gather of PSNR and the stop flag.

The cores of a node may be used in three ways:
    flat           a rank on each core
    threads        one rank on the node, a thread on each core
    hierarchical   a rank on each core, but gradients are summed and parameters spread inside the
                   node first; the node's shards form whole subtrees of the shards' tree, so that the
                   bits would be the same. Adjoint does not do this.
Seeded: the same parameters give the same figures. Standard library alone.
"""

import heapq
import multiprocessing
import random

import scale_model
from scale_model import FLOAT, SMALL, STATISTICS, Network

CORES = 16  # of a node
COUNTS = tuple(16 * 2**i for i in range(9))  # 16 ... 4096 cores
SAMPLES = (1, 4, 16, 64)  # of a shard
SHOWN_SAMPLES = 16
WAYS = ("flat", "threads", "hierarchical")
HEADERS = 78  # bytes of Ethernet, IP and TCP around each message
# Bandwidth in bits a second, latency as assumed; what a message costs a core is measured: by TCP,
# and where the NIC takes over what TCP does, as in shared memory.
WIRES = {"10 Gb/s": (10e9, 30e-6, "TCP"), "100 Gb/s": (100e9, 2e-6, "shared memory")}
LARGER = {"10 M": 10e6, "100 M": 100e6}  # colour32 with more channels
SEED = 11


def wires(networks):
    return {name: Network(name, latency, networks[like].message, 8 / bits)
            for name, (bits, latency, like) in WIRES.items()}


def models_of(models):
    larger = {name: models["colour32"].wider(name, parameters)
              for name, parameters in LARGER.items()}
    return {**models, **larger}


def exchange(ready, bundle, latency):
    """When each node has all that the others send it. A bundle keeps its sender's and its
    receiver's NIC for `bundle` seconds; each node begins with its right-hand neighbour."""
    nodes = len(ready)
    done, receiving = list(ready), [0.0] * nodes
    events = [(time, node, 1) for node, time in enumerate(ready)]
    heapq.heapify(events)
    while events and nodes > 1:
        time, node, distance = events[0]
        to = (node + distance) % nodes
        end = max(time, receiving[to]) + bundle
        receiving[to] = end
        done[to] = max(done[to], end + latency)
        if distance + 1 < nodes:
            heapq.heapreplace(events, (end, node, distance + 1))
        else:
            heapq.heappop(events)
            done[node] = max(done[node], end)
    return done


class Step:
    """One simulated step; `times` are the nodes' clocks, `parts` the seconds by which each part
    moved the slowest of them."""

    def __init__(self, model, cores, samples, wire, memory, way, draw):
        self.model, self.cores, self.samples = model, cores, samples
        self.wire, self.memory, self.way, self.draw = wire, memory, way, draw
        self.nodes = cores // CORES
        self.times = [0.0] * self.nodes
        self.parts = {}

    def advance(self, part, times):
        self.parts[part] = self.parts.get(part, 0.0) + max(times) - max(self.times)
        self.times = times

    def wait(self, part, seconds):
        self.advance(part, [time + seconds for time in self.times])

    def share(self, part, whole):
        """Everybody sends everybody else a part of what is cut among all."""
        ranks = self.nodes if self.way == "threads" else self.cores
        inside = 0.0
        if self.way == "hierarchical":
            # A core exchanges its share of the node's sum with its like in the other nodes.
            size = whole / self.cores
            inside = self.memory.exchange(CORES - 1, whole / CORES)
            bytes_, messages = CORES * (size + HEADERS), 1
        else:
            size = whole / ranks
            per_node = 1 if self.way == "threads" else CORES
            inside = self.memory.exchange(per_node - 1, size)
            bytes_, messages = per_node**2 * (size + HEADERS), per_node
        bundle = max(bytes_ * self.wire.byte, messages * self.wire.message)
        after = exchange(self.times, bundle, self.wire.latency)
        # A flat exchange inside the node goes on beside that among nodes, the others precede it.
        if self.way == "hierarchical":
            after = [time + inside for time in after]
        else:
            after = [max(time, start + inside) for time, start in zip(after, self.times)]
        self.advance(part, after)

    def gather(self, size):
        """A few numbers of each rank, by recursive doubling: inside the nodes first."""
        inside = 1 if self.way == "threads" else CORES
        self.wait("small gathers", self.memory.gather(inside, size))
        size *= inside
        for i in range((self.nodes - 1).bit_length()):
            times = [max(time, self.times[node ^ 2**i]) for node, time in enumerate(self.times)]
            bundle = max(inside * (size * 2**i + HEADERS) * self.wire.byte, self.wire.message)
            self.advance("small gathers", [time + self.wire.latency + bundle for time in times])

    def run(self):
        model = self.model
        mean = model.base + self.samples * model.sample
        drawn = [max(mean * scale_model.quantile(model.spread, self.draw())
                     for _ in range(CORES)) for _ in range(self.nodes)]
        self.wait("computation", mean)
        self.advance("slowest core", drawn)
        self.gather(SMALL)
        for _ in range(2 * model.normalizations):
            self.gather(STATISTICS)
        whole = FLOAT * model.parameters
        ranks = self.nodes if self.way == "threads" else self.cores
        # Parameters, in shares of all, that a core adds to others when its own shard's stand in
        # the row; the cores of a node share a rank's slice, or what the node has summed.
        added = (ranks - 1) / ranks
        if self.way == "threads":
            added /= CORES
        elif self.way == "hierarchical":
            added = (CORES - 1) / CORES + (self.nodes - 1) / self.nodes / CORES
        copied = (ranks - 1) / ranks / (CORES if self.way == "threads" else 1)
        self.wait("sum and update", model.sum)
        self.share("reduce-scatter", whole)
        self.wait("sum and update", added * model.sum + model.update / self.cores)
        self.share("all-gather", whole)
        self.wait("sum and update", copied * model.sum)
        self.gather(SMALL)
        return max(self.times), mean


def simulate_point(task):
    """Mean over a few steps."""
    model, cores, samples, wire, memory, way = task
    draw = random.Random(f"{SEED} {model.name} {cores} {samples}").random
    steps = max(1, min(32, 1024 // cores))
    total, computed, parts = 0.0, 0.0, {}
    for _ in range(steps):
        step = Step(model, cores, samples, wire, memory, way, draw)
        seconds, mean = step.run()
        total, computed = total + seconds / steps, mean
        for part, spent in step.parts.items():
            parts[part] = parts.get(part, 0.0) + spent / steps
    return {"model": model.name, "cores": cores, "samples": samples, "network": wire.name,
            "way": way, "seconds": total, "efficiency": computed / total, "parts": parts}


def simulate(path):
    """Every model, number of cores and network: by samples of a shard, and by way."""
    models, networks, _ = scale_model.load(path)
    tasks = [(model, cores, samples, wire, networks["shared memory"], way)
             for wire in wires(networks).values() for model in models_of(models).values()
             for cores in COUNTS for way in WAYS
             for samples in (SAMPLES if way == "flat" else (SHOWN_SAMPLES,))]
    normalized = scale_model.Model(**{**models["colour32"].__dict__, "normalizations": 10,
                                      "name": "colour32, 10 BatchNormalization"})
    tasks += [(normalized, cores, SHOWN_SAMPLES, wire, networks["shared memory"], "flat")
              for wire in wires(networks).values() for cores in COUNTS]
    with multiprocessing.Pool() as pool:
        return pool.map(simulate_point, sorted(tasks, key=lambda task: -task[1]), chunksize=1)


# Failures. C: seconds of a checkpoint; T: seconds between two; L: failures a second.
DISK = 500e6  # bytes a second, assumed
RESTART = 60  # seconds from a failure to the first new step, assumed
TOLERATED = 0.05
INTERVALS = (60, 300, 900, 3600, 4 * 3600)
RATES = (0.01, 0.1, 1, 10)  # failures an hour


def checkpoint_seconds(parameters, wire):
    """Rank 0 receives the weights and Adam's two moments through its NIC, and writes them."""
    size = 3 * FLOAT * parameters
    return size * wire.byte + size / DISK


def lost(interval, cost, rate):
    """The share of time that checkpoints, repeated work and restarts take, to first order."""
    return cost / interval + rate * (interval / 2 + RESTART)


def best_interval(cost, rate):
    """J. W. Young, A first order approximation to the optimum checkpoint interval, CACM 17 (1974);
    J. T. Daly, A higher order estimate of the optimum checkpoint interval for restart dumps, Future
    Generation Computer Systems 22 (2006)."""
    return (2 * cost / rate) ** 0.5


def tolerated_rate(interval, cost):
    """Failures a second at which TOLERATED is lost; 0 if checkpoints alone take more."""
    return max(0.0, (TOLERATED - cost / interval) / (interval / 2 + RESTART))
