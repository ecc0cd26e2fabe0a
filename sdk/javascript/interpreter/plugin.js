// The plugin that runs a script which is given in its configuration, as extract, transform or load.
import { Fatal } from "../src/errors.js";
import { describer, extractor, loader, transformer } from "../src/tasks.js";
import { evaluate } from "./script.js";

const about = {
  summary: "runs a script in JavaScript",
  config: {
    type: "object",
    properties: {
      code: { type: "string", description: "the script: it defines `extract`, `transform` or `load`" },
      name: { type: "string", description: "what the script is called in errors" },
      config: { description: "what its functions are given as their configuration" },
    },
    required: ["code"],
    additionalProperties: false,
  },
};

const needing = (...names) => ({ code, name, config }) => {
  const task = evaluate({ code, name });
  if (!names.some((one) => typeof task[one] === "function")) {
    throw new Fatal(`${name ?? "the script"} defines no function \`${names.join("` or `")}\``);
  }
  return { task, config: config ?? {} };
};

export const plugin = describer(["extract", "transform", "load"], about);
export const extract = extractor(needing("extract"));
export const transform = transformer(needing("transform", "chunk"));
export const load = loader(needing("load", "chunk"));
