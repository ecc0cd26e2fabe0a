//! Keeps the flights of one carrier: which, has to be said; how far they go at least, may be said.

const std = @import("std");
const bubbles = @import("bubbles");

const Config = struct { carrier: []const u8, miles: ?f64 };
const Flight = struct { day: i64, carrier: []const u8, flight: i64, distance: f64 };
const Kept = struct { flight: i64, day: i64 };

comptime {
    bubbles.transform("keeps the flights of one carrier", Config, Flight, keep);
}

fn keep(config: *const Config, flight: *const Flight) bubbles.Result {
    if (!std.mem.eql(u8, flight.carrier, config.carrier)) return .ok;
    if (flight.distance < config.miles orelse 0) return .ok;
    bubbles.emit(Kept{ .flight = flight.flight, .day = flight.day });
    return .ok;
}
