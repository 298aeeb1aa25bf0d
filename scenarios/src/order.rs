//! The order that the parameters of a product must keep among each other.

use crate::fields::Field;
use bms_core::params::Params;

/// Two parameters in the wrong order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Disorder {
    /// Should be lower.
    pub(crate) lower: &'static str,
    /// Should be higher.
    pub(crate) upper: &'static str,
    /// Whether equal values are fine.
    pub(crate) equal_allowed: bool,
}

const fn below(lower: &'static str, upper: &'static str) -> Disorder {
    Disorder { lower, upper, equal_allowed: false }
}

const fn not_above(lower: &'static str, upper: &'static str) -> Disorder {
    Disorder { lower, upper, equal_allowed: true }
}

/// The rules. Each follows from what the two parameters mean: a release lies on the harmless side
/// of its trip, the harsher stage is the higher or faster one.
const RULES: &[Disorder] = &[
    below("voltage.low_voltage_prohibit", "voltage.low_voltage_prohibit_release"),
    below("voltage.low_voltage_prohibit", "voltage.cell_uv"),
    not_above("voltage.precharge_turn_on", "voltage.cell_uv"), // Equal on the PS-20016S: AMB-PS-31.
    below("voltage.cell_uv", "voltage.cell_uv_release"),
    below("voltage.cell_uv_release", "voltage.cell_ov_release"),
    below("voltage.cell_ov_release", "voltage.cell_ov"),
    below("voltage.cell_ov", "voltage.abnormal_high"),
    below("voltage.abnormal_high_release", "voltage.abnormal_high"),
    below("current.afe.discharge_oc1", "current.afe.discharge_oc2"),
    below("current.afe.discharge_oc2", "current.afe.short_circuit"),
    not_above("current.afe.discharge_oc2_delay", "current.afe.discharge_oc1_delay"),
    not_above("current.afe.short_circuit_delay", "current.afe.discharge_oc2_delay"),
    below("balance.active_stop", "balance.active_start"),
    below("limiter.output", "limiter.activation"),
    below("temperature.cell.charge_low", "temperature.cell.charge_low_release"),
    below("temperature.cell.charge_low_release", "temperature.cell.charge_high_release"),
    below("temperature.cell.charge_high_release", "temperature.cell.charge_high"),
    below("temperature.cell.discharge_low", "temperature.cell.discharge_low_release"),
    below("temperature.cell.discharge_low_release", "temperature.cell.discharge_high_release"),
    below("temperature.cell.discharge_high_release", "temperature.cell.discharge_high"),
    below("temperature.mos.charge_low", "temperature.mos.charge_low_release"),
    below("temperature.mos.charge_low_release", "temperature.mos.charge_high_release"),
    below("temperature.mos.charge_high_release", "temperature.mos.charge_high"),
    below("temperature.mos.discharge_low", "temperature.mos.discharge_low_release"),
    below("temperature.mos.discharge_low_release", "temperature.mos.discharge_high_release"),
    below("temperature.mos.discharge_high_release", "temperature.mos.discharge_high"),
];

/// Every rule that `params` break.
pub(crate) fn disorders(params: &Params) -> Vec<Disorder> {
    RULES.iter().filter(|rule| rule.is_broken_by(params)).copied().collect()
}

impl Disorder {
    fn is_broken_by(&self, params: &Params) -> bool {
        let read = |key| Field::find(key).and_then(|field| field.read(params));
        match (read(self.lower), read(self.upper)) {
            (Some(lower), Some(upper)) => lower > upper || (lower == upper && !self.equal_allowed),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bms_core::units::Millivolts;

    #[test]
    fn every_rule_names_two_parameters_that_can_be_ordered() {
        let params = crate::product::load("ps-15016").unwrap().params;
        for rule in RULES {
            for key in [rule.lower, rule.upper] {
                assert!(Field::find(key).unwrap().read(&params).is_some(), "{key}");
            }
        }
    }

    #[test]
    fn a_release_at_its_trip_is_a_disorder_and_just_below_is_not() {
        let mut params = crate::product::load("ps-15016").unwrap().params;
        params.voltage.over_release = Millivolts(3_749);
        assert_eq!(disorders(&params), []);
        params.voltage.over_release = Millivolts(3_750);
        assert_eq!(disorders(&params), [below("voltage.cell_ov_release", "voltage.cell_ov")]);
    }
}
