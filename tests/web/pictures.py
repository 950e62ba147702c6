"""What stands on a page as pixels, read by the browser itself."""

import asyncio
import base64

from playwright.async_api import Locator, Page

from tests.patience import PATIENCE_S

BETWEEN_MS = 500
"""Tiles come and are drawn without telling anybody."""

READ = """
async (picture) => {
  const image = new Image();
  image.src = `data:image/png;base64,${picture}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.width;
  canvas.height = image.height;
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const values = context.getImageData(0, 0, image.width, image.height).data;
  let text = "";
  for (let start = 0; start < values.length; start += 8192) {
    text += String.fromCharCode(...values.subarray(start, start + 8192));
  }
  return [image.width, image.height, btoa(text)];
}
"""

Colour = tuple[int, int, int]


class Picture:
    """Pixels by column and row, from the upper left."""

    def __init__(self, width: int, height: int, values: bytes) -> None:
        self.width, self.height, self._values = width, height, values

    def at(self, x: float, y: float) -> Colour:
        start = 4 * (round(y) * self.width + round(x))
        red, green, blue = self._values[start : start + 3]
        return red, green, blue

    def colours(self) -> int:
        """How many there are, of every third pixel each way."""
        return len({self.at(x, y) for x in range(0, self.width, 3) for y in range(0, self.height, 3)})

    def unlike(self, other: "Picture", least: int = 40) -> int:
        """In how many pixels the two differ by at least so much of 255."""
        width, height = min(self.width, other.width), min(self.height, other.height)
        spots = ((x, y) for x in range(width) for y in range(height))
        return sum(abs(self.at(x, y)[0] - other.at(x, y)[0]) >= least for x, y in spots)


async def redrawn(page: Page, of: Locator, before: Picture, least: int) -> Picture:
    """This part of the page, as soon as at least so many of its pixels are others than before."""
    async with asyncio.timeout(PATIENCE_S):
        while (shown := await picture(page, of)).unlike(before) < least:
            await page.wait_for_timeout(BETWEEN_MS)
    return shown


async def coloured(page: Page, of: Locator, least: int) -> Picture:
    """This part of the page, as soon as it is of at least so many colours."""
    async with asyncio.timeout(PATIENCE_S):
        while (shown := await picture(page, of)).colours() < least:
            await page.wait_for_timeout(BETWEEN_MS)
    return shown


async def still(page: Page, of: Locator) -> Picture:
    """This part of the page, as soon as nothing of it changes any more."""
    shown = await picture(page, of)
    async with asyncio.timeout(PATIENCE_S):
        while True:
            await page.wait_for_timeout(BETWEEN_MS)
            before, shown = shown, await picture(page, of)
            if shown.unlike(before, 1) == 0:
                return shown


async def picture(page: Page, of: Locator) -> Picture:
    """This part of the page as it is drawn now."""
    shot = base64.b64encode(await of.screenshot()).decode()
    width, height, values = await page.evaluate(READ, shot)
    return Picture(width, height, base64.b64decode(values))
