//! From bytes to lines: encodings, line ends, where a cell lies in its line.

use crate::problems::Problem;
use std::borrow::Cow;
use std::ops::Range;

/// The text of a file, whatever its encoding: UTF-8 with or without mark, UTF-16 with mark, else
/// Latin-1, which older testers write for the degree sign. Line ends become `\n` or `\r\n`.
///
/// # Errors
/// It is empty, or no text in any of these.
pub(super) fn decoded(bytes: &[u8]) -> Result<Cow<'_, str>, Problem> {
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => Cow::Owned(utf16(rest, u16::from_le_bytes)?),
        [0xfe, 0xff, rest @ ..] => Cow::Owned(utf16(rest, u16::from_be_bytes)?),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text.trim_start_matches('\u{feff}')),
            Err(_) => Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect()),
        },
    };
    if text.trim().is_empty() {
        let help = "expected a line that names the columns, such as time_s,current_a,voltage_v";
        return Err(Problem::new("the file is empty").help(help));
    }
    let is_text = |letter: char| !letter.is_control() || "\t\r\n\u{c}".contains(letter);
    if let Some(foreign) = text.chars().find(|letter| !is_text(*letter)) {
        let title =
            format!("is not text: it holds the control character {:#04x}", u32::from(foreign));
        return Err(Problem::new(title).help("export the measurement as CSV"));
    }
    // Old line ends: the reader of CSV takes them, but counts no lines by them.
    Ok(if text.contains('\n') || !text.contains('\r') {
        text
    } else {
        Cow::Owned(text.replace('\r', "\n"))
    })
}

fn utf16(bytes: &[u8], of: fn([u8; 2]) -> u16) -> Result<String, Problem> {
    let units = bytes.chunks_exact(2).map(|pair| of([pair[0], pair[1]]));
    let text: Result<String, _> = char::decode_utf16(units).collect();
    text.map_err(|_| Problem::new("is not valid UTF-16").help("save it as UTF-8"))
}

/// The line that holds a byte offset, without its end.
pub(super) fn line_at(text: &str, offset: usize) -> &str {
    let rest = &text[text.floor_char_boundary(offset)..];
    rest.split('\n').next().unwrap_or_default().trim_end_matches('\r')
}

/// Where the cell of a column lies in a line; the end of the line if it has fewer.
pub(super) fn cell(line: &str, delimiter: char, column: usize) -> Range<usize> {
    let mut quoted = false;
    let mut start = 0;
    let mut index = 0;
    for (at, letter) in line.char_indices() {
        if letter == '"' {
            quoted = !quoted;
        } else if letter == delimiter && !quoted {
            if index == column {
                return trimmed(line, start..at);
            }
            index += 1;
            start = at + letter.len_utf8();
        }
    }
    if index == column { trimmed(line, start..line.len()) } else { line.len()..line.len() }
}

fn trimmed(line: &str, span: Range<usize>) -> Range<usize> {
    let cell = &line[span.clone()];
    let start = span.start + (cell.len() - cell.trim_start().len());
    start..start + cell.trim().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_encodings_give_one_text() {
        let wanted = "T/°C\n1\n";
        let wide = |text: &str| text.encode_utf16().collect::<Vec<_>>();
        let little: Vec<u8> =
            wide("\u{feff}T/°C\n1\n").iter().flat_map(|it| it.to_le_bytes()).collect();
        let big: Vec<u8> =
            wide("\u{feff}T/°C\n1\n").iter().flat_map(|it| it.to_be_bytes()).collect();
        let latin: &[u8] = b"T/\xb0C\n1\n";
        for bytes in [wanted.as_bytes(), "\u{feff}T/°C\n1\n".as_bytes(), &little, &big, latin] {
            assert_eq!(decoded(bytes).unwrap(), wanted);
        }
    }

    #[test]
    fn what_is_no_text_is_refused() {
        for bytes in [&b""[..], b" \n\n", b"\x7fELF\x02", b"a\0b", b"\xff\xfe\x00\xd8"] {
            assert!(decoded(bytes).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn a_cell_is_found_beyond_quotes_and_blanks() {
        let line = "1, \"a,b\" ,x";
        assert_eq!(&line[cell(line, ',', 1)], "\"a,b\"");
        assert_eq!(&line[cell(line, ',', 2)], "x");
        assert_eq!(cell(line, ',', 3), line.len()..line.len());
    }
}
