//! Hands on the names of airlines, and prints some of them.

use bubbles_sdk as bubbles;

#[bubbles::row]
struct Airline {
    carrier: String,
    name: String,
}

#[bubbles::row]
struct Name {
    name: String,
}

#[bubbles::transform(summary = "prints some airlines")]
#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it is what is tested"
)]
fn prints(airline: Airline) -> Name {
    match airline.carrier.as_str() {
        "AA" => println!("{}", airline.name),
        "HA" => eprintln!("{}", airline.name),
        _ => {}
    }
    Name { name: airline.name }
}
