//! Ranges in which the parameters of the family must stay, typed anew from what the data sheets
//! and the chip allow; not shared with the firmware, which refuses by its own.

use bms_core::params::{Params, TemperatureLimits};

/// What is out of its range; none if all is well.
pub(super) fn out_of_range(params: &Params) -> Option<&'static str> {
    let (voltage, balance) = (&params.voltage, &params.balance);
    let cell = |limit: bms_core::units::Millivolts| (500..=5_000).contains(&limit.0);
    let rules = [
        ((8..=16).contains(&params.series), "the number of cells (PS-GEN-1)"),
        (params.capacity_mah > 0, "the capacity"),
        (cell(voltage.over) && cell(voltage.under), "a voltage limit"),
        (voltage.over_release < voltage.over, "the release of over-voltage"),
        (voltage.under_release > voltage.under, "the release of under-voltage"),
        (voltage.under_release < voltage.over, "under-voltage against over-voltage"),
        (voltage.abnormal_high >= voltage.over, "abnormal high voltage"),
        (voltage.low_prohibit_release > voltage.low_prohibit, "the release of the prohibition"),
        (balance.active_stop < balance.active_start, "the stop of balancing"),
        (params.mcu_current.charge_oc.0 > 0, "charge over-current"),
        (params.mcu_current.discharge_oc.0 > 0, "discharge over-current"),
        (
            params.afe_current.short_circuit > params.afe_current.discharge_oc2,
            "the short-circuit level",
        ),
        (in_order(&params.cell_temperature), "a cell temperature"),
        (in_order(&params.mos_temperature), "a MOSFET temperature"),
    ];
    rules.into_iter().find(|(holds, _)| !holds).map(|(_, what)| what)
}

fn in_order(limits: &TemperatureLimits) -> bool {
    limits.charge_low < limits.charge_low_release
        && limits.charge_low_release < limits.charge_high_release
        && limits.charge_high_release < limits.charge_high
        && limits.discharge_low < limits.discharge_low_release
        && limits.discharge_low_release < limits.discharge_high_release
        && limits.discharge_high_release < limits.discharge_high
}
