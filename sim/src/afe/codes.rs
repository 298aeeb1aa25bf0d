//! Every code table of the SH367309 and the two directions between an EEPROM image and its meaning
//! (SH367309 datasheet V1.2, p14-65). Written from the datasheet's facts alone, without
//! a look at the firmware's driver: that both agree is a test.

use crate::thermistor;
use crate::time::Span;
use bms_core::afe::AfeError;
use bms_core::params::{CtlAction, Params, TemperatureLimits};
use bms_core::time::Duration;
use bms_core::units::Centicelsius;

/// Number of bytes that a configuration occupies, 00h to 18h.
pub const IMAGE_BYTES: usize = 25;
/// Factory trim at which the thermistor reference is 10 kΩ.
pub const TR_10K: u8 = 64;

/// OVT and UVT, ms.
pub const VOLTAGE_DELAY_MS: [u64; 16] = [
    100, 200, 300, 400, 600, 800, 1_000, 2_000, 3_000, 4_000, 6_000, 8_000, 10_000, 20_000, 30_000,
    40_000,
];
/// OCD1V and OCCV, mV.
pub const OCD1_MV: [u32; 16] =
    [20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 130, 140, 160, 180, 200];
/// OCD1T, ms.
pub const OCD1_DELAY_MS: [u64; 16] = [
    50, 100, 200, 400, 600, 800, 1_000, 2_000, 4_000, 6_000, 8_000, 10_000, 15_000, 20_000, 30_000,
    40_000,
];
/// OCD2V, mV.
pub const OCD2_MV: [u32; 16] =
    [30, 40, 50, 60, 70, 80, 90, 100, 120, 140, 160, 180, 200, 300, 400, 500];
/// OCD2T and OCCT, ms.
pub const OCD2_DELAY_MS: [u64; 16] =
    [10, 20, 40, 60, 80, 100, 200, 400, 600, 800, 1_000, 2_000, 4_000, 8_000, 10_000, 20_000];
/// SCV, mV.
pub const SHORT_MV: [u32; 16] =
    [50, 80, 110, 140, 170, 200, 230, 260, 290, 320, 350, 400, 500, 600, 800, 1_000];
/// SCT: this many µs per count.
pub const SHORT_DELAY_STEP_US: u64 = 64;
/// OCRT and PFT, ms.
pub const RECOVERY_MS: [u64; 4] = [8_000, 16_000, 32_000, 64_000];
/// LDRT, ms.
pub const LOAD_RELEASE_MS: [u64; 4] = [100, 500, 1_000, 2_000];
/// CHS, µV.
pub const STATE_DETECT_UV: [u32; 4] = [200, 500, 1_000, 2_000];
/// MOST, µs.
pub const TURN_ON_US: [u64; 4] = [64, 128, 256, 512];
/// Watchdog periods, ms.
pub const WATCHDOG_MS: [u64; 4] = [32_000, 16_000, 8_000, 4_000];

/// Counts of a cell register per count of a 5 mV field (OV, OVR).
const FINE: i32 = 32;
/// Counts of a cell register per count of a 20 mV field.
const COARSE: i32 = 128;
/// Acquisition cycles are 100 ms.
const CYCLE_MS: u64 = 100;

/// What an EEPROM image means. Cell levels in counts of the cell registers (156.25 µV), thermistor
/// levels in counts of the TEMP registers, delays of voltages in acquisition cycles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Cells the chip looks after: 5 to 16.
    pub cells: usize,
    /// ENPCH: trickle-charges low cells.
    pub trickle: bool,
    /// ENMOS: spares the charge MOSFET's body diode.
    pub mos_recovery: bool,
    /// OCPM: a current protection opens both MOSFETs.
    pub over_current_opens_both: bool,
    /// BAL: the firmware decides about balancing.
    pub external_balance: bool,
    /// E0VB: a cell far too low inhibits charging.
    pub low_voltage_lock: bool,
    /// UV_OP: under-voltage opens both MOSFETs.
    pub under_voltage_opens_both: bool,
    /// DIS_PF: no permanent failure.
    pub failure_disabled: bool,
    /// CTLC: what a low CTL input turns off.
    pub ctl: CtlAction,
    /// OCRA: current protections recover after a time.
    pub timed_recovery: bool,
    /// EUVR: under-voltage releases only without a load.
    pub load_lock: bool,
    /// OV level.
    pub over: i32,
    /// OVR level.
    pub over_release: i32,
    /// OVT.
    pub over_cycles: u32,
    /// UV level.
    pub under: i32,
    /// UVR level.
    pub under_release: i32,
    /// UVT.
    pub under_cycles: u32,
    /// BALV level.
    pub balance: i32,
    /// PREV level.
    pub trickle_below: i32,
    /// L0V level.
    pub low: i32,
    /// PFV level.
    pub failure: i32,
    /// PFT.
    pub failure_cycles: u32,
    /// LDRT.
    pub load_release: Span,
    /// OCRT.
    pub recovery: Span,
    /// MOST.
    pub turn_on: Span,
    /// CHS, nV.
    pub state_detect_nv: i64,
    /// SC, OCD1, OCD2, OCC: level in mV, always positive, and delay.
    pub comparators: [(u32, Span); 4],
    /// OTC, OTCR, UTC, UTCR, OTD, OTDR, UTD, UTDR.
    pub temperatures: [i32; 8],
    /// Thermistor reference, ohm.
    pub reference_ohm: u32,
}

impl Config {
    /// The meaning of the bytes 00h to 19h.
    #[must_use]
    pub fn decode(bytes: &[u8; 26]) -> Self {
        let high = |byte: u8| usize::from(byte >> 4);
        let low = |byte: u8| usize::from(byte & 0x0F);
        let pair = |byte: u8, shift: u8| usize::from(byte >> shift & 3);
        let coarse = |address: usize| i32::from(bytes[address]) * COARSE;
        let set = |address: usize, bit: u8| bytes[address] >> bit & 1 == 1;
        Self {
            cells: match low(bytes[0]) {
                cells @ 5..=15 => cells,
                _ => 16,
            },
            trickle: set(0, 7),
            mos_recovery: set(0, 6),
            over_current_opens_both: set(0, 5),
            external_balance: set(0, 4),
            low_voltage_lock: set(1, 7),
            under_voltage_opens_both: set(1, 5),
            failure_disabled: set(1, 4),
            ctl: CTL[pair(bytes[1], 2)],
            timed_recovery: set(1, 1),
            load_lock: set(1, 0),
            over: ten_bits(bytes[2], bytes[3]) * FINE,
            over_release: ten_bits(bytes[4], bytes[5]) * FINE,
            over_cycles: cycles(VOLTAGE_DELAY_MS[high(bytes[2])]),
            under: coarse(6),
            under_release: coarse(7),
            under_cycles: cycles(VOLTAGE_DELAY_MS[high(bytes[4])]),
            balance: coarse(8),
            trickle_below: coarse(9),
            low: i32::from(bytes[0x0A] & 0x7F) * COARSE,
            failure: coarse(0x0B),
            failure_cycles: cycles(RECOVERY_MS[pair(bytes[0x10], 0)]),
            load_release: Span::from_millis(LOAD_RELEASE_MS[pair(bytes[2], 2)]),
            recovery: Span::from_millis(RECOVERY_MS[pair(bytes[0x10], 2)]),
            turn_on: Span::from_micros(TURN_ON_US[pair(bytes[0x10], 4)]),
            state_detect_nv: i64::from(STATE_DETECT_UV[pair(bytes[0x10], 6)]) * 1_000,
            comparators: [
                (
                    SHORT_MV[high(bytes[0x0E])],
                    Span::from_micros(u64::from(bytes[0x0E] & 0x0F) * SHORT_DELAY_STEP_US),
                ),
                (OCD1_MV[high(bytes[0x0C])], Span::from_millis(OCD1_DELAY_MS[low(bytes[0x0C])])),
                (OCD2_MV[high(bytes[0x0D])], Span::from_millis(OCD2_DELAY_MS[low(bytes[0x0D])])),
                (OCD1_MV[high(bytes[0x0F])], Span::from_millis(OCD2_DELAY_MS[low(bytes[0x0F])])),
            ],
            temperatures: core::array::from_fn(|n| temperature_level(n, bytes[0x11 + n])),
            reference_ohm: 6_800 + 50 * u32::from(bytes[0x19] & 0x7F),
        }
    }
}

const CTL: [CtlAction; 4] =
    [CtlAction::Nothing, CtlAction::Charge, CtlAction::Discharge, CtlAction::Both];

fn ten_bits(high: u8, low: u8) -> i32 {
    i32::from(high & 3) << 8 | i32::from(low)
}

fn cycles(millis: u64) -> u32 {
    u32::try_from(millis / CYCLE_MS).expect("every delay is under a minute")
}

/// The 8-bit code is the top of the 15-bit ratio; the low-temperature codes begin at one half.
fn temperature_level(place: usize, code: u8) -> i32 {
    let ratio = i32::from(code) + if is_low_limit(place) { 256 } else { 0 };
    ratio * 64
}

/// UTC, UTCR, UTD and UTDR.
const fn is_low_limit(place: usize) -> bool {
    place % 4 >= 2
}

/// A chip without configuration: zeros, and a factory trim of 10 kΩ.
#[must_use]
pub const fn blank_eeprom() -> [u8; 26] {
    let mut bytes = [0; 26];
    bytes[0x19] = TR_10K;
    bytes
}

/// The EEPROM of a chip that was programmed for `params` in the factory, with a trim of 10 kΩ.
///
/// # Errors
/// As [`image`].
pub fn factory_eeprom(params: &Params) -> Result<[u8; 26], AfeError> {
    let mut bytes = blank_eeprom();
    bytes[..IMAGE_BYTES].copy_from_slice(&image(params)?);
    Ok(bytes)
}

/// The EEPROM image 00h to 18h of `params`, for a thermistor reference of 10 kΩ. The permanent
/// failure and the low-voltage lock are disabled, because the product's abnormal high voltage and
/// low-voltage prohibition must recover (PS-AHV-2, PS-LVC-2) and the chip's do not; the chip's
/// temperature limits lie 5 °C outside the product's, within what the chip can express.
///
/// # Errors
/// [`AfeError::NotRepresentable`] if a value has no code.
pub fn image(params: &Params) -> Result<[u8; IMAGE_BYTES], AfeError> {
    let mut bytes = [0; IMAGE_BYTES];
    switches(params, &mut bytes)?;
    voltages(params, &mut bytes)?;
    currents(params, &mut bytes)?;
    for (place, byte) in bytes[0x11..].iter_mut().enumerate() {
        *byte = temperature_code(place, &params.cell_temperature)?;
    }
    Ok(bytes)
}

fn switches(params: &Params, bytes: &mut [u8; IMAGE_BYTES]) -> Result<(), AfeError> {
    let system = &params.system;
    let cells = match params.series {
        16 => 0,
        cells @ 5..=15 => cells,
        _ => return Err(AfeError::NotRepresentable),
    };
    bytes[0] = u8::from(system.low_cell_precharge) << 7
        | u8::from(system.charge_mos_recovery) << 6
        | u8::from(system.over_current_opens_both) << 5
        | u8::from(system.balance_enabled) << 4
        | cells;
    let ctl = CTL.iter().position(|action| *action == system.ctl);
    bytes[1] = u8::from(system.under_voltage_opens_both) << 5
        | 1 << 4
        | as_code(ctl)? << 2
        | u8::from(system.current_timed_recovery) << 1
        | u8::from(system.load_lock);
    Ok(())
}

fn voltages(params: &Params, bytes: &mut [u8; IMAGE_BYTES]) -> Result<(), AfeError> {
    let (v, system) = (&params.voltage, &params.system);
    let over = stepped(v.over.0, 5, 3_600, 4_500)?;
    let over_release = stepped(v.over_release.0, 5, 3_300, 4_500)?;
    let load_release = find(&LOAD_RELEASE_MS, system.load_release_delay)?;
    bytes[2] = find(&VOLTAGE_DELAY_MS, v.over_delay)? << 4 | load_release << 2 | over.0;
    bytes[3] = over.1;
    bytes[4] = find(&VOLTAGE_DELAY_MS, v.under_delay)? << 4 | over_release.0;
    bytes[5] = over_release.1;
    bytes[6] = stepped(v.under.0, 20, 2_000, 3_100)?.1;
    bytes[7] = stepped(v.under_release.0, 20, 2_000, 3_600)?.1;
    bytes[8] = stepped(v.balance_open.0, 20, 3_300, 4_500)?.1;
    bytes[9] = stepped(v.precharge_turn_on.0, 20, 1_000, 3_000)?.1;
    bytes[0x0A] = stepped(v.low_prohibit.0, 20, 500, 2_000)?.1;
    bytes[0x0B] = stepped(v.abnormal_high.0, 20, 3_800, 5_000)?.1;
    bytes[0x10] = as_code(STATE_DETECT_UV.iter().position(|uv| is(*uv, v.state_detect.0)))? << 6
        | as_code(TURN_ON_US.iter().position(|us| *us == system.mos_turn_on_delay.as_micros()))?
            << 4
        | find(&RECOVERY_MS, params.afe_current.auto_recovery)? << 2
        | find(&RECOVERY_MS, v.abnormal_high_delay)?;
    Ok(())
}

fn currents(params: &Params, bytes: &mut [u8; IMAGE_BYTES]) -> Result<(), AfeError> {
    let c = &params.afe_current;
    let level = |table: &[u32], mv: i32| as_code(table.iter().position(|entry| is(*entry, mv)));
    bytes[0x0C] =
        level(&OCD1_MV, c.discharge_oc1.0)? << 4 | find(&OCD1_DELAY_MS, c.discharge_oc1_delay)?;
    bytes[0x0D] =
        level(&OCD2_MV, c.discharge_oc2.0)? << 4 | find(&OCD2_DELAY_MS, c.discharge_oc2_delay)?;
    bytes[0x0E] = level(&SHORT_MV, c.short_circuit.0)? << 4
        | as_code(
            (0..16)
                .find(|n| n * SHORT_DELAY_STEP_US == c.short_circuit_delay.as_micros())
                .and_then(|n| usize::try_from(n).ok()),
        )?;
    bytes[0x0F] = level(&OCD1_MV, c.charge_oc.0)? << 4 | find(&OCD2_DELAY_MS, c.charge_oc_delay)?;
    Ok(())
}

fn is(entry: u32, value: i32) -> bool {
    i64::from(entry) == i64::from(value)
}

fn as_code(place: Option<usize>) -> Result<u8, AfeError> {
    place.and_then(|place| u8::try_from(place).ok()).ok_or(AfeError::NotRepresentable)
}

fn find(table: &[u64], delay: Duration) -> Result<u8, AfeError> {
    as_code(table.iter().position(|ms| ms * 1_000 == delay.as_micros()))
}

/// High and low byte of a voltage in steps of `step` mV.
fn stepped(mv: i32, step: i32, lowest: i32, highest: i32) -> Result<(u8, u8), AfeError> {
    if mv % step != 0 || !(lowest..=highest).contains(&mv) {
        return Err(AfeError::NotRepresentable);
    }
    let [.., high, low] = (mv / step).to_be_bytes();
    Ok((high, low))
}

/// How far the chip's temperature limits lie outside the product's, 0.01 °C.
const TEMPERATURE_MARGIN: i16 = 500;

fn temperature_code(place: usize, limits: &TemperatureLimits) -> Result<u8, AfeError> {
    let ordered = [
        (limits.charge_high, 45, 70),
        (limits.charge_high_release, 40, 70),
        (limits.charge_low, -20, 10),
        (limits.charge_low_release, -20, 15),
        (limits.discharge_high, 45, 80),
        (limits.discharge_high_release, 40, 80),
        (limits.discharge_low, -40, 10),
        (limits.discharge_low_release, -40, 15),
    ];
    let (limit, lowest, highest) = ordered[place];
    let low = is_low_limit(place);
    let moved = limit.0 + if low { -TEMPERATURE_MARGIN } else { TEMPERATURE_MARGIN };
    let bounds = [lowest, highest].map(|c| Centicelsius::from_degrees(c).0);
    let celsius = f64::from(moved.clamp(bounds[0], bounds[1])) / 100.0;
    let resistance = thermistor::ohm(celsius);
    let ratio = resistance / (resistance + 10_000.0) - if low { 0.5 } else { 0.0 };
    let code = (512.0 * ratio).round();
    if !(0.0..=255.0).contains(&code) {
        return Err(AfeError::NotRepresentable);
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
    let code = code as u8;
    Ok(code)
}
