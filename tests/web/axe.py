"""What axe finds on a page in both themes, what is hardly seen on it, and whether it is wider than its screen."""

from pathlib import Path

from playwright.async_api import Page, ViewportSize

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
FAINT = """
() => {
  const numbers = (colour) => colour.match(/[0-9.]+/g).map(Number);
  const behind = (one) => {
    for (let at = one; at !== null; at = at.parentElement) {
      const ground = numbers(getComputedStyle(at).backgroundColor);
      if (ground.length < 4 || ground[3] === 1) return ground;
    }
    return [255, 255, 255];
  };
  const part = (value) => (value <= 10 ? value / 3294 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const light = ([red, green, blue]) => 0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue);
  const found = [];
  const look = (one, colour, ground) => {
    const [dark, bright] = [light(numbers(colour)), light(ground)].sort((a, b) => a - b);
    const contrast = (bright + 0.05) / (dark + 0.05);
    if (contrast < 3) found.push(`${contrast.toFixed(1)} : 1, ${one.outerHTML.slice(0, 120)}`);
  };
  const seen = (what) => [...document.querySelectorAll(what)].filter((one) => one.checkVisibility());
  for (const sign of seen('[aria-hidden="true"]:not(svg):not(svg *)')) {
    if (sign.textContent.trim() !== "") look(sign, getComputedStyle(sign).color, behind(sign));
  }
  for (const shape of seen("[data-level] svg")) look(shape, getComputedStyle(shape).fill, behind(shape));
  for (const field of seen('input:not([type="radio"]):not([type="checkbox"]), select, textarea')) {
    look(field, getComputedStyle(field).borderTopColor, behind(field.parentElement));
  }
  return found;
}
"""
"""Signs and edges of fields that stand out less than 3 : 1 from what is behind them; of text axe looks itself."""
COLOUR_ALONE = """
() => {
  const found = [], state = {};
  for (const one of document.querySelectorAll("[data-state], [data-level]")) {
    if (!one.checkVisibility()) continue;
    const [kind, name] = "state" in one.dataset ? ["state", one.dataset.state] : ["level", one.dataset.level];
    const sign = one.querySelector("[aria-hidden]");
    const drawn = sign === null ? "" : sign.textContent.trim() || sign.innerHTML;
    const word = one.textContent.trim().replace(sign?.textContent ?? "", "").trim();
    const bare = word === "" || (kind === "level" && drawn === "");
    if (bare) found.push(`${kind} ${name}: ${one.outerHTML.slice(0, 120)}`);
    const other = (state[`${kind} ${word}`] ??= name);
    if (kind === "level" && other !== name) found.push(`${name} is said as ${other}`);
  }
  return found;
}
"""
"""States and levels without a word, levels without a shape."""
THEMES = ("day", "night")
NARROW = ViewportSize(width=320, height=640)
"""A desk at 400 %, or the smallest phone: what WCAG calls reflow (1.4.10)."""


async def wrong_on(seat: Seat, what: str) -> list[str]:
    """What axe finds in both themes, each named by what was looked at."""
    found = []
    page = seat.page
    for theme in THEMES:
        await page.evaluate("(theme) => { document.documentElement.dataset.theme = theme }", theme)
        # Run as the test's own code: the page's policy lets no other script in, and it should not.
        await page.evaluate(AXE)
        found += [f"{what} by {theme}: {said}" for said in await page.evaluate(RUN)]
        found += [f"{what} by {theme}, hardly seen: {said}" for said in await page.evaluate(FAINT)]
        found += await _wider_than_the_screen(page, f"{what} by {theme}")
    return [*found, *(f"{what}, by colour alone: {said}" for said in await page.evaluate(COLOUR_ALONE))]


async def wrong_where_little_fits(seat: Seat, what: str) -> list[str]:
    """What does not fit a screen of 320 px; the page has its own size again afterwards."""
    own = seat.page.viewport_size
    assert own is not None
    await seat.page.set_viewport_size(NARROW)
    found = await _wider_than_the_screen(seat.page, f"{what}, {NARROW['width']} px")
    await seat.page.set_viewport_size(own)
    return found


async def _wider_than_the_screen(page: Page, what: str) -> list[str]:
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"{what}: {wide} px too wide"] if wide > 0 else []
