//! The memory of alarms: fifty records, first in, first out (PS-HIS-1), under the names the
//! display shows (PS-ALM-1).

use crate::protect::Reasons;
use crate::time::Instant;
use crate::units::BasisPoints;
use heapless::Deque;

/// Records kept; the next one overwrites the oldest (PS-HIS-1).
pub const RECORDS_MAX: usize = 50;

/// A moment worth remembering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// When.
    pub at: Instant,
    /// Estimated state of charge then.
    pub soc: BasisPoints,
}

/// One alarm from its entry to its exit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// Running number of the alarm, from 1.
    pub number: u32,
    /// Which protection, a single one.
    pub reason: Reasons,
    /// When it came into force.
    pub entered: Mark,
    /// When it left force; `None` while it is in force.
    pub left: Option<Mark>,
}

/// The records.
#[derive(Clone, Debug, Default)]
pub struct History {
    records: Deque<Record, RECORDS_MAX>,
    total: u32,
}

impl History {
    /// Notes which protections came into force and which left it since the last call.
    pub fn note(&mut self, before: Reasons, after: Reasons, mark: Mark) {
        for reason in (before - after).iter() {
            self.leave(reason, mark);
        }
        for reason in (after - before).iter() {
            self.enter(reason, mark);
        }
    }

    /// The records kept, oldest first.
    pub fn records(&self) -> impl Iterator<Item = &Record> {
        self.records.iter()
    }

    /// The newest record.
    #[must_use]
    pub fn latest(&self) -> Option<&Record> {
        self.records.back()
    }

    /// Alarms ever, including those overwritten (PS-HMI-6).
    #[must_use]
    pub const fn total(&self) -> u32 {
        self.total
    }

    /// Forgets every record, not how many there were (PS-HMI-6).
    pub fn clear(&mut self) {
        self.records.clear();
    }

    fn enter(&mut self, reason: Reasons, entered: Mark) {
        if self.records.is_full() {
            self.records.pop_front();
        }
        self.total = self.total.saturating_add(1);
        let record = Record { number: self.total, reason, entered, left: None };
        self.records.push_back(record).expect("a place was made");
    }

    /// Completes the open record, unless it has been overwritten or cleared.
    fn leave(&mut self, reason: Reasons, left: Mark) {
        let open = |record: &&mut Record| record.reason == reason && record.left.is_none();
        if let Some(record) = self.records.iter_mut().rev().find(open) {
            record.left = Some(left);
        }
    }
}

/// The name of an alarm on the display (PS-ALM-1). Protections that the datasheets' table does not
/// name have names of the same make.
#[must_use]
pub fn name(reason: Reasons) -> &'static str {
    NAMES.iter().find(|(known, _)| *known == reason).map_or("?", |(_, name)| name)
}

const NAMES: [(Reasons, &str); 24] = [
    (Reasons::OVER_VOLTAGE, "OV"),
    (Reasons::ABNORMAL_HIGH_VOLTAGE, "AHV"),
    (Reasons::UNDER_VOLTAGE, "UV"),
    (Reasons::LOW_VOLTAGE_PROHIBIT, "LVC"),
    (Reasons::CHARGE_OC, "OCC"),
    (Reasons::DISCHARGE_OC, "OCD"),
    (Reasons::AFE_CHARGE_OC, "OCC"),
    (Reasons::AFE_DISCHARGE_OC1, "OCD"),
    (Reasons::AFE_DISCHARGE_OC2, "OCD"),
    (Reasons::SHORT_CIRCUIT, "SC"),
    (Reasons::CELL_CHARGE_HOT, "OTC"),
    (Reasons::CELL_CHARGE_COLD, "UTC"),
    (Reasons::CELL_DISCHARGE_HOT, "OTD"),
    (Reasons::CELL_DISCHARGE_COLD, "UTD"),
    (Reasons::MOS_CHARGE_HOT, "OTC"),
    (Reasons::MOS_CHARGE_COLD, "UTC"),
    (Reasons::MOS_DISCHARGE_HOT, "OTD"),
    (Reasons::MOS_DISCHARGE_COLD, "UTD"),
    (Reasons::EMERGENCY_STOP, "RPSD Activated"),
    (Reasons::CTL_LOW, "CTL"),
    (Reasons::CHARGE_MOS_FAULT, "C-MOSfault"),
    (Reasons::DISCHARGE_MOS_FAULT, "D-MOSfault"),
    (Reasons::FRONT_END, "AFE"),
    (Reasons::SENSOR, "NTC"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(second: u64) -> Mark {
        Mark { at: Instant::from_micros(second * 1_000_000), soc: BasisPoints(5_000) }
    }

    /// PS-HIS-1: of 55 alarms of rotating kinds, 6 to 55 remain, in order.
    #[test]
    fn of_55_alarms_the_last_50_remain_in_order() {
        let kinds = [Reasons::OVER_VOLTAGE, Reasons::UNDER_VOLTAGE, Reasons::SHORT_CIRCUIT];
        let mut history = History::default();
        for alarm in 1..=55 {
            let kind = kinds[alarm as usize % 3];
            history.note(Reasons::empty(), kind, mark(alarm * 10));
            history.note(kind, Reasons::empty(), mark(alarm * 10 + 1));
        }
        assert_eq!(history.total(), 55);
        let kept: std::vec::Vec<_> = history.records().collect();
        assert_eq!(kept.len(), 50);
        for (record, alarm) in kept.iter().zip(6..) {
            assert_eq!(record.number, alarm);
            assert_eq!(record.reason, kinds[alarm as usize % 3]);
            assert_eq!(record.entered, mark(u64::from(alarm) * 10));
            assert_eq!(record.left, Some(mark(u64::from(alarm) * 10 + 1)));
        }
    }

    #[test]
    fn the_exit_of_an_overwritten_alarm_is_dropped() {
        let mut history = History::default();
        let old = Reasons::EMERGENCY_STOP;
        history.note(Reasons::empty(), old, mark(0));
        for second in 1..=50 {
            history.note(old, old | Reasons::OVER_VOLTAGE, mark(second));
            history.note(old | Reasons::OVER_VOLTAGE, old, mark(second));
        }
        history.note(old, Reasons::empty(), mark(60));
        assert!(history.records().all(|record| record.reason == Reasons::OVER_VOLTAGE));
        assert!(history.records().all(|record| record.left == Some(record.entered)));
    }

    #[test]
    fn every_protection_has_a_name_of_its_table_row() {
        for (reason, name_in_the_datasheet) in [
            (Reasons::CHARGE_OC, "OCC"),
            (Reasons::CELL_CHARGE_COLD, "UTC"),
            (Reasons::CELL_CHARGE_HOT, "OTC"),
            (Reasons::DISCHARGE_OC, "OCD"),
            (Reasons::CELL_DISCHARGE_COLD, "UTD"),
            (Reasons::CELL_DISCHARGE_HOT, "OTD"),
            (Reasons::OVER_VOLTAGE, "OV"),
            (Reasons::UNDER_VOLTAGE, "UV"),
            (Reasons::SHORT_CIRCUIT, "SC"),
            (Reasons::EMERGENCY_STOP, "RPSD Activated"),
            (Reasons::CHARGE_MOS_FAULT, "C-MOSfault"),
            (Reasons::DISCHARGE_MOS_FAULT, "D-MOSfault"),
        ] {
            assert_eq!(name(reason), name_in_the_datasheet);
        }
        assert!(Reasons::all().iter().all(|reason| name(reason) != "?"));
    }
}
