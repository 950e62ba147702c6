// The operator's console.
import { show } from "../ui/page.ts";
import ConsolePage from "./ConsolePage.svelte";

show(ConsolePage);
