// Every card this page may show, as last heard: by id, the newest seq wins, what is gone is gone.

import type { AlertCard, AssignmentCard, Card, UnitCard } from "../wire/cards.ts";
import type { Heard } from "../wire/socket.ts";

interface Kept {
  card: Card | null;
  seq: number;
}

export class Cards {
  #kept = new Map<string, Kept>();
  #listeners = new Set<(cards: Cards) => void>();

  subscribe(listener: (cards: Cards) => void): () => void {
    this.#listeners.add(listener);
    listener(this);
    return () => this.#listeners.delete(listener);
  }

  /** Take what a frame brought. A first frame is all there is: of what it does not name, nothing older stays,
   *  but accepted assignments, whose cards follow it. */
  hear(heard: Heard): void {
    if (heard.whole) {
      for (const [id, { card }] of this.#kept) {
        const follows = card?.card === "assignment" && card.state !== "offered";
        if (!follows) this.#kept.delete(id);
      }
    }
    for (const card of heard.cards) this.#set(card.id, card, heard.seq);
    for (const id of heard.gone) this.#set(id, null, heard.seq);
    for (const listener of this.#listeners) listener(this);
  }

  get alerts(): AlertCard[] {
    return this.#all().filter((card) => card.card === "alert");
  }

  get units(): UnitCard[] {
    return this.#all().filter((card) => card.card === "unit");
  }

  get assignments(): AssignmentCard[] {
    return this.#all().filter((card) => card.card === "assignment");
  }

  unit(id: string): UnitCard | null {
    const card = this.#kept.get(id)?.card;
    return card?.card === "unit" ? card : null;
  }

  alert(id: string): AlertCard | null {
    const card = this.#kept.get(id)?.card;
    return card?.card === "alert" ? card : null;
  }

  #set(id: string, card: Card | null, seq: number): void {
    const known = this.#kept.get(id);
    if (known === undefined || seq >= known.seq) this.#kept.set(id, { card, seq });
  }

  #all(): Card[] {
    return [...this.#kept.values()].flatMap(({ card }) => (card === null ? [] : [card]));
  }
}
