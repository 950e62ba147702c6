// Which key does what: every one can be changed or taken away, and is kept on this device.

const KEPT_AS = "naranja.shortcuts";

export const DEFAULTS = {
  call: "F2",
  bar: "F3",
  board: "F4",
  pick: "F6",
  map: "F7",
  acknowledge: "F8",
  silent: "F9",
  units: "F10",
  keys: "Alt+K",
} as const;

export type Action = keyof typeof DEFAULTS;
export const ACTIONS = Object.keys(DEFAULTS) as Action[];

type Keys = Record<Action, string>;

/** Keys that belong to the page or the browser whatever anybody wants. */
const RESERVED = new Set(["Tab", "Enter", "Escape", "Space", "Shift+Tab", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"]);
const HELD = new Set(["Control", "Shift", "Alt", "Meta", "AltGraph", "Dead"]);

/** The keys of this event as they are written: "F2", "Alt+K", "n"; null while only Alt, Control or Shift is held. */
export function chordOf(event: KeyboardEvent): string | null {
  if (HELD.has(event.key) || event.metaKey) return null;
  const key = event.key === " " ? "Space" : event.key;
  const letter = key.length === 1;
  const held = [event.ctrlKey && "Ctrl", event.altKey && "Alt", event.shiftKey && !letter && "Shift"].filter(Boolean);
  return [...held, letter && held.length > 0 ? key.toUpperCase() : key].join("+");
}

/** Whether it writes: such a key does nothing while somebody is typing. */
export const writes = (chord: string): boolean => chord.length === 1;

const TYPING = "input:not([type=checkbox]):not([type=radio]), textarea, select";

export function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(TYPING) !== null;
}

export class Shortcuts {
  #keys: Keys;

  constructor() {
    this.#keys = { ...DEFAULTS, ...kept() };
  }

  get keys(): Keys {
    return { ...this.#keys };
  }

  /** What this event does, or nothing. */
  match(event: KeyboardEvent): Action | null {
    const chord = chordOf(event);
    if (chord === null || (writes(chord) && isTyping(event.target))) return null;
    return ACTIONS.find((action) => this.#keys[action] === chord) ?? null;
  }

  /** Give the action this key, or none (""). Says who has it already, or that it cannot be given. */
  set(action: Action, chord: string): Action | "reserved" | null {
    if (RESERVED.has(chord)) return "reserved";
    const other = chord === "" ? undefined : ACTIONS.find((each) => each !== action && this.#keys[each] === chord);
    if (other !== undefined) return other;
    this.#keys = { ...this.#keys, [action]: chord };
    localStorage.setItem(KEPT_AS, JSON.stringify(this.#keys));
    return null;
  }

  /** As they were at first. */
  reset(): void {
    this.#keys = { ...DEFAULTS };
    localStorage.removeItem(KEPT_AS);
  }
}

function kept(): Partial<Keys> {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEPT_AS) ?? "{}");
    const pairs = Object.entries(found as Record<string, unknown>);
    return Object.fromEntries(pairs.filter(([action, chord]) => action in DEFAULTS && typeof chord === "string"));
  } catch (broken) {
    if (broken instanceof SyntaxError || broken instanceof TypeError) return {};
    throw broken;
  }
}
