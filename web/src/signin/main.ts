// The page where everybody comes in.
import { show } from "../ui/page.ts";
import SignIn from "./SignIn.svelte";

show(SignIn);
