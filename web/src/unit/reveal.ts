// What may be seen on this phone for a short time only: it hides by itself, and as soon as nobody looks.

const SHOWN_MS = 60_000;

export class Reveal {
  #until = 0;
  #hiding: ReturnType<typeof setTimeout> | undefined;
  #changed: (until: number) => void;

  /** `changed` hears until when it is shown, in milliseconds since 1970 by this device; 0: hidden. */
  constructor(changed: (until: number) => void) {
    this.#changed = changed;
  }

  show(): void {
    clearTimeout(this.#hiding);
    this.#until = Date.now() + SHOWN_MS;
    this.#hiding = setTimeout(() => this.hide(), SHOWN_MS);
    this.#changed(this.#until);
  }

  hide(): void {
    clearTimeout(this.#hiding);
    if (this.#until === 0) return;
    this.#until = 0;
    this.#changed(0);
  }

  /** Hide when the page loses the eye. Returns how to stop watching. */
  watch(): () => void {
    const hide = (): void => this.hide();
    const unseen = (): void => {
      if (document.hidden) this.hide();
    };
    addEventListener("blur", hide);
    addEventListener("pagehide", hide);
    document.addEventListener("visibilitychange", unseen);
    return () => {
      this.hide();
      removeEventListener("blur", hide);
      removeEventListener("pagehide", hide);
      document.removeEventListener("visibilitychange", unseen);
    };
  }
}
