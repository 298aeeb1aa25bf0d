//! How the bytes of a file become a text, or what it is instead.

use crate::diagnostics::Diagnostics;

/// The text of what a file gave; `name` is its name in messages.
///
/// # Errors
/// It could not be read, or is no text in UTF-8.
pub(crate) fn text_of(name: &str, read: std::io::Result<Vec<u8>>) -> Result<String, Diagnostics> {
    let unreadable = |title: String, help: &str| Diagnostics::of_path(name, title, help);
    let bytes =
        read.map_err(|error| unreadable(format!("cannot be read: {error}"), "check the path"))?;
    if let [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] = bytes[..] {
        return Err(unreadable("is UTF-16".to_owned(), "save the file as UTF-8"));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        unreadable(format!("is not UTF-8, from byte {at} on"), "save the file as UTF-8")
    })?;
    match text.find('\0') {
        Some(at) => Err(unreadable(format!("is not text: byte {at} is zero"), "check the path")),
        None => Ok(text),
    }
}
