//! Counts the flights of each carrier, and tells how late they were and how far they went.

const std = @import("std");
const bubbles = @import("bubbles");

const Config = struct {};
const Flight = struct { arr_delay: ?i64, carrier: []const u8, distance: i64 };
const Carrier = struct { carrier: []const u8, flights: i64, arrived: i64, minutes_late: i64, farthest: i64 };

comptime {
    bubbles.transformTask("counts the flights of each carrier", Config, .{ .rows = .{count}, .finish = finish });
}

const memory = std.heap.c_allocator;
var groups: std.StringArrayHashMapUnmanaged(Carrier) = .empty;

fn count(_: *const Config, flight: *const Flight) bubbles.Result {
    const found = groups.getOrPut(memory, flight.carrier) catch return bubbles.fail(.fatal, "out of memory");
    const group = found.value_ptr;
    if (!found.found_existing) {
        const name = memory.dupe(u8, flight.carrier) catch return bubbles.fail(.fatal, "out of memory");
        found.key_ptr.* = name;
        group.* = .{ .carrier = name, .flights = 0, .arrived = 0, .minutes_late = 0, .farthest = 0 };
    }
    group.flights += 1;
    group.arrived += @intFromBool(flight.arr_delay != null);
    group.minutes_late += flight.arr_delay orelse 0;
    group.farthest = @max(group.farthest, flight.distance);
    return .ok;
}

fn finish(_: *const Config) bubbles.Result {
    std.mem.sort(Carrier, groups.values(), {}, isLess);
    for (groups.values()) |group| bubbles.emit(group);
    return .ok;
}

fn isLess(_: void, a: Carrier, b: Carrier) bool {
    return std.mem.lessThan(u8, a.carrier, b.carrier);
}
