// Builds a plugin: `node build.mjs plugin.ts plugin.wasm`. Needs esbuild and componentize-qjs, which are
// looked for in the folder where it runs and above it. `--files LIST` writes which files went into it, as
// compilers do for make.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const SDK = dirname(fileURLToPath(import.meta.url));
const CONTRACT = [join(SDK, "../wit/bubbles.wit"), join(SDK, "wit/bubbles.wit")].find(existsSync);
const VERSION = "0.1.0";
const IMPORTS = ["log", "output", "rejects", "objects"];

/** What the plugin's file exports tells what it is. */
const KINDS = { extract: "extractor", transform: "transformer", load: "loader" };

const [source, out, ...options] = process.argv.slice(2);
if (!source || !out) {
  console.error("usage: node build.mjs SOURCE OUT [--interpreter] [--files LIST]");
  process.exit(2);
}
const require = createRequire(join(process.cwd(), "x"));
const work = mkdtempSync(join(tmpdir(), "bubbles-"));
try {
  await build(resolve(source), resolve(out), options.includes("--interpreter"));
} catch (error) {
  console.error(error.errors ? "" : String(error.message ?? error));
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true });
}

async function build(source, out, isInterpreter) {
  const esbuild = require("esbuild");
  const settings = {
    bundle: true, format: "esm", target: "es2023", charset: "utf8", logLevel: "warning",
    external: ["bubbles:*"], alias: { bubbles: join(SDK, "src/index.js") },
  };
  const list = options.includes("--files") ? options[options.indexOf("--files") + 1] : null;
  const looked = await esbuild.build({ ...settings, entryPoints: [source], write: false, metafile: true, outdir: work });
  const exported = Object.values(looked.metafile.outputs)[0].exports;
  const kinds = isInterpreter ? Object.keys(KINDS) : Object.keys(KINDS).filter((kind) => exported.includes(kind));
  if (exported.includes("chunk") && kinds.length === 0) kinds.push("transform");
  if (kinds.length === 0) {
    throw new Error(`${source} exports none of \`extract\`, \`transform\`, \`load\` and \`chunk\``);
  }
  const entry = join(work, "entry.js");
  const bundle = join(work, "bundle.js");
  writeFileSync(entry, isInterpreter ? `export * from ${JSON.stringify(source)};` : wrapper(source, kinds));
  await esbuild.build({ ...settings, entryPoints: [entry], outfile: bundle, sourcemap: "external", sourcesContent: false });
  writeFileSync(bundle, readFileSync(bundle, "utf8") + places(bundle + ".map", source));
  if (list) writeFileSync(list, `${out}: ${inputs(looked.metafile).join(" ")}\n`);
  const wit = world(kinds);
  const qjs = join(dirname(require.resolve("componentize-qjs/package.json")), "cli.mjs");
  const stdio = ["ignore", "ignore", "inherit"];
  execFileSync(process.execPath, [qjs, "-w", wit, "-n", "built", "-j", bundle, "--sync", "--stub-wasi", "-o", out], { stdio });
}

// Absolute, with their spaces escaped.
function inputs(metafile) {
  const files = [...Object.keys(metafile.inputs).map((name) => resolve(name)), CONTRACT, fileURLToPath(import.meta.url)];
  return files.map((file) => file.replaceAll(" ", "\\ "));
}

function wrapper(source, kinds) {
  const glue = JSON.stringify(join(SDK, "src/tasks.js"));
  const lines = [
    `import * as task from ${JSON.stringify(source)};`,
    `import { describer, ${kinds.map((kind) => KINDS[kind]).join(", ")} } from ${glue};`,
    `import { locateWith } from ${JSON.stringify(join(SDK, "src/errors.js"))};`,
    `import { lookup } from ${JSON.stringify(join(SDK, "src/sourcemap.js"))};`,
    `let places;`,
    `locateWith((...place) => (places ??= lookup(bubblesPlaces.mappings, bubblesPlaces.sources))(...place));`,
    `const given = (config) => ({ task, config });`,
    `const about = { config: { ...task }.config, ...{ ...task }.about };`,
    `export const plugin = describer(${JSON.stringify(kinds)}, about);`,
    ...kinds.map((kind) => `export const ${kind} = ${KINDS[kind]}(given);`),
  ];
  return lines.join("\n");
}

// The author's files keep their names; those of the SDK give nothing.
function places(path, source) {
  const map = JSON.parse(readFileSync(path, "utf8"));
  const root = dirname(source);
  const sources = map.sources.map((name) => {
    const file = resolve(work, name);
    if (file.startsWith(SDK) || file.startsWith(work)) return null;
    return file.startsWith(root) ? file.slice(root.length + 1) : basename(file);
  });
  return `\nvar bubblesPlaces = ${JSON.stringify({ mappings: map.mappings, sources })};\n`;
}

// One folder for the contract, one for a world with just these exports.
function world(kinds) {
  const lines = [
    ...IMPORTS.map((name) => `  import ${name};`),
    ...["plugin", ...kinds].map((name) => `  export ${name};`),
  ];
  const text = `${readFileSync(CONTRACT, "utf8")}\nworld built {\n${lines.join("\n")}\n}\n`;
  const wit = join(work, "plugin.wit");
  writeFileSync(wit, text);
  return wit;
}
