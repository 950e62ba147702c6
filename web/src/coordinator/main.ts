// The coordinator's page.
import { show } from "../ui/page.ts";
import CoordinatorPage from "./CoordinatorPage.svelte";

show(CoordinatorPage);
