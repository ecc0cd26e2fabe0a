//! Writes transforms for Bubbles in Zig: a function over structs, over the SDK in C, which is compiled
//! with the plugin.
//!
//!     comptime { bubbles.transform("keeps the late flights", Config, Flight, late); }
//!
//!     fn late(config: *const Config, flight: *const Flight) bubbles.Result
//!
//! A field is `i64`, `f64`, `bool`, `[]const u8`, or optional of one of these. Text of a row is good until
//! the function returns.

/// What a function over rows gives back.
pub const Result = enum(c_int) { ok, reject, invalid, transient, fatal };

/// This row is put aside with the reason, and the rest goes on.
pub fn reject(reason: []const u8) Result {
    return fail(.reject, reason);
}

/// An error of the contract: `invalid`, `transient` or `fatal`. The message is copied.
pub fn fail(kind: Result, message: []const u8) Result {
    return bubbles_fail(kind, .of(message));
}

pub const Level = enum(c_int) { debug, info, warn, err };

/// A line for the job's log.
pub fn log(level: Level, message: []const u8) void {
    bubbles_log_text(level, .of(message));
}

/// Hands on a row: any struct of such fields. Rows travel together, in chunks.
pub fn emit(row: anytype) void {
    const T = @TypeOf(row);
    var slots: Slots(T) = undefined;
    inline for (comptime names(T), 0..) |name, i| keep(@FieldType(T, name), @field(row, name), &slots[i]);
    bubbles_emit_row(shapeOf(T)(), &slots);
}

/// Where a task runs. In a retry all of it is the same again, but `attempt`, which is 1 for the first try.
pub const Context = struct { job: []const u8, task: []const u8, split: u32, splits: u32, attempt: u32 };

/// Names the plugin's transform: a function over rows, which calls `emit` for each row that it gives.
pub fn transform(
    comptime summary: [:0]const u8,
    comptime Config: type,
    comptime Row: type,
    comptime function: fn (*const Config, *const Row) Result,
) void {
    transformTask(summary, Config, .{ .rows = .{function} });
}

/// Names a transform that is more than that, by its functions:
/// - `.rows`: such a function for each input, in the order of the task's `from`;
/// - `.open`: `fn (*const Config, *const Context) Result`, if it is wanted;
/// - `.finish`: `fn (*const Config) Result`, after the last row, if it is wanted.
pub fn transformTask(comptime summary: [:0]const u8, comptime Config: type, comptime functions: anytype) void {
    const Task = struct {
        const about: About = .{ .config = shapeOf(Config), .summary = summary };
        const called: Functions = .{ .chunk = chunk, .open = open, .finish = finish };

        fn open(config: *const Slots(Config), context: *const CContext) callconv(.c) Result {
            if (!@hasField(@TypeOf(functions), "open")) return .ok;
            const settings = rowOf(Config, config);
            return functions.open(&settings, &context.toZig());
        }
        fn chunk(config: *const Slots(Config), input: u32, data: Place, size: usize) callconv(.c) Result {
            const settings = rowOf(Config, config);
            inline for (functions.rows, 0..) |function, i| {
                if (input == i) return eachRow(Config, function, &settings, data, size);
            }
            return fail(.fatal, "the task takes fewer inputs");
        }
        fn finish(config: *const Slots(Config)) callconv(.c) Result {
            if (!@hasField(@TypeOf(functions), "finish")) return .ok;
            const settings = rowOf(Config, config);
            return functions.finish(&settings);
        }
        const Functions = extern struct {
            input: ?*const anyopaque = null,
            row: ?*const anyopaque = null,
            chunk: *const fn (*const Slots(Config), u32, Place, usize) callconv(.c) Result,
            open: *const fn (*const Slots(Config), *const CContext) callconv(.c) Result,
            finish: *const fn (*const Slots(Config)) callconv(.c) Result,
        };
    };
    @export(&Task.about, .{ .name = "bubbles_transform_about" });
    @export(&Task.called, .{ .name = "bubbles_the_transform" });
    @export(&exports.open, .{ .name = "bubbles:etl/transform@0.1.0#open" });
    @export(&exports.process, .{ .name = "bubbles:etl/transform@0.1.0#process" });
    @export(&exports.finish, .{ .name = "bubbles:etl/transform@0.1.0#finish" });
}

/// Calls a function over rows for each line of a chunk.
fn eachRow(comptime Config: type, comptime function: anytype, config: *const Config, data: Place, size: usize) Result {
    const Row = @typeInfo(@typeInfo(@TypeOf(function)).@"fn".param_types[1].?).pointer.child;
    const Each = struct {
        var slots: Slots(Row) = undefined;

        fn take(state: *const anyopaque, row: *const anyopaque) callconv(.c) Result {
            const read = rowOf(Row, @ptrCast(@alignCast(row)));
            return function(@as(*const Config, @ptrCast(@alignCast(state))), &read);
        }
    };
    return bubbles_for_each_row(shapeOf(Row)(), data, size, &Each.slots, Each.take, config);
}

const exports = struct {
    fn open(c: Place, n: u32, j: Place, jn: u32, t: Place, tn: u32, p: u32, s: u32, ss: u32, a: u32) callconv(.c) Place {
        return bubbles_call_transform_open_(c, n, j, jn, t, tn, p, s, ss, a);
    }
    fn process(input: u32, chunk: Place, size: u32) callconv(.c) Place {
        return bubbles_call_transform_process_(input, chunk, size);
    }
    fn finish() callconv(.c) Place {
        return bubbles_call_transform_finish_();
    }
};

const Place = ?*anyopaque;

/// As the SDK in C has them.
const Text = extern struct {
    data: [*]const u8,
    size: usize,

    fn of(text: []const u8) Text {
        return .{ .data = text.ptr, .size = text.len };
    }
};
const CContext = extern struct {
    job: Text,
    task: Text,
    phase: c_int,
    split: u32,
    splits: u32,
    attempt: u32,

    fn toZig(it: *const CContext) Context {
        const job = it.job.data[0..it.job.size];
        const task = it.task.data[0..it.task.size];
        return .{ .job = job, .task = task, .split = it.split, .splits = it.splits, .attempt = it.attempt };
    }
};
const Field = extern struct { name: [*:0]const u8, name_size: u32, kind: u32, offset: usize };
const Shape = extern struct { fields: [*]const Field, count: usize, size: usize };
const About = extern struct {
    config: *const fn () callconv(.c) *const Shape,
    config_schema: ?[*:0]const u8 = null,
    summary: [*:0]const u8,
    accepts: c_int = 0,
    produces: c_int = 0,
    varies: bool = false,
    combinable: bool = false,
};

extern fn bubbles_fail(Result, Text) Result;
extern fn bubbles_log_text(Level, Text) void;
extern fn bubbles_emit_row(*const Shape, *const anyopaque) void;
extern fn bubbles_for_each_row(
    *const Shape,
    Place,
    usize,
    *anyopaque,
    *const fn (*const anyopaque, *const anyopaque) callconv(.c) Result,
    *const anyopaque,
) Result;
extern fn bubbles_call_transform_open_(Place, u32, Place, u32, Place, u32, u32, u32, u32, u32) Place;
extern fn bubbles_call_transform_process_(u32, Place, u32) Place;
extern fn bubbles_call_transform_finish_() Place;

/// A row as it is read and written: a slot for each field.
const Slot = extern struct { bytes: [16]u8 align(8) };

fn Slots(comptime T: type) type {
    return [@max(1, names(T).len)]Slot;
}

fn names(comptime T: type) []const [:0]const u8 {
    return @import("std").meta.fieldNames(T);
}

fn Optional(comptime T: type) ?type {
    return switch (@typeInfo(T)) {
        .optional => |optional| optional.child,
        else => null,
    };
}

fn kindOf(comptime T: type) u32 {
    if (Optional(T)) |Child| return 8 + kindOf(Child);
    return switch (T) {
        i64 => 0,
        f64 => 1,
        bool => 2,
        []const u8 => 3,
        else => @compileError("a column cannot be of type " ++ @typeName(T)),
    };
}

/// Where an optional field's value is: after the byte that says whether there is one.
fn valueOffset(comptime T: type) usize {
    return if (T == bool) 1 else if (T == []const u8) 4 else 8;
}

fn shapeOf(comptime T: type) *const fn () callconv(.c) *const Shape {
    return &struct {
        const fields = blk: {
            var made: [names(T).len]Field = undefined;
            for (names(T), 0..) |name, i| {
                made[i] = .{ .name = name, .name_size = name.len, .kind = kindOf(@FieldType(T, name)), .offset = i * @sizeOf(Slot) };
            }
            break :blk made;
        };
        const shape: Shape = .{ .fields = &fields, .count = fields.len, .size = @sizeOf(Slots(T)) };

        fn get() callconv(.c) *const Shape {
            return &shape;
        }
    }.get;
}

fn keep(comptime T: type, value: T, slot: *Slot) void {
    if (Optional(T)) |Child| {
        slot.bytes[0] = @intFromBool(value != null);
        if (value) |present| put(Child, present, slot, valueOffset(Child));
    } else put(T, value, slot, 0);
}

fn put(comptime T: type, value: T, slot: *Slot, comptime at: usize) void {
    const place = &slot.bytes[at];
    if (T == []const u8) {
        @as(*Text, @ptrCast(@alignCast(place))).* = .of(value);
    } else {
        @as(*T, @ptrCast(@alignCast(place))).* = value;
    }
}

fn rowOf(comptime T: type, slots: *const Slots(T)) T {
    var row: T = undefined;
    inline for (comptime names(T), 0..) |name, i| {
        const Type = @FieldType(T, name);
        if (Optional(Type)) |Child| {
            @field(row, name) = if (slots[i].bytes[0] != 0) take(Child, &slots[i], valueOffset(Child)) else null;
        } else @field(row, name) = take(Type, &slots[i], 0);
    }
    return row;
}

fn take(comptime T: type, slot: *const Slot, comptime at: usize) T {
    const place = &slot.bytes[at];
    if (T == []const u8) {
        const text: *const Text = @ptrCast(@alignCast(place));
        return text.data[0..text.size];
    }
    return @as(*const T, @ptrCast(@alignCast(place))).*;
}
