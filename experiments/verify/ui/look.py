"""Opens pages of the dashboard in Chromium and notes whatever is wrong with them."""

import contextlib
import pathlib
import urllib.parse
from dataclasses import dataclass, field

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}

# The number of different pixels of a canvas: 1 is a blank one.
COLOURS = """c => { const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
  const seen = new Set(); for (let i = 0; i < d.length; i += 4) seen.add(d[i] * 65536 + d[i + 1] * 256 + d[i + 2] + d[i + 3] * 2 ** 24); return seen.size; }"""


@dataclass
class Findings:
    """What was looked at, and what was wrong."""

    pages: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    requests: int = 0

    def expect(self, ok: bool, problem: str) -> None:
        if not ok:
            self.problems.append(problem)
            print("PROBLEM:", problem, flush=True)


@contextlib.contextmanager
def watched(browser: Browser, findings: Findings, what: str, allowed: tuple[int, ...] = (), **context):
    """A page whose messages, errors and requests are noted; allowed are statuses that belong to what is tried."""
    c = browser.new_context(**context)
    c.grant_permissions(["clipboard-read", "clipboard-write"])
    page = c.new_page()

    def request(r):
        findings.requests += 1
        url = urllib.parse.urlsplit(r.url)
        findings.expect(url.scheme in ("data", "file", "blob") or url.hostname == "127.0.0.1", f"{what}: asked for {r.url}")

    page.on("request", request)
    page.on("pageerror", lambda e: findings.expect(False, f"{what}: {e}"))
    page.on("console", lambda m: findings.expect(any(f"status of {s}" in m.text for s in allowed), f"{what}: console {m.type}: {m.text}"))
    page.on("dialog", lambda d: (findings.expect(False, f"{what}: a script from the database ran"), d.dismiss()))
    yield page
    c.close()


def settle(page: Page) -> None:
    """Waits until the page has drawn all that it draws by itself."""
    page.wait_for_selector("h1")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(400)


def inspect(page: Page, findings: Findings, what: str, shots: pathlib.Path) -> None:
    """Takes a picture and checks what holds for every page."""
    findings.pages.append(what)
    page.screenshot(path=shots / f"{what.replace(' ', '-')}.png", full_page=True)
    wide, inner = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    findings.expect(wide <= inner, f"{what}: {wide} px wide in a window of {inner}")
    for canvas in filter(lambda c: c.is_visible(), page.query_selector_all("figure canvas")):
        findings.expect(canvas.evaluate(COLOURS) > 3, f"{what}: the plot {canvas.get_attribute('aria-label')!r} is blank")
    text = page.inner_text("body")
    for bad in ("undefined", "null", "NaN", "[object", "Infinity"):
        findings.expect(bad not in text, f"{what}: the text says {bad}")
    for v in Axe().run(page).response["violations"]:
        findings.expect(False, f"{what}: axe {v['id']} ({v['impact']}): {v['help']}: {v['nodes'][0]['html'][:160]}")
