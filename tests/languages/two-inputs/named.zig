//! Gives each flight the name of its airline: the first input has the airlines, the second the flights.

const std = @import("std");
const bubbles = @import("bubbles");

const Config = struct {};
const Airline = struct { carrier: []const u8, name: []const u8 };
const Flight = struct { carrier: []const u8, flight: i64 };
const Named = struct { flight: i64, airline: ?[]const u8 };

comptime {
    bubbles.transformTask("gives each flight the name of its airline", Config, .{ .rows = .{ learn, name } });
}

const memory = std.heap.c_allocator;
var names: std.StringHashMapUnmanaged([]const u8) = .empty;

fn learn(_: *const Config, airline: *const Airline) bubbles.Result {
    keep(airline) catch return bubbles.fail(.fatal, "out of memory");
    return .ok;
}

fn keep(airline: *const Airline) !void {
    try names.put(memory, try memory.dupe(u8, airline.carrier), try memory.dupe(u8, airline.name));
}

fn name(_: *const Config, flight: *const Flight) bubbles.Result {
    bubbles.emit(Named{ .flight = flight.flight, .airline = names.get(flight.carrier) });
    return .ok;
}
