//! Tolerance classes: how far from its time an event may be, and why. A budget is a list of parts
//! with reasons; nothing is allowed without one (AMB-X-02).

use crate::expect::BudgetPart;
use sim::setup::Tolerance;
use sim::time::{SimTime, Span};

/// A tolerance class of the acceptance scenarios.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Class {
    /// The same instant.
    Logic,
    /// A hardware comparator.
    Comparator,
    /// A limit on samples of voltage and current.
    Sample,
    /// A limit on samples of temperature.
    Temperature,
    /// A timer of a minute and longer.
    Long,
    /// A value of the cell or thermal model: parts per million of the time.
    Model(u32),
}

/// Names in files; `model` is followed by its percentage.
pub const NAMES: &[&str] = &["logic", "comparator", "sample", "temperature", "long", "model 2 %"];

const HOUR: SimTime = SimTime::from_secs(3_600);

impl Class {
    /// The class called `name`.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Some(match name {
            "logic" => Self::Logic,
            "comparator" => Self::Comparator,
            "sample" => Self::Sample,
            "temperature" => Self::Temperature,
            "long" => Self::Long,
            _ => {
                let share = name.strip_prefix("model ")?;
                let dimension = crate::quantity::Dimension::Share;
                let share = crate::quantity::Quantity::parse(share, dimension).ok()?.whole(-6)?;
                Self::Model(u32::try_from(share).ok().filter(|share| *share <= 1_000_000)?)
            }
        })
    }

    /// The parts of the budget around `at`, the time from the start or from the anchor.
    ///
    /// With a virtual chip that keeps only its data sheet's tolerances, the parts grow as
    /// documented at `datasheet`.
    #[must_use]
    pub fn budget(self, at: SimTime, tolerance: Tolerance) -> Vec<BudgetPart> {
        let mut parts = vec![self.nominal(at)];
        if tolerance == Tolerance::Datasheet {
            parts.extend(datasheet(self, at));
        }
        parts
    }

    fn nominal(self, at: SimTime) -> BudgetPart {
        let millis = Span::from_millis;
        match self {
            Self::Logic => part("the same instant, to 1 ms", millis(1), millis(1)),
            Self::Comparator => {
                part("comparator clock, one 64 µs tick", Span(0), Span::from_micros(64))
            }
            Self::Sample => part("two 100 ms samples", Span(0), millis(200)),
            Self::Temperature => part("two 1 s samples", Span(0), millis(2_000)),
            Self::Long if at >= HOUR => share("timer of an hour and longer, 0.1 %", at, 1_000),
            Self::Long => part("timer of a minute and longer, 1 s", millis(1_000), millis(1_000)),
            Self::Model(ppm) => share("cell and thermal model", at, ppm),
        }
    }
}

/// What the SH367309's data sheet allows on top of the nominal chip (its table of tolerances):
/// sampling cycles of 95 to 105 ms, comparator and recovery delays of ±5 %, a sense filter of up
/// to 100 µs, temperature delays of 2 s. Shares are taken of `at`, so that an expectation counted
/// from its cause gets the tolerance of its delay alone; one counted from the start of the run
/// gets more than it needs. Threshold tolerances move a crossing by an amount that only the
/// stimulus knows: such expectations write `early` and `late` themselves.
fn datasheet(class: Class, at: SimTime) -> Vec<BudgetPart> {
    let millis = Span::from_millis;
    match class {
        Class::Logic | Class::Model(_) => Vec::new(),
        Class::Comparator => {
            vec![part("filter before the comparators, 100 µs", Span(0), Span::from_micros(100))]
        }
        Class::Sample => vec![
            part("sampling cycle of 95 to 105 ms", Span(0), millis(10)),
            share("delays of the chip, 5 %", at, 50_000),
        ],
        Class::Temperature => vec![part("the chip's own 2 s delay", Span(0), millis(2_000))],
        Class::Long => vec![share("clock of the chip, 5 %", at, 50_000)],
    }
}

fn part(why: &str, early: Span, late: Span) -> BudgetPart {
    BudgetPart { why: why.to_owned(), early, late }
}

/// `ppm` parts per million of `at`, on both sides.
fn share(why: &str, at: SimTime, ppm: u32) -> BudgetPart {
    let nanos = u128::from(at.0) * u128::from(ppm) / 1_000_000;
    let span = Span(u64::try_from(nanos).expect("a share of a time is not longer than it"));
    part(why, span, span)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nominal(name: &str, at: u64) -> (Span, Span) {
        let budget = Class::find(name).unwrap().budget(SimTime::from_secs(at), Tolerance::Nominal);
        (budget[0].early, budget[0].late)
    }

    #[test]
    fn the_classes_are_those_of_the_acceptance_set() {
        let millis = Span::from_millis;
        assert_eq!(nominal("comparator", 1), (Span(0), Span::from_micros(64)));
        assert_eq!(nominal("sample", 8), (Span(0), millis(200)));
        assert_eq!(nominal("temperature", 400), (Span(0), millis(2_000)));
        assert_eq!(nominal("long", 3_599), (millis(1_000), millis(1_000)));
        assert_eq!(nominal("long", 43_200), (millis(43_200), millis(43_200)));
        assert_eq!(nominal("model 2 %", 2_206), (millis(44_120), millis(44_120)));
    }

    #[test]
    fn a_datasheet_chip_gets_more_and_says_why() {
        let at = SimTime::from_secs(4);
        let parts = Class::Sample.budget(at, Tolerance::Datasheet);
        let late: u64 = parts.iter().map(|part| part.late.0).sum();
        assert_eq!(Span(late), Span::from_millis(200 + 10 + 200));
        assert!(parts.iter().all(|part| !part.why.is_empty()));
    }

    #[test]
    fn a_class_nobody_defined_is_not_found() {
        for name in ["samples", "model", "model 2", "model -1 %", "model 101 %"] {
            assert_eq!(Class::find(name), None, "{name}");
        }
    }
}
