"""A real browser opens a page: nothing fails, pictures load, tables sort, axe finds no barrier.

Needs Chromium; the accessibility check also needs ``axe.min.js`` of axe-core, named by ``AXE_JS``.
"""

import html
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from reports.render import render
from tests.reports.report_builders import a_study

_BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(_BROWSER is None, reason="no Chromium on this machine")

_EARLY = """<script>
window.faults = [];
addEventListener("error", (e) => faults.push(e.message || String(e.target.src).slice(0, 60)), true);
addEventListener("securitypolicyviolation", (e) => faults.push("CSP " + e.blockedURI));
console.error = (...said) => faults.push(said.join(" "));
</script>"""
_LATE = """<script>
addEventListener("load", async () => {
  const pictures = [...document.images];
  await Promise.all(pictures.map((p) => p.decode().catch(() => faults.push("no picture"))));
  const table = document.querySelector("#headline");
  const column = () => [...table.tBodies[0].rows].map((r) => r.cells[4].dataset.sort);
  const button = table.tHead.rows[0].cells[4].querySelector("button");
  button.click();
  const up = column();
  button.click();
  const said = { faults, pictures: pictures.length, up, down: column(),
    scrolled: ["headline", "readers"].filter((name) => {
      const box = document.getElementById(name).parentElement;
      return box.scrollWidth > box.clientWidth;
    }),
    wide: document.documentElement.scrollWidth - innerWidth, serious: [], checked: 0 };
  if (window.axe) {
    const found = await axe.run();
    said.checked = found.passes.length;
    said.serious = found.violations
      .filter((v) => ["serious", "critical"].includes(v.impact))
      .map((v) => v.id + " " + v.nodes[0].html.slice(0, 120) + " " + v.nodes[0].failureSummary);
  }
  const out = document.createElement("pre");
  out.id = "told";
  out.textContent = JSON.stringify(said);
  document.body.append(out);
});
</script>"""


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    out = tmp_path_factory.mktemp("report")
    render(a_study({"A": 12, "C": 10}), out)
    return out


def _look(page: Path, tmp_path: Path, width: int) -> dict:
    """Open a copy of the page that tells what it saw."""
    text = page.read_text(encoding="utf-8")
    axe = os.environ.get("AXE_JS")
    library = f"<script>{Path(axe).read_text(encoding='utf-8')}</script>" if axe else ""
    told = text.replace("<title>", f"{_EARLY}<title>").replace(
        "</body>", f"{library}{_LATE}</body>"
    )
    copy = tmp_path / "page.html"
    copy.write_text(told, encoding="utf-8")
    flags = [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        f"--user-data-dir={tmp_path / 'profile'}", f"--window-size={width},900",
        "--virtual-time-budget=20000", "--dump-dom",
    ]  # fmt: skip
    done = subprocess.run(
        [_BROWSER, *flags, copy.as_uri()], capture_output=True, text=True, timeout=120, check=True
    )
    found = re.search(r'<pre id="told">(.*?)</pre>', done.stdout, flags=re.DOTALL)
    assert found, "the page's script did not end"
    return json.loads(html.unescape(found[1]))


@pytest.mark.parametrize(("name", "width"), [("index.html", 1300), ("center-A.html", 500)])
def test_a_page_opens_without_fault_and_sorts_its_tables(report, tmp_path, name, width):
    said = _look(report / name, tmp_path, width)
    assert said["faults"] == []
    assert said["pictures"] > 20
    values = [float(value) for value in said["up"]]
    assert values == sorted(values)
    assert said["down"] == said["up"][::-1] or sorted(said["down"]) == sorted(said["up"])
    assert said["wide"] <= 0, "the page itself scrolls sideways"
    assert said["serious"] == []
    assert said["checked"] > 10 or "AXE_JS" not in os.environ


@pytest.mark.parametrize("width", [1000, 1200, 1400])
def test_on_a_desk_the_figures_that_count_are_seen_without_scrolling(report, tmp_path, width):
    assert _look(report / "index.html", tmp_path, width)["scrolled"] == []
