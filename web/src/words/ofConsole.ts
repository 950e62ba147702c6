// What the console says, with the words of all pages.

import { en } from "./en/console.ts";
import { es } from "./es/console.ts";
import { inLanguage } from "./language.ts";
import { words as common } from "./words.ts";

export const words = { ...common, ...inLanguage({ es, en }) };
