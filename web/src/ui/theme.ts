// Day or night, as chosen on this device, else as the device itself is set.

const KEPT_AS = "naranja.theme";

export type Theme = "day" | "night";

export function theme(): Theme {
  const kept = localStorage.getItem(KEPT_AS);
  if (kept === "day" || kept === "night") return kept;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "night" : "day";
}

/** Show this theme, and keep it as chosen where it was. */
export function showTheme(shown: Theme, chosen = false): void {
  document.documentElement.dataset.theme = shown;
  if (chosen) localStorage.setItem(KEPT_AS, shown);
}
