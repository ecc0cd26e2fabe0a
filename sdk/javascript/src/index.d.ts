// Types of what a task's code imports from "bubbles", and of what a plugin exports.

/** Anything that JSON knows. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Where a task runs. In a retry all of it is the same again, but `attempt`. */
export interface Context {
  job: string;
  task: string;
  phase: "whole" | "partial" | "final";
  /** Which split of the source, or which partition after an exchange, from 0. */
  split: number;
  splits: number;
  /** 1 for the first try. */
  attempt: number;
}

/** What a function over rows may give: a row, none, or several. */
export type Rows<Row> = Row | null | undefined | void | Iterable<Row>;

export interface About {
  summary?: string;
  accepts?: Format | Format[];
  produces?: Format;
  /** Equal input and configuration always give equal output: true unless it is said otherwise. */
  deterministic?: boolean;
}
export type Format = "json" | "arrow" | "bytes";

/** The functions of a transform: `transform` over rows, or `chunk` over whole chunks. */
export interface Transform<In, Out, Config> {
  open?(config: Config, context: Context): void;
  transform?(row: In, config: Config, input: number): Rows<Out>;
  chunk?(chunk: Uint8Array, config: Config, input: number): Rows<Out>;
  finish?(config: Config): Rows<Out>;
}

/** The functions of an extract. Splits and bookmarks are any JSON values; `bytes` in a split is its size. */
export interface Extract<Out, Config, Split, Bookmark> {
  plan?(config: Config, bookmark: Bookmark | null): Split[] | { splits: Split[]; bookmark?: Bookmark | null };
  extract(split: Split, config: Config, context: Context): Rows<Out>;
}

/** The functions of a load. A receipt is any JSON value. */
export interface Load<In, Config, Receipt> {
  open?(config: Config, context: Context): void;
  load?(row: In, config: Config): void;
  chunk?(chunk: Uint8Array, config: Config): void;
  prepare(config: Config): Receipt;
  commit(receipts: Receipt[], config: Config): void;
  abort(receipts: Receipt[], config: Config): void;
}

/** This input is bad and always will be: handled as the task's `on-error` says. */
export class Invalid extends Error {}
/** It may work later: retried with back-off. */
export class Transient extends Error {}
/** The job cannot go on. */
export class Fatal extends Error {}
/** This row is put aside with the reason, and the rest goes on. */
export class Reject extends Error {}

/** Hands on one row. */
export function emitRow(row: Json): void;
/** Hands on a whole chunk, after the rows that wait. */
export function emit(chunk: Uint8Array | string): void;

/** Lines for the job's log. */
export const log: Record<"debug" | "info" | "warn" | "error", (...values: unknown[]) => void>;

/** An object in the making, seen by nobody until its receipt is published. */
export interface Staged {
  write(data: Uint8Array | string): void;
  /** Makes the bytes durable and gives the receipt. */
  finish(): Uint8Array;
}

/** Files and cloud objects by URL, as far as the task's grants go: for extracts and loads. */
export const objects: {
  find(pattern: string): { url: string; size: number; etag?: string }[];
  /** At most `length` bytes from `offset`, and at most 8 MiB; fewer only where the object ends. */
  read(url: string, offset?: number, length?: number): Uint8Array;
  readText(url: string): string;
  stage(url: string): Staged;
  publish(receipt: Uint8Array): void;
  discard(receipt: Uint8Array): void;
  remove(url: string): void;
};

export function encodeUtf8(text: string): Uint8Array;
export function decodeUtf8(bytes: Uint8Array): string;
