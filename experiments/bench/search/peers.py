"""Runs an optimiser of others on the networks of a space, for main.go.

The one argument is a JSON object: the command that serves as the objective
function (trtnas measure --jsonl), the numbers of choices of the decisions, the
budget in ms, the method, its population, the seed, and how many different
networks to measure. Printed are the versions, the seconds that the optimiser
took for itself, and (latency in ms, accuracy) of each network when it was
first measured, null for one that failed.
"""

import json
import platform
import subprocess
import sys
import time
from importlib.metadata import version

import numpy as np

# The violation of a network that failed: worse than that of any other.
FAILED = 1000.0


class Enough(Exception):
    """All networks are measured that may be."""


class Device:
    """Measures networks, each once: asked again it repeats its answer."""

    def __init__(self, request):
        self.counts = request["counts"]
        self.free = [i for i, n in enumerate(self.counts) if n > 1]
        self.limits = [self.counts[i] - 1 for i in self.free]
        self.budget = request["budget"]
        self.most = request["evaluations"]
        self.program = subprocess.Popen(
            request["command"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.known = {}
        self.asked = 0
        self.seconds = 0.0

    def measure(self, choices):
        """Returns objectives to minimise and the violation of the free decisions' choices."""
        start = time.perf_counter()
        decisions = [0] * len(self.counts)
        for i, c in zip(self.free, choices, strict=True):
            decisions[i] = int(c)
        self.program.stdin.write(json.dumps({"decisions": decisions}) + "\n")
        self.program.stdin.flush()
        answer = json.loads(self.program.stdout.readline())
        if "error" in answer:
            raise ValueError(answer["error"])
        self.asked += 1
        new = answer["id"] not in self.known
        known = self.known.setdefault(answer["id"], answer)
        self.seconds += time.perf_counter() - start
        # An optimiser that only repeats itself comes to an end too.
        if len(self.known) >= self.most or self.asked >= 10 * self.most:
            raise Enough
        if "failure" in known:
            return (0.0, 0.0), FAILED
        latency = known["latency_ms"]
        return (latency, -known["accuracy"]), (latency - self.budget) / self.budget

    def stop(self):
        self.program.stdin.close()
        self.program.wait()


def pymoo(device, request):
    from pymoo.algorithms.moo.nsga2 import NSGA2
    from pymoo.core.problem import Problem
    from pymoo.operators.crossover.sbx import SBX
    from pymoo.operators.mutation.pm import PM
    from pymoo.operators.repair.rounding import RoundingRepair
    from pymoo.operators.sampling.rnd import IntegerRandomSampling
    from pymoo.optimize import minimize

    class Networks(Problem):
        def __init__(self):
            super().__init__(
                n_var=len(device.free), n_obj=2, n_ieq_constr=1, xl=0, xu=np.array(device.limits), vtype=int
            )

        def _evaluate(self, x, out, *args, **kwargs):
            measured = [device.measure(row) for row in x]
            out["F"] = np.array([objectives for objectives, _ in measured])
            out["G"] = np.array([[violation] for _, violation in measured])

    # What pymoo's documentation has for integer variables.
    algorithm = NSGA2(
        pop_size=request["population"],
        sampling=IntegerRandomSampling(),
        crossover=SBX(prob=1.0, eta=3.0, vtype=float, repair=RoundingRepair()),
        mutation=PM(prob=1.0, eta=3.0, vtype=float, repair=RoundingRepair()),
        eliminate_duplicates=True,
    )
    minimize(Networks(), algorithm, ("n_gen", 10**9), seed=request["seed"], copy_algorithm=False)


def optuna(device, request):
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)

    def objective(trial):
        choices = []
        for i, most in zip(device.free, device.limits, strict=True):
            choices.append(trial.suggest_int(str(i), 0, most))
        objectives, violation = device.measure(choices)
        trial.set_constraint("budget", violation)
        return objectives

    if request["method"] == "tpe":
        sampler = optuna.samplers.TPESampler(seed=request["seed"])
    else:
        sampler = optuna.samplers.NSGAIISampler(population_size=request["population"], seed=request["seed"])
    study = optuna.create_study(directions=["minimize", "minimize"], sampler=sampler)
    study.optimize(objective, n_trials=None, catch=())


def main():
    request = json.loads(sys.argv[1])
    device = Device(request)
    run = pymoo if request["method"] == "pymoo" else optuna
    start = time.perf_counter()
    try:
        run(device, request)
    except Enough:
        pass
    seconds = time.perf_counter() - start
    device.stop()
    points = [None if "failure" in a else (a["latency_ms"], a["accuracy"]) for a in device.known.values()]
    versions = f"{run.__name__} {version(run.__name__)}, Python {platform.python_version()}"
    print(json.dumps({"versions": versions, "own_seconds": seconds - device.seconds, "points": points}))


main()
