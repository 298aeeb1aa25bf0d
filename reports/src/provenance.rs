//! Where a result comes from: what it takes to produce it again.

use crate::result::{level, tolerance};
use scenarios::Scenario;
use std::fmt::Write;

/// The version of the program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The commit that the program was built from, if the build was told by `PACKTWIN_COMMIT`.
pub const COMMIT: Option<&str> = option_env!("PACKTWIN_COMMIT");

/// The version, with the commit where it is known: `0.1.0 (1a2b3c4)`.
#[must_use]
pub fn version() -> String {
    COMMIT.map_or_else(|| VERSION.to_owned(), |commit| format!("{VERSION} ({commit})"))
}

/// The digest of a scenario file's text: BLAKE3, 64 hexadecimal digits, as `b3sum` prints it. With
/// files that it includes or names, the digest of all digests, a line each, file first: as of
/// `b3sum --no-names FILE INCLUDED... | b3sum`.
#[must_use]
pub fn file_digest(scenario: &Scenario) -> String {
    let digest = |text: &str| blake3::hash(text.as_bytes()).to_hex().to_string();
    match &scenario.sources[..] {
        [] | [_] => digest(&scenario.text),
        sources => {
            let lines = sources.iter().map(|source| digest(&source.text) + "\n");
            digest(&lines.collect::<String>())
        }
    }
}

/// The files that a scenario was read from, with their texts.
#[must_use]
pub fn sources(scenario: &Scenario) -> Vec<(&str, &str)> {
    match &scenario.sources[..] {
        [] => vec![(&scenario.file, &scenario.text)],
        sources => sources.iter().map(|it| (it.file.as_str(), it.text.as_str())).collect(),
    }
}

/// The digest of all that a run and its judgement depend on: what the gate made of the files,
/// tables and profiles included, and of the command line. BLAKE3, 64 hexadecimal digits; it may
/// differ between versions of the program.
#[must_use]
pub fn inputs_digest(scenario: &Scenario) -> String {
    let mut digest = Digest(blake3::Hasher::new());
    write!(digest, "{scenario:?}").expect("a digest takes whatever is written");
    digest.0.finalize().to_hex().to_string()
}

struct Digest(blake3::Hasher);

impl Write for Digest {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}

/// Digits of a digest that a reproduction line shows.
const DIGITS: usize = 16;

/// The words that follow `packtwin replay`: which run of which file, what it was run with, and the
/// digest that it had.
#[must_use]
pub fn line(scenario: &Scenario, digest: &str) -> String {
    let file_digest = file_digest(scenario);
    let short = |digest: &str| digest.get(..DIGITS).unwrap_or(digest).to_owned();
    format!(
        "{}@{}#blake3={},seed={},tolerance={},front-end={},version={VERSION},digest={}",
        scenario.id,
        scenario.file,
        short(&file_digest),
        scenario.setup.seed,
        tolerance(scenario.setup.tolerance),
        level(scenario.setup.front_end),
        short(digest),
    )
}

/// The command that produces a run again.
#[must_use]
pub fn command(scenario: &Scenario, digest: &str) -> String {
    format!("packtwin replay '{}'", line(scenario, digest).replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::{command, file_digest, inputs_digest};
    use crate::testbench::scenario;
    use scenarios::expect::Source;
    use sim::time::SimTime;

    /// The first test vector of the BLAKE3 authors: the digest of no bytes at all.
    #[test]
    fn the_digest_is_blake3_of_the_text_and_of_nothing_else() {
        let mut wanted = scenario("any", SimTime::from_secs(1));
        wanted.text.clear();
        wanted.setup.seed = 7;
        let expected = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262";
        assert_eq!(file_digest(&wanted), expected);
    }
    /// `printf '' > a; printf '' > b; b3sum --no-names a b | b3sum`, by hand.
    #[test]
    fn every_included_text_counts_and_their_names_do_not() {
        let mut wanted = scenario("any", SimTime::from_secs(1));
        let source = |file: &str, text: &str| Source { file: file.into(), text: text.into() };
        wanted.sources = [source("a", ""), source("b", "")].into();
        let empty = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262\n";
        let expected = blake3::hash(empty.repeat(2).as_bytes()).to_hex().to_string();
        assert_eq!(file_digest(&wanted), expected);
        wanted.sources = [source("a", ""), source("elsewhere/b", "")].into();
        assert_eq!(file_digest(&wanted), expected);
        wanted.sources = [source("a", ""), source("b", "x")].into();
        assert_ne!(file_digest(&wanted), expected);
    }

    #[test]
    fn whatever_a_run_depends_on_changes_the_digest_of_its_inputs() {
        let wanted = scenario("any", SimTime::from_secs(1));
        let before = inputs_digest(&wanted);
        assert_eq!(before.len(), 64);
        assert_eq!(inputs_digest(&wanted.clone()), before);
        let mut changed = [wanted.clone(), wanted.clone(), wanted.clone(), wanted];
        changed[0].setup.seed += 1;
        changed[1].setup.params.series -= 1;
        changed[2].text.push(' ');
        changed[3].setup.board.shunt_ohm *= 1.0 + f64::EPSILON;
        for (index, changed) in changed.iter().enumerate() {
            assert_ne!(inputs_digest(changed), before, "{index}");
        }
    }

    #[test]
    fn a_quotation_mark_in_a_name_does_not_end_the_words_of_the_command() {
        let mut wanted = scenario("any", SimTime::from_secs(1));
        wanted.file = "it's.toml".into();
        let line = command(&wanted, "abcd");
        assert!(line.starts_with("packtwin replay 'any@it'\\''s.toml#blake3="), "{line}");
        assert!(line.ends_with("digest=abcd'"), "{line}");
    }
}
