//! Does with the third flight what it is told to: rejects it, fails in one of three ways, or crashes.

const std = @import("std");
const bubbles = @import("bubbles");

const Config = struct { fault: []const u8 };
const Flight = struct { carrier: []const u8, flight: i64 };

comptime {
    bubbles.transform("has trouble with the third flight", Config, Flight, fault);
}

var count: u32 = 0;

fn fault(config: *const Config, flight: *const Flight) bubbles.Result {
    count += 1;
    if (count != 3) {
        bubbles.emit(flight.*);
        return .ok;
    }
    bubbles.log(.warn, "the third flight");
    if (std.mem.eql(u8, config.fault, "reject")) return bubbles.reject("it is the third");
    if (std.mem.eql(u8, config.fault, "invalid")) return bubbles.fail(.invalid, "the third is bad");
    if (std.mem.eql(u8, config.fault, "transient")) return bubbles.fail(.transient, "the third is not there yet");
    if (std.mem.eql(u8, config.fault, "fatal")) return bubbles.fail(.fatal, "the third is too much");
    @panic("the third is the last");
}
