// The one place that a map is about: a pin whose point stands on it.

import type { Palette } from "./marks.ts";

/** Side of its drawing; the point is in the middle of the lower edge. */
export const PIN_PX = 40;

export function drawPin(context: CanvasRenderingContext2D, colours: Palette): void {
  const foot = PIN_PX / 2 - 1;
  context.beginPath();
  context.moveTo(0, foot);
  context.bezierCurveTo(-4, 6, -13, 2, -13, -6);
  context.arc(0, -6, 13, Math.PI, 0);
  context.bezierCurveTo(13, 2, 4, 6, 0, foot);
  context.closePath();
  context.fillStyle = colours.accent;
  context.fill();
  context.lineWidth = 2.5;
  context.strokeStyle = colours.halo;
  context.stroke();
  context.beginPath();
  context.arc(0, -6, 5, 0, 2 * Math.PI);
  context.fillStyle = colours.onAccent;
  context.fill();
}
