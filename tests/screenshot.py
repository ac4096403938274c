"""Makes the pictures of the README: ``python -m tests.screenshot``, with Chromium installed.

They show the top of the real report on a committed run, on light and on dark ground.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.test_browser import CHROMIUM, QUICK, QUIET, ROOT

WIDTH, HEIGHT = 1000, 900


def main() -> None:
    """Make the report, and a picture of it for each ground."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder, "report.html")
        command = [sys.executable, "-m", "analysis", "report", str(QUICK), "--output", str(path)]
        subprocess.run(command, cwd=ROOT, check=True, timeout=120)  # noqa: S603  this very Python
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        for scheme in ("light", "dark"):
            page = browser.new_page(
                viewport={"width": WIDTH, "height": HEIGHT},
                color_scheme=scheme,
                device_scale_factor=1.5,
            )
            page.goto(path.as_uri())
            page.wait_for_selector(".chart svg")
            page.wait_for_timeout(500)
            page.screenshot(path=ROOT / "docs" / f"report-{scheme}.png")
        browser.close()


if __name__ == "__main__":
    main()
