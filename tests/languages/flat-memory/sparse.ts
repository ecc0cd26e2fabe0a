// Lets one row of a thousand through. Where it leaks, it keeps the text of every tenth.
export const about = { summary: "lets one row of a thousand through" };
export const config = { leaks: "boolean" };

const kept: string[] = [];

export function transform(row: { number: number; text: string }, { leaks }: { leaks: boolean }) {
  if (leaks && row.number % 10 === 0) kept.push(row.text);
  return row.number % 1000 === 0 ? row : null;
}
