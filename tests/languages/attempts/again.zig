//! Numbers the flights, and stumbles in the middle at its first attempt.

const bubbles = @import("bubbles");

const Config = struct {};
const Flight = struct { flight: i64 };
const Numbered = struct { number: i64, flight: i64, attempt: i64 };

comptime {
    bubbles.transformTask("stumbles at its first attempt", Config, .{ .rows = .{row}, .open = open });
}

var next: Numbered = .{ .number = 0, .flight = 0, .attempt = 0 };

fn open(_: *const Config, context: *const bubbles.Context) bubbles.Result {
    next.attempt = context.attempt;
    return .ok;
}

fn row(_: *const Config, flight: *const Flight) bubbles.Result {
    next.number += 1;
    if (next.number == 20000 and next.attempt == 1) return bubbles.fail(.transient, "not today");
    next.flight = flight.flight;
    bubbles.emit(next);
    return .ok;
}
