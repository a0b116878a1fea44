"""Writes nsga3.json: reference directions, normalisation, niches and runs of pymoo's NSGA-III.

    pip install pymoo==0.6.2
    python search/testdata/nsga3.py > search/testdata/nsga3.json

pymoo's normalisation depends on the unit of the objectives, so that it is
given shares of the front's range. Points are in ascending order and rounded to
three digits: then none is so near to an axis that pymoo takes it to be on it.
"""

import json

import numpy as np
from pymoo.algorithms.moo.nsga3 import NSGA3, HyperplaneNormalization, associate_to_niches
from pymoo.indicators.hv import HV
from pymoo.operators.crossover.sbx import SBX
from pymoo.operators.mutation.pm import PM
from pymoo.optimize import minimize
from pymoo.problems.many import C1DTLZ1, DTLZ2
from pymoo.util.nds.non_dominated_sorting import NonDominatedSorting
from pymoo.util.ref_dirs import get_reference_directions


def selection(rng, n, m, partitions):
    points = np.round(rng.random((n, m)), 3)
    points = points[np.lexsort(points.T[::-1])]
    front = np.sort(NonDominatedSorting().do(points, only_non_dominated_front=True))
    ideal, ranges = points[front].min(axis=0), np.ptp(points[front], axis=0)
    norm = HyperplaneNormalization(m)
    norm.update((points - ideal) / ranges, nds=front)
    nadir = ideal + norm.nadir_point * ranges
    directions = get_reference_directions("das-dennis", m, n_partitions=partitions)
    niches, distances, _ = associate_to_niches(points, directions, ideal, nadir)
    return {
        "points": points.tolist(),
        "partitions": partitions,
        "directions": directions.tolist(),
        "nadir": nadir.tolist(),
        "niches": niches.tolist(),
        "distances": distances.tolist(),
    }


def runs(problem, generations, limit, seeds):
    directions = get_reference_directions("das-dennis", 3, n_partitions=12)
    population = 92
    volumes = []
    for seed in seeds:
        # The operators are pymoo's defaults, written out.
        algorithm = NSGA3(directions, pop_size=population, crossover=SBX(eta=30, prob=1.0, prob_var=0.5), mutation=PM(eta=20, prob=0.9))
        minimize(problem, algorithm, ("n_eval", population * generations), seed=seed, copy_algorithm=False)
        feasible = algorithm.pop[algorithm.pop.get("CV")[:, 0] <= 0]
        front = feasible.get("F") if len(feasible) else np.empty((0, 3))
        volumes.append(float(HV(ref_point=np.full(3, limit))(front)) if len(front) else 0.0)
    return {
        "problem": type(problem).__name__,
        "variables": problem.n_var,
        "population": population,
        "generations": generations,
        "limit": limit,
        "hypervolumes": volumes,
    }


rng = np.random.default_rng(30)
selections = [selection(rng, *shape) for shape in ((3, 3, 4), (30, 3, 6), (60, 3, 12), (40, 4, 5), (40, 5, 3))]
seeds = range(1, 22)
results = [runs(DTLZ2(n_var=10, n_obj=3), 100, 1.1, seeds), runs(C1DTLZ1(), 500, 0.6, seeds)]
print('{"selections": [')
print(",\n".join(map(json.dumps, selections)))
print('],\n"runs": [')
print(",\n".join(map(json.dumps, results)))
print("]}")
