// Where every page begins: its theme, its language, and one component in its place.

import "./look.css";

import { mount, type Component } from "svelte";

import { words } from "../words/words.ts";
import { showTheme, theme } from "./theme.ts";

export function show(page: Component): void {
  showTheme(theme());
  document.documentElement.lang = words.locale;
  mount(page, { target: document.getElementById("page")! });
}
