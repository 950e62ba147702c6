// One line to the service that is kept open: hello, resume by the last seq, and a dead line noticed within 12 s.
//
// A browser does not say that a line is dead; silence does. The service asks every 5 s, this side every 4 s.

import type { Card, UnitPosition } from "./cards.ts";

export const DEAD_MS = 10_500;
const PING_EVERY_MS = 4_000;
const LOOK_EVERY_MS = 1_000;
const OPEN_WITHIN_MS = 8_000;
const PAUSE_MS_MIN = 400;
const PAUSE_MS_MAX = 10_000;

/** `live` once the first cards have come; `ended`: this session may not have a line any more. */
export type LineState = "connecting" | "live" | "lost" | "ended";

/** What one frame brought. `whole`: the first frame of a line, with everything that must be known now. */
export interface Heard {
  seq: number;
  cards: Card[];
  gone: string[];
  why: Record<string, string>;
  whole: boolean;
}

export interface LineView {
  state: LineState;
  /** When anything was last heard, in milliseconds of `now`; null: never. */
  heardAt: number | null;
}

export interface LineOptions {
  url: string;
  /** Says `received`, as a unit's device has to (T5). */
  confirms: boolean;
  hear: (heard: Heard) => void;
  positions?: (units: UnitPosition[]) => void;
  ended: (code: string) => void;
  now?: () => number;
  chance?: () => number;
}

type Frame =
  | { type: "cards"; seq: number; cards: Card[]; gone: string[]; why?: Record<string, string> }
  | { type: "positions"; units: UnitPosition[] }
  | { type: "problem"; code: string }
  | { type: "ping" }
  | { type: "pong" };

const ENDED = new Set(["not_signed_in", "forbidden"]);

export class Line {
  #options: LineOptions;
  #now: () => number;
  #socket: WebSocket | null = null;
  #view: LineView = { state: "connecting", heardAt: null };
  #listeners = new Set<(view: LineView) => void>();
  #lastSeq = 0;
  #whole = true;
  #openedAt = 0;
  #pingedAt = 0;
  #failures = 0;
  #again: ReturnType<typeof setTimeout> | undefined;
  #looking: ReturnType<typeof setInterval> | undefined;

  constructor(options: LineOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  get view(): LineView {
    return this.#view;
  }

  /** Hear of every change, and at once how it stands. */
  subscribe(listener: (view: LineView) => void): () => void {
    this.#listeners.add(listener);
    listener(this.#view);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    this.#looking ??= setInterval(() => this.#look(), LOOK_EVERY_MS);
    this.#open();
  }

  stop(): void {
    clearInterval(this.#looking);
    this.#looking = undefined;
    clearTimeout(this.#again);
    this.#drop();
  }

  /** Something changed outside (network back, page looked at again): find out now whether the line lives. */
  nudge(): void {
    if (this.#looking === undefined || this.#view.state === "ended") return;
    if (this.#view.state === "lost") this.#open();
    else this.#look();
  }

  /** Send a frame if the line is live; for what may be lost, as a position may. */
  say(frame: object): boolean {
    if (this.#socket?.readyState !== 1) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  #open(): void {
    clearTimeout(this.#again);
    this.#drop();
    this.#openedAt = this.#pingedAt = this.#now();
    this.#whole = true;
    this.#show({ state: "connecting", heardAt: this.#view.heardAt });
    const socket = new WebSocket(this.#options.url);
    this.#socket = socket;
    socket.onopen = () => this.say({ type: "hello", last_seq: this.#lastSeq });
    socket.onclose = () => this.#lose();
    socket.onmessage = (message: MessageEvent<string>) => this.#take(JSON.parse(message.data) as Frame);
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null) return;
    socket.onopen = socket.onclose = socket.onmessage = null;
    socket.close();
  }

  #lose(): void {
    this.#drop();
    if (this.#view.state === "ended") return;
    this.#show({ state: "lost", heardAt: this.#view.heardAt });
    const pause = Math.min(PAUSE_MS_MAX, PAUSE_MS_MIN * 2 ** this.#failures);
    this.#failures += 1;
    const jitter = 0.5 + 0.5 * (this.#options.chance ?? Math.random)();
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.#open(), pause * jitter);
  }

  #look(): void {
    const now = this.#now();
    if (this.#socket === null) return;
    if (this.#view.state === "connecting") {
      if (now - this.#openedAt > OPEN_WITHIN_MS) this.#lose();
      return;
    }
    if (now - (this.#view.heardAt ?? this.#openedAt) > DEAD_MS) {
      this.#lose();
    } else if (now - this.#pingedAt >= PING_EVERY_MS) {
      this.#pingedAt = now;
      this.say({ type: "ping" });
    }
  }

  #take(frame: Frame): void {
    this.#view = { ...this.#view, heardAt: this.#now() };
    switch (frame.type) {
      case "cards": {
        const { seq, cards, gone, why = {} } = frame;
        this.#options.hear({ seq, cards, gone, why, whole: this.#whole });
        this.#whole = false;
        this.#lastSeq = Math.max(this.#lastSeq, seq);
        this.#failures = 0;
        if (this.#options.confirms) this.say({ type: "received", seq });
        this.#show({ state: "live", heardAt: this.#view.heardAt });
        break;
      }
      case "positions":
        this.#options.positions?.(frame.units);
        break;
      case "ping":
        this.say({ type: "pong" });
        break;
      case "problem":
        if (ENDED.has(frame.code)) this.#end(frame.code);
        break;
    }
  }

  #end(code: string): void {
    this.#show({ state: "ended", heardAt: this.#view.heardAt });
    this.stop();
    this.#options.ended(code);
  }

  #show(view: LineView): void {
    const before = this.#view;
    this.#view = view;
    if (before.state !== view.state) for (const listener of this.#listeners) listener(view);
  }
}

/** The socket's address beside the page's. */
export function socketUrl(page: Location): string {
  return `${page.protocol === "https:" ? "wss" : "ws"}://${page.host}/ws`;
}
