"""Writes pymoo.json: hypervolumes, ranks and crowding distances by pymoo.

    pip install pymoo==0.6.2
    python search/testdata/golden.py > search/testdata/pymoo.json

Points are rounded to a few digits, so that some coordinates are equal.
pymoo divides crowding distances by the number of objectives; the table has
them as Deb et al. (2002) define them, with -1 for an infinite one.
"""

import json

import numpy as np
from pymoo.indicators.hv import HV
from pymoo.operators.survival.rank_and_crowding.metrics import calc_crowding_distance
from pymoo.util.nds.non_dominated_sorting import NonDominatedSorting


def case(rng, n, m, digits):
    points = np.round(rng.random((n, m)), digits)
    reference = np.full(m, 0.95)  # some points lie beyond it
    fronts, ranks = NonDominatedSorting().do(points, return_rank=True)
    crowding = calc_crowding_distance(points[fronts[0]]) * m
    return {
        "points": points.tolist(),
        "reference": reference.tolist(),
        "hypervolume": float(HV(ref_point=reference)(points)),
        "ranks": ranks.tolist(),
        "crowding": [-1 if np.isinf(c) else float(c) for c in crowding],
    }


rng = np.random.default_rng(20)
shapes = [(n, m, digits) for m in (2, 3, 4, 5) for n, digits in ((3, 1), (20, 1), (40, 3))]
print("[")
print(",\n".join(json.dumps(case(rng, *shape)) for shape in shapes))
print("]")
