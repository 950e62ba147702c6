// The map where the browser has no WebGL: borders, units, alerts and the place on a plain canvas. No streets.

import { paletteNow } from "./marks.ts";
import { markAt, Overlay, type Projection } from "./overlay.ts";
import { boundsOf, boxAround, EMPTY, rings, type Bounds, type Hands, type LonLat, type PlaceMark, type Region, type Scene, type View } from "./scene.ts";

const MARGIN = 0.9;
const WORLD = 360;
const NARROWEST = 0.0002;
const NAMES_DEGREES = 0.08;
const CLOSE_M = 400;
const KEY_SHARE = 0.15;
const STILL_PX = 4;

/** Latitude as Mercator draws it, in degrees of longitude at the equator. */
const up = (lat: number): number => (Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) * 180) / Math.PI;
const down = (y: number): number => (Math.atan(Math.exp((y * Math.PI) / 180)) * 360) / Math.PI - 90;

export class FlatView implements View {
  #canvas = document.createElement("canvas");
  #overlay = new Overlay(this.#canvas);
  #scene: Scene = EMPTY;
  #region: Region;
  #hands: Hands;
  #middle: [number, number] = [0, 0];
  /** Degrees of longitude that the whole width shows. */
  #wide = WORLD;
  #begun = false;
  #drawing = 0;
  #resized: ResizeObserver;
  #pressed: { x: number; y: number; middle: [number, number] } | null = null;

  constructor(container: HTMLElement, region: Region, hands: Hands, label: string) {
    this.#region = region;
    this.#hands = hands;
    this.#canvas.tabIndex = 0;
    this.#canvas.setAttribute("role", "region");
    this.#canvas.setAttribute("aria-label", label);
    container.append(this.#canvas);
    this.#canvas.addEventListener("keydown", (event) => this.#key(event));
    this.#canvas.addEventListener("pointerdown", (event) => this.#press(event));
    this.#canvas.addEventListener("pointermove", (event) => this.#drag(event));
    this.#canvas.addEventListener("pointerup", (event) => this.#release(event));
    this.#resized = new ResizeObserver(() => this.redraw());
    this.#resized.observe(container);
    this.showAll();
  }

  show(scene: Scene): void {
    this.#scene = scene;
    if (!this.#begun) this.showAll();
    this.#soon();
  }

  goTo({ at, accuracyM }: PlaceMark): void {
    this.fit(boxAround(at, Math.max(accuracyM ?? 0, CLOSE_M)));
  }

  showAll(): void {
    const bounds = boundsOf(this.#region.zones, this.#scene);
    if (bounds !== null) this.fit(bounds);
  }

  fit(bounds: Bounds): void {
    this.#begun = true;
    const [south, north] = [up(bounds.south), up(bounds.north)];
    this.#middle = [(bounds.west + bounds.east) / 2, (south + north) / 2];
    const shape = this.#canvas.clientWidth / Math.max(1, this.#canvas.clientHeight) || 1;
    this.#wide = Math.max(bounds.east - bounds.west, (north - south) * shape, NARROWEST) / MARGIN;
    this.#soon();
  }

  zoom(steps: number): void {
    this.#wide = Math.min(WORLD, this.#wide / 2 ** steps);
    this.#soon();
  }

  centre(): LonLat {
    return [this.#middle[0], down(this.#middle[1])];
  }

  /** The theme has changed, or what is chosen on it. */
  redraw(): void {
    this.#overlay.recolour();
    this.#soon();
  }

  /** Draw with the next picture of the browser, however often it is asked for until then. */
  #soon(): void {
    if (this.#drawing === 0) this.#drawing = requestAnimationFrame(() => this.#draw());
  }

  end(): void {
    cancelAnimationFrame(this.#drawing);
    this.#resized.disconnect();
    this.#canvas.remove();
  }

  #at: Projection = ([lon, lat]) => {
    const scale = this.#canvas.clientWidth / this.#wide;
    const x = this.#canvas.clientWidth / 2 + (lon! - this.#middle[0]) * scale;
    return [x, this.#canvas.clientHeight / 2 - (up(lat!) - this.#middle[1]) * scale];
  };

  #draw(): void {
    this.#drawing = 0;
    const colours = paletteNow();
    const near = this.#wide <= NAMES_DEGREES;
    this.#overlay.draw(this.#scene, this.#at, colours, near, (context) => {
      context.fillStyle = colours.ground;
      context.fillRect(0, 0, this.#canvas.clientWidth, this.#canvas.clientHeight);
      context.lineWidth = 1.5;
      context.strokeStyle = colours.border;
      for (const zone of this.#region.zones) for (const ring of rings(zone)) this.#ring(context, ring).stroke();
      this.#cross(context, colours.ink);
    });
  }

  #ring(context: CanvasRenderingContext2D, ring: readonly (readonly number[])[]): CanvasRenderingContext2D {
    context.beginPath();
    ring.forEach((corner, place) => (place === 0 ? context.moveTo(...this.#at(corner)) : context.lineTo(...this.#at(corner))));
    return context;
  }

  /** Where the middle is, for whoever chooses a place by the arrow keys. */
  #cross(context: CanvasRenderingContext2D, colour: string): void {
    if (!this.#hands.picks()) return;
    const [x, y] = [this.#canvas.clientWidth / 2, this.#canvas.clientHeight / 2];
    context.beginPath();
    context.moveTo(x - 12, y);
    context.lineTo(x + 12, y);
    context.moveTo(x, y - 12);
    context.lineTo(x, y + 12);
    context.lineWidth = 2;
    context.strokeStyle = colour;
    context.stroke();
  }

  #key(event: KeyboardEvent): void {
    const step = this.#wide * KEY_SHARE;
    const [east, north, closer] = {
      ArrowLeft: [-step, 0, 0],
      ArrowRight: [step, 0, 0],
      ArrowUp: [0, step, 0],
      ArrowDown: [0, -step, 0],
      "+": [0, 0, 1],
      "-": [0, 0, -1],
    }[event.key] ?? [0, 0, 0];
    if (east === 0 && north === 0 && closer === 0) return;
    event.preventDefault();
    this.#middle = [this.#middle[0] + east!, this.#middle[1] + north!];
    this.zoom(closer!);
  }

  #press(event: PointerEvent): void {
    this.#pressed = { x: event.offsetX, y: event.offsetY, middle: [...this.#middle] };
    this.#canvas.setPointerCapture(event.pointerId);
  }

  #drag(event: PointerEvent): void {
    if (this.#pressed === null) return;
    const degrees = this.#wide / this.#canvas.clientWidth;
    const { x, y, middle } = this.#pressed;
    this.#middle = [middle[0] - (event.offsetX - x) * degrees, middle[1] + (event.offsetY - y) * degrees];
    this.#soon();
  }

  #release(event: PointerEvent): void {
    const pressed = this.#pressed;
    this.#pressed = null;
    if (pressed === null || Math.hypot(event.offsetX - pressed.x, event.offsetY - pressed.y) > STILL_PX) return;
    if (this.#hands.picks()) {
      const degrees = this.#wide / this.#canvas.clientWidth;
      const lon = this.#middle[0] + (event.offsetX - this.#canvas.clientWidth / 2) * degrees;
      const y = this.#middle[1] - (event.offsetY - this.#canvas.clientHeight / 2) * degrees;
      return this.#hands.place([lon, down(y)]);
    }
    const found = markAt(this.#scene, this.#at, event.offsetX, event.offsetY);
    if (found === null) return;
    if ("alert" in found) this.#hands.alert(found.alert);
    else this.#hands.unit(found.unit);
  }
}
