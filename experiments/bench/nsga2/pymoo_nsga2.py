"""pymoo's side of the comparison: one request a line in, one answer a line out, as JSON.

{"problem", "points"} asks for the objectives and violations of points;
{"problem", "seed", "population", "evaluations", "reference"} for a run of NSGA-II.
"""

import json
import platform
import sys
import time
from importlib.metadata import version

import numpy as np
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.functions import is_compiled
from pymoo.indicators.hv import HV
from pymoo.operators.crossover.sbx import SBX
from pymoo.operators.mutation.pm import PM
from pymoo.optimize import minimize
from pymoo.problems.many import C1DTLZ1, C2DTLZ2, DTLZ2
from pymoo.problems.multi import ZDT1, ZDT2

PROBLEMS = {p.__name__: p() for p in (ZDT1, ZDT2, DTLZ2, C1DTLZ1, C2DTLZ2)}


def evaluate(request):
    problem = PROBLEMS[request["problem"]]
    out = problem.evaluate(np.array(request["points"]), return_as_dictionary=True)
    constraints = out["G"] if problem.has_constraints() else np.zeros((len(out["F"]), 0))
    violations = np.maximum(constraints, 0).sum(axis=1)
    return {"objectives": out["F"].tolist(), "violations": violations.tolist()}


def run(request):
    # These are pymoo's defaults, written out.
    algorithm = NSGA2(
        pop_size=request["population"],
        crossover=SBX(eta=15, prob=0.9, prob_var=0.5),
        mutation=PM(eta=20, prob=0.9),
    )
    start = time.perf_counter()
    result = minimize(
        PROBLEMS[request["problem"]],
        algorithm,
        ("n_eval", request["evaluations"]),
        seed=request["seed"],
        copy_algorithm=False,
    )
    seconds = time.perf_counter() - start
    front = [] if result.F is None else np.atleast_2d(result.F)
    return {
        "seconds": seconds,
        "generations": algorithm.n_iter - 1,  # it counts the one that it would do next
        "evaluations": algorithm.evaluator.n_eval,
        "front": np.asarray(front).tolist(),
        "hypervolume": float(HV(ref_point=np.array(request["reference"]))(front)) if len(front) else 0.0,
    }


if not is_compiled():
    sys.exit("pymoo's compiled modules are missing: install a wheel of pymoo, not its source")
versions = {name: version(name) for name in ("pymoo", "numpy", "moocore")}
print(json.dumps({"python": platform.python_version(), **versions}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    answer = evaluate(request) if "points" in request else run(request)
    print(json.dumps(answer), flush=True)
