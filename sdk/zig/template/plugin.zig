//! A plugin for Bubbles: keeps the warm readings, and adds a column.

const bubbles = @import("bubbles");

/// What `config` in the pipeline holds.
const Config = struct { warm: f64 };

/// The columns of the input that are looked at.
const Reading = struct { sensor: []const u8, celsius: ?f64 };

/// The columns of the output.
const Warm = struct { sensor: []const u8, celsius: f64, fahrenheit: f64 };

comptime {
    bubbles.transform("keeps the warm readings, in Fahrenheit too", Config, Reading, warm);
}

/// `emit` for each row out. `return bubbles.reject("why")` puts the row aside.
fn warm(config: *const Config, reading: *const Reading) bubbles.Result {
    const celsius = reading.celsius orelse return .ok;
    if (celsius < config.warm) return .ok;
    bubbles.emit(Warm{ .sensor = reading.sensor, .celsius = celsius, .fahrenheit = celsius * 9 / 5 + 32 });
    return .ok;
}
