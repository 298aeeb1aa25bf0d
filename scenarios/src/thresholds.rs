//! The thresholds that are worth drawing into the plots of a run.

use crate::expect::{Signal, Threshold};
use bms_core::params::Params;
use bms_core::units::{Centicelsius, Milliamps, Millivolts};

/// The lines of a parameter set.
pub(crate) fn of(params: &Params) -> Vec<Threshold> {
    let mut lines = vec![
        cell("OV", Signal::CellMax, params.voltage.over),
        cell("OV release", Signal::CellMax, params.voltage.over_release),
        cell("UV", Signal::CellMin, params.voltage.under),
        cell("UV release", Signal::CellMin, params.voltage.under_release),
        cell("balancing on", Signal::CellSpread, params.balance.active_start),
        cell("balancing off", Signal::CellSpread, params.balance.active_stop),
        current("OCC", params.mcu_current.charge_oc),
        current("OCD", -params.mcu_current.discharge_oc),
        shunt("OCD1", params, params.afe_current.discharge_oc1),
        shunt("OCD2", params, params.afe_current.discharge_oc2),
        shunt("SC", params, params.afe_current.short_circuit),
        temperature("OTC", params.cell_temperature.charge_high),
        temperature("UTC", params.cell_temperature.charge_low),
        temperature("UTC release", params.cell_temperature.charge_low_release),
        temperature("OTD", params.cell_temperature.discharge_high),
        temperature("UTD", params.cell_temperature.discharge_low),
    ];
    if params.system.abnormal_high_enabled {
        lines.push(cell("AHV", Signal::CellMax, params.voltage.abnormal_high));
    }
    lines
}

fn cell(name: &str, signal: Signal, level: Millivolts) -> Threshold {
    let label = format!("{name} {} mV", level.0);
    Threshold { label, signal, value: f64::from(level.0) / 1_000.0 }
}

fn current(name: &str, level: Milliamps) -> Threshold {
    let amps = f64::from(level.0) / 1_000.0;
    Threshold { label: format!("{name} {amps:.0} A"), signal: Signal::Current, value: amps }
}

/// A discharge comparator's level as a current through the shunt.
fn shunt(name: &str, params: &Params, level: Millivolts) -> Threshold {
    let amps = -f64::from(level.0) * 1e6 / f64::from(params.shunt_nano_ohm);
    let label = format!("{name} {} mV", level.0);
    Threshold { label, signal: Signal::Current, value: amps }
}

fn temperature(name: &str, level: Centicelsius) -> Threshold {
    let degrees = f64::from(level.0) / 100.0;
    let label = format!("{name} {degrees:.0} °C");
    Threshold { label, signal: Signal::CellTemperature(0), value: degrees }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// AMB-PS-06: 80 mV on 166.667 µΩ are 480 A, discharge negative.
    #[test]
    fn the_short_circuit_line_of_the_150_a_board_is_at_minus_480_a() {
        let params = crate::product::load("ps-15016").unwrap().params;
        let line = of(&params).into_iter().find(|line| line.label == "SC 80 mV").unwrap();
        assert!((line.value + 480.0).abs() < 0.01);
    }
}
