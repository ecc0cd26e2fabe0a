//! Hands on the names of airlines, and says something at each level of some of them.

const std = @import("std");
const bubbles = @import("bubbles");

const Config = struct {};
const Airline = struct { carrier: []const u8, name: []const u8 };
const Name = struct { name: []const u8 };

comptime {
    bubbles.transform("says something of some airlines", Config, Airline, words);
}

fn words(_: *const Config, airline: *const Airline) bubbles.Result {
    const carrier = airline.carrier;
    const name = airline.name;
    if (std.mem.eql(u8, carrier, "AA")) say(.debug, "{s} is there", name);
    if (std.mem.eql(u8, carrier, "B6")) say(.info, "{s} is \"blue\"", name);
    if (std.mem.eql(u8, carrier, "F9")) say(.warn, "{s} is cold\nand far", name);
    if (std.mem.eql(u8, carrier, "HA")) say(.err, "{s} is wet – é€😀", name);
    bubbles.emit(Name{ .name = name });
    return .ok;
}

fn say(level: bubbles.Level, comptime format: []const u8, name: []const u8) void {
    var line: [256]u8 = undefined;
    bubbles.log(level, std.fmt.bufPrint(&line, format, .{name}) catch name);
}
