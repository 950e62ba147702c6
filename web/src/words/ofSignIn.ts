// What the page where one signs in says, with the words of all pages, and that of one's account.

import { en } from "./en/signin.ts";
import { es } from "./es/signin.ts";
import { inLanguage } from "./language.ts";
import { words as common } from "./words.ts";

export const words = { ...common, ...inLanguage({ es, en }) };
