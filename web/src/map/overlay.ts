// The marks on top of a map, drawn on a plain canvas: 1,500 units move every second, and the map beneath stands still.

import { ALERT_PX, drawAlert, drawUnit, UNIT_PX, type Palette } from "./marks.ts";
import { drawPin, PIN_PX } from "./pin.ts";
import { circle, type AlertMark, type LonLat, type Scene, type UnitMark } from "./scene.ts";

/** Where a place is on the canvas, in pixels of the page. */
export type Projection = (at: readonly number[]) => [number, number];

const NAME_FONT = '600 12px system-ui, "DejaVu Sans", sans-serif';
const FOLIO_FONT = '700 13px system-ui, "DejaVu Sans", sans-serif';
const AROUND = 0.18;
const DASHES = [2, 12];

export class Overlay {
  #canvas: HTMLCanvasElement;
  #sprites = new Map<string, HTMLCanvasElement>();

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
  }

  /** Draw the marks as they will look from now on anew. */
  recolour(): void {
    this.#sprites.clear();
  }

  /** Everything of the scene over what `beneath` draws. `named`: near enough for the names of units. */
  draw(scene: Scene, at: Projection, colours: Palette, named: boolean, beneath?: (context: CanvasRenderingContext2D) => void): void {
    const [wide, high, ratio] = [this.#canvas.clientWidth, this.#canvas.clientHeight, devicePixelRatio];
    if (wide === 0) return;
    if (this.#canvas.width !== Math.round(wide * ratio)) this.#canvas.width = Math.round(wide * ratio);
    if (this.#canvas.height !== Math.round(high * ratio)) this.#canvas.height = Math.round(high * ratio);
    const context = this.#canvas.getContext("2d")!;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, wide, high);
    beneath?.(context);
    this.#around(context, scene, at, colours);
    this.#way(context, scene, at, colours);
    const seen = (place: LonLat, side: number): [number, number] | null => {
      const [x, y] = at(place);
      return x < -side || y < -side || x > wide + side || y > high + side ? null : [x, y];
    };
    for (const unit of scene.units) {
      const spot = seen(unit.at, UNIT_PX);
      if (spot !== null) this.#unit(context, unit, spot, colours, named);
    }
    for (const alert of scene.alerts) {
      const spot = seen(alert.at, ALERT_PX);
      if (spot !== null) this.#alert(context, alert, spot, colours);
    }
    if (scene.place !== null) {
      const [x, y] = at(scene.place.at);
      context.drawImage(this.#sprite("place", PIN_PX, (to) => drawPin(to, colours)), x - PIN_PX / 2, y - PIN_PX, PIN_PX, PIN_PX);
    }
  }

  #around(context: CanvasRenderingContext2D, { place }: Scene, at: Projection, colours: Palette): void {
    if (place === null || place.accuracyM === null) return;
    context.beginPath();
    circle(place.at, place.accuracyM).forEach((corner, number) => context[number === 0 ? "moveTo" : "lineTo"](...at(corner)));
    context.fillStyle = context.strokeStyle = colours.accent;
    context.globalAlpha = AROUND;
    context.fill();
    context.globalAlpha = 1;
    context.lineWidth = 2.5;
    context.setLineDash([6, 5]);
    context.stroke();
    context.setLineDash([]);
  }

  /** By road a whole line; a direction alone is dashed, so that nobody takes it for a street. */
  #way(context: CanvasRenderingContext2D, { way }: Scene, at: Projection, colours: Palette): void {
    if (way === null) return;
    context.beginPath();
    way.line.forEach((corner, number) => context[number === 0 ? "moveTo" : "lineTo"](...at(corner)));
    context.lineJoin = context.lineCap = "round";
    context.setLineDash(way.byRoad ? [] : DASHES);
    context.lineWidth = 9;
    context.strokeStyle = colours.halo;
    context.stroke();
    context.lineWidth = 5;
    context.strokeStyle = colours.accent;
    context.stroke();
    context.setLineDash([]);
  }

  #unit(context: CanvasRenderingContext2D, unit: UnitMark, [x, y]: [number, number], colours: Palette, named: boolean): void {
    const { institution, state } = unit;
    const sprite = this.#sprite(`${institution}-${state}`, UNIT_PX, (to) => drawUnit(to, institution, state, colours));
    context.drawImage(sprite, x - UNIT_PX / 2, y - UNIT_PX / 2, UNIT_PX, UNIT_PX);
    if (named) this.#name(context, unit.id, x, y + UNIT_PX / 2 + 8, NAME_FONT, colours);
  }

  #alert(context: CanvasRenderingContext2D, mark: AlertMark, [x, y]: [number, number], colours: Palette): void {
    const { level, calls, chosen } = mark;
    const name = `${level}-${calls}-${chosen}`;
    const sprite = this.#sprite(name, ALERT_PX, (to) => drawAlert(to, level, calls, chosen, colours));
    context.drawImage(sprite, x - ALERT_PX / 2, y - ALERT_PX / 2, ALERT_PX, ALERT_PX);
    this.#name(context, mark.folio, x, y + ALERT_PX / 2 + 8, FOLIO_FONT, colours);
  }

  #name(context: CanvasRenderingContext2D, text: string, x: number, y: number, font: string, colours: Palette): void {
    context.font = font;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    context.lineWidth = 4;
    context.strokeStyle = colours.halo;
    context.strokeText(text, x, y);
    context.fillStyle = colours.ink;
    context.fillText(text, x, y);
  }

  /** A drawing made once and then copied. */
  #sprite(name: string, side: number, draw: (context: CanvasRenderingContext2D) => void): HTMLCanvasElement {
    let sprite = this.#sprites.get(name);
    if (sprite === undefined) {
      sprite = document.createElement("canvas");
      sprite.width = sprite.height = Math.ceil(side * devicePixelRatio);
      const context = sprite.getContext("2d")!;
      context.scale(sprite.width / side, sprite.width / side);
      context.translate(side / 2, side / 2);
      draw(context);
      this.#sprites.set(name, sprite);
    }
    return sprite;
  }
}

/** What is at this point of the canvas: the topmost alert, else a unit. */
export function markAt(scene: Scene, at: Projection, x: number, y: number): { alert: string } | { unit: string } | null {
  const near = (place: LonLat, side: number): boolean => {
    const [markX, markY] = at(place);
    return Math.hypot(x - markX, y - markY) <= side / 2;
  };
  const alert = scene.alerts.findLast((mark) => near(mark.at, ALERT_PX));
  if (alert !== undefined) return { alert: alert.id };
  const unit = scene.units.findLast((mark) => near(mark.at, UNIT_PX));
  return unit === undefined ? null : { unit: unit.id };
}
