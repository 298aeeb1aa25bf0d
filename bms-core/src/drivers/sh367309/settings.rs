//! What an EEPROM image makes the chip do: the inverse of the encoding, in physical units.

use super::codes;
use super::codes::Table;
use super::image::EepromImage;
use crate::params::CtlAction;
use crate::time::Duration;
use crate::units::{Microvolts, Millivolts};

/// A voltage or shunt-voltage threshold with its delay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threshold {
    /// Reached from here on.
    pub value: Millivolts,
    /// For at least this long.
    pub delay: Duration,
}

/// Every field of the image, in the order of the addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Cells in series, 5 to 16.
    pub series: u8,
    /// ENPCH: the low-cell pre-charge may run.
    pub low_cell_precharge: bool,
    /// ENMOS: the charge MOSFET is turned on while its body diode carries discharge current.
    pub charge_mos_recovery: bool,
    /// OCPM: a current protection opens both MOSFETs.
    pub over_current_opens_both: bool,
    /// BAL: the microcontroller balances, not the chip.
    pub balance_by_host: bool,
    /// E0VB: a cell below L0V prohibits charging for good.
    pub low_voltage_prohibit: bool,
    /// UV_OP: under-voltage opens both MOSFETs.
    pub under_voltage_opens_both: bool,
    /// Not DIS_PF: second over-voltage and broken wires are checked.
    pub permanent_failure_enabled: bool,
    /// CTLC: what a low CTL pin turns off.
    pub ctl: CtlAction,
    /// OCRA: current protections recover after [`Settings::recovery`].
    pub timed_recovery: bool,
    /// EUVR: under-voltage is released only without a load.
    pub load_lock: bool,
    /// OV and OVT.
    pub over_voltage: Threshold,
    /// OVR.
    pub over_voltage_release: Millivolts,
    /// LDRT.
    pub load_release_delay: Duration,
    /// UV and UVT.
    pub under_voltage: Threshold,
    /// UVR.
    pub under_voltage_release: Millivolts,
    /// BALV.
    pub balance: Millivolts,
    /// PREV.
    pub precharge: Millivolts,
    /// L0V.
    pub low_voltage: Millivolts,
    /// PFV and PFT.
    pub permanent_failure: Threshold,
    /// OCD1V and OCD1T.
    pub discharge_oc1: Threshold,
    /// OCD2V and OCD2T.
    pub discharge_oc2: Threshold,
    /// SCV and SCT.
    pub short_circuit: Threshold,
    /// OCCV and OCCT.
    pub charge_oc: Threshold,
    /// CHS.
    pub state_detect: Microvolts,
    /// MOST.
    pub mos_turn_on_delay: Duration,
    /// OCRT.
    pub recovery: Duration,
    /// OTC, OTCR, UTC, UTCR, OTD, OTDR, UTD, UTDR as they are stored.
    pub temperature_codes: [u8; 8],
}

impl EepromImage {
    /// What this image means.
    #[must_use]
    pub fn settings(&self) -> Settings {
        let bytes = self.bytes();
        let is_set = |address: usize, bit: u8| bytes[address] >> bit & 1 != 0;
        let limit = |values, delays, address: usize| comparator(values, delays, bytes[address]);
        Settings {
            series: series(bytes[0x00] & 0x0F),
            low_cell_precharge: is_set(0x00, 7),
            charge_mos_recovery: is_set(0x00, 6),
            over_current_opens_both: is_set(0x00, 5),
            balance_by_host: is_set(0x00, 4),
            low_voltage_prohibit: is_set(0x01, 7),
            under_voltage_opens_both: is_set(0x01, 5),
            permanent_failure_enabled: !is_set(0x01, 4),
            ctl: ctl(bytes[0x01] >> 2),
            timed_recovery: is_set(0x01, 1),
            load_lock: is_set(0x01, 0),
            over_voltage: Threshold {
                value: fine(bytes[0x02], bytes[0x03]),
                delay: delay(&codes::VOLTAGE_DELAY, bytes[0x02] >> 4),
            },
            over_voltage_release: fine(bytes[0x04], bytes[0x05]),
            load_release_delay: delay(&codes::LOAD_RELEASE, bytes[0x02] >> 2),
            under_voltage: Threshold {
                value: coarse(bytes[0x06]),
                delay: delay(&codes::VOLTAGE_DELAY, bytes[0x04] >> 4),
            },
            under_voltage_release: coarse(bytes[0x07]),
            balance: coarse(bytes[0x08]),
            precharge: coarse(bytes[0x09]),
            low_voltage: coarse(bytes[0x0A] & 0x7F),
            permanent_failure: Threshold {
                value: coarse(bytes[0x0B]),
                delay: delay(&codes::RECOVERY, bytes[0x10]),
            },
            discharge_oc1: limit(&codes::OVER_CURRENT_1, &codes::OVER_CURRENT_1_DELAY, 0x0C),
            discharge_oc2: limit(&codes::OVER_CURRENT_2, &codes::OVER_CURRENT_2_DELAY, 0x0D),
            short_circuit: limit(&codes::SHORT_CIRCUIT, &codes::SHORT_CIRCUIT_DELAY, 0x0E),
            charge_oc: limit(&codes::OVER_CURRENT_1, &codes::OVER_CURRENT_2_DELAY, 0x0F),
            state_detect: Microvolts(small(codes::STATE_DETECT.decode(bytes[0x10] >> 6))),
            mos_turn_on_delay: delay(&codes::TURN_ON_DELAY, bytes[0x10] >> 4),
            recovery: delay(&codes::RECOVERY, bytes[0x10] >> 2),
            temperature_codes: core::array::from_fn(|field| bytes[0x11 + field]),
        }
    }
}

/// Only 5 to 15 are literal.
const fn series(code: u8) -> u8 {
    match code {
        5..=15 => code,
        _ => 16,
    }
}

fn small(value: i64) -> i32 {
    i32::try_from(value).expect("every value of the coding tables fits")
}

fn delay(table: &Table, code: u8) -> Duration {
    let micros = u64::try_from(table.decode(code)).expect("delays are positive");
    Duration::from_micros(micros)
}

/// A threshold table and a delay table that share one byte.
fn comparator(values: &Table, delays: &Table, byte: u8) -> Threshold {
    Threshold { value: Millivolts(small(values.decode(byte >> 4))), delay: delay(delays, byte) }
}

/// Ten bits of 5 mV; the upper byte's bits 7:2 belong to other fields.
fn fine(high: u8, low: u8) -> Millivolts {
    let code = u16::from_be_bytes([high & 0b11, low]);
    Millivolts(small(codes::OVER_VOLTAGE.decode(code)))
}

/// Eight bits of 20 mV.
fn coarse(code: u8) -> Millivolts {
    Millivolts(small(codes::UNDER_VOLTAGE.decode(u16::from(code))))
}

const fn ctl(code: u8) -> CtlAction {
    match code & 0b11 {
        0b00 => CtlAction::Nothing,
        0b01 => CtlAction::Charge,
        0b10 => CtlAction::Discharge,
        _ => CtlAction::Both,
    }
}
