//! Ready-made cells: embedded cell files, and the two reference cells of the acceptance scenarios.
//!
//! Every file in `presets/` cites where its numbers come from, how sure they are, their licence and
//! the range they were held against. No measured series of a 100 Ah or 280 Ah cell is public; those
//! two scale small measured LFP/graphite cells: expect ±15 mV in OCV, ±30 % in resistance, a factor
//! of 2 in conductance.

use crate::cell::{CellParams, ValidRange};
use crate::hysteresis::Hysteresis;
use crate::sheet::Sheet;
use crate::table::{Curve, Ends, Joint, Map, Surface};

/// Names that [`by_name`] knows.
pub const NAMES: &[&str] = &[
    "lfp-100ah",
    "lfp-280ah",
    "lfp-26650",
    "nmc-21700",
    "nmc-18650",
    "lto-10ah",
    "reference-100ah",
    "reference-280ah",
];

/// Extra conductance to the ambient of an end cell of the row, 100 Ah, W/K (geometry, L).
pub const LFP_100AH_END_EXTRA_W_K: f64 = 0.12;
/// Extra conductance to the ambient of an end cell of the row, 280 Ah, W/K (geometry, L).
pub const LFP_280AH_END_EXTRA_W_K: f64 = 0.2;

/// OCV of the reference cells at 50 % SOC, volt (scenarios, R16-100).
const REFERENCE_HALF_FULL_V: f64 = 3.300;
/// Resistance of the reference cells, ohm (scenarios, R16-100 and R16-280).
const REFERENCE_OHM: f64 = 0.5e-3;

/// The cell files by name.
const FILES: [(&str, &str); 6] = [
    ("lfp-100ah", include_str!("../presets/lfp-100ah.toml")),
    ("lfp-280ah", include_str!("../presets/lfp-280ah.toml")),
    ("lfp-26650", include_str!("../presets/lfp-26650.toml")),
    ("nmc-21700", include_str!("../presets/nmc-21700.toml")),
    ("nmc-18650", include_str!("../presets/nmc-18650.toml")),
    ("lto-10ah", include_str!("../presets/lto-10ah.toml")),
];

/// LFP 100 Ah prismatic.
#[must_use]
pub fn lfp_100ah() -> CellParams {
    embedded("lfp-100ah")
}

/// LFP 280 Ah prismatic of the EVE LF280K class.
#[must_use]
pub fn lfp_280ah() -> CellParams {
    embedded("lfp-280ah")
}

/// LFP 26650 power cell, A123, one measured sample.
#[must_use]
pub fn lfp_26650() -> CellParams {
    embedded("lfp-26650")
}

/// NMC811 21700, LG M50.
#[must_use]
pub fn nmc_21700() -> CellParams {
    embedded("nmc-21700")
}

/// 18650 of the NCA type, Samsung 30Q.
#[must_use]
pub fn nmc_18650() -> CellParams {
    embedded("nmc-18650")
}

/// LTO 10 Ah pouch, constructed.
#[must_use]
pub fn lto_10ah() -> CellParams {
    embedded("lto-10ah")
}

/// Cell of the reference pack R16-100: OCV shifted to 3.300 V at 50 % SOC, 0.5 mohm, nothing else.
#[must_use]
pub fn reference_100ah() -> CellParams {
    reference("reference-100ah", lfp_100ah())
}

/// Cell of the reference pack R16-280: as [`reference_100ah`] with 280 Ah.
#[must_use]
pub fn reference_280ah() -> CellParams {
    reference("reference-280ah", lfp_280ah())
}

/// The cell with one of the [`NAMES`].
#[must_use]
pub fn by_name(name: &str) -> Option<CellParams> {
    match name {
        "reference-100ah" => Some(reference_100ah()),
        "reference-280ah" => Some(reference_280ah()),
        _ => file(name).map(parsed),
    }
}

/// The text of the cell file behind a name; the reference cells are made and have none.
#[must_use]
pub fn file(name: &str) -> Option<&'static str> {
    FILES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

fn embedded(name: &str) -> CellParams {
    parsed(file(name).expect("the name is that of an embedded file"))
}

fn parsed(text: &str) -> CellParams {
    Sheet::parse(text).expect("every embedded cell file is sound")
}

/// The OCV of a reference cell: straight lines, as the scenarios compute their times.
fn reference_ocv(like: &CellParams) -> Surface {
    let points = &like.ocv.rows()[0];
    let volts: Vec<f64> = points.values().collect();
    let curve = Curve::through(points.positions(), &volts, Joint::Straight, Ends::Extend);
    let curve = curve.expect("the points of a preset rise in SOC");
    Surface::single(curve.shifted(REFERENCE_HALF_FULL_V - curve.at(0.5)))
}

fn reference(name: &str, like: CellParams) -> CellParams {
    CellParams {
        name: name.to_owned(),
        source: "reference cell of the acceptance scenarios: LFP OCV shifted to 3.300 V at 50 %, \
                 0.5 mohm, no polarisation, hysteresis, entropic part, loss of charge or ageing"
            .to_owned(),
        validated: ValidRange::everywhere(),
        coulombic_efficiency: 1.0,
        self_discharge_per_s: 0.0,
        self_discharge_doubling_k: f64::INFINITY,
        ocv: reference_ocv(&like),
        entropic_v_per_k: Surface::constant(0.0),
        hysteresis: Hysteresis::none(),
        r0_charge: Map::constant(REFERENCE_OHM),
        r0_discharge: Map::constant(REFERENCE_OHM),
        branches: Vec::new(),
        ageing: None,
        ..like
    }
}
