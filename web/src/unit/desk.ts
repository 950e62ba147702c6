// The parts of this page that live as long as it: line, cards, outbox, clock, sound. Components only look at them.

import { Cards } from "../state/cards.ts";
import { ServiceClock } from "../state/clock.ts";
import { AlarmSound } from "../ui/alarm.ts";
import { openDatabase } from "../wire/database.ts";
import { answer, api } from "../wire/http.ts";
import { Outbox, type Entry } from "../wire/outbox.ts";
import { takeNoticesAway, whenWoken } from "../wire/push.ts";
import { Line, socketUrl, type Heard } from "../wire/socket.ts";
import { Awake } from "./awake.ts";
import { Whereabouts } from "./whereabouts.ts";

const CLOCK_EVERY_MS = 60_000;

export interface Phone {
  awake: Awake;
  cards: Cards;
  clock: ServiceClock;
  line: Line;
  outbox: Outbox;
  sound: AlarmSound;
  whereabouts: Whereabouts;
}

/** Put the parts together; `over` hears of assignments that are gone, with the reason where one is told. */
export async function openPhone(over: (gone: string[], why: Record<string, string>) => void): Promise<Phone> {
  const cards = new Cards();
  const clock = new ServiceClock();
  const outbox = await Outbox.open({
    database: await openDatabase(),
    send,
    signedOut: () => location.replace("/"),
  });
  const line = new Line({
    url: socketUrl(location),
    confirms: true,
    hear: (heard: Heard) => {
      const known = new Set(cards.assignments.map((card) => card.id));
      const gone = heard.gone.filter((id) => known.has(id));
      cards.hear(heard);
      // A line that lives is the time to send what waits.
      outbox.nudge();
      if (gone.length > 0) over(gone, heard.why);
    },
    ended: () => location.replace("/"),
  });
  const wake = (): void => {
    line.nudge();
    outbox.nudge();
  };
  addEventListener("online", wake);
  whenWoken(wake);
  const looked = (): void => {
    if (document.hidden) return;
    wake();
    void takeNoticesAway();
  };
  looked();
  document.addEventListener("visibilitychange", looked);
  void clock.ask();
  setInterval(() => void clock.ask(), CLOCK_EVERY_MS);
  const whereabouts = new Whereabouts((frame) => line.say(frame));
  return { awake: new Awake(), cards, clock, line, outbox, sound: new AlarmSound(), whereabouts };
}

function send(entry: Entry): ReturnType<typeof answer<unknown>> {
  return answer(
    api.POST("/api/assignments/{assignment}/{step}", {
      params: { path: { assignment: entry.assignment, step: entry.step } },
      body: { id: entry.id, at_device: entry.at_device, reason: entry.reason },
    }),
  );
}
