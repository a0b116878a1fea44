"""Have Optuna open what trtnas exports to it, and compare.

usage: check.py -program TRTNAS

Three runs are exported: one on a device model, one in a space with kinds of blocks, one on a simulated device
on which builds fail. Optuna loads each, finds its best trials, draws its plots, serves it by its dashboard and
goes on with it; what it finds has to be what trtnas says. Its fANOVA is compared with `trtnas importance`. It
writes what came out to README.md.
"""

from __future__ import annotations

import argparse
import io
import json
import shutil
import subprocess
import tempfile
import warnings
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import optuna
import optuna_dashboard
import plotly
from optuna.distributions import CategoricalDistribution
from optuna.importance import FanovaImportanceEvaluator, PedAnovaImportanceEvaluator, get_param_importances
from optuna.trial import TrialState
from scipy.stats import spearmanr

warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
optuna.logging.set_verbosity(optuna.logging.WARNING)

CASES = {
    "model": ["--budget", "10ms", "--evals", "1500"],
    "kinds": ["--budget", "10ms", "--space", "open", "--evals", "1500"],
    "fails": ["--budget", "10ms", "--device", "sim:t4?crash=0.1", "--evals", "120", "--algo", "nsga2", "--population", "20"],
}
# Of so many parameters the order of importance is compared: below them shares are those of chance.
LEADING = 6


@dataclass
class Ranks:
    """How far two ways agree on the importance of a run's parameters, for a figure."""

    run: str
    figure: str
    first: tuple[str, str]
    off: float  # greatest difference of two shares, in points of 100
    fanova: float  # Spearman's correlation over the leading parameters, with Optuna's fANOVA
    ped_anova: float  # with its PED-ANOVA


@dataclass
class Outcome:
    name: str
    complete: int
    failed: int
    infeasible: int
    best: int
    params: int
    categories: int
    ranks: list[Ranks]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("-program", required=True)
    program = parser.parse_args().program
    with tempfile.TemporaryDirectory() as folder:
        outcomes = [check(program, Path(folder), name) for name in CASES]
    for outcome in outcomes:
        print(outcome)
    Path(__file__).with_name("README.md").write_text(page(outcomes), encoding="utf-8")


def run(program: str, at: Path, *args: str) -> str:
    done = subprocess.run([program, *args], capture_output=True, text=True, cwd=at)
    if done.returncode != 0:
        raise SystemExit(f"trtnas {' '.join(args)}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout


def must(ok: bool, what: str) -> None:
    if not ok:
        raise SystemExit(what)


def check(program: str, at: Path, name: str) -> Outcome:
    run(program, at, "search", "--name", name, *CASES[name])
    file = at / f"{name}.db"
    run(program, at, "export", name, "--format", "optuna", "-o", str(file))
    front = json.loads(run(program, at, "front", name, "--json"))
    study = optuna.load_study(study_name=name, storage=f"sqlite:///{file}")
    trials = study.get_trials(deepcopy=False)
    must([d.name for d in study.directions] == ["MINIMIZE", "MAXIMIZE"], f"{name}: directions {study.directions}")
    must(study.metric_names == ["latency_ms", "top1_bound"], f"{name}: metrics {study.metric_names}")
    must(len(trials) == front["evaluated"], f"{name}: {len(trials)} trials of {front['evaluated']} networks")
    complete = [t for t in trials if t.state == TrialState.COMPLETE]
    failed = [t for t in trials if t.state == TrialState.FAIL]
    must(len(complete) + len(failed) == len(trials), f"{name}: trials in other states")
    must((len(failed) > 0) == (name == "fails"), f"{name}: {len(failed)} trials failed")
    must(all(t.user_attrs["failure"] for t in failed), f"{name}: a failure has no class")
    for t in complete:
        figures(name, t, front["budget_ms"])
    best(name, study, front)
    plots(name, study)
    dashboard(name, file, len(trials))
    go_on(name, file)
    ranks = importances(program, at, name, study) if name != "fails" else []
    distributions = trials[0].distributions
    return Outcome(
        name, len(complete), len(failed), sum(t.constraints["0"] > 0 for t in complete), len(front["points"]), len(distributions),
        sum(isinstance(d, CategoricalDistribution) for d in distributions.values()), ranks,
    )  # fmt: skip


def figures(name: str, t: optuna.trial.FrozenTrial, budget: float) -> None:
    """A trial is valid, within its interval, labelled, and infeasible just where it is beyond the budget."""
    t._validate()
    a = t.user_attrs
    where = f"{name}: trial {t.number}"
    must(a["latency_low_ms"] <= t.values[0] <= a["latency_high_ms"] and a["top1_low"] <= a["top1"] <= a["top1_high"], f"{where}: {a}")
    must(t.values[1] <= a["top1"], f"{where}: the bound {t.values[1]} is above {a['top1']}")
    must(a["latency_source"] in {"predicted", "simulated"} and a["top1_source"] == "predicted", f"{where}: {a}")
    must((t.constraints["0"] > 0) == (t.values[0] > budget), f"{where}: {t.values[0]} ms, constraint {t.constraints}")


def best(name: str, study: optuna.Study, front: dict) -> None:
    """Optuna's best trials are the front, but for networks that are equal in both objectives."""
    ours = {(p["objective"]["latency_ms"], p["objective"]["accuracy"]) for p in front["points"]}
    theirs = {tuple(t.values) for t in study.best_trials}
    must(ours == theirs, f"{name}: best trials {sorted(theirs - ours)} are not on the front, {sorted(ours - theirs)} are no best trials")
    ids = {t.user_attrs["id"] for t in study.best_trials}
    must(ids >= {p["id"] for p in front["points"]}, f"{name}: the best trials are other networks")


def plots(name: str, study: optuna.Study) -> None:
    v = optuna.visualization
    for target in (0, 1):
        for plot in (v.plot_parallel_coordinate, v.plot_slice, v.plot_edf, v.plot_optimization_history):
            must(len(plot(study, target=lambda t: t.values[target]).data) > 0, f"{name}: {plot.__name__} is empty")
    must(sum(len(d.x) for d in v.plot_pareto_front(study).data) > 0, f"{name}: plot_pareto_front is empty")
    must(len(v.plot_hypervolume_history(study, reference_point=[10, 60]).data) > 0, f"{name}: plot_hypervolume_history is empty")


def dashboard(name: str, file: Path, trials: int) -> None:
    """The dashboard's server answers with the study and all of its trials."""
    app = optuna_dashboard.wsgi(f"sqlite:///{file}")
    listed = get(app, "/api/studies")["study_summaries"]
    must([s["study_name"] for s in listed] == [name], f"{name}: the dashboard lists {listed}")
    study = get(app, f"/api/studies/{listed[0]['study_id']}?after=0")
    must(len(study["trials"]) == trials, f"{name}: the dashboard shows {len(study['trials'])} trials of {trials}")


def get(app, path: str) -> dict:
    path, _, query = path.partition("?")
    status: list[str] = []
    environment = {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "SERVER_NAME": "localhost", "SERVER_PORT": "80",
        "wsgi.input": io.BytesIO(), "wsgi.errors": io.StringIO(), "wsgi.url_scheme": "http",
    }  # fmt: skip
    body = b"".join(app(environment, lambda s, headers, *_: status.append(s)))
    must(status[0].startswith("200"), f"the dashboard answers {path} with {status[0]}")
    return json.loads(body)


def go_on(name: str, file: Path) -> None:
    """Optuna samples from the study, and stores a further trial."""
    copy = file.with_suffix(".copy.db")
    shutil.copy(file, copy)
    study = optuna.load_study(study_name=name, storage=f"sqlite:///{copy}", sampler=optuna.samplers.NSGAIISampler(seed=1))
    before = study.trials
    trial = study.ask(before[0].distributions)
    study.tell(trial, [9.0, 80.0])
    must(len(study.trials) == len(before) + 1 and study.trials[-1].values == [9.0, 80.0], f"{name}: it can't go on")


def importances(program: str, at: Path, name: str, study: optuna.Study) -> list[Ranks]:
    """Optuna's fANOVA and PED-ANOVA of the same run beside ours."""
    ours = json.loads(run(program, at, "importance", name, "--json"))
    targets = {"latency": lambda t: t.values[0], "accuracy": lambda t: t.user_attrs["top1"]}
    ranks = []
    for figure in ours["figures"]:
        target = targets[figure["name"]]
        fanova = get_param_importances(study, evaluator=FanovaImportanceEvaluator(seed=1), target=target, normalize=False)
        ped = get_param_importances(study, evaluator=PedAnovaImportanceEvaluator(), target=target)
        shares = {d["name"]: d["share"]["value"] for d in figure["decisions"]}
        must(set(shares) == set(fanova), f"{name}: decisions {sorted(shares)} and parameters {sorted(fanova)}")
        leading = list(shares)[:LEADING]
        ranked = [spearmanr([shares[p] for p in leading], [other[p] for p in leading]).statistic for other in (fanova, ped)]
        off = max(abs(shares[p] - fanova[p]) for p in shares)
        found = Ranks(name, figure["name"], (leading[0], next(iter(fanova))), 100 * off, *ranked)
        must(found.first[0] == found.first[1] and found.off < 10, f"Optuna's fANOVA differs: {found}")
        ranks.append(found)
    return ranks


def page(outcomes: list[Outcome]) -> str:
    rows = "\n".join(
        f"| `{' '.join(CASES[o.name])}` | {o.complete} | {o.failed} | {o.infeasible} | {o.best} | {o.params} | {o.categories} |" for o in outcomes
    )
    ranks = "\n".join(
        f"| {r.run} | {r.figure} | {r.first[0]} | {r.first[1]} | {r.off:.1f} | {r.fanova:.2f} | {r.ped_anova:.2f} |" for o in outcomes for r in o.ranks
    )
    return f"""# Runs as Optuna sees them

`make verify-optuna` made this page on {date.today()}, with Optuna {optuna.__version__}, optuna-dashboard {optuna_dashboard.__version__} and
plotly {plotly.__version__}. It runs searches, exports them by `trtnas export RUN --format optuna`, and has Optuna open what was written.

| search | complete | failed | over budget | best trials | parameters | categories |
|---|---|---|---|---|---|---|
{rows}

Of each run it holds: the study loads; every trial is valid by Optuna's own check and has its figures within their intervals, with their
sources; a trial is infeasible just where it is over the budget; Optuna's best trials are the front of `trtnas front`, to the last digit; plots of
the front, hypervolume, history, distribution, slices and parallel coordinates are drawn; the dashboard's server lists the study with all of its
trials; a sampler of Optuna goes on with the study.

## Importances

The share that each parameter alone explains, by `trtnas importance` and by Optuna's fANOVA of the exported run. Both fit random
forests, with other seeds and leaves. PED-ANOVA, Optuna's default, asks what sets the best tenth of trials apart, which is another question.

| run | figure | first here | first in Optuna | greatest difference, points | Spearman over the first {LEADING} | with PED-ANOVA |
|---|---|---|---|---|---|---|
{ranks}
"""


if __name__ == "__main__":
    main()
