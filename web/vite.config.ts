// Five pages, each with an entry of its own, built into the folder the service serves.
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

const page = (name: string) => new URL(`${name}.html`, import.meta.url).pathname;

export default defineConfig({
  plugins: [svelte()],
  build: {
    outDir: "../app/web",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
    // MapLibre is one piece, and comes after everything else.
    chunkSizeWarningLimit: 1_200,
    rolldownOptions: {
      checks: { pluginTimings: false },
      input: Object.fromEntries(["index", "account", "console", "unit", "coordinator"].map((name) => [name, page(name)])),
    },
  },
});
