//! Lets one row of a thousand through. Where it leaks, it keeps the text of every tenth.

use std::cell::RefCell;

use bubbles_sdk as bubbles;

#[bubbles::config]
struct Config {
    leaks: bool,
}

#[bubbles::row]
struct Row {
    number: u32,
    text: String,
}

thread_local! {
    static KEPT: RefCell<String> = const { RefCell::new(String::new()) };
}

#[bubbles::transform(summary = "lets one row of a thousand through")]
fn sparse(config: &Config, row: Row) -> Option<Row> {
    if config.leaks && row.number.is_multiple_of(10) {
        KEPT.with_borrow_mut(|kept| kept.push_str(&row.text));
    }
    row.number.is_multiple_of(1000).then_some(row)
}
