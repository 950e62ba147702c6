// Cards as the service sends them: whole, made for who looks. `tests/web/test_cards_on_the_wire.py` holds every
// name here against the real ones.

export type Level = "standard" | "high" | "extreme";
export type Institution = "police" | "prosecutor" | "shelter";
export type Threat = "yes" | "no" | "unknown";
export type NeedState =
  | "searching"
  | "offered"
  | "accepted"
  | "en_route"
  | "on_scene"
  | "done"
  | "stuck"
  | "elsewhere"
  | "called_off";
export type UnitState = "off_duty" | "free" | "held" | "busy" | "occupied" | "unreachable";
export type Stamps = Partial<Record<string, string>>;

export interface Where {
  lat: number;
  lon: number;
  accuracy_m?: number;
  address?: string;
}

export interface Why {
  rule: string;
  travel_s: number | null;
  how: string;
  from_station: boolean;
  nearer_busy: number;
  nearer_asked: number;
  nearer_away: number;
  zone_step: number;
  lacks: string[];
  gain_s: number | null;
}

export interface WhyNot {
  on_duty: number;
  busy: number;
  asked: number;
  away: number;
  lacking: number;
  kept_out: number;
  too_close: number;
}

export interface Alarm {
  cause: string;
  first_at: string;
  raised_at: string;
  times: number;
  acknowledged_at: string | null;
}

export interface Order {
  due_at: string;
  outcome: string | null;
  late: boolean;
}

export interface Neighbour {
  center: string;
  folio: string | null;
  state: string;
}

export interface Need {
  need: string;
  institution: Institution;
  party: string | null;
  transport: boolean;
  state: NeedState;
  since: string;
  unaccepted_since: string;
  offers: number;
  unit: string | null;
  assignment: string | null;
  answer_by: string | null;
  arrive_by: string | null;
  hold_until: string | null;
  stamps: Stamps;
  why: Why | null;
  why_not: WhyNot | null;
  retry_at: string | null;
  alarm: Alarm | null;
  neighbour: Neighbour | null;
}

/** A call that this alert stands for. */
export interface Call {
  id: string;
  received_at: string;
}

export interface AlertCard {
  card: "alert";
  id: string;
  folio: string;
  state: string;
  level: Level;
  zone: string;
  incident: string;
  threat: Partial<Record<string, Threat>>;
  received_at: string;
  raised_at: string;
  calls: Call[];
  household: boolean;
  history: number;
  order: Order | null;
  alarm: Alarm | null;
  where: Where | null;
  needs: Need[];
}

export interface Places {
  free: number;
  held: number;
  awaited: number;
  occupied: number;
}

export interface UnitCard {
  card: "unit";
  id: string;
  institution: Institution;
  zone: string | null;
  state: UnitState;
  on_duty: boolean;
  capacity: number;
  free: number;
  places: Places | null;
  crew: string[];
  holds: string[];
}

export interface AssignmentCard {
  card: "assignment";
  id: string;
  alert: string;
  folio: string;
  institution: Institution;
  state: NeedState;
  level: Level;
  incident: string;
  zone: string;
  threat: Partial<Record<string, Threat>>;
  requires: string[];
  children: number | null;
  party: string | null;
  transport: boolean;
  offered_at: string;
  answer_by: string;
  hold_until: string | null;
  order: Order | null;
  screen: boolean;
  destination: boolean;
  travel_s: number | null;
  stamps: Stamps;
  where: Where | null;
  told: Told;
}

export interface Person {
  role?: string;
  name?: string;
  telephone?: string;
  note?: string;
}

/** What was told, by kind, oldest first. */
export interface Told {
  note?: string[];
  people?: Person[][];
  caller?: Person[];
  safe_contact?: string[];
}

export type Card = AlertCard | UnitCard | AssignmentCard;

export interface UnitPosition {
  id: string;
  lat: number;
  lon: number;
  at: string;
}
