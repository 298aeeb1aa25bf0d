//! Where a result comes from: what it takes to produce it again.

use scenarios::Scenario;

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
/// included files, the digest of all digests, a line each, file first: as of
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

#[cfg(test)]
mod tests {
    use super::file_digest;
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
        wanted.sources = vec![source("a", ""), source("b", "")];
        let empty = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262\n";
        let expected = blake3::hash(empty.repeat(2).as_bytes()).to_hex().to_string();
        assert_eq!(file_digest(&wanted), expected);
        wanted.sources[1].file = "elsewhere/b".into();
        assert_eq!(file_digest(&wanted), expected);
        wanted.sources[1].text = "x".into();
        assert_ne!(file_digest(&wanted), expected);
    }
}
