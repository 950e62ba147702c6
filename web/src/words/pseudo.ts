// A language that nobody speaks: every word of a page in brackets. What stands there without was written in the code.

/** Not words but facts about a language. */
const FACTS = new Set(["locale"]);

/** The same tree with every text in brackets. */
export function pseudo<List extends object>(words: List): List {
  return bracketed(words) as List;
}

function bracketed(node: unknown): unknown {
  if (typeof node === "string") return node === "" ? "" : `⟦${node}⟧`;
  if (typeof node === "function") return (...given: unknown[]) => `⟦${String((node as (...all: unknown[]) => unknown)(...given))}⟧`;
  if (Array.isArray(node)) return node.map(bracketed);
  const pairs = Object.entries(node as object);
  return Object.fromEntries(pairs.map(([name, value]) => [name, FACTS.has(name) ? value : bracketed(value)]));
}
