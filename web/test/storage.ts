// Stands where a browser keeps what was chosen on it: here nothing was.

const chosen: Pick<Storage, "getItem"> = { getItem: () => null };
(globalThis as { localStorage?: unknown }).localStorage = chosen;
