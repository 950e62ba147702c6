// Codes as what people choose from.

import { words } from "../words/ofConsole.ts";

export interface Choice {
  value: string;
  text: string;
}

export const reasons = (codes: readonly string[]): Choice[] => codes.map((code) => ({ value: code, text: words.reason[code] ?? code }));

export const choices = (texts: Record<string, string>): Choice[] => Object.entries(texts).map(([value, text]) => ({ value, text }));
