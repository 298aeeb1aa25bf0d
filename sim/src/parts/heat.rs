//! Heat and what makes or measures it: the thermal network, heater, thermistors, consumption by
//! mode, the weather. Equation numbers refer to `docs/physics-plant.md`.

use crate::setup::{CELL_SENSORS, Profile};
use crate::thermistor::SENSORS;
use bms_core::mode::Mode;

/// Thermal network, heater, thermistors, consumption by mode, ambient.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeatParts {
    /// The network of all thermal nodes; none for cells that see their neighbours frozen over each
    /// step, equation (17).
    pub network: Option<ThermalNetwork>,
    /// A heater film under the cells; none by default. With a heater and no network, the default
    /// network is taken.
    pub heater: Option<Heater>,
    /// Where the thermistors sit, what they are and how they lag.
    pub thermistors: Thermistors,
    /// What the board takes beyond its main consumption, by mode.
    pub supply: Supply,
    /// Ambient temperature over the run, °C; none for the pack's constant one. A later
    /// [`crate::setup::Action::Ambient`] replaces it.
    pub ambient: Option<Profile>,
    /// Relative humidity of the air over the run, a share; nothing depends on it but what a data
    /// sheet says about handling.
    pub humidity: Option<Profile>,
}

/// A network of thermal nodes, each with a heat capacity, joined by conductances. The cells stand
/// as a row of groups: the cells of a group side by side, cell p of a group in line with cell p of
/// the next. What is zero or none by default leaves its node out.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ThermalNetwork {
    /// Between neighbours of two groups, W/K; none for the cells' own `to_neighbour_w_k` (two
    /// different ones in series, each over half the way).
    pub in_line_w_k: Option<f64>,
    /// Between neighbours of one group, W/K; none for the cells' own.
    pub side_by_side_w_k: Option<f64>,
    /// From each cell to the case, or to ambient without one, W/K; none for the cells' own
    /// `to_ambient_w_k`.
    pub to_case_w_k: Option<f64>,
    /// From each cell of the first and of the last group to the case, besides, W/K.
    pub end_w_k: f64,
    /// Heat capacity of the case, J/K; 0 for no case.
    pub case_j_k: f64,
    /// From the case to ambient, W/K.
    pub case_to_ambient_w_k: f64,
    /// Heat capacity of each busbar with its joint, J/K; 0 for none: a joint then heats its two
    /// neighbours by half each.
    pub busbar_j_k: f64,
    /// From each busbar to each cell at its two ends, W/K.
    pub busbar_to_cell_w_k: f64,
    /// From the MOSFET bank's heat spreader to the case, besides its own way to ambient, W/K.
    pub bank_to_case_w_k: f64,
    /// Heat capacity of the shunt, J/K; 0 for a shunt that heats the bank.
    pub shunt_j_k: f64,
    /// From the shunt to the MOSFET bank, W/K.
    pub shunt_to_bank_w_k: f64,
    /// Heat capacity of the pre-charge resistors and the limiter, J/K; 0 where their heat leaves
    /// the pack.
    pub resistor_j_k: f64,
    /// From pre-charge resistors and limiter to the case, W/K.
    pub resistor_to_case_w_k: f64,
}

/// A film heater under the cells. The firmware of these products has no output for one: it is
/// switched by [`crate::setup::Action::Heater`] and by its own thermostat.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Heater {
    /// Power at the stated voltage, W.
    pub watts: f64,
    /// The stated voltage, V; the film is a resistance.
    pub at_v: f64,
    /// Heat capacity of the film, J/K.
    pub heat_j_k: f64,
    /// From the film to all cells together, W/K; equally to each.
    pub to_cells_w_k: f64,
    /// Where it takes its current.
    pub tap: HeaterTap,
    /// The thermostat on the film; none for one that never opens.
    pub thermostat: Option<Thermostat>,
}

/// Where a heater takes its current, and so whether the shunt sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaterTap {
    /// Across the cells, before the shunt: the coulomb counter does not see it.
    Pack,
    /// At the port: fed by a charger if there is one, else by the pack through shunt and MOSFETs.
    Port,
    /// At the port behind a charger detector: works only while a charger gives current, and never
    /// takes from the pack.
    Charger,
}

/// A switch on the film that opens when it is hot. It is looked at whenever the plant plans, once
/// a second at least.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thermostat {
    /// Opens from this temperature on, °C.
    pub open_c: f64,
    /// Closes again at and below this, °C; below `open_c`.
    pub close_c: f64,
}

/// The thermistors of a board. Sensors: cells 0 to 3, MOSFETs 4 and 5, board 6.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Thermistors {
    /// The cell that each cell sensor sits on, counted from 0; none for the first, the ones at one
    /// and two thirds, and the last.
    pub cells: [Option<usize>; CELL_SENSORS],
    /// Time constant of each sensor towards its place, second; 0 for none. A bead taped on a
    /// prismatic cell's surface lags by minutes (estimate: 3 to 10 min), on a heat spreader by 10
    /// to 60 s.
    pub lag_s: [f64; SENSORS],
    /// What is fitted.
    pub kinds: [ThermistorKind; SENSORS],
}

/// A type of thermistor, 10 kΩ at 25 °C.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum ThermistorKind {
    /// 103AT, by its maker's table; what the front end's codes are made for.
    #[default]
    At103,
    /// Another one by the beta law: its beta, kelvin.
    Beta(f64),
}

/// Consumption of the board by mode, ampere. The main figure is
/// [`crate::setup::BoardSetup::board_a`]; these add to it or stand in its place.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Supply {
    /// More while the charge limiter is on, ampere (PS-PWR-6: 60 mA in all instead of 40 mA).
    pub limiter_a: f64,
    /// More while cells are balanced, actively or passively, ampere.
    pub balancing_a: f64,
    /// Consumption asleep, ampere; none for the main figure.
    pub sleep_a: Option<f64>,
    /// Consumption switched off, ampere; none for the main figure.
    pub off_a: Option<f64>,
}

/// In which state the board consumes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SupplyMode {
    /// At work.
    #[default]
    Normal,
    /// Asleep.
    Sleep,
    /// Switched off.
    Off,
}

impl From<Mode> for SupplyMode {
    /// The firmware has no mode in which its board sleeps.
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Off => Self::Off,
            Mode::Sleep => Self::Sleep,
            Mode::Starting | Mode::Standby | Mode::Charge | Mode::Discharge => Self::Normal,
        }
    }
}

impl HeatParts {
    /// Whether the equations can take these parts with so many cells.
    ///
    /// # Errors
    /// What is wrong, with its name and value.
    pub fn check(&self, cells: usize) -> Result<(), String> {
        if let Some(network) = &self.network {
            network.check()?;
        }
        if let Some(heater) = &self.heater {
            heater.check()?;
        }
        self.supply.check()?;
        self.thermistors.check(cells)?;
        let finite = |profile: &Profile| profile.points.iter().all(|(_, value)| value.is_finite());
        match &self.ambient {
            Some(profile) if profile.points.is_empty() => {
                Err("the ambient profile has no points".to_owned())
            }
            Some(profile) if !finite(profile) => {
                Err("the ambient profile holds a value that is not a finite number".to_owned())
            }
            _ => Ok(()),
        }
    }
}

impl ThermalNetwork {
    fn check(&self) -> Result<(), String> {
        not_negative(&[
            ("conductance in line", self.in_line_w_k.unwrap_or(0.0)),
            ("conductance side by side", self.side_by_side_w_k.unwrap_or(0.0)),
            ("conductance from cell to case", self.to_case_w_k.unwrap_or(0.0)),
            ("conductance of an end cell", self.end_w_k),
            ("heat capacity of the case", self.case_j_k),
            ("conductance from case to ambient", self.case_to_ambient_w_k),
            ("heat capacity of a busbar", self.busbar_j_k),
            ("conductance from busbar to cell", self.busbar_to_cell_w_k),
            ("conductance from MOSFETs to case", self.bank_to_case_w_k),
            ("heat capacity of the shunt", self.shunt_j_k),
            ("conductance from shunt to MOSFETs", self.shunt_to_bank_w_k),
            ("heat capacity of the resistors", self.resistor_j_k),
            ("conductance from resistors to case", self.resistor_to_case_w_k),
        ])
    }
}

impl Heater {
    fn check(&self) -> Result<(), String> {
        positive(&[
            ("power of the heater", self.watts),
            ("voltage of the heater", self.at_v),
            ("heat capacity of the heater", self.heat_j_k),
        ])?;
        not_negative(&[("conductance from heater to cells", self.to_cells_w_k)])?;
        let is_sound = |thermostat: &Thermostat| thermostat.open_c > thermostat.close_c;
        match self.thermostat {
            Some(thermostat) if !is_sound(&thermostat) => {
                let Thermostat { open_c, close_c } = thermostat;
                Err(format!("a thermostat that opens at {open_c} °C cannot close at {close_c} °C"))
            }
            _ => Ok(()),
        }
    }

    /// Resistance of the film, ohm.
    #[must_use]
    pub fn ohm(&self) -> f64 {
        self.at_v * self.at_v / self.watts
    }
}

impl Thermistors {
    fn check(&self, cells: usize) -> Result<(), String> {
        if let Some(cell) = self.cells.iter().flatten().find(|cell| **cell >= cells) {
            return Err(format!("a thermistor sits on cell {}, of {cells}", cell + 1));
        }
        not_negative(&self.lag_s.map(|lag_s| ("lag of a thermistor", lag_s)))?;
        let beta = |kind: &ThermistorKind| match kind {
            ThermistorKind::At103 => None,
            ThermistorKind::Beta(beta_k) => Some(("beta of a thermistor", *beta_k)),
        };
        positive(&self.kinds.iter().filter_map(beta).collect::<Vec<_>>())
    }
}

impl Supply {
    fn check(&self) -> Result<(), String> {
        not_negative(&[
            ("consumption with the limiter", self.limiter_a),
            ("consumption while balancing", self.balancing_a),
            ("consumption asleep", self.sleep_a.unwrap_or(0.0)),
            ("consumption switched off", self.off_a.unwrap_or(0.0)),
        ])
    }
}

fn not_negative(values: &[(&str, f64)]) -> Result<(), String> {
    let wrong = values.iter().find(|(_, value)| !(value.is_finite() && *value >= 0.0));
    wrong
        .map_or(Ok(()), |(name, value)| Err(format!("{name} is {value}, and must not be negative")))
}

fn positive(values: &[(&str, f64)]) -> Result<(), String> {
    let wrong = values.iter().find(|(_, value)| !(value.is_finite() && *value > 0.0));
    wrong.map_or(Ok(()), |(name, value)| Err(format!("{name} is {value}, and must be positive")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_parts_and_sound_parts_are_taken() {
        assert_eq!(HeatParts::default().check(16), Ok(()));
        let lag_s = [0.0; SENSORS];
        let on_last = Thermistors { cells: [Some(15); 4], lag_s, ..Thermistors::default() };
        let parts = HeatParts { thermistors: on_last, ..HeatParts::default() };
        assert_eq!(parts.check(16), Ok(()));
        assert_eq!(parts.check(15), Err("a thermistor sits on cell 16, of 15".to_owned()));
    }

    #[test]
    fn what_no_equation_can_take_is_named() {
        let network = ThermalNetwork { case_j_k: -1.0, ..ThermalNetwork::default() };
        let parts = HeatParts { network: Some(network), ..HeatParts::default() };
        let said = parts.check(16).expect_err("a heat capacity is not negative");
        assert_eq!(said, "heat capacity of the case is -1, and must not be negative");
        let supply = Supply { limiter_a: f64::NAN, ..Supply::default() };
        assert!(HeatParts { supply, ..HeatParts::default() }.check(16).is_err());
        let mut thermistors = Thermistors::default();
        thermistors.kinds[6] = ThermistorKind::Beta(0.0);
        assert!(HeatParts { thermistors, ..HeatParts::default() }.check(16).is_err());
    }

    #[test]
    fn a_thermostat_closes_below_where_it_opens() {
        let heater = |close_c| Heater {
            watts: 200.0,
            at_v: 53.0,
            heat_j_k: 500.0,
            to_cells_w_k: 20.0,
            tap: HeaterTap::Pack,
            thermostat: Some(Thermostat { open_c: 50.0, close_c }),
        };
        assert_eq!(heater(49.9).check(), Ok(()));
        assert!(heater(50.0).check().is_err());
        assert!(heater(f64::NAN).check().is_err());
    }
}
