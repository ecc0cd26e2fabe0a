//! Hands on the names of airlines, and says something at each level of some of them.

use bubbles_sdk as bubbles;
use bubbles_sdk::log;

#[bubbles::row]
struct Airline {
    carrier: String,
    name: String,
}

#[bubbles::row]
struct Name {
    name: String,
}

#[bubbles::transform(summary = "says something of some airlines")]
fn words(airline: Airline) -> Name {
    let name = airline.name;
    match airline.carrier.as_str() {
        "AA" => log::debug(format_args!("{name} is there")),
        "B6" => log::info(format_args!("{name} is \"blue\"")),
        "F9" => log::warn(format_args!("{name} is cold\nand far")),
        "HA" => log::error(format_args!("{name} is wet – é€😀")),
        _ => {}
    }
    Name { name }
}
