//! Tables for spreadsheets: rows, fast phases and events as CSV, units in the headings.
//!
//! The first columns carry the names of the Battery Data Format, so that lab tools open them.

use crate::show;
use sim::trace::{Event, Row, Trace};

/// Every recorded row: what was true, and what the firmware thought.
pub(crate) fn rows(trace: &Trace) -> Result<Vec<u8>, csv::Error> {
    let cells = trace.rows.iter().map(|row| row.truth.cells_v.len()).max().unwrap_or(0);
    let socs = trace.rows.iter().map(|row| row.truth.socs.len()).max().unwrap_or(0);
    let warm = trace.rows.iter().map(|row| row.truth.cells_c.len()).max().unwrap_or(0);
    let mut sheet = csv::Writer::from_writer(Vec::new());
    sheet.write_record(headings(cells, socs, warm))?;
    for row in &trace.rows {
        sheet.write_record(record(row, cells, socs, warm))?;
    }
    finished(sheet)
}

fn headings(cells: usize, socs: usize, warm: usize) -> Vec<String> {
    let mut names: Vec<String> =
        ["Test Time / s", "Voltage / V", "Current / A", "Pack Voltage / V"].map(Into::into).into();
    names.extend((1..=cells).map(|cell| format!("Cell {cell} Voltage / V")));
    names.extend((1..=socs).map(|cell| format!("Cell {cell} SOC / 1")));
    names.extend((1..=warm).map(|cell| format!("Cell {cell} Temperature / degC")));
    names.extend((1..=4).map(|sensor| format!("Cell Sensor {sensor} / degC")));
    names.extend((1..=2).map(|sensor| format!("MOSFET Sensor {sensor} / degC")));
    let rest =
        ["Ambient Temperature / degC", "Estimated SOC / 1", "Mode", "Gates", "Active", "Pending"];
    names.extend(rest.map(Into::into));
    names
}

fn record(row: &Row, cells: usize, socs: usize, warm: usize) -> Vec<String> {
    let (truth, decision) = (&row.truth, &row.decision);
    let mut fields = vec![seconds(row.at.0)];
    fields.extend([truth.port_v, truth.current_a, truth.pack_v].map(|it| it.to_string()));
    fields.extend(padded(&truth.cells_v, cells));
    fields.extend(padded(&truth.socs, socs));
    fields.extend(padded(&truth.cells_c, warm));
    fields.extend(truth.cell_c.map(|it| it.to_string()));
    fields.extend(truth.mos_c.map(|it| it.to_string()));
    fields.push(truth.ambient_c.to_string());
    fields.push((f64::from(decision.soc.0) * 1e-4).to_string());
    fields.push(show::mode(decision.mode).into());
    fields.push(gates(&decision.gates));
    fields.push(show::reasons(decision.active));
    fields.push(show::reasons(decision.pending));
    fields
}

fn padded(values: &[f64], width: usize) -> impl Iterator<Item = String> {
    (0..width).map(|index| values.get(index).map(ToString::to_string).unwrap_or_default())
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
    let mut sheet = csv::Writer::from_writer(Vec::new());
    sheet.write_record(["Test Time / s", "Event", "Detail"])?;
    for event in events {
        let (name, detail) = show::event(&event.kind);
        sheet.write_record([seconds(event.at.0), name.into(), detail])?;
    }
    finished(sheet)
}

/// Every dense point of every fast phase; phases are numbered from 1.
pub(crate) fn bursts(trace: &Trace) -> Result<Vec<u8>, csv::Error> {
    let mut sheet = csv::Writer::from_writer(Vec::new());
    sheet.write_record(["Test Time / s", "Voltage / V", "Current / A", "Phase"])?;
    for (index, burst) in trace.bursts.iter().enumerate() {
        for point in burst {
            let values = [point.port_v, point.current_a].map(|it| it.to_string());
            let [port, current] = values;
            sheet.write_record([seconds(point.at.0), port, current, (index + 1).to_string()])?;
        }
    }
    finished(sheet)
}

fn seconds(nanos: u64) -> String {
    format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000)
}

fn finished(sheet: csv::Writer<Vec<u8>>) -> Result<Vec<u8>, csv::Error> {
    sheet.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}
