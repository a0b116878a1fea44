"""Looks at the dashboard and the report in a real Chromium: make verify-ui.

Every page and state, light, dark and at a phone's width: no error, no request beyond this machine, no violation that
axe-core finds, no blank plot; then what one does with them. Pictures stay in bin/ui. Writes README.md beside this file.
"""

import argparse
import importlib.metadata
import pathlib
import shutil
import statistics
import sys
import tempfile
import time
import urllib.parse

from playwright.sync_api import Browser, sync_playwright

from look import PHONE, WIDE, Findings, inspect, settle, watched
from runs import HOSTILE, LARGE, Server, Trtnas
from use import use

HERE = pathlib.Path(__file__).parent
ROUNDS = 7


def run_page(name: str) -> str:
    return "#/run/" + urllib.parse.quote(name, safe="")


STATES = {
    "runs": "#/", "predicted": run_page("predicted"), "simulated": run_page("simulated"), "all failed": run_page("all failed"),
    "broken": run_page("broken"), "nothing fast enough": run_page("nothing fast enough"), "stopped": run_page("stopped"),
    "hostile name": run_page(HOSTILE), "compare seeds": "#/compare/predicted/other%20seed", "compare devices": "#/compare/predicted/simulated",
}
WINDOWS = {"": {"viewport": WIDE}, " dark": {"viewport": WIDE, "color_scheme": "dark"}, " phone": {"viewport": PHONE, "has_touch": True, "device_scale_factor": 2}}


def states(browser: Browser, findings: Findings, trtnas: Trtnas, shots: pathlib.Path) -> None:
    """Every page in every window."""
    for db, pages in {"none.db": {"empty": "#/"}, "runs.db": STATES, "large.db": {"large": run_page("large")}}.items():
        with Server(trtnas, db) as address:
            for window, context in WINDOWS.items():
                for name, page_address in pages.items():
                    with watched(browser, findings, name + window, **context) as page:
                        page.goto(address + page_address)
                        settle(page)
                        inspect(page, findings, name + window, shots)
            with watched(browser, findings, "unknown run", allowed=(404,), viewport=WIDE) as page:
                page.goto(address + run_page("none"))
                page.wait_for_selector(".bad")
                inspect(page, findings, f"unknown run of {db}", shots)


def first_paint(browser: Browser, findings: Findings, trtnas: Trtnas) -> dict[str, list[float]]:
    """How long one waits, in s, for the first contents and for the front among 20,000 candidates, each time in a new
    browser context of a server that was started just before."""
    times = {"first contentful paint": [], "front drawn": []}
    for _ in range(ROUNDS):
        with Server(trtnas, "large.db") as address, watched(browser, findings, "first paint", viewport=WIDE) as page:
            time.sleep(1)  # someone copies the address into a browser
            page.goto(address + run_page("large"))
            page.wait_for_function("() => performance.getEntriesByName('front drawn').length > 0 && performance.getEntriesByName('first-contentful-paint').length > 0")
            times["first contentful paint"].append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime") / 1000)
            times["front drawn"].append(page.evaluate("performance.getEntriesByName('front drawn')[0].startTime") / 1000)
    for what, all_times in times.items():
        findings.expect(statistics.median(all_times) < 1, f"{what} took {statistics.median(all_times):.2f} s with {LARGE} candidates")
    return times


def reports(browser: Browser, findings: Findings, trtnas: Trtnas, shots: pathlib.Path) -> dict[str, int]:
    """The report as a file: on a screen, on a phone, as a PDF. Returns sizes in bytes."""
    trtnas.search("five.db", "five thousand", "--evals", "5000")
    sizes = {}
    for db, name in {"five.db": "five thousand", "runs.db": "simulated"}.items():
        out = trtnas.folder / f"{name}.html"
        trtnas.run("report", name, "--db", db, "-o", out.name)
        sizes[name] = out.stat().st_size
        for window, context in WINDOWS.items():
            what = f"report {name}{window}"
            with watched(browser, findings, what, **context) as page:
                page.goto(out.as_uri())
                page.wait_for_selector("h1")
                inspect(page, findings, what, shots)
                if not window:
                    page.pdf(path=shots / f"{what.replace(' ', '-')}.pdf", format="A4", print_background=True)
    findings.expect(sizes["five thousand"] < 3_000_000, f"the report of 5,000 candidates takes {sizes['five thousand']} bytes")
    return sizes


def write_page(version: str, findings: Findings, times: dict[str, list[float]], sizes: dict[str, int], used: list[str]) -> None:
    lines = [
        "# The dashboard in a browser", "",
        f"Made by `make verify-ui` on {time.strftime('%Y-%m-%d')} with Chromium {version}, "
        + ", ".join(f"{p} {importlib.metadata.version(p)}" for p in ("playwright", "axe-playwright-python")) + ".", "",
        f"{len(findings.pages)} pages were looked at, with {findings.requests} requests, none beyond this machine; "
        f"{len(findings.problems) or 'no'} problems: no script error, no violation that axe-core finds, no blank plot, nothing wider than its window.", "",
        "| waiting, s | median | least | most | times |", "|---|---:|---:|---:|---:|",
        *(f"| {what}, {LARGE:,} candidates | {statistics.median(t):.2f} | {min(t):.2f} | {max(t):.2f} | {len(t)} |" for what, t in times.items()), "",
        "| report | bytes |", "|---|---:|", *(f"| {name} | {size:,} |" for name, size in sizes.items()), "",
        "Pages: " + ", ".join(findings.pages) + ".", "", "Done in them: " + "; ".join(used) + ".", "",
    ]
    (HERE / "README.md").write_text("\n".join(lines))


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("-program", type=pathlib.Path, required=True, help="trtnas")
    arguments.add_argument("-chromium", default=next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None))
    arguments.add_argument("-shots", type=pathlib.Path, default=pathlib.Path("bin/ui"))
    a = arguments.parse_args()
    if not a.chromium:
        sys.exit("there is no Chromium on the PATH: install it (Debian: apt-get install chromium), or set CHROMIUM")
    shutil.rmtree(a.shots, ignore_errors=True)
    a.shots.mkdir(parents=True)
    findings = Findings()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as p:
        trtnas = Trtnas(a.program.resolve(), pathlib.Path(folder))
        trtnas.make()
        browser = p.chromium.launch(executable_path=a.chromium, args=["--no-sandbox"])
        states(browser, findings, trtnas, a.shots)
        used = use(browser, findings, trtnas, a.shots)
        sizes = reports(browser, findings, trtnas, a.shots)
        times = first_paint(browser, findings, trtnas)
        version = browser.version
        browser.close()
    for what, t in times.items():
        print(f"{what}: {statistics.median(t):.2f} s (median of {len(t)}; {min(t):.2f} to {max(t):.2f})")
    print(f"{len(findings.pages)} pages, {len(findings.problems)} problems; pictures in {a.shots}")
    if findings.problems:
        return 1
    write_page(version, findings, times, sizes, used)
    return 0


if __name__ == "__main__":
    sys.exit(main())
