"""What stands on a page as pixels, read by the browser itself."""

import base64

from playwright.async_api import Locator, Page

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

    def unlike(self, other: "Picture", least: int = 40) -> int:
        """In how many pixels the two differ by at least so much of 255."""
        width, height = min(self.width, other.width), min(self.height, other.height)
        spots = ((x, y) for x in range(width) for y in range(height))
        return sum(abs(self.at(x, y)[0] - other.at(x, y)[0]) >= least for x, y in spots)


async def picture(page: Page, of: Locator) -> Picture:
    """This part of the page as it is drawn now."""
    shot = base64.b64encode(await of.screenshot()).decode()
    width, height, values = await page.evaluate(READ, shot)
    return Picture(width, height, base64.b64decode(values))
