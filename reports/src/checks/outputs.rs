//! What the pack does and shows over a span: LEDs, mode, switches, balancing.

use super::Outcome;
use super::spans::{Stretch, end};
use crate::evidence::Evidence;
use crate::show;
use crate::verdict::{Amount, Limit, Reading, Verdict};
use bms_core::bms::Transfer;
use bms_core::indicate::Leds;
use bms_core::mode::Mode;
use scenarios::expect::{Cell, When};
use scenarios::shown_there;
use sim::observe::Display;
use sim::time::SimTime;
use sim::trace::{EventKind, Row, Switch};

/// Cells whose voltages differ by less are equally low or high to a firmware that may be wrong by
/// as much (PS-GEN-4), V.
const ALIKE_V: f64 = 0.005;

impl Evidence<'_> {
    pub(super) fn leds(&self, when: &When, pattern: &str) -> Outcome {
        let wanted: String = pattern.chars().filter(|letter| !letter.is_whitespace()).collect();
        let limit = Limit::Leds(wanted.clone());
        let stretches = match self.stretches(when) {
            Ok(stretches) => stretches,
            Err(why) => return Outcome::untested(limit, why),
        };
        if self.ends_before(end(&stretches)) {
            return Outcome::untested(limit, self.too_short());
        }
        let changes = self.changes(|kind| match kind {
            EventKind::Leds(leds) => Some(*leds),
            _ => None,
        });
        let mut shown = Vec::new();
        for (from, to) in stretches {
            let Some(first) = self.leds_at(from) else {
                return Outcome::untested(limit, "nothing was recorded of the LEDs before");
            };
            shown.push((from, first));
            shown.extend(within(&changes, (from, to)));
        }
        let worst = shown.iter().map(|(at, leds)| (wrong_leds(leds, &wanted), *at, leds));
        let (wrong, at, leds) = worst
            .max_by_key(|(wrong, at, _)| (*wrong, std::cmp::Reverse(*at)))
            .expect("every span has a first pattern");
        let reading = Reading::Leds(show::leds(leds));
        match wrong {
            0 => Outcome::new(reading, limit, Verdict::Pass { margin: Amount::Whole }),
            wrong => {
                let verdict = Verdict::Fail { excess: Amount::Count(wrong) };
                let outcome = Outcome::new(reading, limit, verdict);
                if shown.len() > 1 {
                    outcome.note(format!("at {}", show::moment(at)))
                } else {
                    outcome
                }
            }
        }
    }

    /// The LEDs after everything that happened up to a moment.
    fn leds_at(&self, at: SimTime) -> Option<Leds> {
        let begun = || self.trace.begun.as_ref().map(|begun| begun.decision.leds);
        let event = self.trace.events.iter().rev().filter(|event| event.at <= at);
        let event = event.filter_map(|event| match event.kind {
            EventKind::Leds(leds) => Some(leds),
            _ => None,
        });
        let row = || self.trace.rows.iter().rfind(|row| row.at <= at).map(|row| row.decision.leds);
        event.into_iter().next().or_else(begun).or_else(row)
    }

    /// What a person reads on the display, throughout a span.
    pub(super) fn display(&self, when: &When, wanted: &Display) -> Outcome {
        let limit = Limit::Words(shown_there(wanted));
        if self.scenario.setup.board.display_a <= 0.0 {
            return Outcome::untested(limit, "no display is fitted");
        }
        let mut changes: Vec<(SimTime, &str)> = Vec::new();
        for event in &self.trace.events {
            let EventKind::Shown(text) = &event.kind else { continue };
            match changes.last_mut() {
                Some(last) if last.0 == event.at => last.1 = text,
                _ => changes.push((event.at, text)),
            }
        }
        self.throughout(
            when,
            limit,
            self.trace.rows.first().and_then(|row| row.display.as_deref()).unwrap_or_default(),
            &changes,
            |text| wanted.is_on(text),
            |text| show::display(text),
        )
    }

    pub(super) fn state(&self, when: &When, mode: Mode) -> Outcome {
        let changes = self.changes(|kind| match kind {
            EventKind::Mode(mode) => Some(*mode),
            _ => None,
        });
        let limit = Limit::Words(show::mode(mode).into());
        let begun = self.trace.begun.as_ref();
        let first = begun.map_or(Mode::default(), |begun| begun.decision.mode);
        self.throughout(when, limit, first, &changes, |is| *is == mode, |is| show::mode(*is).into())
    }

    pub(super) fn switches(&self, when: &When, wanted: &[(Switch, bool)]) -> Outcome {
        let all = |list: &[(Switch, bool)]| {
            let of = |(switch, on): &(Switch, bool)| {
                format!("{} {}", show::switch(*switch), show::on_off(*on))
            };
            list.iter().map(of).collect::<Vec<_>>().join(", ")
        };
        let limit = Limit::Words(all(wanted));
        let mut worst: Option<Outcome> = None;
        for (switch, on) in wanted {
            let changes = self.changes(|kind| match kind {
                EventKind::Switched(of, on) if of == switch => Some(*on),
                _ => None,
            });
            let begun = self.trace.begun.as_ref();
            let outcome = self.throughout(
                when,
                limit.clone(),
                begun.is_some_and(|begun| begun.conducting.contains(switch)),
                &changes,
                |is| is == on,
                |is| all(&[(*switch, *is)]),
            );
            let worse = |old: &Outcome| old.verdict.grade() < outcome.verdict.grade();
            if worst.as_ref().is_none_or(worse) {
                worst = Some(outcome);
            }
        }
        let worst = worst.unwrap_or_else(|| Outcome::untested(limit, "no switch is named"));
        match worst.verdict {
            Verdict::Pass { .. } => Outcome { measured: Reading::Words(all(wanted)), ..worst },
            _ => worst,
        }
    }

    pub(super) fn bleeding(&self, when: &When, cells: u32) -> Outcome {
        let changes = self.changes(|kind| match kind {
            EventKind::Bleed(mask) => Some(*mask),
            _ => None,
        });
        let limit = Limit::Words(show::bleed(cells));
        let first = self.trace.begun.as_ref().map_or(0, |begun| begun.decision.bleed);
        self.throughout(when, limit, first, &changes, |is| *is == cells, |is| show::bleed(*is))
    }

    /// Whether what changes at events is as it should be throughout: at the begin, and after each
    /// change. What changes several times at one moment counts as it is at the end of it.
    fn throughout<T: Copy>(
        &self,
        when: &When,
        limit: Limit,
        initially: T,
        changes: &[(SimTime, T)],
        good: impl Fn(&T) -> bool,
        name: impl Fn(&T) -> String,
    ) -> Outcome {
        let stretches = match self.stretches(when) {
            Ok(stretches) => stretches,
            Err(why) => return Outcome::untested(limit, why),
        };
        let mut last = initially;
        for stretch in &stretches {
            let first = changes.iter().rfind(|(at, _)| *at <= stretch.0);
            let first = (stretch.0, first.map_or(initially, |(_, value)| *value));
            for (at, value) in std::iter::once(first).chain(within(changes, *stretch)) {
                if !good(&value) {
                    let verdict = Verdict::Fail { excess: Amount::Whole };
                    let outcome = Outcome::new(Reading::Words(name(&value)), limit, verdict);
                    return outcome.note(format!("at {}", show::moment(at)));
                }
                last = value;
            }
        }
        if self.ends_before(end(&stretches)) {
            return Outcome::untested(limit, self.too_short());
        }
        let verdict = Verdict::Pass { margin: Amount::Whole };
        Outcome::new(Reading::Words(name(&last)), limit, verdict)
    }

    /// What a kind of event says, as it stands at the end of each moment.
    fn changes<T: Copy>(&self, of: impl Fn(&EventKind) -> Option<T>) -> Vec<(SimTime, T)> {
        let mut changes: Vec<(SimTime, T)> = Vec::new();
        for event in &self.trace.events {
            let Some(value) = of(&event.kind) else { continue };
            match changes.last_mut() {
                Some(last) if last.0 == event.at => last.1 = value,
                _ => changes.push((event.at, value)),
            }
        }
        changes
    }

    /// From which cell to which, at every recorded row.
    pub(super) fn transfer(&self, when: &When, wanted: Option<(Cell, Cell)>) -> Outcome {
        let limit = Limit::Words(shown(wanted));
        let stretches = match self.stretches(when) {
            Ok(stretches) => stretches,
            Err(why) => return Outcome::untested(limit, why),
        };
        let rows: Vec<&Row> = stretches.iter().flat_map(|it| self.rows_of(*it)).collect();
        let Some(last) = rows.last() else {
            return Outcome::untested(limit, "nothing was recorded of it there");
        };
        if let Some(row) = rows.iter().find(|row| !is_as_wanted(row, wanted)) {
            let verdict = Verdict::Fail { excess: Amount::Whole };
            let outcome = Outcome::new(Reading::Words(cells(row)), limit, verdict);
            return outcome.note(format!("at {}", show::moment(row.at)));
        }
        if self.ends_before(end(&stretches)) {
            return Outcome::untested(limit, self.too_short());
        }
        let verdict = Verdict::Pass { margin: Amount::Whole };
        Outcome::new(Reading::Words(cells(last)), limit, verdict)
    }

    fn rows_of(&self, (from, to): Stretch) -> Vec<&Row> {
        let rows = &self.trace.rows;
        if from == to {
            return rows.iter().rfind(|row| row.at <= from).into_iter().collect();
        }
        rows.iter().filter(|row| (from..=to).contains(&row.at)).collect()
    }
}

/// Changes inside a span, after its begin.
fn within<T: Copy>(
    changes: &[(SimTime, T)],
    (from, to): Stretch,
) -> impl Iterator<Item = (SimTime, T)> {
    changes.iter().copied().filter(move |(at, _)| *at > from && *at <= to)
}

fn wrong_leds(leds: &Leds, wanted: &str) -> usize {
    let shown = show::leds(leds);
    let wrong = shown.chars().zip(wanted.chars()).filter(|(is, want)| *want != '-' && is != want);
    wrong.count() + shown.chars().count().abs_diff(wanted.chars().count())
}

fn is_as_wanted(row: &Row, wanted: Option<(Cell, Cell)>) -> bool {
    match (row.decision.transfer, wanted) {
        (None, None) => true,
        (Some(Transfer { donor, receiver }), Some((from, to))) => {
            is_cell(row, donor, from) && is_cell(row, receiver, to)
        }
        _ => false,
    }
}

fn is_cell(row: &Row, cell: u8, wanted: Cell) -> bool {
    let volts = &row.truth.cells_v;
    let Some(own) = volts.get(usize::from(cell)) else { return false };
    match wanted {
        Cell::Number(number) => usize::from(cell) == number,
        Cell::Lowest => volts.iter().all(|other| own - other <= ALIKE_V),
        Cell::Highest => volts.iter().all(|other| other - own <= ALIKE_V),
    }
}

fn cells(row: &Row) -> String {
    shown(row.decision.transfer.map(|Transfer { donor, receiver }| {
        (Cell::Number(usize::from(donor)), Cell::Number(usize::from(receiver)))
    }))
}

fn shown(transfer: Option<(Cell, Cell)>) -> String {
    let name = |cell| match cell {
        Cell::Number(number) => format!("cell {}", number + 1),
        Cell::Lowest => "the lowest cell".into(),
        Cell::Highest => "the highest cell".into(),
    };
    transfer.map_or("no transfer".into(), |(from, to)| format!("{} to {}", name(from), name(to)))
}
