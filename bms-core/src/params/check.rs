//! The order that parameters must keep, and the ranges they must stay in. Every problem is told at
//! once, with the names under which the profiles write the values.

use super::{Params, TemperatureLimits};
use crate::units::{Centicelsius, Millivolts};
use core::fmt;
use heapless::Vec;

/// More problems than this are not told; the first ones are enough to begin with.
pub const PROBLEMS_MAX: usize = 32;

/// Something wrong with a parameter. Fields bear the names of the profile files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParamProblem {
    /// The first must be greater than the second.
    Order {
        /// The field that must be greater.
        upper: &'static str,
        /// The field that must be smaller.
        lower: &'static str,
    },
    /// The value lies outside what the firmware can work with.
    Range {
        /// The field.
        field: &'static str,
        /// The smallest allowed value, in the field's own unit as [`Params`] holds it.
        min: i64,
        /// The greatest allowed value.
        max: i64,
    },
}

impl fmt::Display for ParamProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Order { upper, lower } => write!(f, "{upper} must be greater than {lower}"),
            Self::Range { field, min, max } => write!(f, "{field} must lie in {min} to {max}"),
        }
    }
}

/// The parameters contradict each other or cannot work. [`Params::problems`] tells everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParamError {
    /// The first problem.
    pub first: ParamProblem,
    /// How many more there are.
    pub more: usize,
}

impl fmt::Display for ParamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.more {
            0 => self.first.fmt(f),
            more => write!(f, "{}; and {more} more", self.first),
        }
    }
}

impl core::error::Error for ParamError {}

impl Params {
    /// Checks ranges and order.
    ///
    /// # Errors
    /// Something is wrong.
    pub fn validate(&self) -> Result<(), ParamError> {
        match self.problems().split_first() {
            None => Ok(()),
            Some((first, rest)) => Err(ParamError { first: *first, more: rest.len() }),
        }
    }

    /// Everything that is wrong with the ranges and the order; empty if nothing is.
    #[must_use]
    pub fn problems(&self) -> Vec<ParamProblem, PROBLEMS_MAX> {
        let mut check = Check { problems: Vec::new() };
        check.board(self);
        check.voltages(self);
        check.currents(self);
        check.temperatures(&self.cell_temperature, &CELL_TEMPERATURE);
        check.temperatures(&self.mos_temperature, &MOS_TEMPERATURE);
        check.balance(self);
        check.inverter(self);
        check.problems
    }
}

/// Collects problems.
struct Check {
    problems: Vec<ParamProblem, PROBLEMS_MAX>,
}

/// A value with its name.
type Named<T> = (&'static str, T);

impl Check {
    fn tell(&mut self, problem: ParamProblem) {
        // Beyond the limit the rest is not told; those told are enough to begin with.
        let _ = self.problems.push(problem);
    }

    /// Each value must be greater than the next.
    fn falling<T: Ord>(&mut self, chain: &[Named<T>]) {
        for pair in chain.windows(2) {
            if let [(upper, greater), (lower, smaller)] = pair
                && greater <= smaller
            {
                self.tell(ParamProblem::Order { upper, lower });
            }
        }
    }

    fn within(&mut self, field: &'static str, value: i64, min: i64, max: i64) {
        if !(min..=max).contains(&value) {
            self.tell(ParamProblem::Range { field, min, max });
        }
    }

    fn positive(&mut self, fields: &[Named<i32>]) {
        for (field, value) in fields {
            self.within(field, i64::from(*value), 1, i64::from(i32::MAX));
        }
    }

    fn board(&mut self, params: &Params) {
        // PS-GEN-1.
        self.within("pack.series_default", i64::from(params.series), 8, 16);
        self.within("assumed.shunt_uohm", i64::from(params.shunt_nano_ohm), 1_000, 10_000_000);
        self.within("system.capacity_ah", i64::from(params.capacity_mah), 1, 10_000_000);
        self.within("system.soc_pct", i64::from(params.soc.0), 0, 10_000);
        self.within("system.address", i64::from(params.address), 0, ADDRESS_MAX);
        let confirm = i64::from(params.system.confirm_samples);
        self.within("assumed.confirm_samples", confirm, 1, i64::from(u8::MAX));
        let done = i64::from(params.precharge.done.0);
        self.within("assumed.precharge_done_pct", done, 1, 10_000);
        self.positive(&[
            ("assumed.mos_fault_current_a", params.mos_fault.current.0),
            ("assumed.mos_fault_drop_mv", params.mos_fault.drop.0),
        ]);
        let steps = params.soc_led_steps;
        if steps.windows(2).any(|pair| pair[0] >= pair[1]) {
            let field = "assumed.soc_led_steps_pct";
            self.tell(ParamProblem::Order { upper: field, lower: field });
        }
    }

    fn voltages(&mut self, params: &Params) {
        let voltage = &params.voltage;
        let over = ("voltage.cell_ov_mv", voltage.over);
        let over_release = ("voltage.cell_ov_release_mv", voltage.over_release);
        let under_release = ("voltage.cell_uv_release_mv", voltage.under_release);
        let under = ("voltage.cell_uv_mv", voltage.under);
        let abnormal = ("voltage.abnormal_high_mv", voltage.abnormal_high);
        let abnormal_release = ("assumed.abnormal_high_release_mv", voltage.abnormal_high_release);
        let prohibit = ("voltage.low_voltage_prohibit_mv", voltage.low_prohibit);
        let prohibit_release =
            ("assumed.low_voltage_prohibit_release_mv", voltage.low_prohibit_release);
        self.falling(&[abnormal, over, over_release, under_release, under, prohibit]);
        self.falling(&[abnormal, abnormal_release]);
        self.falling(&[prohibit_release, prohibit]);
        // AMB-PS-31: the low-cell pre-charge may end at the under-voltage limit itself.
        let precharge = ("voltage.precharge_turn_on_mv", voltage.precharge_turn_on);
        if precharge.1 > under.1 {
            self.falling(&[under, precharge]);
        }
        self.falling(&[("voltage.cell_full_scale", FULL_SCALE), abnormal]);
        self.positive(&[
            (prohibit.0, prohibit.1.0),
            (precharge.0, precharge.1.0),
            ("voltage.balance_open_mv", voltage.balance_open.0),
            ("voltage.state_detect_uv", voltage.state_detect.0),
        ]);
    }

    fn currents(&mut self, params: &Params) {
        let (afe, mcu) = (&params.afe_current, &params.mcu_current);
        let stage_1 = ("current.afe.discharge_oc1_mv", afe.discharge_oc1);
        let stage_2 = ("current.afe.discharge_oc2_mv", afe.discharge_oc2);
        let short = ("current.afe.short_circuit_mv", afe.short_circuit);
        self.falling(&[short, stage_2, stage_1]);
        self.positive(&[
            (stage_1.0, stage_1.1.0),
            ("current.afe.charge_oc_mv", afe.charge_oc.0),
            ("current.mcu.charge_oc_a", mcu.charge_oc.0),
            ("current.mcu.discharge_oc_a", mcu.discharge_oc.0),
        ]);
        if params.limiter.fitted {
            let activation = ("limiter.activation_a", params.limiter.activation);
            self.positive(&[(activation.0, activation.1.0)]);
            self.falling(&[activation, ("assumed.limiter_output_a", params.limiter.output)]);
        }
    }

    fn temperatures(&mut self, limits: &TemperatureLimits, names: &[&'static str; 8]) {
        let [charge_high, charge_high_release, charge_low_release, charge_low, ..] = *names;
        let [.., discharge_high, discharge_high_release, discharge_low_release, discharge_low] =
            *names;
        self.falling::<Centicelsius>(&[
            (charge_high, limits.charge_high),
            (charge_high_release, limits.charge_high_release),
            (charge_low_release, limits.charge_low_release),
            (charge_low, limits.charge_low),
        ]);
        self.falling::<Centicelsius>(&[
            (discharge_high, limits.discharge_high),
            (discharge_high_release, limits.discharge_high_release),
            (discharge_low_release, limits.discharge_low_release),
            (discharge_low, limits.discharge_low),
        ]);
    }

    fn inverter(&mut self, params: &Params) {
        let inverter = &params.inverter;
        self.falling(&[
            ("inverter.charge_voltage_v", inverter.charge_voltage),
            ("inverter.discharge_voltage_v", inverter.discharge_voltage),
        ]);
        self.positive(&[
            ("inverter.discharge_voltage_v", inverter.discharge_voltage.0),
            ("inverter.charge_current_a", inverter.charge_current.0),
            ("inverter.discharge_current_a", inverter.discharge_current.0),
        ]);
    }

    fn balance(&mut self, params: &Params) {
        let balance = &params.balance;
        self.falling(&[
            ("balance.active_start_mv", balance.active_start),
            ("balance.active_stop_mv", balance.active_stop),
        ]);
        self.within("balance.active_stop_mv", i64::from(balance.active_stop.0), 0, 5_120);
        self.positive(&[("assumed.passive_adjacent_mv", balance.passive_adjacent.0)]);
    }
}

/// The highest address that can be entered (AMB-PS-18).
const ADDRESS_MAX: i64 = 50;

/// No cell reading is higher (SH367309 datasheet V1.2: 5.12 V).
const FULL_SCALE: Millivolts = Millivolts(5_120);

const CELL_TEMPERATURE: [&str; 8] = [
    "temperature.cell.charge_high_c",
    "temperature.cell.charge_high_release_c",
    "temperature.cell.charge_low_release_c",
    "temperature.cell.charge_low_c",
    "temperature.cell.discharge_high_c",
    "temperature.cell.discharge_high_release_c",
    "temperature.cell.discharge_low_release_c",
    "temperature.cell.discharge_low_c",
];

const MOS_TEMPERATURE: [&str; 8] = [
    "temperature.mos.charge_high_c",
    "temperature.mos.charge_high_release_c",
    "temperature.mos.charge_low_release_c",
    "temperature.mos.charge_low_c",
    "temperature.mos.discharge_high_c",
    "temperature.mos.discharge_high_release_c",
    "temperature.mos.discharge_low_release_c",
    "temperature.mos.discharge_low_c",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::samples;
    use crate::units::Milliamps;
    use std::string::ToString;

    fn problems(change: impl FnOnce(&mut Params)) -> Vec<ParamProblem, PROBLEMS_MAX> {
        let mut params = samples::ps_20016s();
        change(&mut params);
        assert_eq!(params.validate().is_ok(), params.problems().is_empty());
        params.problems()
    }

    fn order(upper: &'static str, lower: &'static str) -> ParamProblem {
        ParamProblem::Order { upper, lower }
    }

    #[test]
    fn both_products_are_sound() {
        assert_eq!(samples::ps_15016().validate(), Ok(()));
        assert_eq!(samples::ps_20016s().validate(), Ok(()));
    }

    #[test]
    fn a_release_at_the_trip_value_is_out_of_order_and_one_below_is_not() {
        let found = problems(|params| params.voltage.over_release = Millivolts(3_750));
        assert_eq!(found, [order("voltage.cell_ov_mv", "voltage.cell_ov_release_mv")]);
        assert!(problems(|params| params.voltage.over_release = Millivolts(3_749)).is_empty());
    }

    #[test]
    fn the_low_cell_pre_charge_may_end_at_the_under_voltage_limit_and_not_above() {
        assert!(problems(|params| params.voltage.precharge_turn_on = Millivolts(2_500)).is_empty());
        let found = problems(|params| params.voltage.precharge_turn_on = Millivolts(2_501));
        assert_eq!(found, [order("voltage.cell_uv_mv", "voltage.precharge_turn_on_mv")]);
    }

    #[test]
    fn the_comparators_must_rise_from_stage_to_stage() {
        let found = problems(|params| params.afe_current.discharge_oc2 = Millivolts(110));
        assert_eq!(found, [order("current.afe.short_circuit_mv", "current.afe.discharge_oc2_mv")]);
    }

    #[test]
    fn temperatures_must_keep_their_order() {
        let found = problems(|params| {
            params.cell_temperature.charge_low_release = Centicelsius::from_degrees(2);
        });
        let names = ["temperature.cell.charge_low_release_c", "temperature.cell.charge_low_c"];
        assert_eq!(found, [order(names[0], names[1])]);
    }

    /// PS-GEN-1: 8 to 16 cells; 7 and 17 are rejected.
    #[test]
    fn eight_to_sixteen_cells_are_accepted() {
        let series = |series| problems(|params| params.series = series);
        assert!(series(8).is_empty() && series(16).is_empty());
        let outside = [ParamProblem::Range { field: "pack.series_default", min: 8, max: 16 }];
        assert_eq!(series(7), outside);
        assert_eq!(series(17), outside);
    }

    #[test]
    fn everything_wrong_is_told_at_once_and_by_name() {
        let mut params = samples::ps_20016s();
        params.balance.active_stop = Millivolts(150);
        params.mcu_current.discharge_oc = Milliamps(0);
        let told: std::vec::Vec<_> = params.problems().iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "current.mcu.discharge_oc_a must lie in 1 to 2147483647",
                "balance.active_start_mv must be greater than balance.active_stop_mv",
            ]
        );
        assert_eq!(params.validate().unwrap_err().more, 1);
    }
}
