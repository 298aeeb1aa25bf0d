//! Tables for spreadsheets: rows, fast phases and events as CSV, units in the headings.
//!
//! The first columns carry the names of the Battery Data Format, so that lab tools open them.

use crate::show;
use crate::thin::{self, CURRENT_A, Quantity, Resolution, SHARE, TEMPERATURE_C, VOLTAGE_V};
use sim::trace::{Event, Row, Trace};

/// Which of the recorded rows a table shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// Every row, every digit.
    All,
    /// The rows on either side of every event and of every change of mode, gates or protections, and
    /// so many more that a straight line between two of them is within 0.1 mV, 10 mA, 0.01 °C and
    /// 0.001 % of charge of every row left out. Numbers have a digit more than that.
    Thinned,
}

impl Rows {
    /// As the machine-readable result says it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Thinned => "thinned",
        }
    }

    /// From the word that [`crate::files`] writes into a result as `trace_rows`.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        [Self::All, Self::Thinned].into_iter().find(|it| it.word() == word)
    }

    /// A value as it is written.
    fn number(self, value: f64, resolution: Resolution) -> String {
        match self {
            Self::All => value.to_string(),
            Self::Thinned => show::decimal(value, resolution.decimals),
        }
    }
}

/// The recorded rows: what was true, and what the firmware thought.
pub(crate) fn rows(trace: &Trace, which: Rows) -> Result<Vec<u8>, csv::Error> {
    let widest = |of: fn(&Row) -> usize| trace.rows.iter().map(of).max().unwrap_or(0);
    let widths = Widths {
        cells: widest(|row| row.truth.cells_v.len()),
        socs: widest(|row| row.truth.socs.len()),
        warm: widest(|row| row.truth.cells_c.len()),
    };
    let kept = match which {
        Rows::All => (0..trace.rows.len()).collect(),
        Rows::Thinned => telling(trace, &widths),
    };
    let mut sheet = csv::Writer::from_writer(Vec::new());
    sheet.write_record(headings(widths.cells, widths.socs, widths.warm))?;
    for index in kept {
        sheet.write_record(record(&trace.rows[index], &widths, which))?;
    }
    finished(sheet)
}

/// Columns of the sensors at cells.
const CELL_SENSORS: usize = 4;
/// Columns of the sensors at MOSFETs.
const MOS_SENSORS: usize = 2;

/// How many columns each list of cells takes.
struct Widths {
    cells: usize,
    socs: usize,
    warm: usize,
}

/// The rows of [`Rows::Thinned`].
fn telling(trace: &Trace, widths: &Widths) -> Vec<usize> {
    let rows = &trace.rows;
    let places: Vec<f64> = rows.iter().map(|row| row.at.as_secs_f64()).collect();
    // What is written is rounded: a tenth of the resolution is left for that.
    let within = |resolution: Resolution| 0.9 * resolution.within;
    let of = |read: fn(&Row) -> f64, resolution| {
        Quantity::new(move |index| read(&rows[index]), within(resolution))
    };
    let mut quantities = vec![
        of(|row| row.truth.port_v, VOLTAGE_V),
        of(|row| row.truth.current_a, CURRENT_A),
        of(|row| row.truth.pack_v, VOLTAGE_V),
        of(|row| row.truth.ambient_c, TEMPERATURE_C),
        of(|row| f64::from(row.decision.soc.0) * 1e-4, SHARE),
    ];
    let mut list = |width: usize, resolution, of: fn(&Row) -> &[f64]| {
        let nan = f64::NAN;
        quantities.extend((0..width).map(|place| {
            let value = move |index: usize| of(&rows[index]).get(place).copied().unwrap_or(nan);
            Quantity::new(value, within(resolution))
        }));
    };
    list(widths.cells, VOLTAGE_V, |row| &row.truth.cells_v);
    list(widths.socs, SHARE, |row| &row.truth.socs);
    list(widths.warm, TEMPERATURE_C, |row| &row.truth.cells_c);
    list(CELL_SENSORS, TEMPERATURE_C, |row| &row.truth.cell_c);
    list(MOS_SENSORS, TEMPERATURE_C, |row| &row.truth.mos_c);
    let beside = beside_events(trace);
    thin::kept(&places, &quantities, |index| beside[index])
}

/// Whether a row is the last before an event or a change of what the firmware decided, or the first
/// since.
fn beside_events(trace: &Trace) -> Vec<bool> {
    let rows = &trace.rows;
    let mut beside = vec![false; rows.len()];
    let mut mark = |first: usize| {
        for index in [first.checked_sub(1), Some(first)].into_iter().flatten() {
            if let Some(it) = beside.get_mut(index) {
                *it = true;
            }
        }
    };
    for event in &trace.events {
        mark(rows.partition_point(|row| row.at < event.at));
    }
    let told = |row: &Row| {
        let it = &row.decision;
        (it.mode, it.gates, it.active, it.pending)
    };
    for (index, pair) in rows.windows(2).enumerate() {
        if told(&pair[0]) != told(&pair[1]) {
            mark(index + 1);
        }
    }
    beside
}

fn headings(cells: usize, socs: usize, warm: usize) -> Vec<String> {
    let mut names: Vec<String> =
        ["Test Time / s", "Voltage / V", "Current / A", "Pack Voltage / V"].map(Into::into).into();
    names.extend((1..=cells).map(|cell| format!("Cell {cell} Voltage / V")));
    names.extend((1..=socs).map(|cell| format!("Cell {cell} SOC / 1")));
    names.extend((1..=warm).map(|cell| format!("Cell {cell} Temperature / degC")));
    names.extend((1..=CELL_SENSORS).map(|sensor| format!("Cell Sensor {sensor} / degC")));
    names.extend((1..=MOS_SENSORS).map(|sensor| format!("MOSFET Sensor {sensor} / degC")));
    let rest =
        ["Ambient Temperature / degC", "Estimated SOC / 1", "Mode", "Gates", "Active", "Pending"];
    names.extend(rest.map(Into::into));
    names
}

fn record(row: &Row, widths: &Widths, which: Rows) -> Vec<String> {
    let (truth, decision) = (&row.truth, &row.decision);
    let volts = |it: f64| which.number(it, VOLTAGE_V);
    let warmth = |it: &f64| which.number(*it, TEMPERATURE_C);
    let padded = |values: &[f64], width: usize, resolution| {
        let value = |index: usize| values.get(index).map(|it| which.number(*it, resolution));
        (0..width).map(|index| value(index).unwrap_or_default()).collect::<Vec<_>>()
    };
    let mut fields = vec![show::seconds(row.at.0)];
    fields.push(volts(truth.port_v));
    fields.push(which.number(truth.current_a, CURRENT_A));
    fields.push(volts(truth.pack_v));
    fields.extend(padded(&truth.cells_v, widths.cells, VOLTAGE_V));
    fields.extend(padded(&truth.socs, widths.socs, SHARE));
    fields.extend(padded(&truth.cells_c, widths.warm, TEMPERATURE_C));
    fields.extend(truth.cell_c.iter().chain(&truth.mos_c).map(warmth));
    fields.push(warmth(&truth.ambient_c));
    fields.push(which.number(f64::from(decision.soc.0) * 1e-4, SHARE));
    fields.push(show::mode(decision.mode).into());
    fields.push(gates(&decision.gates));
    fields.push(show::reasons(decision.active));
    fields.push(show::reasons(decision.pending));
    fields
}

/// The gates that are on, one letter each: charge, discharge, pre-charge, low-cell, limiter.
fn gates(gates: &bms_core::bms::Gates) -> String {
    let letters = [
        (gates.charge, 'C'),
        (gates.discharge, 'D'),
        (gates.precharge, 'P'),
        (gates.low_cell_precharge, 'T'),
        (gates.limiter, 'L'),
    ];
    letters.iter().filter(|(on, _)| *on).map(|(_, letter)| letter).collect()
}

/// Every event, in order.
pub(crate) fn events(events: &[Event]) -> Result<Vec<u8>, csv::Error> {
    let line = |event: &Event| {
        let (name, detail) = show::event(&event.kind);
        [show::seconds(event.at.0), name.into(), detail]
    };
    table(["Test Time / s", "Event", "Detail"], events.iter().map(line))
}

/// Every dense point of every fast phase; phases are numbered from 1.
pub(crate) fn bursts(trace: &Trace) -> Result<Vec<u8>, csv::Error> {
    let lines = trace.bursts.iter().enumerate().flat_map(|(index, burst)| {
        burst.iter().map(move |point| {
            let [port, current] = [point.port_v, point.current_a].map(|it| it.to_string());
            [show::seconds(point.at.0), port, current, (index + 1).to_string()]
        })
    });
    table(["Test Time / s", "Voltage / V", "Current / A", "Phase"], lines)
}

/// A table of so many columns.
pub(crate) fn table<const COLUMNS: usize>(
    headings: [&str; COLUMNS],
    lines: impl Iterator<Item = [String; COLUMNS]>,
) -> Result<Vec<u8>, csv::Error> {
    let mut sheet = csv::Writer::from_writer(Vec::new());
    sheet.write_record(headings)?;
    for line in lines {
        sheet.write_record(line)?;
    }
    finished(sheet)
}

fn finished(sheet: csv::Writer<Vec<u8>>) -> Result<Vec<u8>, csv::Error> {
    sheet.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}

#[cfg(test)]
#[path = "sheets_tests.rs"]
mod tests;
