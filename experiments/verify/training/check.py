"""Train networks of a front with the script that trtnas ships, kill it, and compare with an undisturbed run.

usage: check.py -program TRTNAS [-quick]

Three networks of a tiny space are trained on scikit-learn's digits and on fractals, to the end. Then the
same is done in another database, where trtnas is killed at random moments and started again until it is
done. Weights, their averages and what is printed have to be the same to the last bit, and to stand in the
run's front. It writes what came out to ../train.md; -quick trains two networks on a few fractals, and writes
nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import torch

SPACE = """\
schema: trtnas.space/1
name: tiny
width: [32]
stages:
  - depth: 1..2
  - depth: 1..2
    block: [BottleNeck, MixBlockC]
    mixed: 0..1
    r: [0.5]
    k: [3, 5]
  - depth: 1..3
    block: [BottleNeck, MixBlockC, Transformer]
    mixed: 0..2
    r: [0.25, 0.5]
    k: [3]
  - depth: 1..2
    block: [MixBlockC, Transformer]
    mixed: 0..1
    r: [0.5]
    k: [3]
"""


@dataclass
class Case:
    name: str
    images: str
    epochs: int
    top: int
    kills: int
    chance: float  # top-1 in per cent of who guesses
    far: float  # times of that which training has to reach


@dataclass
class Outcome:
    case: Case
    marks: list[int]  # epochs that were over, of all networks together, when trtnas was to be killed
    tensors: int
    report: dict
    seconds: float  # of the undisturbed run


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("-program", required=True)
    parser.add_argument("-quick", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder)
        run(options.program, at, "search", "--space", write(at / "tiny.yaml", SPACE), "--budget", "2ms", "--evals", "300", "--name", "tiny", "--db", at / "tiny.db")
        outcomes = [check(options.program, at, case) for case in cases(at, options.quick)]
    for outcome in outcomes:
        print(line(outcome))
    if not options.quick:
        (Path(__file__).parent.parent / "train.md").write_text(page(options.program, outcomes), encoding="utf-8")


def cases(at: Path, quick: bool) -> list[Case]:
    if quick:
        return [Case("fractals", "fractals:4x64x16", 4, 2, 1, 25, 1.2)]
    subprocess.run([sys.executable, Path(__file__).with_name("digits.py"), at / "digits"], check=True)
    return [Case("digits", str(at / "digits"), 9, 3, 4, 10, 5), Case("fractals", "fractals:10x64x16", 9, 3, 4, 10, 2)]


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def run(program: str, at: Path, *args) -> str:
    done = subprocess.run([program, *map(str, args)], capture_output=True, text=True, cwd=at)
    if done.returncode != 0:
        raise SystemExit(f"trtnas {' '.join(map(str, args))}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout


def command(case: Case, db: Path) -> list[str]:
    return ["train", "tiny", "--db", str(db), "--images", case.images, "--epochs", str(case.epochs), "--resolution", "32",
            "--top", str(case.top), "--eta", "0", "--python", sys.executable, "--json"]  # fmt: skip


def check(program: str, at: Path, case: Case) -> Outcome:
    whole, killed = at / f"{case.name}-whole.db", at / f"{case.name}-killed.db"
    for db in (whole, killed):
        shutil.copy(at / "tiny.db", db)
    begun = time.monotonic()
    printed = run(program, at, *command(case, whole))
    seconds = time.monotonic() - begun
    draw = random.Random(case.name)  # the seed is any
    epochs = case.epochs * case.top
    marks = sorted(draw.randrange(int(0.8 * epochs)) for _ in range(case.kills))
    for before, mark in zip([0, *marks], marks):
        kill(program, at, command(case, killed), mark - before, draw.uniform(0, 1.5) * seconds / epochs)
    if run(program, at, *command(case, killed)) != printed:
        raise SystemExit(f"{case.name}: the run that was killed tells something else")
    tensors = compare(Path(f"{whole}.train"), Path(f"{killed}.train"), case)
    report = json.loads(printed)
    judge(program, at, killed, case, report)
    return Outcome(case, marks, tensors, report, seconds)


def kill(program: str, at: Path, args: list[str], epochs: int, seconds: float) -> None:
    """Kill the command a while after so many epochs, as a power cut would."""
    process = subprocess.Popen([program, *args], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=at)
    for line in process.stderr:
        if " epoch " not in line or "after epoch" in line:
            continue
        epochs -= 1
        if epochs <= 0:
            break
    time.sleep(seconds)
    if process.poll() is not None:
        raise SystemExit("it ended before it was killed")
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()


def compare(a: Path, b: Path, case: Case) -> int:
    """Count the tensors of all checkpoints, which have to be equal."""
    names = sorted(path.relative_to(a) for path in a.glob("*/*/checkpoints/last.pt"))
    if len(names) != case.top:
        raise SystemExit(f"{case.name}: {len(names)} checkpoints, want {case.top}")
    tensors = 0
    for name in names:
        one, other = (torch.load(root / name, weights_only=True) for root in (a, b))
        for part in ("network", "average"):
            for key, value in one[part].items():
                if not torch.equal(value, other[part][key]):
                    raise SystemExit(f"{case.name}: {name}: {part}.{key} differs")
                tensors += 1
    return tensors


def judge(program: str, at: Path, db: Path, case: Case, report: dict) -> None:
    """What was learnt is far better than chance, and stands in the run."""
    front = json.loads(run(program, at, "front", "tiny", "--db", db, "--json"))
    labels = {p["id"]: p["labels"][0]["top1"] for p in front["points"] if "labels" in p}
    for network in report["networks"]:
        top1 = network["labels"][0]["top1"]
        if labels.get(network["id"]) != top1 or top1["source"] != "trained" or network["top1"]["source"] != "predicted":
            raise SystemExit(f"{case.name}: the front has {labels.get(network['id'])} of {network['id']}, not {top1}")
        if not top1["low"] > case.far * case.chance:
            raise SystemExit(f"{case.name}: {network['id']} learnt too little: {top1}")
    runs = json.loads(run(program, at, "runs", "--db", db, "--json"))["runs"]
    if len(labels) != case.top or runs[0].get("trained") != case.top:
        raise SystemExit(f"{case.name}: {len(labels)} labels in the front, {runs[0].get('trained')} in the list of runs, want {case.top}")


def line(o: Outcome) -> str:
    found = ", ".join(f"{n['labels'][0]['top1']['value']:.1f} %" for n in o.report["networks"])
    return f"{o.case.name}: {o.case.top} networks of {o.case.epochs} epochs in {o.seconds:.0f} s: {found}; killed {len(o.marks)} times, {o.tensors} tensors equal"


def page(program: str, outcomes: list[Outcome]) -> str:
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    training = outcomes[0].report["training"]
    versions = ", ".join(f"{name} {value}" for name, value in sorted(training["versions"].items()))
    parts = [f"""\
# Training, looked at from outside

`make verify-train` writes this page. Three networks of a tiny space were trained by the script that trtnas ships, and again in
another database, where trtnas was killed (SIGKILL) at random moments and started again with the same command. {date.today()},
{version}; {versions}; recipe `{training['recipe']}` at 32x32.
"""]  # fmt: skip
    for o in outcomes:
        t = o.report["training"]
        rows = "\n".join(row(n, t) for n in o.report["networks"])
        marks = ", ".join(map(str, o.marks))
        parts.append(f"""
## {o.case.name}

{t['images']} images to train on and {t['validation_images']} to validate, {t['classes']} classes, {t['epochs']} epochs each; {o.seconds:.0f} s for all three on this
machine's {os.cpu_count()} cores, which others used too. Killed {len(o.marks)} times: a random while after {marks} of {o.case.epochs * o.case.top} epochs. **All {o.tensors} tensors of weights and
averages are equal bit for bit**, and so is what `trtnas train --json` prints.

| network | label, top-1 on these images | 80 % | source | estimate of ImageNet top-1 | source |
|---|---|---|---|---|---|
{rows}
""")
    parts.append("""
The labels are accuracies on these images and no ImageNet top-1; intervals that overlap are ties. The networks are tiny so that a CPU can
train them in minutes: that the script works and resumes is what is shown here, not that its ranks are those of long training.
""")
    return "".join(parts)


def row(network: dict, training: dict) -> str:
    label, estimate = network["labels"][0]["top1"], network["top1"]
    return (f"| `{network['id']}` | {label['value']:.2f} % | {label['low']:.1f} to {label['high']:.1f} | {label['source']} "
            f"| {estimate['value']:.2f} % | {estimate['source']}{', extrapolated' if estimate.get('extrapolated') else ''} |")  # fmt: skip


if __name__ == "__main__":
    main()
