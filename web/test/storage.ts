// Stands where a browser keeps what was chosen on it: here nothing was, and what is kept goes with the process.

const kept = new Map<string, string>();
const chosen: Pick<Storage, "getItem" | "setItem" | "removeItem" | "clear"> = {
  getItem: (name) => kept.get(name) ?? null,
  setItem: (name, value) => void kept.set(name, value),
  removeItem: (name) => void kept.delete(name),
  clear: () => kept.clear(),
};
(globalThis as { localStorage?: unknown }).localStorage = chosen;
