// The marks of the map as drawings: a shape and a sign for each state, so that colour is never needed.

import type { Institution, Level, UnitState } from "../wire/cards.ts";

export interface Palette {
  ground: string;
  street: string;
  middle: string;
  main: string;
  water: string;
  green: string;
  border: string;
  ink: string;
  halo: string;
  surface: string;
  accent: string;
  onAccent: string;
  danger: string;
  onDanger: string;
  warn: string;
  onWarn: string;
}

const VARIABLES: Record<keyof Palette, string> = {
  ground: "--map-ground",
  street: "--map-street",
  middle: "--map-middle",
  main: "--map-main",
  water: "--map-water",
  green: "--map-green",
  border: "--map-border",
  ink: "--ink",
  halo: "--map-halo",
  surface: "--surface",
  accent: "--accent",
  onAccent: "--on-accent",
  danger: "--danger-fill",
  onDanger: "--on-danger",
  warn: "--warn-fill",
  onWarn: "--on-warn",
};

/** The colours of the theme that is shown now. */
export function paletteNow(): Palette {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(
    Object.entries(VARIABLES).map(([name, variable]) => [name, style.getPropertyValue(variable).trim()]),
  ) as unknown as Palette;
}

export const UNIT_STATES: readonly UnitState[] = ["free", "held", "busy", "occupied", "unreachable", "off_duty"];
export const LEVELS: readonly Level[] = ["standard", "high", "extreme"];

/** The sign of a unit's state; the very one of the lists (`ui/StateMark`). */
const SIGNS: Record<UnitState, string> = { free: "", held: "?", busy: "", occupied: "", unreachable: "!", off_duty: "–" };

/** Side of a unit's mark and of an alert's, in pixels of the page. */
export const UNIT_PX = 22;
export const ALERT_PX = 34;

type Context = CanvasRenderingContext2D;

/** Draw a unit around the origin: round for a patrol, square for a prosecutor; hollow is free, full is busy. */
export function drawUnit(context: Context, institution: Institution, state: UnitState, colours: Palette): void {
  const r = UNIT_PX / 2 - 2;
  context.beginPath();
  if (institution === "police") context.arc(0, 0, r, 0, 2 * Math.PI);
  else context.rect(-r, -r, 2 * r, 2 * r);
  context.fillStyle = state === "busy" || state === "occupied" ? colours.ink : colours.surface;
  context.fill();
  context.lineWidth = 2.5;
  context.strokeStyle = colours.ink;
  context.stroke();
  if (state === "busy" || state === "occupied") {
    context.lineWidth = 1.5;
    context.strokeStyle = colours.surface;
    context.stroke();
  }
  if (SIGNS[state] !== "") write(context, SIGNS[state], 15, colours.ink);
}

/** Draw an alert around the origin: the shape is its level's, as on its badge; a bar above it calls for a person. */
export function drawAlert(context: Context, level: Level, calls: boolean, chosen: boolean, colours: Palette): void {
  const r = ALERT_PX / 2 - 4;
  context.beginPath();
  if (level === "extreme") polygon(context, [[0, -r], [r, 0], [0, r], [-r, 0]]);
  else if (level === "high") polygon(context, [[0, -r], [r, r * 0.8], [-r, r * 0.8]]);
  else context.arc(0, 0, r * 0.8, 0, 2 * Math.PI);
  const [fill, ink] = {
    extreme: [colours.danger, colours.onDanger],
    high: [colours.warn, colours.onWarn],
    standard: [colours.accent, colours.onAccent],
  }[level] as [string, string];
  context.lineJoin = "round";
  context.lineWidth = chosen ? 8 : 5;
  context.strokeStyle = chosen ? colours.accent : colours.halo;
  context.stroke();
  context.fillStyle = fill;
  context.fill();
  context.lineWidth = 2;
  context.strokeStyle = colours.ink;
  context.stroke();
  if (calls) {
    context.translate(0, level === "high" ? 2 : 0);
    write(context, "!", 15, ink);
    context.translate(0, level === "high" ? -2 : 0);
  }
}

function polygon(context: Context, corners: readonly (readonly [number, number])[]): void {
  corners.forEach(([x, y], place) => (place === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
  context.closePath();
}

function write(context: Context, text: string, px: number, colour: string): void {
  context.font = `800 ${px}px system-ui, "DejaVu Sans", sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillStyle = colour;
  context.fillText(text, 0, 1);
}
