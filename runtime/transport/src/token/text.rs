//! The text around an invitation: made so that a mistake in it is told for what it is.
//!
//! `bubbles-`, then base64url of: version (1 byte), length of the body (2 bytes,
//! little endian), a check on those three (2 bytes), the body, a check on all
//! before (4 bytes). The checks are the first bytes of BLAKE3.

use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{DecodePaddingMode, Engine as _};
use base64::{DecodeError, alphabet};
use thiserror::Error;

/// What a token begins with, so that people and secret scanners know it.
pub(crate) const PREFIX: &str = "bubbles-";

/// Of the body. Another one is another format.
const VERSION: u8 = 1;

const HEADER_BYTES: usize = 5;
const CHECK_BYTES: usize = 4;

/// The longest text that is looked at: 65,535 bytes of a body come to fewer characters.
const MAX_TEXT: usize = 90_000;

/// A text that was cut off may end within a byte: that is for the length to tell.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// Why a text is no invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TokenError {
    /// It is some other text.
    #[error("this is no join token: one begins with `bubbles-`")]
    WrongPrefix,
    /// Its end is missing.
    #[error("the join token is cut off: its end is missing")]
    CutOff,
    /// A character of it was changed, or something stands behind it.
    #[error("the join token has a typo in it: copy it again")]
    Typo,
    /// Whole, but made by a Bubbles that writes them in another way.
    #[error("the join token has the format {found}; this Bubbles reads the format {VERSION}")]
    OtherVersion {
        /// The token's.
        found: u8,
    },
    /// Whole, of this version, and yet not to be read: whoever made it made it wrong.
    #[error("the join token cannot be read")]
    Unreadable,
}

pub(crate) fn write(body: &[u8]) -> String {
    written(VERSION, body)
}

fn written(version: u8, body: &[u8]) -> String {
    let length = u16::try_from(body.len()).expect("an invitation has a few hundred bytes");
    let [low, high] = length.to_le_bytes();
    let mut bytes = vec![version, low, high];
    bytes.extend_from_slice(&header_check(&bytes));
    bytes.extend_from_slice(body);
    let check = blake3::hash(&bytes);
    bytes.extend_from_slice(&check.as_bytes()[..CHECK_BYTES]);
    format!("{PREFIX}{}", BASE64.encode(bytes))
}

/// The body, as it was written.
pub(super) fn read(text: &str) -> Result<Vec<u8>, TokenError> {
    if text.len() > MAX_TEXT {
        return Err(TokenError::Typo);
    }
    // A terminal breaks long lines, and people copy the breaks.
    let text: String = text.split_whitespace().collect();
    let Some(encoded) = text.strip_prefix(PREFIX) else {
        let cut = !text.is_empty() && PREFIX.starts_with(&text);
        return Err(if cut {
            TokenError::CutOff
        } else {
            TokenError::WrongPrefix
        });
    };
    let bytes = match BASE64.decode(encoded) {
        Ok(bytes) => bytes,
        // One character too many for whole bytes: the others are good, and some are missing.
        Err(DecodeError::InvalidLength(_)) => decode_whole(encoded)?,
        Err(_) => return Err(TokenError::Typo),
    };
    let Some((header, rest)) = bytes.split_first_chunk::<HEADER_BYTES>() else {
        return Err(TokenError::CutOff);
    };
    let [version, low, high, check @ ..] = *header;
    if header_check(&header[..3]) != check {
        return Err(TokenError::Typo);
    }
    let length = usize::from(u16::from_le_bytes([low, high]));
    if rest.len() < length + CHECK_BYTES {
        return Err(TokenError::CutOff);
    }
    let (body, check) = rest.split_at(length);
    let whole = blake3::hash(&bytes[..HEADER_BYTES + length]);
    if check != &whole.as_bytes()[..CHECK_BYTES] {
        return Err(TokenError::Typo);
    }
    if version != VERSION {
        return Err(TokenError::OtherVersion { found: version });
    }
    Ok(body.to_vec())
}

fn header_check(header: &[u8]) -> [u8; 2] {
    let [first, second, ..] = *blake3::hash(header).as_bytes();
    [first, second]
}

fn decode_whole(encoded: &str) -> Result<Vec<u8>, TokenError> {
    // Of four characters' place only one is there: no byte is in it.
    let whole = encoded.get(..encoded.len() - 1).ok_or(TokenError::Typo)?;
    BASE64.decode(whole).map_err(|_| TokenError::Typo)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mistake_has_its_word() {
        let good = write(b"body");
        assert_eq!(read(&good).as_deref(), Ok(&b"body"[..]));
        assert_eq!(read("nonsense"), Err(TokenError::WrongPrefix));
        assert_eq!(read(""), Err(TokenError::WrongPrefix));
        assert_eq!(read("bubb"), Err(TokenError::CutOff));
        assert_eq!(read("bubbles-"), Err(TokenError::CutOff));
        assert_eq!(read(&good[..good.len() - 3]), Err(TokenError::CutOff));
        assert_eq!(read(&format!("{good}AAAA")), Err(TokenError::Typo));
        assert_eq!(
            read(&good.replace(PREFIX, "bubbles-!")),
            Err(TokenError::Typo)
        );
        let newer = written(2, b"other");
        assert_eq!(read(&newer), Err(TokenError::OtherVersion { found: 2 }));
    }
}
