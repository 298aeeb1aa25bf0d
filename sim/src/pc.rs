//! The program on the PC, as far as it writes parameters: names to registers of the pack's Modbus
//! map (`docs/modbus.md`), written from that page and not from the firmware's own table.

use bms_core::params::{CtlAction, Params};
use crc::{CRC_16_MODBUS, Crc};

/// Where a parameter stands, and what a count of its register is worth in the firmware's unit.
const REGISTERS: &[(&str, u16, i64)] = &[
    ("system.address", 0x31, 1),
    ("pack.series", 0x33, 1),
    ("system.load_release_delay", 0x41, 1_000),
    ("system.mos_turn_on_delay", 0x42, 1),
    ("system.capacity", 0x43, 100),
    ("system.soc", 0x44, 100),
    ("current.afe.discharge_oc1", 0x50, 1),
    ("current.afe.discharge_oc1_delay", 0x51, 100_000),
    ("current.afe.discharge_oc2", 0x52, 1),
    ("current.afe.discharge_oc2_delay", 0x53, 100_000),
    ("current.afe.short_circuit", 0x54, 1),
    ("current.afe.short_circuit_delay", 0x55, 1),
    ("current.afe.charge_oc", 0x56, 1),
    ("current.afe.charge_oc_delay", 0x57, 100_000),
    ("current.afe.auto_recovery", 0x58, 1_000_000),
    ("current.mcu.charge_oc", 0x59, 1_000),
    ("current.mcu.discharge_oc", 0x5A, 1_000),
    ("current.mcu.charge_oc_delay", 0x5B, 1_000_000),
    ("current.mcu.discharge_oc_delay", 0x5C, 1_000_000),
    ("current.mcu.recovery", 0x5D, 1_000_000),
    ("limiter.activation", 0x5E, 1_000),
    ("limiter.activation_delay", 0x5F, 1_000_000),
    ("limiter.recovery", 0x60, 1_000_000),
    ("voltage.abnormal_high", 0x70, 1),
    ("voltage.abnormal_high_delay", 0x71, 1_000_000),
    ("voltage.cell_ov", 0x72, 1),
    ("voltage.cell_ov_release", 0x73, 1),
    ("voltage.cell_ov_delay", 0x74, 1_000_000),
    ("voltage.cell_uv", 0x75, 1),
    ("voltage.cell_uv_release", 0x76, 1),
    ("voltage.cell_uv_delay", 0x77, 1_000_000),
    ("voltage.balance_open", 0x78, 1),
    ("voltage.precharge_turn_on", 0x79, 1),
    ("voltage.low_voltage_prohibit", 0x7A, 1),
    ("voltage.state_detect", 0x7B, 1),
    ("inverter.charge_voltage", 0x7C, 100),
    ("inverter.discharge_voltage", 0x7D, 100),
    ("inverter.charge_current", 0x7E, 100),
    ("inverter.discharge_current", 0x7F, 100),
    ("balance.active_start", 0x80, 1),
    ("balance.active_stop", 0x81, 1),
    ("balance.passive_adjacent", 0x82, 1),
    ("temperature.mos.charge_high", 0x90, 10),
    ("temperature.mos.charge_high_release", 0x91, 10),
    ("temperature.mos.charge_low", 0x92, 10),
    ("temperature.mos.charge_low_release", 0x93, 10),
    ("temperature.mos.discharge_high", 0x94, 10),
    ("temperature.mos.discharge_high_release", 0x95, 10),
    ("temperature.mos.discharge_low", 0x96, 10),
    ("temperature.mos.discharge_low_release", 0x97, 10),
    ("temperature.cell.charge_high", 0x98, 10),
    ("temperature.cell.charge_high_release", 0x99, 10),
    ("temperature.cell.charge_low", 0x9A, 10),
    ("temperature.cell.charge_low_release", 0x9B, 10),
    ("temperature.cell.discharge_high", 0x9C, 10),
    ("temperature.cell.discharge_high_release", 0x9D, 10),
    ("temperature.cell.discharge_low", 0x9E, 10),
    ("temperature.cell.discharge_low_release", 0x9F, 10),
];

/// The word of switches, and their bits.
const SWITCHES: u16 = 0x40;
const BITS: &[(&str, u16)] = &[
    ("system.precharge_control", 0),
    ("system.charge_mos_recovery_control", 1),
    ("system.overcurrent_mos_control", 2),
    ("system.mcu_balance_control", 3),
    ("system.low_voltage_charge_prohibit_enable", 4),
    ("system.over_discharge_mos_control", 5),
    ("system.abnormal_high_voltage_enable", 6),
    ("system.current_protection_timed_recovery", 8),
    ("system.over_discharge_load_lock", 9),
    ("limiter.fitted", 11),
    ("balance.passive_in_standby", 12),
];

/// The request that writes `value`, in the firmware's unit, to a pack with these parameters, which
/// the program has read before. None if there is no such register, or it cannot hold the value.
#[must_use]
pub fn write(params: &Params, name: &str, value: i64) -> Option<Vec<u8>> {
    let (register, word) = match REGISTERS.iter().find(|(known, ..)| *known == name) {
        Some((_, register, unit)) if value % unit == 0 => (*register, counts(value / unit)?),
        Some(_) => return None,
        None => (SWITCHES, switched(params, name, value)?),
    };
    let [register_high, register_low] = register.to_be_bytes();
    let [high, low] = word.to_be_bytes();
    let mut frame = vec![params.address, 0x06, register_high, register_low, high, low];
    frame.extend(Crc::<u16>::new(&CRC_16_MODBUS).checksum(&frame).to_le_bytes());
    Some(frame)
}

fn counts(value: i64) -> Option<u16> {
    u16::try_from(value).ok().or_else(|| i16::try_from(value).ok().map(i16::cast_unsigned))
}

/// The word of switches with one of them in another position.
fn switched(params: &Params, name: &str, value: i64) -> Option<u16> {
    let (_, bit) = BITS.iter().find(|(known, _)| *known == name)?;
    let on = match value {
        0 => false,
        1 => true,
        _ => return None,
    };
    let system = &params.system;
    let ctl = |either| system.ctl == either || system.ctl == CtlAction::Both;
    let word = [
        system.low_cell_precharge,
        system.charge_mos_recovery,
        system.over_current_opens_both,
        system.balance_enabled,
        system.low_voltage_prohibit,
        system.under_voltage_opens_both,
        system.abnormal_high_enabled,
        ctl(CtlAction::Charge),
        system.current_timed_recovery,
        system.load_lock,
        ctl(CtlAction::Discharge),
        params.limiter.fitted,
        params.balance.passive_in_standby,
    ];
    let word = word.into_iter().enumerate().fold(0, |word, (bit, on)| word | u16::from(on) << bit);
    Some(if on { word | 1 << bit } else { word & !(1 << bit) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bms_core::host::map;
    use std::collections::BTreeSet;

    /// The firmware's own table, written without a look at this one, has the same registers with
    /// the same units.
    #[test]
    fn the_firmware_has_the_same_registers_in_the_same_units() {
        let own: BTreeSet<_> = REGISTERS.iter().map(|(_, at, unit)| (*at, *unit)).collect();
        let other = map::REGISTERS.iter().map(|register| (register.address, register.per_count));
        assert_eq!(own, other.collect());
        assert_eq!(own.len(), REGISTERS.len());
    }
}
