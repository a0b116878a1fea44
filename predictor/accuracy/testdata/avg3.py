"""Predictions of AVG3 with numpy, from data/imagenet.csv alone: golden values for model_test.go.

Run in this folder: python3 avg3.py
"""
import csv
import numpy as np

FEATURES = "lF lPe1 lAm lL ms3 ms4 ms5 fdense rf gml gme gms pl5".split()
COMMON = "lPe1 lAm lF lL ms5 ms4 ms3 rf fdense".split()
MEMBERS = [  # iso features; core, macs, iso, length, family, recipe, slope, noise
    (COMMON + ["gml", "pl5"], .5386, .1079, .5388, 3.0749, .154, .3831, .1797, .0796),
    (COMMON + ["gms", "pl5"], .5486, .0998, .5136, 3.0411, .1675, .3831, .1821, .0794),
    (COMMON + ["gme"], .5248, .1506, .4135, 2.4596, .1642, .3841, .1724, .0827),
]
SHOWN = ["resnet50.a2_in1k", "deit_small_patch16_224.fb_in1k", "nextvit_small.bd_in1k", "pvt_v2_b2.in1k", "convnext_tiny.fb_in1k"]

rows = list(csv.DictReader(open("../data/imagenet.csv")))
X = np.array([[float(r[f]) for f in FEATURES] for r in rows])
y = -np.log(100 - np.array([float(r["top1"]) for r in rows]))
b = np.array([float(r["b"]) for r in rows])
recipe = np.array([r["recipe"] for r in rows])
kin = np.array([r["kin"] for r in rows])
ref = recipe == "r300"
Z = (X - X[ref].mean(0)) / X[ref].std(0)
mean, sd = y[ref].mean(), y[ref].std()
t = (y - mean) / sd


def predict(i):
    top1, var = [], []
    for iso, core, macs, si, length, fam, rec, slope, noise in MEMBERS:
        c = Z[:, [FEATURES.index("lPe1"), FEATURES.index("lAm")]]
        f = Z[:, 0]
        e = Z[:, [FEATURES.index(n) for n in iso]]
        dist = ((e[:, None] - e[None]) ** 2).sum(-1)
        base = 25 + core**2 * c @ c.T + macs**2 * np.outer(f, f) + si**2 * np.exp(-dist / (2 * length**2))
        same = (recipe[:, None] == recipe[None]) & ~ref[:, None]
        K = base + fam**2 * (np.outer(b, b) + np.outer(1 - b, 1 - b) * (kin[:, None] == kin[None]))
        K = K + same * (rec**2 + slope**2 * c @ c.T) + (noise**2 + 1e-8) * np.eye(len(y))
        k = base[i] + fam**2 * b[i] * b
        m = k @ np.linalg.solve(K, t) * sd + mean
        v = base[i, i] + fam**2 * (b[i] ** 2 + (1 - b[i]) ** 2) - k @ np.linalg.solve(K, k)
        top1.append(100 - np.exp(-m))
        var.append(v * (sd * np.exp(-m)) ** 2)
    return np.mean(top1), np.sqrt(np.mean(var) + np.var(top1))


for name in SHOWN:
    i = [r["name"] for r in rows].index(name)
    print('\t\t"%s": {Top1: %.8f, SD: %.8f},' % (name, *predict(i)))
