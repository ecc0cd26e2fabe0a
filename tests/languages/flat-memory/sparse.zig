//! Lets one row of a thousand through. Where it leaks, it keeps the text of every tenth.

const std = @import("std");
const bubbles = @import("bubbles");

const Config = struct { leaks: bool };
const Row = struct { number: i64, text: []const u8 };

comptime {
    bubbles.transform("lets one row of a thousand through", Config, Row, sparse);
}

var kept: std.ArrayList(u8) = .empty;

fn sparse(config: *const Config, row: *const Row) bubbles.Result {
    if (config.leaks and @mod(row.number, 10) == 0) {
        kept.appendSlice(std.heap.c_allocator, row.text) catch @panic("out of memory");
    }
    if (@mod(row.number, 1000) == 0) bubbles.emit(row.*);
    return .ok;
}
