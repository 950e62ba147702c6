// The sound that calls a person: it goes on until it is told to stop, and says so where the browser keeps it silent.

/** `blocked`: it should sound and cannot, because nobody has touched this page yet. */
export type SoundState = "ready" | "sounding" | "blocked";

const EVERY_MS = 1_400;
const TONES_HZ = [880, 660] as const;
const TONE_S = 0.22;

export class AlarmSound {
  #context: AudioContext | null = null;
  #wanted = false;
  #quiet = false;
  #beating: ReturnType<typeof setInterval> | undefined;
  #state: SoundState = "ready";
  #listeners = new Set<(state: SoundState) => void>();

  subscribe(listener: (state: SoundState) => void): () => void {
    this.#listeners.add(listener);
    listener(this.#state);
    return () => this.#listeners.delete(listener);
  }

  /** Sound from now on, or not. The same wish again changes nothing. */
  want(sound: boolean): void {
    if (sound === this.#wanted) return;
    this.#wanted = sound;
    clearInterval(this.#beating);
    this.#beating = sound ? setInterval(() => this.#beat(), EVERY_MS) : undefined;
    if (sound) this.#beat();
    else {
      shake(0);
      this.#show(this.#running() || this.#context === null ? "ready" : "blocked");
    }
  }

  /** Shake and make no sound, from now on or not. */
  hush(quiet: boolean): void {
    this.#quiet = quiet;
    if (quiet) this.#show("ready");
  }

  /** Called from a touch or a key: from then on the browser lets it sound. */
  async unlock(): Promise<void> {
    this.#context ??= new AudioContext();
    await this.#context.resume();
    this.#show(this.#quiet ? "ready" : !this.#running() ? "blocked" : this.#wanted ? "sounding" : "ready");
  }

  /** Sound once, so that somebody hears that it does. */
  async test(): Promise<void> {
    await this.unlock();
    this.#beat();
  }

  #running(): boolean {
    return this.#context?.state === "running";
  }

  #beat(): void {
    this.#context ??= new AudioContext();
    shake([300, 120, 300]);
    if (this.#quiet) return;
    if (!this.#running()) {
      void this.#context.resume();
      this.#show("blocked");
      return;
    }
    const start = this.#context.currentTime;
    TONES_HZ.forEach((tone, place) => this.#tone(this.#context!, tone, start + place * (TONE_S + 0.04)));
    this.#show(this.#wanted ? "sounding" : "ready");
  }

  #tone(context: AudioContext, hz: number, at: number): void {
    const tone = new OscillatorNode(context, { frequency: hz, type: "square" });
    const volume = new GainNode(context, { gain: 0.25 });
    tone.connect(volume).connect(context.destination);
    tone.start(at);
    tone.stop(at + TONE_S);
  }

  #show(state: SoundState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }
}

/** A page that nobody has touched may not shake either; asking would only be complained of. */
function shake(pattern: VibratePattern): void {
  if (navigator.userActivation?.hasBeenActive ?? true) navigator.vibrate?.(pattern);
}
