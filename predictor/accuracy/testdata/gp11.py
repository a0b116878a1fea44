"""Predictions of GP11 with numpy, from data/imagenet.csv alone: golden values for predict_test.go.

Run in this folder: python3 gp11.py
"""
import csv
import numpy as np

FEATURES = "lF lPe1 lAm lL ms3 ms4 ms5 fdense rf gml pl5".split()
CORE, MACS, NEAR, LENGTH, FAMILY, NOISE = .379844, .191966, .311428, 1.825452, .136955, .035291
INHERITED = .75
SHOWN = ["resnet50.a2_in1k", "deit_small_patch16_224.fb_in1k", "nextvit_small.bd_in1k", "pvt_v2_b2.in1k", "convnext_tiny.fb_in1k"]

rows = [r for r in csv.DictReader(open("../data/imagenet.csv")) if r["recipe"] == "r300"]
X = np.array([[float(r[f]) for f in FEATURES] for r in rows])
y = -np.log(100 - np.array([float(r["top1"]) for r in rows]))
b = np.array([float(r["b"]) for r in rows])
kin = np.array([r["kin"] for r in rows])
Z = (X - X.mean(0)) / X.std(0)
t = (y - y.mean()) / y.std()

core = Z[:, [FEATURES.index("lPe1"), FEATURES.index("lAm")]]
distance = ((Z[:, None] - Z[None]) ** 2).sum(-1)
prior = 25 + CORE**2 * core @ core.T + MACS**2 * np.outer(Z[:, 0], Z[:, 0]) + NEAR**2 * np.exp(-distance / (2 * LENGTH**2))
shared = FAMILY**2 * INHERITED * np.outer(b, b)
own = FAMILY**2 * np.outer(np.sqrt(1 - INHERITED * b**2), np.sqrt(1 - INHERITED * b**2))
K = prior + shared + own * (kin[:, None] == kin[None]) + (NOISE**2 + 1e-8) * np.eye(len(y))


def predict(i):
    """As a new network, of no family."""
    k = prior[i] + shared[i]
    mean = k @ np.linalg.solve(K, t) * y.std() + y.mean()
    variance = prior[i, i] + FAMILY**2 - k @ np.linalg.solve(K, k) + NOISE**2
    return 100 - np.exp(-mean), np.sqrt(variance) * y.std() * np.exp(-mean)


for name in SHOWN:
    i = [r["name"] for r in rows].index(name)
    print('\t\t"%s": {Top1: %.8f, SD: %.8f},' % (name, *predict(i)))
