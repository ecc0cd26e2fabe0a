//! Keeps the flights that came in late, and says how late and how fast they were.

const std = @import("std");
const bubbles = @import("bubbles");

const Config = struct { minutes: f64 };

const Flight = struct {
    year: i64,
    month: i64,
    day: i64,
    arr_delay: ?i64,
    carrier: []const u8,
    flight: i64,
    origin: []const u8,
    dest: []const u8,
    air_time: ?i64,
    distance: i64,
};

const Late = struct {
    date: []const u8,
    carrier: []const u8,
    flight: i64,
    route: []const u8,
    arr_delay: i64,
    delay: []const u8,
    miles_a_minute: ?f64,
};

comptime {
    bubbles.transform("keeps the late flights", Config, Flight, late);
}

fn late(config: *const Config, flight: *const Flight) bubbles.Result {
    const minutes = flight.arr_delay orelse return .ok;
    if (float(minutes) <= config.minutes) return .ok;
    var date: [32]u8 = undefined;
    var route: [64]u8 = undefined;
    // A sign would be written if these were not unsigned.
    const day = .{ @as(u64, @intCast(flight.year)), @as(u64, @intCast(flight.month)), @as(u64, @intCast(flight.day)) };
    bubbles.emit(Late{
        .date = std.fmt.bufPrint(&date, "{d:0>4}-{d:0>2}-{d:0>2}", day) catch unreachable,
        .carrier = flight.carrier,
        .flight = flight.flight,
        .route = std.fmt.bufPrint(&route, "{s}-{s}", .{ flight.origin, flight.dest }) catch
            return bubbles.reject("the route is too long"),
        .arr_delay = minutes,
        .delay = if (minutes < 120) "short" else if (minutes < 300) "long" else "very long",
        // Half a mile is added so that no language writes the quotient as a whole number.
        .miles_a_minute = if (flight.air_time) |time| (float(flight.distance) + 0.5) / float(time) else null,
    });
    return .ok;
}

fn float(number: i64) f64 {
    return @floatFromInt(number);
}
