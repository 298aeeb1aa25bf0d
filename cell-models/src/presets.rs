//! Ready-made cells: two LFP prismatics scaled from public data, and two reference cells.
//!
//! No measured series of a 100 Ah or 280 Ah cell is public. The presets scale small measured
//! LFP/graphite cells: expect ±15 mV in OCV, ±30 % in resistance, a factor of 2 in conductance.
//! Sources by short name: A123 = own fit of Plett's A123 26650 tests; Sony = US26650FTC1 as in
//! SimSES 1.3.12 (Naumann); TUMDB = cell database of TUMFTM/TruckBatteryDesign; LF280K and CATL 302
//! = makers' figures quoted in a catalogue. Confidence H, M, L (high, medium, low) is stated.

use crate::ageing::{BlastLfp, CapacityLaw, Law, NaumannResistance, ResistanceLaw};
use crate::cell::{CellLimits, CellParams, Chemistry, ValidRange};
use crate::ecm::Branch;
use crate::hysteresis::Hysteresis;
use crate::table::{Curve, Ends, Joint, Map, Surface, TemperatureFactor};

/// Names that [`by_name`] knows.
pub const NAMES: &[&str] = &["lfp-100ah", "lfp-280ah", "reference-100ah", "reference-280ah"];

/// Extra conductance to the ambient of an end cell of the row, 100 Ah, W/K (geometry, L).
pub const LFP_100AH_END_EXTRA_W_K: f64 = 0.12;
/// Extra conductance to the ambient of an end cell of the row, 280 Ah, W/K (geometry, L).
pub const LFP_280AH_END_EXTRA_W_K: f64 = 0.2;

/// SOC of the OCV and entropy points.
const OCV_SOC: [f64; 23] = [
    0.00, 0.02, 0.05, 0.10, 0.15, 0.20, 0.25, 0.30, 0.35, 0.40, 0.45, 0.50, 0.55, 0.60, 0.65, 0.70,
    0.75, 0.80, 0.85, 0.90, 0.95, 0.98, 1.00,
];
/// OCV at 25 °C, volt: mean of A123 and Sony, which differ by up to 20 mV (M; below 5 % and above
/// 97 % L).
const OCV_V: [f64; 23] = [
    2.3082, 2.8216, 3.0359, 3.1879, 3.2153, 3.2395, 3.2595, 3.2750, 3.2870, 3.2966, 3.3014, 3.3037,
    3.3066, 3.3103, 3.3147, 3.3206, 3.3294, 3.3398, 3.3443, 3.3481, 3.3606, 3.3923, 3.5695,
];
/// Entropic coefficient, millivolt per kelvin (Sony, M).
const ENTROPIC_MV_PER_K: [f64; 23] = [
    -0.490, -0.425, -0.327, -0.164, -0.141, -0.118, -0.081, -0.044, 0.027, 0.098, 0.104, 0.110,
    0.119, 0.129, 0.137, 0.145, 0.122, 0.100, 0.092, 0.084, 0.101, 0.111, 0.118,
];
/// SOC of the hysteresis points.
const HYSTERESIS_SOC: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];
/// Half width at 25 °C, millivolt (A123, M).
const HALF_WIDTH_MV: [f64; 5] = [12.0, 14.0, 10.0, 9.5, 6.0];
/// Temperatures of the half width factors, degree Celsius.
const HALF_WIDTH_TEMPERATURE_C: [f64; 4] = [-15.0, 5.0, 25.0, 45.0];
/// Half width factors (A123, M).
const HALF_WIDTH_FACTOR: [f64; 4] = [2.1, 1.3, 1.0, 0.85];
/// Pace of the hysteresis; 20 to 55 was fitted (A123, M).
const GAMMA: f64 = 30.0;
/// SOC of the resistance shapes.
const SHAPE_SOC: [f64; 9] = [0.00, 0.10, 0.20, 0.35, 0.50, 0.65, 0.80, 0.90, 1.00];
/// Shapes over SOC (A123, M).
const R0_DISCHARGE_SHAPE: [f64; 9] = [2.35, 0.99, 0.99, 1.07, 0.99, 1.03, 1.01, 0.99, 2.29];
const R0_CHARGE_SHAPE: [f64; 9] = [2.35, 1.05, 1.25, 0.92, 1.07, 0.98, 0.96, 1.02, 1.00];
const R1_SHAPE: [f64; 9] = [3.17, 0.89, 1.02, 1.08, 0.98, 0.95, 0.90, 1.18, 2.20];
const R2_SHAPE: [f64; 9] = [4.00, 3.44, 1.44, 1.41, 0.79, 1.12, 0.88, 0.73, 0.82];
/// Temperatures of the resistance factors, degree Celsius; -25 is itself an extrapolation.
const FACTOR_TEMPERATURE_C: [f64; 8] = [-25.0, -15.0, -5.0, 5.0, 15.0, 25.0, 35.0, 45.0];
/// Factors over temperature (A123 at -15, 5, 25, 45 °C, log-linear in 1/T, M).
const R0_FACTOR: [f64; 8] = [13.347, 6.544, 3.384, 1.835, 1.340, 1.000, 0.879, 0.779];
const R1_FACTOR: [f64; 8] = [13.684, 6.470, 3.235, 1.700, 1.292, 1.000, 0.707, 0.511];
const R2_FACTOR: [f64; 8] = [2.793, 2.225, 1.803, 1.483, 1.210, 1.000, 0.877, 0.775];
/// Time constants, second (A123: 25 and at least 2600; M and L).
const TAU1_S: f64 = 25.0;
const TAU2_S: f64 = 1500.0;
/// Share of charge that comes back (A123 0.9962 with tester drift, newer cells above 0.999, M).
const COULOMBIC_EFFICIENCY: f64 = 0.998;
/// Self-discharge at 25 °C, share per month (vendors claim 1 to 3 %, L).
const SELF_DISCHARGE_PER_MONTH: f64 = 0.015;
/// Mean month: a twelfth of 365.25 days.
const MONTH_S: f64 = 2_629_800.0;

/// OCV of the reference cells at 50 % SOC, volt (scenarios, R16-100).
const REFERENCE_HALF_FULL_V: f64 = 3.300;
/// Resistance of the reference cells, ohm (scenarios, R16-100 and R16-280).
const REFERENCE_OHM: f64 = 0.5e-3;

/// What differs between the two sizes.
struct Size {
    name: &'static str,
    source: &'static str,
    capacity_ah: f64,
    r0_mohm: f64,
    r1_mohm: f64,
    r2_mohm: f64,
    heat_capacity_j_k: f64,
    to_ambient_w_k: f64,
    to_neighbour_w_k: f64,
    cycle_scale: f64,
}

/// Capacity H (TUMDB); R0 by 50 mohm·Ah (M), R1 and R2 L; 2.3 kg at 1000 J/kgK (M); conductances L.
const SIZE_100AH: Size = Size {
    name: "lfp-100ah",
    source: "LFP 100 Ah prismatic, scaled: OCV mean of A123 26650 and Sony US26650FTC1 (M), \
             R0 50 mohm*Ah (M), R1 R2 (L), 2.3 kg at 1000 J/kgK (M), conductances by geometry (L)",
    capacity_ah: 100.0,
    r0_mohm: 0.50,
    r1_mohm: 0.30,
    r2_mohm: 0.60,
    heat_capacity_j_k: 2300.0,
    to_ambient_w_k: 0.18,
    to_neighbour_w_k: 0.40,
    // Between the fit (1) and the endurance that makers of 280 Ah cells claim (0.67) (L).
    cycle_scale: 0.8,
};

/// Capacity H (TUMDB, LF280N 2019-12-22); R0 from 1 kHz values 0.18 to 0.25 mohm (M); R1 from
/// PulseBat and A123 ratios (M); R2 from 95 % efficiency at C/2 (L); 5.42 kg at 1000 J/kgK (M).
const SIZE_280AH: Size = Size {
    name: "lfp-280ah",
    source: "LFP 280 Ah prismatic (EVE LF280K class), scaled: OCV mean of A123 26650 and Sony \
             US26650FTC1 (M), R0 R1 (M), R2 (L), 5.42 kg at 1000 J/kgK (M), conductances from \
             geometry (L)",
    capacity_ah: 280.0,
    r0_mohm: 0.19,
    r1_mohm: 0.11,
    r2_mohm: 0.22,
    heat_capacity_j_k: 5420.0,
    to_ambient_w_k: 0.35,
    to_neighbour_w_k: 0.45,
    // 80 % after 6000 full cycles at 0.5 C and 25 °C, as the maker claims (L).
    cycle_scale: 0.67,
};

/// LFP 100 Ah prismatic.
#[must_use]
pub fn lfp_100ah() -> CellParams {
    lfp(&SIZE_100AH)
}

/// LFP 280 Ah prismatic of the EVE LF280K class.
#[must_use]
pub fn lfp_280ah() -> CellParams {
    lfp(&SIZE_280AH)
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
        "lfp-100ah" => Some(lfp_100ah()),
        "lfp-280ah" => Some(lfp_280ah()),
        "reference-100ah" => Some(reference_100ah()),
        "reference-280ah" => Some(reference_280ah()),
        _ => None,
    }
}

fn curve(soc: &[f64], values: &[f64]) -> Curve {
    Curve::new(soc, values).expect("preset points rise in SOC")
}

fn factor(temperatures_c: &[f64], factors: &[f64]) -> TemperatureFactor {
    TemperatureFactor::new(temperatures_c, factors).expect("preset factors are above zero")
}

fn resistance(mohm: f64, shape: &[f64], factors: &[f64]) -> Map {
    Map::product(milli(mohm), curve(&SHAPE_SOC, shape), factor(&FACTOR_TEMPERATURE_C, factors))
}

/// Division, as 1000 is exact and 0.001 is not.
fn milli(value: f64) -> f64 {
    value / 1000.0
}

fn ocv() -> Surface {
    Surface::single(Curve::extended(&OCV_SOC, &OCV_V).expect("preset points rise in SOC"))
}

fn hysteresis() -> Hysteresis {
    let row = |factor: f64| HALF_WIDTH_MV.map(|millivolt| milli(millivolt) * factor);
    let rows = HALF_WIDTH_FACTOR.map(row);
    let half_width = Surface::new(&HYSTERESIS_SOC, &HALF_WIDTH_TEMPERATURE_C, &rows)
        .expect("preset points rise in SOC and temperature");
    Hysteresis { half_width, gamma: GAMMA }
}

/// Fade of a large LFP prismatic, growth of resistance of a small one.
fn ageing(cycle_scale: f64) -> Law {
    Law {
        capacity: CapacityLaw::BlastLfp(BlastLfp { cycle_scale, ..BlastLfp::default() }),
        resistance: Some(ResistanceLaw::NaumannLfp(NaumannResistance::default())),
    }
}

fn lfp(size: &Size) -> CellParams {
    let r1 = resistance(size.r1_mohm, &R1_SHAPE, &R1_FACTOR);
    let r2 = resistance(size.r2_mohm, &R2_SHAPE, &R2_FACTOR);
    CellParams {
        name: size.name.to_owned(),
        source: size.source.to_owned(),
        licence: "CC BY 4.0 (A123 tests), BSD-3-Clause (SimSES)".to_owned(),
        chemistry: Chemistry::Lfp,
        validated: ValidRange {
            soc: (0.0, 1.0),
            temperature_c: (-15.0, 45.0),
            c_rate: (1.0, 1.0),
            note: "range of the small cells that were scaled".to_owned(),
        },
        limits: CellLimits {
            max_v: 3.65,
            min_v: 2.5,
            max_charge_a: size.capacity_ah,
            max_discharge_a: size.capacity_ah,
            charge_c: (0.0, 55.0),
            discharge_c: (-20.0, 60.0),
            runaway_onset_c: f64::INFINITY,
        },
        capacity_ah: size.capacity_ah,
        coulombic_efficiency: COULOMBIC_EFFICIENCY,
        self_discharge_per_s: SELF_DISCHARGE_PER_MONTH / MONTH_S,
        ocv: ocv(),
        entropic_v_per_k: Surface::single(curve(&OCV_SOC, &ENTROPIC_MV_PER_K.map(milli))),
        hysteresis: hysteresis(),
        r0_charge: resistance(size.r0_mohm, &R0_CHARGE_SHAPE, &R0_FACTOR),
        r0_discharge: resistance(size.r0_mohm, &R0_DISCHARGE_SHAPE, &R0_FACTOR),
        branches: vec![Branch::symmetric(r1, TAU1_S), Branch::symmetric(r2, TAU2_S)],
        heat_capacity_j_k: size.heat_capacity_j_k,
        to_ambient_w_k: size.to_ambient_w_k,
        to_neighbour_w_k: size.to_neighbour_w_k,
        ageing: Some(ageing(size.cycle_scale)),
        ..CellParams::linear(0.0, 0.0, size.capacity_ah, 0.0)
    }
}

/// The OCV of a reference cell: straight lines, as the scenarios compute their times.
fn reference_ocv(like: &CellParams) -> Surface {
    let curve = Curve::through(&OCV_SOC, &OCV_V, Joint::Straight, Ends::Extend);
    let curve = curve.expect("preset points rise in SOC");
    Surface::single(curve.shifted(REFERENCE_HALF_FULL_V - like.ocv.at(0.5, 25.0)))
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
        ocv: reference_ocv(&like),
        entropic_v_per_k: Surface::constant(0.0),
        hysteresis: Hysteresis::none(),
        ageing: None,
        r0_charge: Map::constant(REFERENCE_OHM),
        r0_discharge: Map::constant(REFERENCE_OHM),
        branches: Vec::new(),
        ..like
    }
}
