//! Abuse: what a cell is put through beyond what its maker allows, noticed as it happens.
//!
//! An [`AbuseMonitor`] per cell watches and changes nothing. The plant calls
//! [`AbuseMonitor::observe`] with the parameters, the state, the terminal voltage, the current and
//! the time since the last call; it returns an iterator over the [`Change`]s, nearly always empty:
//!
//! ```
//! # use cell_models::{abuse::AbuseMonitor, cell::{CellParams, CellState}};
//! # let params = CellParams::linear(3.0, 3.4, 100.0, 1e-3);
//! # let state = CellState::rested(0.5, 25.0);
//! let mut monitor = AbuseMonitor::default();
//! let voltage_v = params.voltage(&state, 10.0);
//! for change in monitor.observe(&params, &state, voltage_v, 10.0, 0.1) {
//!     println!("{change}");
//! }
//! ```
//!
//! Limits are those of [`CellLimits`](crate::cell::CellLimits). A condition ends a little inside the
//! limit where it began, so that noise makes no pairs of events. The risk of plating is equation (B1) of `docs/physics.md`.

use crate::cell::{CellParams, CellState, Chemistry};
use std::fmt;

/// A voltage must come back this far within its limit, volt.
const VOLTAGE_BACK_V: f64 = 5e-3;
/// A current must come back to this share of its limit.
const CURRENT_BACK: f64 = 0.98;
/// A temperature must come back this far within its limit, kelvin.
const TEMPERATURE_BACK_K: f64 = 0.5;
/// A current below this many capacities per hour neither charges nor discharges.
const FLOWING_RATE: f64 = 1e-3;

/// Above this temperature no plating is suspected at a current that the maker allows, °C.
const PLATING_BELOW_C: f64 = 25.0;
/// Activation energy of the highest charge current in the cold, J/mol: 0.16 C at 10 °C against
/// 0.65 C at 25 °C, the protocol of the maker of the LFP cells above 250 Ah in
/// doi 10.1016/j.est.2023.109042.
const PLATING_ACTIVATION_J_MOL: f64 = 65_600.0;
/// Gas constant, J/(mol K).
const GAS_J_MOL_K: f64 = 8.314_462_618;
/// Kelvin at 0 °C.
const ZERO_C_K: f64 = 273.15;

/// What a cell can be put through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Abuse {
    /// Above its highest voltage. Ends when voltage and charge are back: not before what was
    /// charged beyond full is out again.
    OverCharge,
    /// Below its lowest voltage. Ends when voltage and charge are back.
    OverDischarge,
    /// Terminal voltage below zero: the rest of the pack drives its current through an empty cell.
    Reversal,
    /// Charged faster than graphite takes up lithium at this temperature: metal may be deposited.
    Plating,
    /// More charge current than allowed.
    ChargeCurrent,
    /// More discharge current than allowed.
    DischargeCurrent,
    /// Colder than allowed for what it does.
    Cold,
    /// Hotter than allowed for what it does.
    Heat,
    /// So hot that its own reactions may heat it further.
    RunawayOnset,
}

impl Abuse {
    /// Every kind, in the order of the enum.
    pub const ALL: [Self; 9] = [
        Self::OverCharge,
        Self::OverDischarge,
        Self::Reversal,
        Self::Plating,
        Self::ChargeCurrent,
        Self::DischargeCurrent,
        Self::Cold,
        Self::Heat,
        Self::RunawayOnset,
    ];

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

impl fmt::Display for Abuse {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::OverCharge => "over-charge",
            Self::OverDischarge => "over-discharge",
            Self::Reversal => "reversal",
            Self::Plating => "risk of lithium plating",
            Self::ChargeCurrent => "charge current above its rating",
            Self::DischargeCurrent => "discharge current above its rating",
            Self::Cold => "temperature below its rating",
            Self::Heat => "temperature above its rating",
            Self::RunawayOnset => "onset of thermal runaway",
        })
    }
}

/// A kind of abuse begins or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which.
    pub abuse: Abuse,
    /// Whether it begins; otherwise it ends.
    pub begins: bool,
}

impl fmt::Display for Change {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = if self.begins { "begins" } else { "ends" };
        write!(out, "{} {verb}", self.abuse)
    }
}

/// How much of it there was.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally {
    /// Charged in above 100 % SOC, ampere-second.
    pub beyond_full_as: f64,
    /// Taken out below 0 % SOC, ampere-second.
    pub beyond_empty_as: f64,
    /// Charged in at risk of plating, ampere-second: more cannot have been deposited.
    pub at_plating_risk_as: f64,
    /// Time with a reversed voltage, second.
    pub reversed_s: f64,
}

/// Watches one cell. New, nothing is active and nothing was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AbuseMonitor {
    active: u16,
    /// How much there was so far.
    pub tally: Tally,
}

/// Conditions of one instant.
struct Instant<'a> {
    params: &'a CellParams,
    state: &'a CellState,
    voltage_v: f64,
    current_a: f64,
}

impl AbuseMonitor {
    /// Looks at a cell at the end of a step of `dt_s` seconds with a constant current, ampere,
    /// above 0 charging, and gives what begins and what ends, in the order of [`Abuse`].
    pub fn observe(
        &mut self,
        params: &CellParams,
        state: &CellState,
        voltage_v: f64,
        current_a: f64,
        dt_s: f64,
    ) -> Changes {
        let instant = Instant { params, state, voltage_v, current_a };
        let mut now = instant.beyond();
        if self.active != 0 {
            now |= self.active & instant.not_back();
        }
        if now != 0 {
            self.count(now, &instant, dt_s);
        }
        let changed = now ^ self.active;
        self.active = now;
        Changes { changed, now }
    }

    /// Whether a kind of abuse goes on.
    #[must_use]
    pub fn is_active(&self, abuse: Abuse) -> bool {
        self.active & abuse.bit() != 0
    }

    #[cold]
    fn count(&mut self, now: u16, instant: &Instant<'_>, dt_s: f64) {
        let (soc, charge_as) = (instant.state.soc, instant.current_a * dt_s);
        if soc > 1.0 {
            self.tally.beyond_full_as += charge_as.max(0.0);
        }
        if soc < 0.0 {
            self.tally.beyond_empty_as -= charge_as.min(0.0);
        }
        if now & Abuse::Plating.bit() != 0 {
            self.tally.at_plating_risk_as += charge_as.max(0.0);
        }
        if now & Abuse::Reversal.bit() != 0 {
            self.tally.reversed_s += dt_s;
        }
    }
}

/// What begins and what ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changes {
    changed: u16,
    now: u16,
}

impl Changes {
    /// Whether nothing begins and nothing ends.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changed == 0
    }
}

impl Iterator for Changes {
    type Item = Change;

    fn next(&mut self) -> Option<Change> {
        let abuse = *Abuse::ALL.get(self.changed.trailing_zeros() as usize)?;
        self.changed &= !abuse.bit();
        Some(Change { abuse, begins: self.now & abuse.bit() != 0 })
    }
}

fn when(holds: bool, abuse: Abuse) -> u16 {
    if holds { abuse.bit() } else { 0 }
}

impl Instant<'_> {
    /// Every limit that is passed.
    fn beyond(&self) -> u16 {
        let limits = &self.params.limits;
        let celsius = self.state.temperature_c;
        let (low_c, high_c) = self.allowed_c();
        when(self.voltage_v > limits.max_v, Abuse::OverCharge)
            | when(self.voltage_v < limits.min_v, Abuse::OverDischarge)
            | when(self.voltage_v < 0.0, Abuse::Reversal)
            | when(self.plates(1.0), Abuse::Plating)
            | when(self.current_a > limits.max_charge_a, Abuse::ChargeCurrent)
            | when(-self.current_a > limits.max_discharge_a, Abuse::DischargeCurrent)
            | when(celsius < low_c, Abuse::Cold)
            | when(celsius > high_c, Abuse::Heat)
            | when(celsius > limits.runaway_onset_c, Abuse::RunawayOnset)
    }

    /// Every limit from which the cell is not clearly back.
    #[cold]
    fn not_back(&self) -> u16 {
        let limits = &self.params.limits;
        let (celsius, soc) = (self.state.temperature_c, self.state.soc);
        let (low_c, high_c) = self.allowed_c();
        let full = self.voltage_v > limits.max_v - VOLTAGE_BACK_V || soc > 1.0;
        let empty = self.voltage_v < limits.min_v + VOLTAGE_BACK_V || soc < 0.0;
        let (charge_a, discharge_a) =
            (CURRENT_BACK * limits.max_charge_a, CURRENT_BACK * limits.max_discharge_a);
        when(full, Abuse::OverCharge)
            | when(empty, Abuse::OverDischarge)
            | when(self.voltage_v < VOLTAGE_BACK_V, Abuse::Reversal)
            | when(self.plates(CURRENT_BACK), Abuse::Plating)
            | when(self.current_a > charge_a, Abuse::ChargeCurrent)
            | when(-self.current_a > discharge_a, Abuse::DischargeCurrent)
            | when(celsius < low_c + TEMPERATURE_BACK_K, Abuse::Cold)
            | when(celsius > high_c - TEMPERATURE_BACK_K, Abuse::Heat)
            | when(celsius > limits.runaway_onset_c - TEMPERATURE_BACK_K, Abuse::RunawayOnset)
    }

    /// Temperatures allowed for what the cell does; a standing cell may be where it may discharge.
    fn allowed_c(&self) -> (f64, f64) {
        let charging = self.current_a > FLOWING_RATE * self.params.capacity_ah;
        if charging { self.params.limits.charge_c } else { self.params.limits.discharge_c }
    }

    fn plates(&self, share: f64) -> bool {
        let celsius = self.state.temperature_c;
        // Most calls end here, before the exponential.
        if self.current_a <= FLOWING_RATE * self.params.capacity_ah || celsius >= PLATING_BELOW_C {
            return false;
        }
        self.current_a > share * plating_limit_a(self.params, celsius)
    }
}

/// Charge current above which metal may be deposited, ampere (equation (B1)); infinite for cells
/// that cannot plate and where it is warm.
///
/// In the cold the highest allowed current falls with the activation energy that the protocol of a
/// large LFP cell implies (0.16 C at 10 °C against 0.65 C, doi 10.1016/j.est.2023.109042). That
/// plating is what ages graphite cells below about 25 °C: Waldmann et al., J. Power Sources 262 (2014)
/// 129. Titanate works 1.5 V above lithium and cannot plate. A criterion of risk, not a model of
/// how much is deposited.
#[must_use]
pub fn plating_limit_a(params: &CellParams, temperature_c: f64) -> f64 {
    if params.chemistry == Chemistry::Lto || temperature_c >= PLATING_BELOW_C {
        return f64::INFINITY;
    }
    let inverse = 1.0 / (temperature_c + ZERO_C_K) - 1.0 / (PLATING_BELOW_C + ZERO_C_K);
    params.limits.max_charge_a * libm::exp(-PLATING_ACTIVATION_J_MOL / GAS_J_MOL_K * inverse)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presets;

    fn cell() -> CellParams {
        let mut params = presets::lfp_100ah();
        params.limits.runaway_onset_c = 130.0;
        params
    }

    fn at(soc: f64, temperature_c: f64) -> CellState {
        CellState::rested(soc, temperature_c)
    }

    /// Changes of one monitor over readings (soc, °C, volt, ampere), one second each.
    fn watched(readings: &[(f64, f64, f64, f64)]) -> (Vec<(Abuse, bool)>, AbuseMonitor) {
        let (params, mut monitor) = (cell(), AbuseMonitor::default());
        let mut changes = Vec::new();
        for &(soc, celsius, volt, ampere) in readings {
            let seen = monitor.observe(&params, &at(soc, celsius), volt, ampere, 1.0);
            changes.extend(seen.map(|change| (change.abuse, change.begins)));
        }
        (changes, monitor)
    }

    fn only(readings: &[(f64, f64, f64, f64)]) -> Vec<(Abuse, bool)> {
        watched(readings).0
    }

    #[test]
    fn a_cell_within_its_limits_is_left_in_peace() {
        let edges = [
            (0.99, 25.0, 3.65, 100.0),
            (0.01, 25.0, 2.5, -100.0),
            (0.5, 0.0, 3.3, 0.0),
            (0.5, -20.0, 3.3, -50.0),
            (0.5, 60.0, 3.3, -50.0),
        ];
        for reading in edges {
            assert_eq!(only(&[reading]), [], "{reading:?}");
        }
    }

    #[test]
    fn each_limit_begins_just_beyond_its_edge() {
        for (reading, abuse) in [
            ((0.99, 25.0, 3.6501, 10.0), Abuse::OverCharge),
            ((0.01, 25.0, 2.4999, -10.0), Abuse::OverDischarge),
            ((0.9, 25.0, 3.5, 100.1), Abuse::ChargeCurrent),
            ((0.5, 25.0, 3.2, -100.1), Abuse::DischargeCurrent),
            ((0.5, -0.1, 3.3, 0.2), Abuse::Cold),
            ((0.5, -20.1, 3.3, -50.0), Abuse::Cold),
            ((0.5, 55.1, 3.3, 50.0), Abuse::Heat),
            ((0.5, 60.1, 3.3, 0.0), Abuse::Heat),
        ] {
            assert_eq!(only(&[reading]), [(abuse, true)], "{reading:?}");
        }
    }

    #[test]
    fn below_zero_volt_is_over_discharge_and_reversal() {
        let changes = only(&[(-0.05, 25.0, 0.001, -50.0), (-0.06, 25.0, -0.001, -50.0)]);
        assert_eq!(changes, [(Abuse::OverDischarge, true), (Abuse::Reversal, true)]);
    }

    #[test]
    fn runaway_begins_above_the_onset_and_not_at_it() {
        assert_eq!(only(&[(0.5, 130.0, 3.3, 0.0)]), [(Abuse::Heat, true)]);
        let changes = only(&[(0.5, 130.1, 3.3, 0.0)]);
        assert_eq!(changes, [(Abuse::Heat, true), (Abuse::RunawayOnset, true)]);
    }

    #[test]
    fn noise_around_a_limit_is_one_event_that_ends_well_inside() {
        let (in_, out) = ((0.99, 25.0, 3.649, 10.0), (0.99, 25.0, 3.651, 10.0));
        let back = (0.99, 25.0, 3.644, 10.0);
        let changes = only(&[out, in_, out, in_, back, in_]);
        assert_eq!(changes, [(Abuse::OverCharge, true), (Abuse::OverCharge, false)]);
    }

    #[test]
    fn over_charge_lasts_until_the_excess_is_out() {
        let (changes, monitor) = watched(&[
            (1.02, 25.0, 3.70, 20.0),
            (1.03, 25.0, 3.75, 20.0),
            (1.01, 25.0, 3.40, -20.0),
            (0.999, 25.0, 3.36, -20.0),
        ]);
        assert_eq!(changes, [(Abuse::OverCharge, true), (Abuse::OverCharge, false)]);
        approx::assert_relative_eq!(monitor.tally.beyond_full_as, 40.0);
    }

    #[test]
    fn what_was_taken_below_empty_and_backwards_is_counted() {
        let (_, monitor) = watched(&[(-0.01, 25.0, 2.0, -30.0), (-0.02, 25.0, -0.5, -30.0)]);
        approx::assert_relative_eq!(monitor.tally.beyond_empty_as, 60.0);
        approx::assert_relative_eq!(monitor.tally.reversed_s, 1.0);
        assert!(monitor.is_active(Abuse::Reversal) && !monitor.is_active(Abuse::Heat));
    }

    /// The protocol it rests on: 0.16 C at 10 °C where 0.65 C was allowed at 25 °C.
    #[test]
    fn the_plating_limit_falls_as_the_protocol_of_the_large_cell_does() {
        let params = cell();
        let share = plating_limit_a(&params, 10.0) / params.limits.max_charge_a;
        approx::assert_relative_eq!(share, 0.16 / 0.65, max_relative = 5e-3);
        assert!(plating_limit_a(&params, 25.0).is_infinite());
        let nearly = plating_limit_a(&params, 24.999) / params.limits.max_charge_a;
        assert!((0.999..1.0).contains(&nearly), "{nearly}");
    }

    #[test]
    fn only_a_cold_charge_of_graphite_is_at_risk_of_plating() {
        let params = cell();
        let edge_a = plating_limit_a(&params, 5.0);
        assert_eq!(only(&[(0.5, 5.0, 3.3, 0.999 * edge_a)]), []);
        let (changes, monitor) = watched(&[(0.5, 5.0, 3.3, 1.001 * edge_a)]);
        assert_eq!(changes, [(Abuse::Plating, true)]);
        approx::assert_relative_eq!(monitor.tally.at_plating_risk_as, 1.001 * edge_a);
        assert_eq!(only(&[(0.5, 5.0, 3.3, -50.0)]), [], "discharge does not plate");
        let titanate = CellParams { chemistry: Chemistry::Lto, ..params };
        let mut monitor = AbuseMonitor::default();
        assert!(monitor.observe(&titanate, &at(0.5, 5.0), 3.3, 90.0, 1.0).is_empty());
    }

    #[test]
    fn a_test_cell_without_limits_can_only_be_reversed() {
        let (params, mut monitor) =
            (CellParams::linear(3.0, 3.4, 1.0, 1e-3), AbuseMonitor::default());
        assert!(monitor.observe(&params, &at(2.0, 500.0), 1e3, 1e6, 1.0).is_empty());
        let changes: Vec<_> = monitor.observe(&params, &at(0.5, 25.0), -0.1, 0.0, 1.0).collect();
        assert_eq!(changes, [Change { abuse: Abuse::Reversal, begins: true }]);
        assert_eq!(changes[0].to_string(), "reversal begins");
    }
}
