//! The energy book: that it closes, and what was booked under an entry.

use super::spans::{Stretch, end};
use super::values::between_rows;
use super::{Outcome, Stretches};
use crate::evidence::Evidence;
use crate::verdict::{Limit, Reading, Unit, in_band};
use scenarios::expect::{EnergyPart, When};
use sim::note::Note;
use sim::trace::{EventKind, Ledger, Trace};

impl Evidence<'_> {
    pub(super) fn energy(&self, share: f64) -> Outcome {
        let limit = Limit::Band(f64::NEG_INFINITY, share, Unit::Share);
        let moved = moved_j(self.trace);
        if moved <= 0.0 {
            return Outcome::untested(limit, "no energy was moved");
        }
        let missing = self.trace.ledger.closure_j().abs() / moved;
        let verdict = in_band(missing, missing, (f64::NEG_INFINITY, share), Unit::Share);
        Outcome::new(Reading::Value(missing, Unit::Share), limit, verdict)
    }

    pub(super) fn joules(
        &self,
        when: Option<&When>,
        part: EnergyPart,
        band: (f64, f64),
    ) -> Outcome {
        let limit = Limit::Band(band.0, band.1, Unit::Joule);
        if moved_j(self.trace) <= 0.0 {
            return Outcome::untested(limit, "no energy was moved: is there a pack?");
        }
        let joules = match when {
            None if self.ends_before(self.scenario.setup.duration) => {
                return Outcome::untested(limit, self.too_short());
            }
            None => Some(booked(&self.trace.ledger, part) + self.let_through(part, None)),
            Some(when) => match self.whole(when) {
                Err(why) => return Outcome::untested(limit, why),
                Ok(stretches) => {
                    stretches.iter().map(|stretch| self.booked_in(*stretch, part)).sum()
                }
            },
        };
        let Some(joules) = joules else {
            return Outcome::untested(limit, "the energy book was not recorded there");
        };
        let verdict = in_band(joules, joules, band, Unit::Joule);
        Outcome::new(Reading::Value(joules, Unit::Joule), limit, verdict)
    }

    /// The spans that are meant, if the run has all of them.
    pub(super) fn whole(&self, when: &When) -> Stretches {
        let stretches = self.stretches(when)?;
        if self.ends_before(end(&stretches)) { Err(self.too_short()) } else { Ok(stretches) }
    }

    /// What was booked in a span: the book at its end less that at its begin.
    fn booked_in(&self, (from, to): Stretch, part: EnergyPart) -> Option<f64> {
        let at = |wanted| {
            let of = |book: &Ledger| booked(book, part);
            between_rows(&self.trace.rows, wanted, |row| row.ledger.as_deref().map(of))
        };
        Some(at(to)? - at(from)? + self.let_through(part, Some((from, to))))
    }

    /// What interruptions in a span let through, where that is asked for.
    fn let_through(&self, part: EnergyPart, within: Option<Stretch>) -> f64 {
        if part != EnergyPart::LetThrough {
            return 0.0;
        }
        let inside = |at| within.is_none_or(|(from, to)| (from..=to).contains(&at));
        let events = self.trace.events.iter().filter(|event| inside(event.at));
        let joules = events.filter_map(|event| match &event.kind {
            EventKind::Noted(Note::LetThrough { joule, .. }) => Some(*joule),
            _ => None,
        });
        joules.sum()
    }
}

fn booked(book: &Ledger, part: EnergyPart) -> f64 {
    match part {
        EnergyPart::Port => book.port_j,
        EnergyPart::Chemical => book.chemical_j,
        EnergyPart::CellHeat => book.cell_heat_j,
        EnergyPart::PathHeat => book.path_heat_j,
        EnergyPart::BalanceHeat => book.balance_heat_j,
        EnergyPart::Board => book.board_j,
        EnergyPart::Heater => book.heater_j,
        // No entry of the book, but notes of the run.
        EnergyPart::LetThrough => 0.0,
    }
}

/// The energy moved in a run, joule: the largest entry of its book, which makes the share of what
/// is missing larger than any sum of entries would.
pub(crate) fn moved_j(trace: &Trace) -> f64 {
    let book = &trace.ledger;
    let heat = [book.cell_heat_j, book.path_heat_j, book.balance_heat_j, book.board_j];
    let entries = [book.chemical_j, book.polarisation_j, book.port_j].into_iter().chain(heat);
    entries.map(f64::abs).fold(0.0, |a, b| if a.is_nan() || a > b { a } else { b })
}
