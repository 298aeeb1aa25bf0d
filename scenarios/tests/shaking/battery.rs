//! The checks that look at a shaken product, and what differs between the products. Every expected
//! number is typed from the requirement rows; none is read from a profile.

use crate::scene::Verdict;
use crate::{balancing, comparators, currents, options, steps, switches, temperatures, voltages};
use bms_core::params::Params;
use sim::setup::{FrontEndLevel, Setup};

/// A product as its rows state it, as far as the products differ.
pub(crate) struct Site {
    /// Its ID.
    pub(crate) id: &'static str,
    /// A forced run of it: the circuit board and whatever else is not the firmware's business.
    pub(crate) run: Setup,
    /// The true shunt, nano-ohm (AMB-PS-06).
    pub(crate) shunt_nano_ohm: u32,
    /// Delay of over- and under-voltage, seconds (PS150-OV-1, PS150-UV-1, PS200-OV-1, PS200-UV-1).
    pub(crate) cell_delay: u64,
    /// Charge over-current, milliampere (PS150-COC-1, PS200-COC-1), where a limiter begins too
    /// (PS150-LIM-1, PS200-LIM-1).
    pub(crate) charge_ma: i32,
    /// Discharge over-current, milliampere (PS150-DOC-1, PS200-DOC-1).
    pub(crate) discharge_ma: i32,
    /// Short circuit, millivolt and microseconds (PS150-SCP-1, PS200-SCP-1).
    pub(crate) short: (i32, u64),
    /// Delay of the charge comparator, seconds (PS150-COC-1, PS200-COC-1).
    pub(crate) comparator_delay: u64,
    /// Low-cell pre-charge below this, millivolt (PS-PCG-4).
    pub(crate) low_cell_mv: i32,
    /// Charge and discharge voltage that an inverter is told, millivolt (PS150-INV-1, PS200-INV-1).
    pub(crate) inverter_mv: [i32; 2],
    /// Charge and discharge current that it is told, milliampere.
    pub(crate) inverter_ma: i32,
}

impl Site {
    /// Both products.
    pub(crate) fn both() -> [Self; 2] {
        [
            Self {
                id: "ps-15016",
                run: run_of("ps-15016"),
                shunt_nano_ohm: 166_667,
                cell_delay: 1,
                charge_ma: 150_000,
                discharge_ma: 155_000,
                short: (80, 192),
                comparator_delay: 1,
                low_cell_mv: 2_400,
                inverter_mv: [57_600, 41_600],
                inverter_ma: 100_000,
            },
            Self {
                id: "ps-20016s",
                run: run_of("ps-20016s"),
                shunt_nano_ohm: 125_000,
                cell_delay: 4,
                charge_ma: 205_000,
                discharge_ma: 205_000,
                short: (110, 320),
                comparator_delay: 8,
                low_cell_mv: 2_500,
                inverter_mv: [56_000, 40_000],
                inverter_ma: 200_000,
            },
        ]
    }

    /// The current that gives this shunt voltage, ampere.
    pub(crate) fn amperes(&self, microvolts: i32) -> f64 {
        f64::from(microvolts) * 1e3 / f64::from(self.shunt_nano_ohm)
    }
}

fn run_of(product: &str) -> Setup {
    let text = format!(
        "[scenario]\ntitle = \"shaking\"\nproduct = \"{product}\"\nduration = \"1 s\"\n\
         [forced]\ncells = 16\nvoltage = \"3.3 V\"\n\
         [[expect]]\nrequirement = [\"PS-OV-1\"]\nnever = \"OV enters\"\n"
    );
    let mut read = scenarios::load::parse("shaking.toml", "shaking", &text)
        .unwrap_or_else(|told| panic!("{told}"));
    Setup { front_end: FrontEndLevel::Register, ..read.swap_remove(0).setup }
}

/// One check: its name begins with the requirement's ID.
pub(crate) type Check = (&'static str, fn(&Site, &Params) -> Verdict);

/// Runs of the whole loop.
pub(crate) fn loops() -> Vec<Check> {
    [
        voltages::CHECKS,
        currents::CHECKS,
        comparators::CHECKS,
        temperatures::CHECKS,
        balancing::CHECKS,
        switches::CHECKS,
        options::CHECKS,
    ]
    .concat()
}

/// The firmware alone, stepped by hand, where the loop is too coarse or cannot reach.
pub(crate) fn by_hand() -> Vec<Check> {
    [steps::CHECKS, steps::MORE_CHECKS].concat()
}

/// The names of the checks that complain.
pub(crate) fn complaining(checks: &[Check], site: &Site, params: &Params) -> Vec<&'static str> {
    let complains = |(name, check): &Check| check(site, params).is_err().then_some(*name);
    checks.iter().filter_map(complains).collect()
}
