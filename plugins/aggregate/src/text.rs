//! One form for the several arrow has of text.

use std::sync::Arc;

use bubbles_sdk::Error;
use bubbles_sdk::arrow::array::cast::AsArray;
use bubbles_sdk::arrow::array::{Array, ArrayRef, StringArray};
use bubbles_sdk::arrow::schema::DataType;
use bubbles_sdk::arrow::select::take::take;

/// The same values with dictionaries written out and all text as `Utf8`.
pub(crate) fn plain(array: &ArrayRef) -> Result<ArrayRef, Error> {
    Ok(match array.data_type() {
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            plain(&take(dictionary.values(), dictionary.keys(), None)?)?
        }
        DataType::LargeUtf8 => {
            Arc::new(array.as_string::<i64>().iter().collect::<StringArray>()) as ArrayRef
        }
        DataType::Utf8View => Arc::new(array.as_string_view().iter().collect::<StringArray>()),
        _ => Arc::clone(array),
    })
}
