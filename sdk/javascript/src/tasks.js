// The interfaces of the contract, over the functions that a module exports.
import "./log.js";
import { Fatal, toContract } from "./errors.js";
import { emitAll, flush } from "./output.js";
import { eachRow } from "./rows.js";
import { decodeUtf8, encodeUtf8 } from "./utf8.js";

// What a call throws is passed back as the contract has it.
function call(body) {
  try {
    const result = body();
    flush();
    return result;
  } catch (error) {
    try {
      flush();
    } finally {
      throw toContract(error);
    }
  }
}

const parse = (config) => (config === "" ? {} : JSON.parse(config));

// Splits and receipts are any JSON values of the author's own.
const pack = (value) => encodeUtf8(JSON.stringify(value ?? null));
const unpack = (bytes) => JSON.parse(decodeUtf8(bytes));

/** `load(config)` gives the module's exports: at once, or made of the configuration. */
export const transformer = (load) => {
  let task, config;
  return {
    open: (text, context) =>
      call(() => {
        ({ task, config } = load(parse(text)));
        task.open?.(config, context);
      }),
    process: (input, chunk) =>
      call(() => {
        if (task.chunk) emitAll(task.chunk(chunk, config, input));
        else eachRow(chunk, (row) => emitAll(task.transform(row, config, input)));
      }),
    finish: () => call(() => emitAll(task.finish?.(config))),
  };
};

export const extractor = (load) => ({
  plan: (text, bookmark) =>
    call(() => {
      const { task, config } = load(parse(text));
      if (!task.plan) return { splits: [{ payload: pack(null), bytes: 0 }], bookmark: null };
      const planned = task.plan(config, bookmark ? unpack(bookmark) : null);
      const { splits, bookmark: next } = Array.isArray(planned) ? { splits: planned } : planned;
      return {
        splits: splits.map((split) => ({ payload: pack(split), bytes: Math.floor(split?.bytes ?? 0) })),
        bookmark: next === undefined || next === null ? null : pack(next),
      };
    }),
  run: (text, piece, context) =>
    call(() => {
      const { task, config } = load(parse(text));
      emitAll(task.extract(unpack(piece.payload), config, context));
    }),
});

export const loader = (load) => {
  let task, config;
  const end = (name) => (text, receipts) =>
    call(() => {
      const loaded = load(parse(text));
      if (!loaded.task[name]) throw new Fatal(`the load exports no \`${name}\``);
      loaded.task[name](receipts.map(unpack), loaded.config);
    });
  return {
    open: (text, context) =>
      call(() => {
        ({ task, config } = load(parse(text)));
        task.open?.(config, context);
      }),
    write: (chunk) =>
      call(() => {
        if (task.chunk) task.chunk(chunk, config);
        else eachRow(chunk, (row) => task.load(row, config));
      }),
    prepare: () => call(() => pack(task.prepare?.(config))),
    commit: end("commit"),
    abort: end("abort"),
  };
};

/** What a plugin of these kinds offers. */
export const describer = (kinds, about) => ({
  describe: () =>
    kinds.map((kind) => ({
      kind,
      summary: about.summary ?? "",
      accepts: kind === "extract" ? [] : [about.accepts ?? ["arrow", "json"]].flat(),
      produces: kind === "load" ? null : (about.produces ?? "json"),
      configSchema: JSON.stringify(schema(about.config)),
      deterministic: about.deterministic ?? true,
      combinable: false,
    })),
});

// `{ minutes: "number" }` is short for a schema; `"number?"` may be left out.
function schema(config) {
  if (!config) return { type: "object" };
  if (config.type === "object" || config.$schema) return config;
  const properties = {};
  const required = [];
  for (const [name, type] of Object.entries(config)) {
    if (typeof type !== "string") {
      properties[name] = type;
      continue;
    }
    const optional = type.endsWith("?");
    properties[name] = { type: optional ? type.slice(0, -1) : type };
    if (!optional) required.push(name);
  }
  return { type: "object", properties, required, additionalProperties: false };
}

