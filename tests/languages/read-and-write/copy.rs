//! Reads lines of text files, a split each, and writes them to one file a split, published at the end.

use bubbles_sdk as bubbles;
use bubbles_sdk::objects::{self, READ_BYTES, Staged};
use bubbles_sdk::rows::{self, Writer};
use bubbles_sdk::{Context, Error, Extract, Format, Load, Source, Split, log};

#[bubbles::config]
struct Config {
    path: String,
}

#[bubbles::row]
struct Line {
    number: u64,
    text: String,
}

struct Read;

impl Extract for Read {
    type Config = Config;
    const SUMMARY: &'static str = "reads lines of text";
    const PRODUCES: Format = Format::Arrow;

    /// The bookmark is the last file that was read: only files after it are new.
    fn plan(config: Config, bookmark: Option<Vec<u8>>) -> Result<Source, Error> {
        let found = objects::find(&config.path)?.into_iter();
        let new = found.filter(|it| Some(it.url.as_bytes()) > bookmark.as_deref());
        let splits: Vec<Split> = new
            .map(|object| Split {
                payload: object.url.into_bytes(),
                bytes: object.size,
            })
            .collect();
        let last = splits.last().map(|split| split.payload.clone());
        Ok(Source {
            splits,
            bookmark: last.or(bookmark),
        })
    }

    fn run(_config: Config, split: Split, context: Context) -> Result<(), Error> {
        let url = String::from_utf8(split.payload).map_err(Error::fatal)?;
        let text =
            String::from_utf8(objects::read(&url, 0, READ_BYTES)?).map_err(Error::invalid)?;
        let (number, count, size) = (context.split, context.splits, text.len());
        log::info(format_args!("split {number} of {count} has {size} bytes"));
        let mut writer = Writer::new::<Line>()?;
        for (number, text) in (1..).zip(text.lines()) {
            let text = text.to_owned();
            writer.push(&Line { number, text })?;
        }
        writer.finish()
    }
}

struct Write(Option<Staged>);

impl Load for Write {
    type Config = Config;
    const SUMMARY: &'static str = "writes lines of text";
    const ACCEPTS: &'static [Format] = &[Format::Arrow, Format::Json];

    fn open(config: Config, context: Context) -> Result<Self, Error> {
        let staged = Staged::create(&format!("{}{:05}.txt", config.path, context.split))?;
        Ok(Self(Some(staged)))
    }

    fn write(&mut self, chunk: Vec<u8>) -> Result<(), Error> {
        let mut text = String::new();
        rows::for_each(chunk, |line: Line| {
            text += &format!("{} {}\n", line.number, line.text);
            Ok(())
        })?;
        let staged = self.0.as_mut().expect("it is prepared last");
        Ok(staged.write(text.as_bytes())?)
    }

    fn prepare(&mut self) -> Result<Vec<u8>, Error> {
        let staged = self.0.take().expect("it is prepared once");
        Ok(staged.finish()?)
    }

    fn commit(_config: Config, receipts: Vec<Vec<u8>>) -> Result<(), Error> {
        Ok(receipts.iter().try_for_each(|it| objects::publish(it))?)
    }

    fn abort(_config: Config, receipts: Vec<Vec<u8>>) -> Result<(), Error> {
        Ok(receipts.iter().try_for_each(|it| objects::discard(it))?)
    }
}

bubbles_sdk::export!(extract: Read, load: Write);
