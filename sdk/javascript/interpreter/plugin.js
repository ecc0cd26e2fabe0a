// The plugin that runs a script which is given in its configuration, as extract, transform or load.
import { Fatal } from "../src/errors.js";
import { describer, extractor, loader, transformer } from "../src/tasks.js";
import { evaluate, lacks, mayDefine } from "./script.js";

const about = {
  summary: "runs a script in JavaScript",
  config: {
    type: "object",
    properties: {
      code: { type: "string", description: "the script: it defines `extract`, `transform` or `load`" },
      file: { type: "string", description: "what the script is called in errors" },
      check: {
        "x-check": true,
        enum: ["extract", "transform", "load"],
        description: "the script is only looked at, by a transform's `open`: for what is wrong with it as such a task",
      },
      config: { description: "what its functions are given as their configuration" },
    },
    required: ["code"],
    additionalProperties: false,
  },
};

const NEEDED = { extract: ["extract"], transform: ["transform", "chunk"], load: ["load", "chunk"] };

const needing = (kind) => (settings) => {
  if (settings.check) return { task: looked(settings) };
  const task = evaluate(settings);
  if (!NEEDED[kind].some((name) => typeof task[name] === "function")) throw lacks(settings, NEEDED[kind]);
  return { task, config: settings.config ?? {} };
};

// Nothing of the script runs.
function looked(settings) {
  const names = NEEDED[settings.check];
  if (!mayDefine(settings, names)) throw lacks(settings, names);
  return {};
}

export const plugin = describer(["extract", "transform", "load"], about);
export const extract = extractor(needing("extract"));
export const transform = transformer(needing("transform"));
export const load = loader(needing("load"));
