// What the runtime calls, by its plain names.
import "./crash";
import { putAside } from "./host";
import { flush } from "./output";
import { Row } from "./row";
import { fail, Task } from "./task";

const row = new Row();
const config = new Row();
const answer = heap.alloc(16);
let description: usize = 0;
let kept = new ArrayBuffer(0), keptToo = new ArrayBuffer(0), keptMessage = new ArrayBuffer(0);

export function cabi_realloc(old: usize, oldSize: usize, align: usize, size: usize): usize {
  if (!size) return align;
  const place = heap.alloc(size);
  if (oldSize) {
    memory.copy(place, old, oldSize);
    heap.free(old);
  }
  return place;
}

export function plugin_describe(): usize {
  kept = String.UTF8.encode(Task.summary);
  keptToo = String.UTF8.encode(Task.schema);
  description = heap.alloc(56);
  memory.fill(description, 0, 56);
  store<u32>(description, <u32>(description + 8));
  store<u32>(description, 1, 4);
  const it = description + 8;
  store<u8>(it, 1); // a transform
  store<u32>(it, <u32>changetype<usize>(kept), 4);
  store<u32>(it, kept.byteLength, 8);
  store<u32>(it, <u32>(it + 36), 12); // accepts json alone
  store<u32>(it, 1, 16);
  store<u8>(it, 1, 36);
  store<u8>(it, 1, 20); // and gives it
  store<u8>(it, 1, 21);
  store<u32>(it, <u32>changetype<usize>(keptToo), 24);
  store<u32>(it, keptToo.byteLength, 28);
  store<u8>(it, 1, 32);
  return description;
}

export function transform_open(data: usize, size: usize, job: usize, jobSize: usize, task: usize, taskSize: usize,
                               _phase: u32, split: u32, splits: u32, attempt: u32): usize {
  Task.context.job = String.UTF8.decodeUnsafe(job, jobSize);
  Task.context.task = String.UTF8.decodeUnsafe(task, taskSize);
  Task.context.split = split;
  Task.context.splits = splits;
  Task.context.attempt = attempt;
  // Stays where it is, as long as the instance lives.
  if (!config.read(data, data + size)) fail(2, "the configuration is not a JSON object");
  return done();
}

export function transform_process(input: u32, chunk: usize, size: usize): usize {
  Task.input = input;
  const end = chunk + size;
  for (let line = chunk; line < end && Task.failure < 0; ) {
    let stop = line;
    while (stop < end && load<u8>(stop) != 0x0a) stop++;
    if (stop > line) each(line, stop);
    line = stop + 1;
  }
  if (size) heap.free(chunk);
  return done();
}

function each(line: usize, stop: usize): void {
  Task.reason = "";
  if (!row.read(line, stop)) Task.reason = "not a JSON object";
  else Task.take(row, config);
  if (Task.failure >= 0) return;
  if (!Task.reason.length) Task.reason = row.wrong.length ? row.wrong : config.wrong;
  if (Task.reason.length) putAside(line, stop - line, Task.reason);
}

export function transform_finish(): usize {
  Task.last(config);
  return done();
}

function done(): usize {
  flush();
  memory.fill(answer, 0, 16);
  if (Task.failure >= 0) {
    keptMessage = String.UTF8.encode(Task.reason);
    store<u8>(answer, 1);
    store<u8>(answer, <u8>Task.failure, 4);
    store<u32>(answer, <u32>changetype<usize>(keptMessage), 8);
    store<u32>(answer, keptMessage.byteLength, 12);
    // Where bad input is put aside, the next call is on good terms again.
    Task.failure = -1;
  }
  return answer;
}
