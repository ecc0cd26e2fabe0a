// Writes a report in Markdown: the pages that failed most, then those that were slow.
import { objects } from "bubbles";

export const about = { summary: "writes a report of the pages" };
export const config = {
  type: "object",
  properties: { path: { type: "string", "x-grant": "write", description: "the report's file" } },
  required: ["path"],
  additionalProperties: false,
};

const pages = [];
let path;

export function open(config) {
  path = config.path;
}

export function load(page) {
  pages.push(page);
}

// The receipt says what `commit` has to make visible.
export function prepare() {
  const staged = objects.stage(path);
  staged.write(report(pages));
  return [...staged.finish()];
}

export const commit = (receipts) => receipts.forEach((one) => objects.publish(Uint8Array.from(one)));
export const abort = (receipts) => receipts.forEach((one) => objects.discard(Uint8Array.from(one)));

function report(pages) {
  const worst = (a, b) => b.failed - a.failed || b.slow - a.slow || (a.page < b.page ? -1 : 1);
  const rows = pages.toSorted(worst).map(
    (it) => `| ${it.page} | ${it.requests} | ${it.failed} | ${it.slow} | ${it.longest} ms |`,
  );
  const sum = (column) => pages.reduce((total, page) => total + page[column], 0);
  return [
    "# Pages",
    "",
    `${sum("requests")} requests by people, ${sum("failed")} failed, ${sum("slow")} took more than a second.`,
    "",
    "| page | requests | failed | slow | longest |",
    "|---|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}
