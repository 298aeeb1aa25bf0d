//! Where text goes: results to standard output, messages to standard error; a reader that goes away
//! is not an error.

use crate::args::Colour;
use crate::exit::Exit;
use std::io::{self, Write};

/// Applies `--color` to both streams. `Auto` leaves the decision to the terminal and to `NO_COLOR`,
/// `CLICOLOR` and `CLICOLOR_FORCE`.
pub(crate) fn choose_colour(colour: Colour) {
    match colour {
        Colour::Auto => {}
        Colour::Always => anstream::ColorChoice::Always.write_global(),
        Colour::Never => anstream::ColorChoice::Never.write_global(),
    }
}

/// Prints a result on standard output.
///
/// # Errors
/// The stream failed; a closed pipe is not a failure.
pub(crate) fn result(text: &str) -> io::Result<()> {
    tolerate(write_line(&mut anstream::stdout().lock(), text))
}

/// Says that results could not be printed.
pub(crate) fn lost(error: &io::Error) -> Exit {
    message(&format!("error: the results cannot be printed: {error}"));
    Exit::Invalid
}

/// Prints a message on standard error. Nothing can be done if that fails.
pub(crate) fn message(text: &str) {
    let _ = write_line(&mut anstream::stderr().lock(), text);
}

fn write_line(stream: &mut impl Write, text: &str) -> io::Result<()> {
    writeln!(stream, "{}", text.trim_end_matches('\n'))?;
    stream.flush()
}

fn tolerate(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
