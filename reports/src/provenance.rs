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

/// The digest of a scenario file's text: BLAKE3, 64 hexadecimal digits, as `b3sum` prints it.
#[must_use]
pub fn file_digest(scenario: &Scenario) -> String {
    blake3::hash(scenario.text.as_bytes()).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::file_digest;
    use crate::testbench::scenario;
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
}
