// What a unit's phone says, with the words of all pages.

import { en } from "./en/unit.ts";
import { es } from "./es/unit.ts";
import { inLanguage } from "./language.ts";
import { words as common } from "./words.ts";

export const words = { ...common, ...inLanguage({ es, en }) };
