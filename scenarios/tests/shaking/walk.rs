//! Every value of a product by name, and every way to shake it: one unit up and down, the next step
//! of the front-end chip where it cannot be set that finely, the other states of a switch.

use bms_core::drivers::sh367309::EepromImage;
use bms_core::params::{
    AfeCurrent, Balance, CtlAction, Inverter, Limiter, McuCurrent, MosFault, Params, Precharge,
    System, TemperatureLimits, Voltage,
};
use bms_core::time::Duration;
use bms_core::units::{BasisPoints, Centicelsius, Microvolts, Milliamps, Millivolts};

/// A product with one value moved.
pub(crate) struct Mutant {
    /// The value's name.
    pub(crate) name: &'static str,
    /// From what to what.
    pub(crate) change: String,
    /// The product.
    pub(crate) params: Params,
    /// Whether the gate accepts it: ranges, order, and the chip's steps.
    pub(crate) accepted: bool,
}

/// Whether a pack can be set up with these parameters at all.
pub(crate) fn accepts(params: &Params) -> bool {
    params.validate().is_ok() && EepromImage::from_params(params).is_ok()
}

/// Every mutant of a product.
pub(crate) fn mutants(product: &Params) -> Vec<Mutant> {
    let names: Vec<_> = knobs(&mut product.clone()).iter().map(|knob| knob.name).collect();
    (0..names.len()).flat_map(|place| of_one(product, place)).collect()
}

/// The names of all values.
pub(crate) fn names(product: &Params) -> Vec<&'static str> {
    knobs(&mut product.clone()).iter().map(|knob| knob.name).collect()
}

fn of_one(product: &Params, place: usize) -> Vec<Mutant> {
    let moved = |value: i64| {
        let mut params = product.clone();
        let mut knobs = knobs(&mut params);
        let (from, name) = (knobs[place].value.read(), knobs[place].name);
        knobs[place].value.write(value);
        let accepted = accepts(&params);
        Mutant { name, change: format!("{from} -> {value}"), params, accepted }
    };
    let mut original = product.clone();
    let value = &knobs(&mut original)[place].value;
    let (here, finest) = (value.read(), value.finest());
    let mut mutants: Vec<_> = finest.iter().map(|value| moved(*value)).collect();
    if mutants.iter().all(|mutant| mutant.accepted) {
        mutants.extend(value.coarser().into_iter().map(moved));
        return mutants;
    }
    // Below and above, the first value that the chip can be set to.
    let ladder = value.ladder();
    let below = ladder.iter().rev().filter(|step| **step < here).map(|step| moved(*step));
    let above = ladder.iter().filter(|step| **step > here).map(|step| moved(*step));
    mutants.extend(below.take(STEPS_MAX).find(|mutant| mutant.accepted));
    mutants.extend(above.take(STEPS_MAX).find(|mutant| mutant.accepted));
    mutants
}

/// How many values of a ladder are tried.
const STEPS_MAX: usize = 100;

struct Knob<'a> {
    name: &'static str,
    value: Value<'a>,
}

enum Value<'a> {
    Count(&'a mut u8),
    Ohm(&'a mut u32),
    Capacity(&'a mut u32),
    Flag(&'a mut bool),
    Ctl(&'a mut CtlAction),
    Time(&'a mut Duration),
    Volts(&'a mut Millivolts),
    FineVolts(&'a mut Microvolts),
    Amperes(&'a mut Milliamps),
    CellDegrees(&'a mut Centicelsius),
    MosDegrees(&'a mut Centicelsius),
    Share(&'a mut BasisPoints),
}

const CTL: [CtlAction; 4] =
    [CtlAction::Nothing, CtlAction::Charge, CtlAction::Discharge, CtlAction::Both];

impl Value<'_> {
    fn read(&self) -> i64 {
        match self {
            Self::Count(count) => i64::from(**count),
            Self::Ohm(value) | Self::Capacity(value) => i64::from(**value),
            Self::Flag(flag) => i64::from(**flag),
            Self::Ctl(action) => {
                let place = CTL.iter().position(|one| one == *action);
                place.and_then(|place| i64::try_from(place).ok()).expect("it is one of four")
            }
            Self::Time(time) => time.as_micros().cast_signed(),
            Self::Volts(volts) => i64::from(volts.0),
            Self::FineVolts(volts) => i64::from(volts.0),
            Self::Amperes(amperes) => i64::from(amperes.0),
            Self::CellDegrees(degrees) | Self::MosDegrees(degrees) => i64::from(degrees.0),
            Self::Share(share) => i64::from(share.0),
        }
    }

    fn write(&mut self, value: i64) {
        let int = || i32::try_from(value).expect("moved by little");
        match self {
            Self::Count(count) => **count = u8::try_from(value).expect("moved by little"),
            Self::Ohm(own) | Self::Capacity(own) => {
                **own = u32::try_from(value).expect("moved by little");
            }
            Self::Flag(flag) => **flag = value != 0,
            Self::Ctl(action) => **action = CTL[usize::try_from(value).expect("one of four")],
            Self::Time(time) => **time = Duration::from_micros(value.cast_unsigned()),
            Self::Volts(volts) => **volts = Millivolts(int()),
            Self::FineVolts(volts) => **volts = Microvolts(int()),
            Self::Amperes(amperes) => **amperes = Milliamps(int()),
            Self::CellDegrees(degrees) | Self::MosDegrees(degrees) => {
                **degrees = Centicelsius(i16::try_from(value).expect("moved by little"));
            }
            Self::Share(share) => **share = BasisPoints(int()),
        }
    }

    /// The nearest other values.
    fn finest(&self) -> Vec<i64> {
        let here = self.read();
        let around = |unit: i64| vec![here - unit, here + unit];
        match self {
            Self::Flag(_) => vec![1 - here],
            Self::Ctl(_) => (0..4).filter(|place| *place != here).collect(),
            Self::Ohm(_) => around(here / 1_000),
            // A count of the microcontroller's converter is up to 0.013 °C, at 100 °C.
            Self::MosDegrees(_) => around(2),
            _ => around(1),
        }
    }

    /// What the whole loop can tell apart where single units are below its resolution: 0.1 A and
    /// 0.1 °C.
    fn coarser(&self) -> Vec<i64> {
        match self {
            Self::Amperes(_) => vec![self.read() - 100, self.read() + 100],
            Self::CellDegrees(_) | Self::MosDegrees(_) => vec![self.read() - 10, self.read() + 10],
            _ => Vec::new(),
        }
    }

    /// Rising values among which the chip's steps are looked for.
    fn ladder(&self) -> Vec<i64> {
        match self {
            Self::Time(_) => delays(),
            Self::FineVolts(_) => vec![200, 500, 1_000, 2_000],
            Self::Volts(_) => (self.read() - 99..self.read() + 100).collect(),
            _ => Vec::new(),
        }
    }
}

/// Microseconds: every multiple of 64 µs of the short-circuit and turn-on delays, then the times
/// that occur in any of the chip's tables (SH367309 datasheet V1.2).
fn delays() -> Vec<i64> {
    let times = [
        10, 20, 40, 50, 60, 80, 100, 200, 300, 400, 500, 600, 800, 1_000, 2_000, 3_000, 4_000,
        6_000, 8_000, 10_000, 15_000, 16_000, 20_000, 30_000, 32_000, 40_000, 64_000,
    ];
    (0..16).map(|count| count * 64).chain(times.map(|ms| ms * 1_000)).collect()
}

/// Every value of a product. The patterns name every field, so that a new one cannot be forgotten.
fn knobs(params: &mut Params) -> Vec<Knob<'_>> {
    let Params {
        series,
        shunt_nano_ohm,
        capacity_mah,
        soc,
        address,
        system,
        voltage,
        afe_current,
        mcu_current,
        limiter,
        cell_temperature,
        mos_temperature,
        balance,
        precharge,
        mos_fault,
        inverter,
        soc_led_steps,
    } = params;
    let mut knobs = vec![
        Knob { name: "series", value: Value::Count(series) },
        Knob { name: "shunt", value: Value::Ohm(shunt_nano_ohm) },
        Knob { name: "capacity", value: Value::Capacity(capacity_mah) },
        Knob { name: "soc", value: Value::Share(soc) },
        Knob { name: "address", value: Value::Count(address) },
    ];
    knobs.extend(of_system(system));
    knobs.extend(of_voltage(voltage));
    knobs.extend(of_afe_current(afe_current));
    knobs.extend(of_mcu_current(mcu_current));
    knobs.extend(of_limiter(limiter));
    knobs.extend(of_temperature(cell_temperature, &CELL_NAMES, Value::CellDegrees));
    knobs.extend(of_temperature(mos_temperature, &MOS_NAMES, Value::MosDegrees));
    knobs.extend(of_balance(balance));
    knobs.extend(of_rest(precharge, mos_fault));
    knobs.extend(of_inverter(inverter));
    let steps = LED_NAMES.into_iter().zip(soc_led_steps);
    knobs.extend(steps.map(|(name, step)| Knob { name, value: Value::Share(step) }));
    knobs
}

const LED_NAMES: [&str; 4] =
    ["soc_led_steps[0]", "soc_led_steps[1]", "soc_led_steps[2]", "soc_led_steps[3]"];

/// `knobs![system: low_cell_precharge Flag, ...]`.
macro_rules! knobs {
    ($group:literal: $($field:ident $kind:ident),* $(,)?) => {
        vec![$(Knob {
            name: concat!($group, ".", stringify!($field)),
            value: Value::$kind($field),
        }),*]
    };
}

fn of_system(system: &mut System) -> Vec<Knob<'_>> {
    let System {
        low_cell_precharge,
        charge_mos_recovery,
        over_current_opens_both,
        balance_enabled,
        low_voltage_prohibit,
        under_voltage_opens_both,
        abnormal_high_enabled,
        ctl,
        current_timed_recovery,
        short_circuit_timed_recovery,
        load_lock,
        load_release_delay,
        mos_turn_on_delay,
        confirm_samples,
    } = system;
    knobs!["system":
        low_cell_precharge Flag,
        charge_mos_recovery Flag,
        over_current_opens_both Flag,
        balance_enabled Flag,
        low_voltage_prohibit Flag,
        under_voltage_opens_both Flag,
        abnormal_high_enabled Flag,
        ctl Ctl,
        current_timed_recovery Flag,
        short_circuit_timed_recovery Flag,
        load_lock Flag,
        load_release_delay Time,
        mos_turn_on_delay Time,
        confirm_samples Count,
    ]
}

fn of_voltage(voltage: &mut Voltage) -> Vec<Knob<'_>> {
    let Voltage {
        abnormal_high,
        abnormal_high_delay,
        abnormal_high_release,
        abnormal_high_release_on_discharge,
        over,
        over_release,
        over_delay,
        over_release_on_discharge,
        under,
        under_release,
        under_delay,
        under_release_on_charge,
        balance_open,
        precharge_turn_on,
        low_prohibit,
        low_prohibit_release,
        low_prohibit_delay,
        state_detect,
    } = voltage;
    knobs!["voltage":
        abnormal_high Volts,
        abnormal_high_delay Time,
        abnormal_high_release Volts,
        abnormal_high_release_on_discharge Flag,
        over Volts,
        over_release Volts,
        over_delay Time,
        over_release_on_discharge Flag,
        under Volts,
        under_release Volts,
        under_delay Time,
        under_release_on_charge Flag,
        balance_open Volts,
        precharge_turn_on Volts,
        low_prohibit Volts,
        low_prohibit_release Volts,
        low_prohibit_delay Time,
        state_detect FineVolts,
    ]
}

fn of_afe_current(current: &mut AfeCurrent) -> Vec<Knob<'_>> {
    let AfeCurrent {
        discharge_oc1,
        discharge_oc1_delay,
        discharge_oc2,
        discharge_oc2_delay,
        short_circuit,
        short_circuit_delay,
        charge_oc,
        charge_oc_delay,
        auto_recovery,
    } = current;
    knobs!["afe_current":
        discharge_oc1 Volts,
        discharge_oc1_delay Time,
        discharge_oc2 Volts,
        discharge_oc2_delay Time,
        short_circuit Volts,
        short_circuit_delay Time,
        charge_oc Volts,
        charge_oc_delay Time,
        auto_recovery Time,
    ]
}

fn of_mcu_current(current: &mut McuCurrent) -> Vec<Knob<'_>> {
    let McuCurrent { charge_oc, charge_oc_delay, discharge_oc, discharge_oc_delay, recovery } =
        current;
    knobs!["mcu_current":
        charge_oc Amperes,
        charge_oc_delay Time,
        discharge_oc Amperes,
        discharge_oc_delay Time,
        recovery Time,
    ]
}

fn of_limiter(limiter: &mut Limiter) -> Vec<Knob<'_>> {
    let Limiter { fitted, activation, activation_delay, recovery, output } = limiter;
    knobs!["limiter":
        fitted Flag,
        activation Amperes,
        activation_delay Time,
        recovery Time,
        output Amperes,
    ]
}

const CELL_NAMES: [&str; 8] = [
    "cell_temperature.charge_high",
    "cell_temperature.charge_high_release",
    "cell_temperature.charge_low",
    "cell_temperature.charge_low_release",
    "cell_temperature.discharge_high",
    "cell_temperature.discharge_high_release",
    "cell_temperature.discharge_low",
    "cell_temperature.discharge_low_release",
];

const MOS_NAMES: [&str; 8] = [
    "mos_temperature.charge_high",
    "mos_temperature.charge_high_release",
    "mos_temperature.charge_low",
    "mos_temperature.charge_low_release",
    "mos_temperature.discharge_high",
    "mos_temperature.discharge_high_release",
    "mos_temperature.discharge_low",
    "mos_temperature.discharge_low_release",
];

fn of_temperature<'a>(
    limits: &'a mut TemperatureLimits,
    names: &[&'static str; 8],
    kind: fn(&'a mut Centicelsius) -> Value<'a>,
) -> Vec<Knob<'a>> {
    let TemperatureLimits {
        charge_high,
        charge_high_release,
        charge_low,
        charge_low_release,
        discharge_high,
        discharge_high_release,
        discharge_low,
        discharge_low_release,
    } = limits;
    let values = [
        charge_high,
        charge_high_release,
        charge_low,
        charge_low_release,
        discharge_high,
        discharge_high_release,
        discharge_low,
        discharge_low_release,
    ];
    names.iter().zip(values).map(|(name, value)| Knob { name, value: kind(value) }).collect()
}

fn of_balance(balance: &mut Balance) -> Vec<Knob<'_>> {
    let Balance {
        active_start,
        active_stop,
        passive_in_charge,
        passive_in_standby,
        passive_adjacent,
        inhibit_on_high_temperature,
    } = balance;
    knobs!["balance":
        active_start Volts,
        active_stop Volts,
        passive_in_charge Flag,
        passive_in_standby Flag,
        passive_adjacent Volts,
        inhibit_on_high_temperature Flag,
    ]
}

fn of_inverter(inverter: &mut Inverter) -> Vec<Knob<'_>> {
    let Inverter { charge_voltage, discharge_voltage, charge_current, discharge_current } =
        inverter;
    knobs!["inverter":
        charge_voltage Volts,
        discharge_voltage Volts,
        charge_current Amperes,
        discharge_current Amperes,
    ]
}

fn of_rest<'a>(precharge: &'a mut Precharge, fault: &'a mut MosFault) -> Vec<Knob<'a>> {
    let Precharge { on_short_circuit, done, timeout } = precharge;
    let mut knobs = knobs!["precharge": on_short_circuit Flag, done Share, timeout Time];
    let MosFault { current, time, drop } = fault;
    knobs.extend(knobs!["mos_fault": current Amperes, time Time, drop Volts]);
    knobs
}
