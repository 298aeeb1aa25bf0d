//! Warnings in words: what is the same for several records or temperatures is said once.

use crate::report::{FitReport, Warning};
use std::fmt;

/// So many names are listed; of more, the first, and how many follow.
const NAMES_MAX: usize = 6;

impl FitReport {
    /// The warnings as sentences, in the order in which each kind first came up. Equal warnings are
    /// one sentence with their number and the names of their records, or with their temperatures.
    #[must_use]
    pub fn told(&self) -> Vec<String> {
        let mut groups: Vec<Vec<&Warning>> = Vec::new();
        for warning in &self.warnings {
            match groups.iter_mut().find(|group| alike(group[0], warning)) {
                Some(group) => group.push(warning),
                None => groups.push(vec![warning]),
            }
        }
        groups.iter().map(|group| text(group)).collect()
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&text(&[self]))
    }
}

/// Whether two warnings are one sentence.
fn alike(one: &Warning, other: &Warning) -> bool {
    use Warning::{TimeConstantAtLimit, Unidentified};
    match (one, other) {
        (Unidentified { table: one, .. }, Unidentified { table: other, .. }) => one == other,
        (
            TimeConstantAtLimit { pair: one, tau_s: at, .. },
            TimeConstantAtLimit { pair: other, tau_s: there, .. },
        ) => one == other && (at / there - 1.0).abs() < 0.1,
        _ => std::mem::discriminant(one) == std::mem::discriminant(other),
    }
}

/// One sentence for warnings that are alike.
fn text(group: &[&Warning]) -> String {
    match group[0] {
        Warning::ChargeFallsBack { .. } => {
            let at = temperatures(group);
            format!("{at}: no charging measured; charge resistance falls back to discharge")
        }
        Warning::DischargeFallsBack { .. } => {
            let at = temperatures(group);
            format!("{at}: no discharging measured; discharge resistance falls back to charge")
        }
        Warning::HysteresisAssumed { .. } => {
            let at = temperatures(group);
            format!("{at}: not both slow branches measured; the hysteresis is assumed")
        }
        Warning::Unidentified { table, .. } => {
            format!("entries of {table} rest on assumptions: {}", listed(&entries(group)))
        }
        Warning::TimeConstantAtLimit { pair, tau_s, .. } => {
            let (at, pair) = (temperatures(group), pair + 1);
            format!("{at}: time constant {pair} stands at its limit, {tau_s:.0} s")
        }
        Warning::PaceAtLimit { gamma } => {
            format!("the pace of the hysteresis stands at its limit, {gamma:.0}")
        }
        Warning::OneTemperature { temperature_c } => {
            format!("all records lie at {} °C; elsewhere tables are held", degrees(*temperature_c))
        }
        Warning::SocNotReached { low, high } => {
            let (low, high) = (100.0 * low, 100.0 * high);
            format!("records reach {low:.1} to {high:.1} % SOC; beyond, tables are assumed")
        }
        Warning::StartFromVoltage { record, soc } if group.len() == 1 => {
            format!("{record}: starts at {:.1} % SOC, read off its voltage", 100.0 * soc)
        }
        Warning::StartFromVoltage { .. } => {
            let (count, names) = (group.len(), listed(&starts(group)));
            format!("{count} records start at a SOC read off their voltage: {names}")
        }
        Warning::CapacityNotMeasured { capacity_ah } => {
            format!("capacity {capacity_ah:.3} Ah was not measured from full to empty")
        }
        Warning::OcvLevelled { .. } => {
            let (at, by_mv) = (temperatures(group), 1e3 * levelled_v(group));
            let most = if group.len() > 1 { "up to " } else { "" };
            format!("{at}: open-circuit voltage fell over SOC, levelled by {most}{by_mv:.1} mV")
        }
        Warning::ChamberForCell { record } if group.len() == 1 => {
            format!("{record}: no cell temperature recorded, the chamber's stands for it")
        }
        Warning::ChamberForCell { .. } => {
            let (count, names) = (group.len(), listed(&records(group)));
            format!("no cell temperature in {count} records, the chamber's stands for it: {names}")
        }
        Warning::VoltageAhead { .. } => shifted(group, "leads"),
        Warning::VoltageBehind { .. } => shifted(group, "lags"),
        Warning::NotConverged { iterations } => {
            format!("the search had not come to rest after {iterations} steps")
        }
    }
}

/// Edges at which the voltage is a row ahead of the current or behind it.
fn shifted(group: &[&Warning], how: &str) -> String {
    let counts = group.iter().map(|warning| match warning {
        Warning::VoltageAhead { edges, of, .. } | Warning::VoltageBehind { edges, of, .. } => {
            (*edges, *of)
        }
        _ => (0, 0),
    });
    let (edges, of) = counts.fold((0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
    let names = records(group);
    if let [name] = &names[..] {
        return format!(
            "{name}: voltage {how} the current by a row at {edges} of {of} edges; mended"
        );
    }
    format!(
        "voltage {how} the current by a row at {edges} of {of} edges of {} records, mended: {}",
        names.len(),
        listed(&names)
    )
}

fn records(group: &[&Warning]) -> Vec<String> {
    let name = |warning: &&Warning| match warning {
        Warning::ChamberForCell { record }
        | Warning::StartFromVoltage { record, .. }
        | Warning::VoltageAhead { record, .. }
        | Warning::VoltageBehind { record, .. } => Some(record.clone()),
        _ => None,
    };
    group.iter().filter_map(name).collect()
}

fn starts(group: &[&Warning]) -> Vec<String> {
    let start = |warning: &&Warning| match warning {
        Warning::StartFromVoltage { record, soc } => {
            Some(format!("{record} ({:.1} %)", 100.0 * soc))
        }
        _ => None,
    };
    group.iter().filter_map(start).collect()
}

fn entries(group: &[&Warning]) -> Vec<String> {
    let of = |warning: &&Warning| match warning {
        Warning::Unidentified { temperature_c, entries, of, .. } => {
            Some(format!("{entries} of {of} at {} °C", degrees(*temperature_c)))
        }
        _ => None,
    };
    group.iter().filter_map(of).collect()
}

fn levelled_v(group: &[&Warning]) -> f64 {
    group.iter().fold(0.0, |most, warning| match warning {
        Warning::OcvLevelled { by_v, .. } => by_v.max(most),
        _ => most,
    })
}

/// The temperatures of some warnings, with their unit: `-15, 5 and 25 °C`.
fn temperatures(group: &[&Warning]) -> String {
    let celsius = |warning: &&Warning| match warning {
        Warning::ChargeFallsBack { temperature_c }
        | Warning::DischargeFallsBack { temperature_c }
        | Warning::HysteresisAssumed { temperature_c }
        | Warning::TimeConstantAtLimit { temperature_c, .. }
        | Warning::OcvLevelled { temperature_c, .. } => Some(degrees(*temperature_c)),
        _ => None,
    };
    let all: Vec<String> = group.iter().filter_map(celsius).collect();
    match &all[..] {
        [before @ .., last] if !before.is_empty() => {
            format!("{} and {last} °C", before.join(", "))
        }
        _ => format!("{} °C", all.concat()),
    }
}

/// A temperature as people read it; no minus before zero.
fn degrees(celsius: f64) -> String {
    let text = format!("{celsius:.0}");
    if text == "-0" { "0".to_owned() } else { text }
}

/// Names in a row; of many the first, and how many more.
fn listed(names: &[String]) -> String {
    match names.len().checked_sub(NAMES_MAX) {
        None | Some(0) => names.join(", "),
        Some(more) => format!("{} and {more} more", names[..NAMES_MAX].join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::NAMES_MAX;
    use crate::report::{FitReport, Warning};

    fn told(warnings: Vec<Warning>) -> Vec<String> {
        FitReport { warnings, ..FitReport::default() }.told()
    }

    fn ahead(record: &str, edges: usize) -> Warning {
        Warning::VoltageAhead { record: record.to_owned(), edges, of: 10 }
    }

    #[test]
    fn edges_of_several_records_are_one_line_with_count_and_names() {
        let behind = Warning::VoltageBehind { record: "c".to_owned(), edges: 1, of: 4 };
        assert_eq!(
            told(vec![ahead("a", 3), behind, ahead("b", 4)]),
            [
                "voltage leads the current by a row at 7 of 20 edges of 2 records, mended: a, b",
                "c: voltage lags the current by a row at 1 of 4 edges; mended",
            ]
        );
    }

    #[test]
    fn of_many_names_the_first_are_listed() {
        let of = |count: usize| {
            told((0..count).map(|index| ahead(&format!("r{index}"), 1)).collect()).concat()
        };
        assert!(of(NAMES_MAX).ends_with("r0, r1, r2, r3, r4, r5"));
        assert!(of(NAMES_MAX + 1).ends_with("r0, r1, r2, r3, r4, r5 and 1 more"));
    }

    #[test]
    fn temperatures_of_one_warning_stand_together() {
        let at = |temperature_c| Warning::HysteresisAssumed { temperature_c };
        let assumed = "not both slow branches measured; the hysteresis is assumed";
        assert_eq!(told(vec![at(-0.4)]), [format!("0 °C: {assumed}")]);
        assert_eq!(
            told(vec![at(-15.0), at(5.0), at(25.0)]),
            [format!("-15, 5 and 25 °C: {assumed}")]
        );
    }

    #[test]
    fn tables_and_pairs_and_limits_stay_apart() {
        let tau = |pair, tau_s| Warning::TimeConstantAtLimit { pair, temperature_c: 25.0, tau_s };
        assert_eq!(
            told(vec![tau(0, 0.5), tau(1, 4000.0), tau(1, 4000.0), tau(0, 4000.0)]).len(),
            3
        );
        let of = |table: &str, temperature_c| Warning::Unidentified {
            table: table.to_owned(),
            temperature_c,
            entries: 2,
            of: 15,
        };
        assert_eq!(
            told(vec![of("ocv", 5.0), of("r0_charge", 5.0), of("ocv", 25.0)]),
            [
                "entries of ocv rest on assumptions: 2 of 15 at 5 °C, 2 of 15 at 25 °C",
                "entries of r0_charge rest on assumptions: 2 of 15 at 5 °C",
            ]
        );
    }
}
