// The language that is read on this device.

import { pseudo } from "./pseudo.ts";

const LANGUAGES = ["es", "en", "pseudo"];
const KEPT_AS = "naranja.language";

function chosen(): string {
  const kept = localStorage.getItem(KEPT_AS);
  return kept !== null && LANGUAGES.includes(kept) ? kept : "es";
}

export const language = chosen();

/** A list of words in it. `pseudo` is for the tests of the pages, and for whoever translates them. */
export function inLanguage<List extends object>(list: { es: List; en: List }): List {
  if (language === "pseudo") return pseudo(list.es);
  return language === "en" ? list.en : list.es;
}

/** Read the other language from now on. */
export function otherLanguage(): void {
  localStorage.setItem(KEPT_AS, language === "es" ? "en" : "es");
  location.reload();
}
