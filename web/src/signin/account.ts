// The page of one's own account.
import { show } from "../ui/page.ts";
import AccountPage from "./AccountPage.svelte";

show(AccountPage);
