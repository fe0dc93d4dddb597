"""Open every page of the built documentation in a headless browser.

The one idea: complain of what a reader would, of formulas that stay LaTeX, of pages wider than
their window, of pictures and links that lead nowhere.

Usage: python .ci/browse.py HTML [SHOTS]. Each page is laid out 1280 and 390 pixels wide, light and
dark, without a network. SHOTS is a folder for pictures of the pages that FIRST names.
Needs chromium with its driver, and selenium.
"""

import shutil
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

FIRST = ("index.html", "start/tda.html", "guides/theory.html", "gallery/index.html", "api.html")
WIDTHS, THEMES = (1280, 390), ("light", "dark")
SETTLED = """
const done = arguments[arguments.length - 1];
const ready = window.MathJax && MathJax.startup ? MathJax.startup.promise : Promise.resolve();
ready.then(() => document.fonts.ready).then(() => requestAnimationFrame(() => done(true)));
"""
CONTENT = """
const faults = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const node = walker.currentNode, home = node.parentElement;
  if (home.closest('pre, code, script, style, noscript, textarea, mjx-container')) continue;
  if (/\\\\[([]|\\\\(frac|mathbb|le|ge|lambda|ldots|begin)\\b|\\$\\$/.test(node.data))
    faults.push('raw LaTeX: ' + node.data.trim().slice(0, 60));
}
for (const error of document.querySelectorAll('mjx-merror, [data-mjx-error]'))
  faults.push('formula: ' + (error.getAttribute('data-mjx-error') || error.textContent));
for (const image of document.images)
  if (image.src && image.complete && !image.naturalWidth) faults.push('picture: ' + image.src);
return faults;
"""
OVERFLOW = """
const page = document.documentElement, wide = page.scrollWidth - window.innerWidth;
if (wide <= 0) return [];
const out = [...document.querySelectorAll('article *')].filter(
  e => e.getBoundingClientRect().right > window.innerWidth + 1 && !e.closest('.sidebar-drawer'));
return ['wider than the window by ' + wide + ': ' +
        (out.length ? out[0].outerHTML.slice(0, 90) : 'outside the article')];
"""


class Anchors(HTMLParser):
    """Names that a page has, and links that it makes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.links: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag names and where it leads."""
        given = dict(attrs)
        self.names.update(name for name in (given.get("id"), given.get("name")) if name)
        for name in ("href", "src"):
            if given.get(name):
                self.links.add(given[name] or "")


def broken_links(pages: dict[Path, Anchors]) -> list[str]:
    """Links within the documentation to no file, or to no place in it."""
    faults = []
    for page, found in pages.items():
        for link in found.links:
            target, place = urldefrag(link)
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            file = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            if not file.exists():
                faults.append(f"{page}: link to {link}")
            elif place and file in pages and unquote(place) not in pages[file].names:
                faults.append(f"{page}: link to {link}, no such place")
    return faults


def browser() -> webdriver.Chrome:
    """A headless Chromium that reaches no network."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
    for argument in ("headless=new", "no-sandbox", "disable-gpu", "hide-scrollbars"):
        options.add_argument(f"--{argument}")
    options.add_argument("--host-resolver-rules=MAP * ~NOTFOUND")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options, Service(shutil.which("chromedriver")))


def sized(driver: webdriver.Chrome, width: int) -> None:
    """Give the page a window of this width."""
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def looked_at(driver: webdriver.Chrome, page: Path, name: str, shots: Path | None) -> list[str]:
    """What is wrong with one page."""
    sized(driver, WIDTHS[0])
    driver.get(page.as_uri())
    driver.execute_async_script(SETTLED)
    faults = list(driver.execute_script(CONTENT))
    logs = [entry for entry in driver.get_log("browser") if entry["level"] == "SEVERE"]
    faults += [f"console: {entry['message']}" for entry in logs]
    for width in WIDTHS:
        sized(driver, width)
        for theme in THEMES:
            driver.execute_script(f"document.body.dataset.theme = '{theme}'")
            faults += [f"{width} {theme}: {fault}" for fault in driver.execute_script(OVERFLOW)]
            if shots and name in FIRST:
                shot = f"{name.removesuffix('.html').replace('/', '-')}-{width}-{theme}.png"
                driver.save_screenshot(str(shots / shot))
    return [f"{name}: {fault}" for fault in faults]


def main(folder: str, shots: str | None = None) -> int:
    """Look at all pages; how many faults there are is the exit status."""
    root = Path(folder).resolve()
    if shots:
        Path(shots).mkdir(parents=True, exist_ok=True)
    pages = {page: Anchors(page.read_text()) for page in sorted(root.rglob("*.html"))}
    faults = broken_links(pages)
    driver = browser()
    try:
        for page in pages:
            name = page.relative_to(root).as_posix()
            if not name.startswith("_modules/"):  # source code: its links are followed, that is all
                faults += looked_at(driver, page, name, Path(shots) if shots else None)
    finally:
        driver.quit()
    print(*faults, sep="\n")
    print(f"{len(pages)} pages, {len(faults)} faults")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
