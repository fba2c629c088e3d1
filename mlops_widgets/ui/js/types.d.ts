/** The plain form of `mlops_widgets/ui/card.py`, after arrays were put in the place of their references. */
export type Role = "reference" | "production" | "truth" | "good" | "warning" | "bad" | "muted" | "accent";
export type Form = "number" | "percent" | "integer" | "date";
export type Status = "passed" | "warning" | "failed" | "not_enough_data" | "not_applicable" | "not_run";
export type Floats = Float32Array | Float64Array;

export interface Axis {
  label: string;
  form: Form;
  lower: number | null;
  upper: number | null;
}
export interface Mark {
  value: number;
  label: string;
  role: Role;
}
export interface Estimate {
  label: string;
  value: number | null;
  lower: number | null;
  upper: number | null;
  n: number | null;
  role: Role;
  note: string;
}
export interface Rows {
  rows: Estimate[];
  axis: Axis;
  marks: Mark[];
  title: string;
  /** A second, hollow mark in each row. */
  others?: Estimate[];
  labels?: [string, string];
}
export interface Dots extends Rows {
  kind: "dots";
}
export interface Bars extends Rows {
  kind: "bars";
}
export interface Waterfall {
  kind: "waterfall";
  rows: Estimate[];
  start: number;
  end: number;
  start_label: string;
  end_label: string;
  axis: Axis;
  logistic: boolean;
  title: string;
}
export interface Ranked extends Rows {
  kind: "ranked";
  shown: number;
}
export interface Series {
  label: string;
  y: Floats;
  lower: Floats | null;
  upper: Floats | null;
  role: Role;
  dashed: boolean;
  end: string;
}
export interface Line {
  kind: "line";
  x: Floats;
  x_axis: Axis;
  y_axis: Axis;
  series: Series[];
  marks: Mark[];
  events: Mark[];
  title: string;
}
export interface HeatMap {
  kind: "heatmap";
  values: Floats;
  columns: string[];
  rows: string[];
  axis: Axis;
  column_title: string;
  row_title: string;
  centre: number | null;
  title: string;
}
export interface Distributions {
  kind: "distributions";
  reference: Floats;
  production: Floats;
  axis: Axis;
  edges: Floats | null;
  names: string[];
  labels: [string, string];
  title: string;
}
export interface SlopeRow {
  label: string;
  left: number | null;
  right: number | null;
  role: Role;
  emphasised: boolean;
}
export interface Slope {
  kind: "slope";
  left: string;
  right: string;
  rows: SlopeRow[];
  axis: Axis;
  marks: Mark[];
  title: string;
}
export interface BeforeAfter {
  kind: "beforeafter";
  before: Estimate;
  after: Estimate;
  axis: Axis;
  title: string;
}
export interface Swarm {
  kind: "swarm";
  rows: string[];
  values: Floats;
  ranks: Floats;
  axis: Axis;
  low: string;
  high: string;
  title: string;
}
export type Chart = Dots | Bars | Waterfall | Swarm | Ranked | Line | HeatMap | Distributions | Slope | BeforeAfter;

export interface Finding {
  code: string;
  status: Status;
  claim: string;
  evidence: Record<string, number | string | boolean | null>;
  action: string;
  cost: number | null;
  cost_unit: string;
}
export interface Table {
  columns: string[];
  rows: string[][];
  caption: string;
}
export interface View {
  name: string;
  state: any;
  arrays: Record<string, Floats>;
}
export interface Card {
  headline: string;
  status: Status | null;
  summary: string;
  charts: Chart[];
  view: View | null;
  findings: Finding[];
  table: Table | null;
  action: string;
  code: string;
  small: string;
  reference: string;
  empty: string;
  veil: string;
  document?: Document | null;
}
export type Block =
  | { kind: "paragraph"; text: string; tone: "plain" | "warning" }
  | { kind: "points"; items: string[]; numbered: boolean }
  | { kind: "grid"; columns: string[]; rows: string[][]; caption: string }
  | {
      kind: "statement";
      label: string;
      value: string;
      source: "computed" | "human" | "missing";
      author: string;
      date: string;
    };
/** The plain form of `mlops_widgets/core/document.py`. */
export interface Document {
  title: string;
  lead: string;
  sections: { title: string; blocks: Block[] }[];
  small: string;
  language: string;
}
/** A kernel-side option of an Explorer. */
export interface Control {
  name: string;
  label: string;
  kind: "slider" | "choice" | "number" | "text";
  options?: (string | number)[];
  lower?: number;
  upper?: number;
  step?: number;
  value: string | number;
  unit?: string;
}
export interface Message {
  card: any;
  arrays: Record<string, string | DataView>;
  types: Record<string, "f4" | "f8">;
  controls?: Control[];
  run?: string;
}
/** A file on its way to the kernel: `node` shows it, in the field `slot`. */
export interface Transfer {
  node: HTMLElement;
  slot: string;
  start(slot: string, file: File): void;
}
export interface Job {
  state: "idle" | "running" | "done" | "cancelled" | "failed";
  share: number;
  text: string;
}
/** The part of anywidget's model that is used here. */
export interface Model {
  get(name: string): any;
  on(name: string, listener: (content?: any) => void): void;
  off(name: string, listener: (content?: any) => void): void;
  send(content: unknown, callbacks?: undefined, buffers?: ArrayBuffer[]): void;
}
/** Something that is drawn again at each width. */
export interface Part {
  node: HTMLElement;
  draw(width: number): void;
  /** Where a live widget's controls go; by default under the figure. */
  slot?: HTMLElement;
}
/** What a view may ask of the card around it. */
export interface Context {
  /** Replace headline and summary; null brings back what Python said. */
  say(words: { headline: string; summary: string } | null): void;
  /** Tell the kernel, where there is one. */
  send(content: unknown): void;
  /** Ask the kernel for what may be shown but never kept, where there is one that answers. */
  ask?: (question: unknown, answered: (answer: any) => void) => void;
  live: boolean;
  transfer?: Transfer | null;
  headline: string;
  undo: (() => void)[];
}
