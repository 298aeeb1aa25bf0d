//! The names of all parameters in files, and where each one lives. One table serves the product
//! profiles and the overrides of a scenario.

pub(crate) mod board;

use crate::diagnostics::Problem;
use crate::quantity::Dimension;
use crate::section::{Leaf, Sink};
use bms_core::params::{CtlAction, Params};
use bms_core::time::Duration;
use bms_core::units::{BasisPoints, Centicelsius, Microvolts, Milliamps, Millivolts};
use sim::reported::{Counts, Parameter};
use toml::Spanned;
use toml::de::DeValue;

pub(crate) use board::set_board;

/// Where a parameter lives, and with that how it is written.
#[derive(Clone, Copy)]
pub(crate) enum Slot {
    Millivolts(fn(&mut Params) -> &mut Millivolts),
    Microvolts(fn(&mut Params) -> &mut Microvolts),
    Time(fn(&mut Params) -> &mut Duration),
    Milliamps(fn(&mut Params) -> &mut Milliamps),
    Degrees(fn(&mut Params) -> &mut Centicelsius),
    Share(fn(&mut Params) -> &mut BasisPoints),
    Steps(fn(&mut Params) -> &mut [BasisPoints; 4]),
    Switch(fn(&mut Params) -> &mut bool),
    Count(fn(&mut Params) -> &mut u8),
    NanoOhm(fn(&mut Params) -> &mut u32),
    Milliamphours(fn(&mut Params) -> &mut u32),
    Ctl(fn(&mut Params) -> &mut CtlAction),
    /// `true` for both MOSFETs, `false` for the discharge MOSFET alone (PS-UV-5).
    BothMosfets(fn(&mut Params) -> &mut bool),
}

/// A parameter: its name in files and its place.
#[derive(Clone, Copy)]
pub(crate) struct Field {
    pub(crate) key: &'static str,
    pub(crate) slot: Slot,
    /// Its value in the unit that [`Field::signal`] says; not a number for a word or a list.
    read: fn(&Params) -> f64,
}

/// The value of a parameter, correctly rounded.
macro_rules! held {
    (Millivolts $at:expr) => {
        f64::from($at.0) / 1e3
    };
    (Microvolts $at:expr) => {
        f64::from($at.0) / 1e6
    };
    (Milliamps $at:expr) => {
        f64::from($at.0) / 1e3
    };
    (Degrees $at:expr) => {
        f64::from($at.0) / 1e2
    };
    (Share $at:expr) => {
        f64::from($at.0) / 1e4
    };
    (Time $at:expr) => {
        seconds($at)
    };
    (NanoOhm $at:expr) => {
        f64::from($at) / 1e9
    };
    (Milliamphours $at:expr) => {
        f64::from($at) * 3_600.0 / 1e3
    };
    (Switch $at:expr) => {
        f64::from(u8::from($at))
    };
    (BothMosfets $at:expr) => {
        f64::from(u8::from($at))
    };
    (Count $at:expr) => {
        f64::from($at)
    };
    ($word:ident $at:expr) => {{
        let _ = &$at;
        f64::NAN
    }};
}

macro_rules! fields {
    ($($key:literal $slot:ident $($path:ident).+;)*) => {
        &[$(Field {
            key: $key,
            slot: Slot::$slot(|params| &mut params.$($path).+),
            read: |params| held!($slot params.$($path).+),
        }),*]
    };
}

/// Every parameter of a product.
pub(crate) const FIELDS: &[Field] = fields! {
    "pack.series" Count series;
    "pack.shunt" NanoOhm shunt_nano_ohm;
    "system.capacity" Milliamphours capacity_mah;
    "system.soc" Share soc;
    "system.address" Count address;
    "system.precharge_control" Switch system.low_cell_precharge;
    "system.charge_mos_recovery_control" Switch system.charge_mos_recovery;
    "system.overcurrent_mos_control" Switch system.over_current_opens_both;
    "system.mcu_balance_control" Switch system.balance_enabled;
    "system.low_voltage_charge_prohibit_enable" Switch system.low_voltage_prohibit;
    "system.over_discharge_mos_control" BothMosfets system.under_voltage_opens_both;
    "system.abnormal_high_voltage_enable" Switch system.abnormal_high_enabled;
    "system.ctl_pin" Ctl system.ctl;
    "system.current_protection_timed_recovery" Switch system.current_timed_recovery;
    "system.scp_timed_recovery" Switch system.short_circuit_timed_recovery;
    "system.over_discharge_load_lock" Switch system.load_lock;
    "system.load_release_delay" Time system.load_release_delay;
    "system.mos_turn_on_delay" Time system.mos_turn_on_delay;
    "system.confirm_samples" Count system.confirm_samples;
    "voltage.abnormal_high" Millivolts voltage.abnormal_high;
    "voltage.abnormal_high_delay" Time voltage.abnormal_high_delay;
    "voltage.abnormal_high_release" Millivolts voltage.abnormal_high_release;
    "voltage.abnormal_high_release_on_discharge" Switch voltage.abnormal_high_release_on_discharge;
    "voltage.cell_ov" Millivolts voltage.over;
    "voltage.cell_ov_release" Millivolts voltage.over_release;
    "voltage.cell_ov_delay" Time voltage.over_delay;
    "voltage.ov_release_on_discharge" Switch voltage.over_release_on_discharge;
    "voltage.cell_uv" Millivolts voltage.under;
    "voltage.cell_uv_release" Millivolts voltage.under_release;
    "voltage.cell_uv_delay" Time voltage.under_delay;
    "voltage.uv_release_on_charge" Switch voltage.under_release_on_charge;
    "voltage.balance_open" Millivolts voltage.balance_open;
    "voltage.precharge_turn_on" Millivolts voltage.precharge_turn_on;
    "voltage.low_voltage_prohibit" Millivolts voltage.low_prohibit;
    "voltage.low_voltage_prohibit_release" Millivolts voltage.low_prohibit_release;
    "voltage.low_voltage_prohibit_delay" Time voltage.low_prohibit_delay;
    "voltage.state_detect" Microvolts voltage.state_detect;
    "current.afe.discharge_oc1" Millivolts afe_current.discharge_oc1;
    "current.afe.discharge_oc1_delay" Time afe_current.discharge_oc1_delay;
    "current.afe.discharge_oc2" Millivolts afe_current.discharge_oc2;
    "current.afe.discharge_oc2_delay" Time afe_current.discharge_oc2_delay;
    "current.afe.short_circuit" Millivolts afe_current.short_circuit;
    "current.afe.short_circuit_delay" Time afe_current.short_circuit_delay;
    "current.afe.charge_oc" Millivolts afe_current.charge_oc;
    "current.afe.charge_oc_delay" Time afe_current.charge_oc_delay;
    "current.afe.auto_recovery" Time afe_current.auto_recovery;
    "current.mcu.charge_oc" Milliamps mcu_current.charge_oc;
    "current.mcu.charge_oc_delay" Time mcu_current.charge_oc_delay;
    "current.mcu.discharge_oc" Milliamps mcu_current.discharge_oc;
    "current.mcu.discharge_oc_delay" Time mcu_current.discharge_oc_delay;
    "current.mcu.recovery" Time mcu_current.recovery;
    "limiter.fitted" Switch limiter.fitted;
    "limiter.activation" Milliamps limiter.activation;
    "limiter.activation_delay" Time limiter.activation_delay;
    "limiter.recovery" Time limiter.recovery;
    "limiter.output" Milliamps limiter.output;
    "temperature.cell.charge_high" Degrees cell_temperature.charge_high;
    "temperature.cell.charge_high_release" Degrees cell_temperature.charge_high_release;
    "temperature.cell.charge_low" Degrees cell_temperature.charge_low;
    "temperature.cell.charge_low_release" Degrees cell_temperature.charge_low_release;
    "temperature.cell.discharge_high" Degrees cell_temperature.discharge_high;
    "temperature.cell.discharge_high_release" Degrees cell_temperature.discharge_high_release;
    "temperature.cell.discharge_low" Degrees cell_temperature.discharge_low;
    "temperature.cell.discharge_low_release" Degrees cell_temperature.discharge_low_release;
    "temperature.mos.charge_high" Degrees mos_temperature.charge_high;
    "temperature.mos.charge_high_release" Degrees mos_temperature.charge_high_release;
    "temperature.mos.charge_low" Degrees mos_temperature.charge_low;
    "temperature.mos.charge_low_release" Degrees mos_temperature.charge_low_release;
    "temperature.mos.discharge_high" Degrees mos_temperature.discharge_high;
    "temperature.mos.discharge_high_release" Degrees mos_temperature.discharge_high_release;
    "temperature.mos.discharge_low" Degrees mos_temperature.discharge_low;
    "temperature.mos.discharge_low_release" Degrees mos_temperature.discharge_low_release;
    "balance.active_start" Millivolts balance.active_start;
    "balance.active_stop" Millivolts balance.active_stop;
    "balance.passive_in_charge" Switch balance.passive_in_charge;
    "balance.passive_in_standby" Switch balance.passive_in_standby;
    "balance.passive_adjacent" Millivolts balance.passive_adjacent;
    "balance.inhibit_on_high_temperature" Switch balance.inhibit_on_high_temperature;
    "precharge.on_short_circuit" Switch precharge.on_short_circuit;
    "precharge.done" Share precharge.done;
    "precharge.timeout" Time precharge.timeout;
    "mos_fault.current" Milliamps mos_fault.current;
    "mos_fault.time" Time mos_fault.time;
    "mos_fault.drop" Millivolts mos_fault.drop;
    "inverter.charge_voltage" Millivolts inverter.charge_voltage;
    "inverter.discharge_voltage" Millivolts inverter.discharge_voltage;
    "inverter.charge_current" Milliamps inverter.charge_current;
    "inverter.discharge_current" Milliamps inverter.discharge_current;
    "leds.soc_steps" Steps soc_led_steps;
};

impl Field {
    /// The parameter called `key`.
    pub(crate) fn find(key: &str) -> Option<Self> {
        FIELDS.iter().find(|field| field.key == key).copied()
    }

    /// Reads a value into the parameter; what is wrong with it is reported.
    pub(crate) fn set(self, params: &mut Params, value: &Spanned<DeValue<'_>>, sink: &Sink) {
        match self.slot {
            Slot::Millivolts(at) => {
                put(value, Dimension::Voltage, -3, sink, |x| at(params).0 = x);
            }
            Slot::Microvolts(at) => {
                put(value, Dimension::Voltage, -6, sink, |x| at(params).0 = x);
            }
            Slot::Milliamps(at) => put(value, Dimension::Current, -3, sink, |x| at(params).0 = x),
            Slot::Degrees(at) => put(value, Dimension::Temperature, -2, sink, |x| at(params).0 = x),
            Slot::Share(at) => put(value, Dimension::Share, -4, sink, |x| at(params).0 = x),
            Slot::NanoOhm(at) => put(value, Dimension::Resistance, -9, sink, |x| *at(params) = x),
            Slot::Milliamphours(at) => {
                put(value, Dimension::Capacity, -3, sink, |x| *at(params) = x);
            }
            Slot::Time(at) => put(value, Dimension::Time, -6, sink, |x| {
                *at(params) = Duration::from_micros(x);
            }),
            Slot::Steps(at) => put_steps(at(params), value, sink),
            Slot::Switch(at) => put_word(at(params), SWITCH, value, sink),
            Slot::Ctl(at) => put_word(at(params), CTL, value, sink),
            Slot::BothMosfets(at) => put_word(at(params), MOSFETS, value, sink),
            Slot::Count(at) => put_count(at(params), value, sink),
        }
    }
}

impl Field {
    /// The parameter as a signal, and how its values are written; none for a word or a list.
    pub(crate) fn signal(self) -> Option<(Parameter, Dimension)> {
        let (counts, dimension) = match self.slot {
            Slot::Millivolts(_) | Slot::Microvolts(_) => (Counts::Volt, Dimension::Voltage),
            Slot::Milliamps(_) => (Counts::Ampere, Dimension::Current),
            Slot::Degrees(_) => (Counts::Celsius, Dimension::Temperature),
            Slot::Share(_) => (Counts::Share, Dimension::Share),
            Slot::NanoOhm(_) => (Counts::Ohm, Dimension::Resistance),
            Slot::Milliamphours(_) => (Counts::Coulomb, Dimension::Charge),
            Slot::Time(_) => (Counts::Second, Dimension::Time),
            Slot::Switch(_) | Slot::BothMosfets(_) | Slot::Count(_) => {
                (Counts::Things, Dimension::Number)
            }
            Slot::Ctl(_) | Slot::Steps(_) => return None,
        };
        Some((Parameter { name: self.key, counts, read: self.read }, dimension))
    }

    /// Reads a value as the firmware counts it, without a place to put it; what is wrong with it is
    /// reported.
    pub(crate) fn whole(self, value: &Spanned<DeValue<'_>>, sink: &Sink) -> Option<i64> {
        let (dimension, power) = match self.slot {
            Slot::Millivolts(_) => (Dimension::Voltage, -3),
            Slot::Microvolts(_) => (Dimension::Voltage, -6),
            Slot::Milliamps(_) => (Dimension::Current, -3),
            Slot::Degrees(_) => (Dimension::Temperature, -2),
            Slot::Share(_) => (Dimension::Share, -4),
            Slot::NanoOhm(_) => (Dimension::Resistance, -9),
            Slot::Milliamphours(_) => (Dimension::Capacity, -3),
            Slot::Time(_) => (Dimension::Time, -6),
            Slot::Switch(_) => return word(SWITCH, value, sink),
            Slot::BothMosfets(_) => return word(MOSFETS, value, sink),
            Slot::Ctl(_) => return word(CTL, value, sink),
            Slot::Count(_) | Slot::Steps(_) => {
                let mut count = 0;
                put_count(&mut count, value, sink);
                return Some(count.into());
            }
        };
        let mut written = None;
        put::<i64>(value, dimension, power, sink, |whole| written = Some(whole));
        written
    }
}

/// A duration in seconds, correctly rounded.
#[expect(clippy::cast_precision_loss, reason = "delays are far below 2^53 microseconds")]
fn seconds(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1e6
}

/// The place of a word among those that a parameter knows.
fn word<T: Copy + PartialEq>(
    words: &[(&str, T)],
    value: &Spanned<DeValue<'_>>,
    sink: &Sink,
) -> Option<i64> {
    let mut found = words.first()?.1;
    put_word(&mut found, words, value, sink);
    let place = words.iter().position(|(_, word)| *word == found)?;
    i64::try_from(place).ok()
}

const SWITCH: &[(&str, bool)] = &[("true", true), ("false", false)];
const MOSFETS: &[(&str, bool)] = &[("discharge_only", false), ("both", true)];
const CTL: &[(&str, CtlAction)] = &[
    ("nothing", CtlAction::Nothing),
    ("charge", CtlAction::Charge),
    ("discharge", CtlAction::Discharge),
    ("charge_and_discharge", CtlAction::Both),
];

/// Reads a quantity as a whole number of `10^power` base units.
fn put<N: TryFrom<i64>>(
    value: &Spanned<DeValue<'_>>,
    dimension: Dimension,
    power: i32,
    sink: &Sink,
    store: impl FnOnce(N),
) {
    let Some(quantity) = sink.quantity(value, dimension) else { return };
    match quantity.whole(power).and_then(|whole| N::try_from(whole).ok()) {
        Some(whole) => store(whole),
        None => sink.report(
            Problem::new("the firmware cannot hold this value", value.span())
                .label("negative, too large, or finer than the firmware's unit")
                .help(format!("the firmware counts in {}", step(dimension, power))),
        ),
    }
}

/// The unit in which the firmware holds a quantity.
fn step(dimension: Dimension, power: i32) -> &'static str {
    match (dimension, power) {
        (Dimension::Voltage, -3) => "millivolts",
        (Dimension::Voltage, _) => "microvolts",
        (Dimension::Current, _) => "milliamperes",
        (Dimension::Temperature, _) => "hundredths of a degree",
        (Dimension::Share, _) => "hundredths of a per cent",
        (Dimension::Resistance, _) => "nano-ohms",
        (Dimension::Capacity, _) => "milliampere-hours",
        _ => "microseconds",
    }
}

fn put_word<T: Copy>(
    place: &mut T,
    words: &[(&str, T)],
    value: &Spanned<DeValue<'_>>,
    sink: &Sink,
) {
    let names: Vec<_> = words.iter().map(|(name, _)| *name).collect();
    let found = match value.get_ref() {
        DeValue::Boolean(on) => words.iter().find(|(name, _)| *name == on.to_string()),
        DeValue::String(text) if names != ["true", "false"] => {
            words.iter().find(|(name, _)| *name == text)
        }
        _ => None,
    };
    match found {
        Some((_, word)) => *place = *word,
        None => sink.report(
            Problem::new(format!("expected one of {}", names.join(", ")), value.span())
                .label("not one of them"),
        ),
    }
}

fn put_count(place: &mut u8, value: &Spanned<DeValue<'_>>, sink: &Sink) {
    match value.get_ref().as_integer().and_then(|number| number.as_str().parse().ok()) {
        Some(count) => *place = count,
        None => sink.wrong_kind(value, "a whole number without quotes, 0 to 255"),
    }
}

fn put_steps(place: &mut [BasisPoints; 4], value: &Spanned<DeValue<'_>>, sink: &Sink) {
    match value.get_ref().as_array() {
        Some(items) if items.len() == place.len() => {
            for (step, item) in place.iter_mut().zip(items.iter()) {
                put(item, Dimension::Share, -4, sink, |x| step.0 = x);
            }
        }
        _ => sink.wrong_kind(value, "a list of four shares"),
    }
}

/// Reads the leaves of a parameter table.
pub(crate) fn set_params(params: &mut Params, leaves: &[Leaf<'_>], sink: &Sink) {
    for leaf in leaves {
        match Field::find(&leaf.name) {
            Some(field) => field.set(params, leaf.value, sink),
            None => {
                let known: Vec<_> = FIELDS.iter().map(|field| field.key).collect();
                report_unknown(leaf, &known, sink);
            }
        }
    }
}

fn report_unknown(leaf: &Leaf<'_>, known: &[&str], sink: &Sink) {
    let near = crate::diagnostics::did_you_mean(&leaf.name, known.iter().copied());
    let title = format!("unknown parameter `{}`", leaf.name);
    let help = near.map_or_else(
        || "parameters are named as in the product's file".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    sink.report(Problem::new(title, leaf.key.clone()).label("not known").help(help));
}
