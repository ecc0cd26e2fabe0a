//! Writes how many rows there were, a file a split. It ends each job at the second try alone: all that the first try
//! does is done again.

use bubbles_sdk as bubbles;
use bubbles_sdk::objects::{self, ObjectError, Staged};
use bubbles_sdk::{Context, Error, Format, Load, log, rows};

#[bubbles::config]
struct Config {
    path: String,
    fails: bool,
}

#[bubbles::row]
struct Carrier {
    carrier: String,
}

struct Count {
    staged: Option<Staged>,
    rows: usize,
}

impl Load for Count {
    type Config = Config;
    const SUMMARY: &'static str = "writes how many rows there were";
    const ACCEPTS: &'static [Format] = &[Format::Arrow, Format::Json];

    fn open(config: Config, context: Context) -> Result<Self, Error> {
        if config.fails {
            return Err(Error::fatal("there is no room for all"));
        }
        let staged = Staged::create(&format!("{}{}.txt", config.path, context.split))?;
        Ok(Self {
            staged: Some(staged),
            rows: 0,
        })
    }

    fn write(&mut self, chunk: Vec<u8>) -> Result<(), Error> {
        rows::for_each(chunk, |_: Carrier| {
            self.rows += 1;
            Ok(())
        })
    }

    fn prepare(&mut self) -> Result<Vec<u8>, Error> {
        let mut staged = self.staged.take().expect("a run is prepared once");
        staged.write(format!("{} rows\n", self.rows).as_bytes())?;
        Ok(staged.finish()?)
    }

    fn commit(config: Config, receipts: Vec<Vec<u8>>) -> Result<(), Error> {
        receipts.iter().try_for_each(|it| objects::publish(it))?;
        at_the_second_try(&config, "committed")
    }

    fn abort(config: Config, receipts: Vec<Vec<u8>>) -> Result<(), Error> {
        receipts.iter().try_for_each(|it| objects::discard(it))?;
        at_the_second_try(&config, "aborted")
    }
}

/// An object tells the second try from the first.
fn at_the_second_try(config: &Config, done: &str) -> Result<(), Error> {
    let tried = format!("{}tried", config.path);
    if objects::find(&tried)?.is_empty() {
        publish_empty(&tried)?;
        return Err(Error::transient(format!("{done} once")));
    }
    objects::remove(&tried)?;
    log::warn(format_args!("{done} twice"));
    Ok(())
}

fn publish_empty(url: &str) -> Result<(), ObjectError> {
    objects::publish(&Staged::create(url)?.finish()?)
}

bubbles_sdk::export!(load: Count);
