"""Does in the dashboard what people do: by mouse, by keyboard, while a search goes on."""

import pathlib

from playwright.sync_api import Browser, Page

from look import WIDE, Findings, inspect, settle, watched
from runs import Server, Trtnas


def shown(page: Page) -> str:
    """ID of the network whose picture is shown."""
    return page.inner_text("section[aria-label='Chosen network'] h2 code")


def keyboard(page: Page, findings: Findings) -> None:
    first = shown(page)
    page.focus("canvas[tabindex]")
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    findings.expect(page.is_visible(".tip"), "keyboard: no figures appear beside the network")
    page.keyboard.press("Enter")
    page.wait_for_function("id => document.querySelector(\"section[aria-label='Chosen network'] h2 code\").textContent !== id", arg=first)
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    findings.expect(outline == "solid", f"keyboard: what has the focus has no outline but {outline}")


def skip(page: Page, findings: Findings) -> None:
    page.reload()
    settle(page)
    page.keyboard.press("Tab")
    findings.expect(page.evaluate("document.activeElement.className") == "skip", "keyboard: the first stop is not the link to the content")


def pointer(page: Page, findings: Findings) -> None:
    box = page.locator("canvas[tabindex]").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.3)
    hit = page.evaluate("""() => { const c = document.querySelector('canvas[tabindex]'), b = c.getBoundingClientRect();
      for (let x = 60; x < b.width; x += 4) for (let y = 10; y < b.height; y += 4) {
        c.dispatchEvent(new PointerEvent('pointermove', {clientX: b.left + x, clientY: b.top + y}));
        if (!document.querySelector('.tip').hidden) return true; }
      return false; }""")
    findings.expect(hit, "pointer: no network anywhere on the plot has figures")


def kept(page: Page) -> str:
    return page.locator("section", has_text="What the candidates are made of").locator("p.note").last.inner_text()


def filters(page: Page, findings: Findings) -> None:
    page.select_option("select[aria-label='Axis to filter by']", label="latency, ms")
    page.fill("input[aria-label='most']", "5")
    page.click("button:text-is('Filter')")
    form = kept(page)
    findings.expect("within the filter" in form, f"filter by form: {form}")
    page.click("button:text-is('Clear')")
    findings.expect("within the filter" not in kept(page), "filter: it could not be cleared")
    axis = page.locator("canvas[aria-label^='Parallel']").bounding_box()
    x = axis["x"] + 34  # the first axis
    page.mouse.move(x, axis["y"] + 120)
    page.mouse.down()
    page.mouse.move(x, axis["y"] + 220, steps=4)
    page.mouse.up()
    brush = kept(page)
    findings.expect("within the filter" in brush and brush != form, f"filter by brush: {brush}")


def controls(page: Page, findings: Findings) -> None:
    before = page.locator("canvas[tabindex]").evaluate("c => c.toDataURL()")
    for label, value in (("Across", "params"), ("Up", "bound"), ("Range", "all")):
        page.locator("label", has_text=label).locator("select").first.select_option(value)
        after = page.locator("canvas[tabindex]").evaluate("c => c.toDataURL()")
        findings.expect(after != before, f"controls: {label} changes nothing")
        before = after


def theme(page: Page, findings: Findings) -> None:
    now = page.evaluate("document.documentElement.dataset.theme")
    page.click("#theme")
    page.reload()
    settle(page)
    findings.expect(page.evaluate("document.documentElement.dataset.theme") != now, "theme: the choice is not kept")


def downloads(page: Page, findings: Findings) -> None:
    for kind in ("JSON", "CSV"):
        with page.expect_download() as d:
            page.click(f"text=Front as {kind}")
        findings.expect(d.value.suggested_filename.endswith(kind.lower()), f"download: {d.value.suggested_filename}")
    page.click("button[aria-label='Copy: show the front as text']")
    copied = page.evaluate("navigator.clipboard.readText()")
    findings.expect(copied.startswith("trtnas front simulated --db"), f"copy: {copied}")


def live(browser: Browser, findings: Findings, trtnas: Trtnas, shots: pathlib.Path) -> None:
    """From the empty page on, while a search goes on."""
    with Server(trtnas, "live.db") as address, watched(browser, findings, "live", viewport=WIDE) as page:
        page.goto(address)
        page.wait_for_selector("text=No runs yet")
        search = trtnas.begin("live.db", "live", 150_000)
        try:
            page.wait_for_selector("a:text-is('live')", timeout=15_000)
            page.click("a:text-is('live')")
            settle(page)
            page.wait_for_selector(".badge.running", timeout=30_000)
            first = page.inner_text("dl.cards")
            inspect(page, findings, "running", shots)
            page.wait_for_function("t => document.querySelector('dl.cards').innerText !== t", arg=first, timeout=30_000)
        finally:
            search.terminate()
            search.wait(timeout=60)


def token(browser: Browser, findings: Findings, trtnas: Trtnas) -> None:
    (trtnas.folder / "token").write_text("twenty-random-letters\n")
    with Server(trtnas, "runs.db", "--token-file", "token") as address:
        bare = address.split("?")[0]
        with watched(browser, findings, "token", allowed=(401,), viewport=WIDE) as page:
            findings.expect(page.goto(bare).status == 401, "token: the page came without it")
            findings.expect(page.goto(bare + "api/runs").status == 401, "token: the runs came without it")
            page.goto(address)
            page.wait_for_selector("h1:text-is('Runs')")
            findings.expect("token" not in page.url, f"token: it stays in the address {page.url}")


def use(browser: Browser, findings: Findings, trtnas: Trtnas, shots: pathlib.Path) -> list[str]:
    """Returns what was done, in words."""
    with Server(trtnas, "runs.db") as address, watched(browser, findings, "use", viewport=WIDE, accept_downloads=True) as page:
        page.goto(address + "#/run/simulated")
        settle(page)
        for step in (keyboard, pointer, filters, controls, downloads, theme, skip):
            step(page, findings)
    live(browser, findings, trtnas, shots)
    token(browser, findings, trtnas)
    return [
        "along the front by the arrow keys", "figures under the pointer", "filters by form and by brush", "other axes", "downloads and copied commands",
        "a theme that is kept", "from an empty database through a search that goes on", "a token that leaves the address",
    ]
