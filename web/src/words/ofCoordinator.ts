// What the coordinator's page says, with the words of all pages.

import { en } from "./en/coordinator.ts";
import { es } from "./es/coordinator.ts";
import { inLanguage } from "./language.ts";
import { words as common } from "./words.ts";

export const words = { ...common, ...inLanguage({ es, en }) };
