//! Gives a row for each hour that a flight came in late, begun ones too: none, one or many.

const bubbles = @import("bubbles");

const Config = struct {};
const Flight = struct { arr_delay: ?i64, carrier: []const u8, flight: i64 };
const Hour = struct { carrier: []const u8, flight: i64, hour: i64, minutes: i64 };

comptime {
    bubbles.transform("gives a row for each hour of delay", Config, Flight, hours);
}

fn hours(_: *const Config, flight: *const Flight) bubbles.Result {
    var hour = Hour{ .carrier = flight.carrier, .flight = flight.flight, .hour = 1, .minutes = 0 };
    var left = flight.arr_delay orelse 0;
    while (left > 0) : (left -= 60) {
        hour.minutes = @min(left, 60);
        bubbles.emit(hour);
        hour.hour += 1;
    }
    return .ok;
}
