//! The EEPROM image: a parameter set in the chip's own codes, 00h to 18h (SH367309 datasheet V1.2,
//! p14-38).
//!
//! Three fields do not follow the parameters one to one:
//! - DIS_PF is 1: the chip's second over-voltage latches both MOSFETs off and freezes the
//!   converters until a reset, the product's opens the charge MOSFET alone and releases by itself
//!   (PS-AHV-1, PS-AHV-2), so the firmware enforces it.
//! - E0VB is 0: the chip's prohibition has no release, the product's has (AMB-PS-21), so the
//!   firmware enforces it too.
//! - Cell temperature limits lie 5 °C outside the product's, clipped to what the chip allows: a
//!   second line of defence behind the firmware's limit.

use super::codes;
use super::codes::{Grid, Neighbours, Table};
use super::current::SHUNT_MIN;
use super::refusal::{Unit, Unrepresentable};
use super::thermistor::Reference;
use crate::params::{CtlAction, Params, TemperatureLimits};
use crate::time::Duration;
use crate::units::{Centicelsius, Millivolts};
use heapless::Vec;

/// Bytes of the image: 00h to 18h.
pub const IMAGE_SIZE: usize = 0x19;

/// Cells in series that the chip can measure.
pub const CELLS: (u8, u8) = (5, 16);

/// No parameter set has more refusals than it has checked fields and pairs.
const REFUSALS_MAX: usize = 32;

/// How far the chip's temperature limits lie outside the product's.
const TEMPERATURE_MARGIN: i16 = 500;

const SCONF1_ENPCH: u8 = 1 << 7;
const SCONF1_ENMOS: u8 = 1 << 6;
const SCONF1_OCPM: u8 = 1 << 5;
const SCONF1_BAL: u8 = 1 << 4;
const SCONF2_UV_OP: u8 = 1 << 5;
const SCONF2_DIS_PF: u8 = 1 << 4;
const SCONF2_CTLC: u8 = 2;
const SCONF2_OCRA: u8 = 1 << 1;
const SCONF2_EUVR: u8 = 1 << 0;

/// The configuration bytes of the chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EepromImage([u8; IMAGE_SIZE]);

impl EepromImage {
    /// The image of a parameter set for a chip with the nominal reference resistor.
    ///
    /// # Errors
    /// The first value that has no exact code, or pair out of order; [`EepromImage::refusals`]
    /// lists all.
    pub fn from_params(params: &Params) -> Result<Self, Unrepresentable> {
        Self::for_chip(params, Reference::NOMINAL)
    }

    /// The image of a parameter set for a chip with the given reference resistor.
    ///
    /// # Errors
    /// As [`EepromImage::from_params`].
    pub fn for_chip(params: &Params, reference: Reference) -> Result<Self, Unrepresentable> {
        let mut encoder = Encoder::default();
        let image = encoder.image(params, reference);
        match encoder.refusals.first() {
            None => Ok(image),
            Some(refusal) => Err(*refusal),
        }
    }

    /// Everything about a parameter set that the chip cannot carry out.
    pub fn refusals(params: &Params) -> impl Iterator<Item = Unrepresentable> + use<> {
        let mut encoder = Encoder::default();
        encoder.image(params, Reference::NOMINAL);
        encoder.refusals.into_iter()
    }

    /// Pairs that break the order the chip wants around its low-cell pre-charge: VPD (UV − 200 mV)
    /// above PREV above L0V. Harmless while the pre-charge is off, and both products break it.
    pub fn warnings(params: &Params) -> impl Iterator<Item = Unrepresentable> + use<> {
        let volts = &params.voltage;
        let power_down = ("voltage.cell_uv_mv less 200", i64::from(volts.under.0) - 200);
        let precharge = ("voltage.precharge_turn_on_mv", i64::from(volts.precharge_turn_on.0));
        let low = ("voltage.low_voltage_prohibit_mv", i64::from(volts.low_prohibit.0));
        [(power_down, precharge), (precharge, low)]
            .into_iter()
            .filter(|(upper, lower)| upper.1 <= lower.1)
            .map(|(upper, lower)| Unrepresentable::Order { upper, lower })
    }

    /// The same image with the chip's own permanent-failure check running (DIS_PF = 0), as the
    /// product manuals' tables read literally.
    #[must_use]
    pub const fn with_permanent_failure(mut self) -> Self {
        self.0[1] &= !SCONF2_DIS_PF;
        self
    }

    /// An image as read from a chip.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; IMAGE_SIZE]) -> Self {
        Self(bytes)
    }

    /// The bytes from address 00h upwards.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; IMAGE_SIZE] {
        &self.0
    }
}

/// Encodes field by field and remembers what had no code.
#[derive(Default)]
struct Encoder {
    refusals: Vec<Unrepresentable, REFUSALS_MAX>,
}

impl Encoder {
    fn image(&mut self, params: &Params, reference: Reference) -> EepromImage {
        let mut bytes = [0; IMAGE_SIZE];
        self.shunt(params.shunt_nano_ohm);
        bytes[0x00] = self.sconf1(params);
        bytes[0x01] = sconf2(params);
        bytes[0x02..0x0C].copy_from_slice(&self.voltages(params));
        bytes[0x0C..0x10].copy_from_slice(&self.currents(params));
        bytes[0x10] = self.times(params);
        bytes[0x11..].copy_from_slice(&temperatures(&params.cell_temperature, reference));
        self.order(params);
        EepromImage(bytes)
    }

    fn sconf1(&mut self, params: &Params) -> u8 {
        let system = &params.system;
        let (least, most) = CELLS;
        if !(least..=most).contains(&params.series) {
            let nearest = Neighbours {
                below: (params.series > most).then_some(i64::from(most)),
                above: (params.series < least).then_some(i64::from(least)),
            };
            self.refuse("pack.series", Unit::Cells, i64::from(params.series), nearest);
        }
        // 16 cells are coded as 0, the fewer ones literally.
        params.series & 0x0F
            | flag(SCONF1_ENPCH, system.low_cell_precharge)
            | flag(SCONF1_ENMOS, system.charge_mos_recovery)
            | flag(SCONF1_OCPM, system.over_current_opens_both)
            | flag(SCONF1_BAL, system.balance_enabled)
    }

    /// 02h to 0Bh.
    fn voltages(&mut self, params: &Params) -> [u8; 10] {
        let volts = &params.voltage;
        let load = params.system.load_release_delay;
        let over = self.millivolts("voltage.cell_ov_mv", codes::OVER_VOLTAGE, volts.over);
        let over_release = self.millivolts(
            "voltage.cell_ov_release_mv",
            codes::OVER_VOLTAGE_RELEASE,
            volts.over_release,
        );
        let ovt = self.seconds("voltage.cell_ov_delay_s", codes::VOLTAGE_DELAY, volts.over_delay);
        let uvt = self.seconds("voltage.cell_uv_delay_s", codes::VOLTAGE_DELAY, volts.under_delay);
        let ldrt = self.seconds("system.load_release_delay_s", codes::LOAD_RELEASE, load);
        let [over_high, over_low] = over.to_be_bytes();
        let [over_release_high, over_release_low] = over_release.to_be_bytes();
        let [under, under_release, balance, precharge, low, failure] = self.coarse(params);
        [
            ovt << 4 | ldrt << 2 | over_high,
            over_low,
            uvt << 4 | over_release_high,
            over_release_low,
            under,
            under_release,
            balance,
            precharge,
            low,
            failure,
        ]
    }

    /// The fields of 20 mV per count, 06h to 0Bh.
    fn coarse(&mut self, params: &Params) -> [u8; 6] {
        let volts = &params.voltage;
        [
            ("voltage.cell_uv_mv", codes::UNDER_VOLTAGE, volts.under),
            ("voltage.cell_uv_release_mv", codes::UNDER_VOLTAGE_RELEASE, volts.under_release),
            ("voltage.balance_open_mv", codes::BALANCE, volts.balance_open),
            ("voltage.precharge_turn_on_mv", codes::PRECHARGE, volts.precharge_turn_on),
            ("voltage.low_voltage_prohibit_mv", codes::LOW_VOLTAGE, volts.low_prohibit),
            ("voltage.abnormal_high_mv", codes::PERMANENT_FAILURE, volts.abnormal_high),
        ]
        .map(|(field, grid, value)| {
            u8::try_from(self.millivolts(field, grid, value))
                .expect("20 mV per count reaches 5 V within 8 bits")
        })
    }

    /// 0Ch to 0Fh: threshold in the upper half, delay in the lower.
    fn currents(&mut self, params: &Params) -> [u8; 4] {
        let limits = &params.afe_current;
        let oc1 = self.comparator(
            "current.afe.discharge_oc1_mv",
            codes::OVER_CURRENT_1,
            limits.discharge_oc1,
        );
        let oc1_delay = self.seconds(
            "current.afe.discharge_oc1_delay_s",
            codes::OVER_CURRENT_1_DELAY,
            limits.discharge_oc1_delay,
        );
        let oc2 = self.comparator(
            "current.afe.discharge_oc2_mv",
            codes::OVER_CURRENT_2,
            limits.discharge_oc2,
        );
        let oc2_delay = self.seconds(
            "current.afe.discharge_oc2_delay_s",
            codes::OVER_CURRENT_2_DELAY,
            limits.discharge_oc2_delay,
        );
        let short = self.comparator(
            "current.afe.short_circuit_mv",
            codes::SHORT_CIRCUIT,
            limits.short_circuit,
        );
        let short_delay = self.table(
            "current.afe.short_circuit_delay_us",
            Unit::Microseconds,
            codes::SHORT_CIRCUIT_DELAY,
            micros(limits.short_circuit_delay),
        );
        let charge =
            self.comparator("current.afe.charge_oc_mv", codes::OVER_CURRENT_1, limits.charge_oc);
        let charge_delay = self.seconds(
            "current.afe.charge_oc_delay_s",
            codes::OVER_CURRENT_2_DELAY,
            limits.charge_oc_delay,
        );
        [
            oc1 << 4 | oc1_delay,
            oc2 << 4 | oc2_delay,
            short << 4 | short_delay,
            charge << 4 | charge_delay,
        ]
    }

    /// 10h.
    fn times(&mut self, params: &Params) -> u8 {
        let state = i64::from(params.voltage.state_detect.0);
        let chs =
            self.table("voltage.state_detect_uv", Unit::Microvolts, codes::STATE_DETECT, state);
        let most = self.table(
            "system.mos_turn_on_delay_us",
            Unit::Microseconds,
            codes::TURN_ON_DELAY,
            micros(params.system.mos_turn_on_delay),
        );
        let recovery = params.afe_current.auto_recovery;
        let ocrt = self.seconds("current.afe.auto_recovery_s", codes::RECOVERY, recovery);
        let high_delay = params.voltage.abnormal_high_delay;
        let pft = self.seconds("voltage.abnormal_high_delay_s", codes::RECOVERY, high_delay);
        chs << 6 | most << 4 | ocrt << 2 | pft
    }

    /// The order without which the chip's protections hunt: PFV > OV > OVR > UVR > UV > L0V.
    fn order(&mut self, params: &Params) {
        let volts = &params.voltage;
        let falling = [
            ("voltage.abnormal_high_mv", volts.abnormal_high),
            ("voltage.cell_ov_mv", volts.over),
            ("voltage.cell_ov_release_mv", volts.over_release),
            ("voltage.cell_uv_release_mv", volts.under_release),
            ("voltage.cell_uv_mv", volts.under),
            ("voltage.low_voltage_prohibit_mv", volts.low_prohibit),
        ]
        .map(|(field, value)| (field, i64::from(value.0)));
        for pair in falling.windows(2).filter(|pair| pair[0].1 <= pair[1].1) {
            self.remember(Unrepresentable::Order { upper: pair[0], lower: pair[1] });
        }
    }

    fn shunt(&mut self, nano_ohm: u32) {
        if nano_ohm < SHUNT_MIN {
            let nearest = Neighbours { below: None, above: Some(i64::from(SHUNT_MIN)) };
            self.refuse("assumed.shunt_uohm", Unit::MicroOhms, i64::from(nano_ohm), nearest);
        }
    }

    fn millivolts(&mut self, field: &'static str, grid: Grid, value: Millivolts) -> u16 {
        let value = i64::from(value.0);
        grid.encode(value).unwrap_or_else(|nearest| {
            self.refuse(field, Unit::Millivolts, value, nearest);
            0
        })
    }

    fn comparator(&mut self, field: &'static str, table: Table, value: Millivolts) -> u8 {
        self.table(field, Unit::Millivolts, table, i64::from(value.0))
    }

    fn seconds(&mut self, field: &'static str, table: Table, value: Duration) -> u8 {
        self.table(field, Unit::Seconds, table, micros(value))
    }

    fn table(&mut self, field: &'static str, unit: Unit, table: Table, value: i64) -> u8 {
        table.encode(value).unwrap_or_else(|nearest| {
            self.refuse(field, unit, value, nearest);
            0
        })
    }

    fn refuse(&mut self, field: &'static str, unit: Unit, value: i64, nearest: Neighbours) {
        self.remember(Unrepresentable::Value { field, unit, value, nearest });
    }

    fn remember(&mut self, refusal: Unrepresentable) {
        self.refusals.push(refusal).expect("there is room for every field and pair");
    }
}

const fn flag(bit: u8, set: bool) -> u8 {
    if set { bit } else { 0 }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

const fn sconf2(params: &Params) -> u8 {
    let system = &params.system;
    let ctl = match system.ctl {
        CtlAction::Nothing => 0b00,
        CtlAction::Charge => 0b01,
        CtlAction::Discharge => 0b10,
        CtlAction::Both => 0b11,
    };
    SCONF2_DIS_PF
        | ctl << SCONF2_CTLC
        | flag(SCONF2_UV_OP, system.under_voltage_opens_both)
        | flag(SCONF2_OCRA, system.current_timed_recovery)
        | flag(SCONF2_EUVR, system.load_lock)
}

/// 11h to 18h: OTC, OTCR, UTC, UTCR, OTD, OTDR, UTD, UTDR.
fn temperatures(limits: &TemperatureLimits, reference: Reference) -> [u8; 8] {
    let high = |limit, range| reference.high_threshold(outwards(limit, TEMPERATURE_MARGIN, range));
    let low = |limit, range| reference.low_threshold(outwards(limit, -TEMPERATURE_MARGIN, range));
    [
        high(limits.charge_high, (45, 70)),
        high(limits.charge_high_release, (40, 70)),
        low(limits.charge_low, (-20, 10)),
        low(limits.charge_low_release, (-20, 15)),
        high(limits.discharge_high, (45, 80)),
        high(limits.discharge_high_release, (40, 80)),
        low(limits.discharge_low, (-40, 10)),
        low(limits.discharge_low_release, (-40, 15)),
    ]
}

/// A limit moved by a margin, within the whole degrees that the chip allows.
fn outwards(limit: Centicelsius, margin: i16, (coldest, hottest): (i16, i16)) -> Centicelsius {
    let moved = Centicelsius(limit.0.saturating_add(margin));
    moved.clamp(Centicelsius::from_degrees(coldest), Centicelsius::from_degrees(hottest))
}
