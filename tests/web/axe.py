"""What axe finds on a page in both themes, and whether the page is wider than its screen."""

from pathlib import Path

from playwright.async_api import Page

from .seats import Seat

AXE = (Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
RUN = """
async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const found = await axe.run(document, { runOnly: { type: "tag", values: tags } });
  const where = (one) => one.nodes.map((node) => node.html).join(" | ").slice(0, 400);
  return found.violations.map((one) => `${one.id}: ${where(one)}`);
}
"""
THEMES = ("day", "night")


async def wrong_on(seat: Seat, what: str) -> list[str]:
    """What axe finds in both themes, each named by what was looked at."""
    found = []
    page = seat.page
    for theme in THEMES:
        await page.evaluate("(theme) => { document.documentElement.dataset.theme = theme }", theme)
        # Run as the test's own code: the page's policy lets no other script in, and it should not.
        await page.evaluate(AXE)
        found += [f"{what} by {theme}: {said}" for said in await page.evaluate(RUN)]
        found += await _wider_than_the_screen(page, f"{what} by {theme}")
    return found


async def _wider_than_the_screen(page: Page, what: str) -> list[str]:
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"{what}: {wide} px too wide"] if wide > 0 else []
