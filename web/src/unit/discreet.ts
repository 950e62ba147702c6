// The discreet look: who glances at this phone learns nothing, and it shakes instead of sounding.
//
// Kept on the phone as a choice of its look; it says nothing about anybody.

const KEPT_AS = "naranja.discreet";

export const isDiscreet = (): boolean => localStorage.getItem(KEPT_AS) === "yes";

/** Look so from now on, also when the page is opened again. */
export function setDiscreet(discreet: boolean): void {
  if (discreet) localStorage.setItem(KEPT_AS, "yes");
  else localStorage.removeItem(KEPT_AS);
}
