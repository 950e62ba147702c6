// The page of a unit's phone, and the worker that lets it open without a network.
import { show } from "../ui/page.ts";
import UnitPage from "./UnitPage.svelte";

show(UnitPage);
if ("serviceWorker" in navigator) void navigator.serviceWorker.register("/sw.js", { scope: "/unit" });
