//! Hands on the names of airlines, and prints some of them.

const std = @import("std");
const bubbles = @import("bubbles");

const Config = struct {};
const Airline = struct { carrier: []const u8, name: []const u8 };
const Name = struct { name: []const u8 };

comptime {
    bubbles.transform("prints some airlines", Config, Airline, prints);
}

fn prints(_: *const Config, airline: *const Airline) bubbles.Result {
    const name = airline.name;
    if (std.mem.eql(u8, airline.carrier, "AA")) _ = std.c.printf("%.*s\n", @as(c_int, @intCast(name.len)), name.ptr);
    if (std.mem.eql(u8, airline.carrier, "HA")) std.debug.print("{s}\n", .{name});
    bubbles.emit(Name{ .name = name });
    return .ok;
}
