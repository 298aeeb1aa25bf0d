//! The limit table: what every protection on a measured quantity watches, trips at and releases
//! at. Limits are data; the logic is [`Protection`](crate::protect::Protection).

use crate::measure::Reading;
use crate::params::{McuCurrent, Params, TemperatureLimits, Voltage};
use crate::protect::{Reasons, Signal, Timing};
use crate::time::Duration;
use crate::units::{Centicelsius, Milliamps, Millivolts, Picovolts};
use bitflags::bitflags;
use heapless::Vec;

/// Rows of the largest table: four voltages, two currents, eight temperatures.
pub const LIMITS_MAX: usize = 14;

/// What a limit watches, and the unit of its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quantity {
    /// The highest cell voltage, microvolt.
    HighestCell,
    /// The lowest cell voltage, microvolt.
    LowestCell,
    /// The pack current, milliampere, charge positive.
    Current,
    /// The hottest cell sensor, hundredths of a degree Celsius.
    HottestCell,
    /// The coldest cell sensor, hundredths of a degree Celsius.
    ColdestCell,
    /// The hottest MOSFET sensor, hundredths of a degree Celsius.
    HottestMos,
    /// The coldest MOSFET sensor, hundredths of a degree Celsius.
    ColdestMos,
}

impl Quantity {
    /// Whether the quantity is a temperature, which is sampled once per second (AMB-X-02).
    #[must_use]
    pub const fn is_temperature(self) -> bool {
        matches!(self, Self::HottestCell | Self::ColdestCell | Self::HottestMos | Self::ColdestMos)
    }
}

/// On which side of its trip value a quantity is dangerous. The trip value itself is (AMB-X-01).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Danger {
    /// At or above the trip value.
    Above,
    /// At or below the trip value.
    Below,
}

/// What ends a protection, besides the states in [`Limit::lifted_by`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Release {
    /// The quantity has come back to this value (AMB-X-01: voltages).
    Reaching(i32),
    /// The quantity has come back beyond this value (AMB-X-01: temperatures).
    Passing(i32),
    /// This time has passed since the trip (AMB-X-05).
    After(Duration),
}

bitflags! {
    /// Detected states of the pack that lift a protection and hold its timer at zero (AMB-X-09).
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct Lift: u8 {
        /// Discharge current flows.
        const DISCHARGING = 1 << 0;
        /// Charge current flows.
        const CHARGING = 1 << 1;
    }
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Which protection.
    pub reason: Reasons,
    /// What it watches.
    pub quantity: Quantity,
    /// On which side of `trip` the danger lies.
    pub danger: Danger,
    /// The first dangerous value, in the quantity's unit.
    pub trip: i32,
    /// What ends it.
    pub release: Release,
    /// How long the danger must last without a break (AMB-X-04).
    pub delay: Duration,
    /// States that end it and hold its timer at zero.
    pub lifted_by: Lift,
    /// Whether the quantity releases it only after the load was removed (PS-UV-4).
    pub needs_load_gone: bool,
    /// Consecutive dangerous samples that trip it if it has no delay (AMB-X-06).
    pub confirm_samples: u8,
}

impl Limit {
    /// Whether `value` is dangerous.
    #[must_use]
    pub const fn is_violated_by(&self, value: i32) -> bool {
        match self.danger {
            Danger::Above => value >= self.trip,
            Danger::Below => value <= self.trip,
        }
    }

    /// Whether `value` ends the protection. Never, if time ends it.
    #[must_use]
    pub const fn is_released_by(&self, value: i32) -> bool {
        match (self.release, self.danger) {
            (Release::Reaching(release), Danger::Above) => value <= release,
            (Release::Reaching(release), Danger::Below) => value >= release,
            (Release::Passing(release), Danger::Above) => value < release,
            (Release::Passing(release), Danger::Below) => value > release,
            (Release::After(_), _) => false,
        }
    }

    /// What a reading means to this limit. `lifting` are the states detected now, `load_gone`
    /// tells whether the load has been away for long enough.
    #[must_use]
    pub fn judge(&self, reading: &Reading, lifting: Lift, load_gone: bool) -> Signal {
        let value = reading.value(self.quantity);
        if self.lifted_by.intersects(lifting) {
            Signal::Safe
        } else if self.is_violated_by(value) {
            Signal::Danger
        } else if self.is_released_by(value) && (load_gone || !self.needs_load_gone) {
            Signal::Safe
        } else {
            Signal::Between
        }
    }

    /// The times of this limit.
    #[must_use]
    pub const fn timing(&self) -> Timing {
        let recovery = match self.release {
            Release::After(recovery) => Some(recovery),
            Release::Reaching(_) | Release::Passing(_) => None,
        };
        Timing { delay: self.delay, confirm: self.confirm_samples, recovery }
    }
}

/// The limits that `params` switch on. `step` is the resolution at which ampere limits are
/// compared.
#[must_use]
pub fn table(params: &Params, step: Picovolts) -> Vec<Limit, LIMITS_MAX> {
    let mut rows = Vec::new();
    rows.extend(high_voltages(params));
    rows.extend(low_voltages(params));
    rows.extend(currents(params, step));
    rows.extend(temperatures(
        &CELL_SENSORS,
        &params.cell_temperature,
        params.system.confirm_samples,
    ));
    rows.extend(temperatures(&MOS_SENSORS, &params.mos_temperature, params.system.confirm_samples));
    rows
}

/// Rounds an ampere limit to the nearest reading that a converter of this resolution can deliver,
/// and returns the first whole milliampere nearer to that reading than to the one before it. So
/// the rounding of readings to milliamperes cannot move the limit.
#[must_use]
pub fn at_resolution(limit: Milliamps, shunt_nano_ohm: u32, step: Picovolts) -> Milliamps {
    let shunt = i64::from(shunt_nano_ohm);
    if shunt == 0 || step.0 <= 0 {
        return limit;
    }
    let counts = (i64::from(limit.0) * shunt + step.0 / 2) / step.0;
    let below = (2 * counts - 1) * step.0; // twice the border to the reading before
    let first = below.div_euclid(2 * shunt) + i64::from(below.rem_euclid(2 * shunt) != 0);
    Milliamps(i32::try_from(first).unwrap_or(i32::MAX))
}

/// The current from which the pack counts as charging or discharging: the state threshold of the
/// shunt voltage (PS-STA-1). It is not rounded to a reading: nothing below it may count.
#[must_use]
pub fn flowing(params: &Params) -> Milliamps {
    let picovolts = i64::from(params.voltage.state_detect.0) * 1_000_000;
    let shunt = i64::from(params.shunt_nano_ohm).max(1);
    Milliamps(i32::try_from((picovolts + shunt - 1) / shunt).unwrap_or(i32::MAX))
}

fn high_voltages(params: &Params) -> impl Iterator<Item = Limit> {
    let Voltage { over, over_release, over_delay, .. } = params.voltage;
    let Voltage { abnormal_high, abnormal_high_release, abnormal_high_delay, .. } = params.voltage;
    let lifted = |released_by_discharge: bool| match params.system.charge_mos_recovery {
        true if released_by_discharge => Lift::DISCHARGING,
        _ => Lift::empty(),
    };
    let row = |reason, trip: Millivolts, release: Millivolts, delay, lifted_by| Limit {
        reason,
        quantity: Quantity::HighestCell,
        danger: Danger::Above,
        trip: trip.to_microvolts().0,
        release: Release::Reaching(release.to_microvolts().0),
        delay,
        lifted_by,
        needs_load_gone: false,
        confirm_samples: params.system.confirm_samples,
    };
    let over = row(
        Reasons::OVER_VOLTAGE,
        over,
        over_release,
        over_delay,
        lifted(params.voltage.over_release_on_discharge),
    );
    let abnormal = row(
        Reasons::ABNORMAL_HIGH_VOLTAGE,
        abnormal_high,
        abnormal_high_release,
        abnormal_high_delay,
        lifted(params.voltage.abnormal_high_release_on_discharge),
    );
    [Some(over), params.system.abnormal_high_enabled.then_some(abnormal)].into_iter().flatten()
}

fn low_voltages(params: &Params) -> impl Iterator<Item = Limit> {
    let voltage = &params.voltage;
    let under = Limit {
        reason: Reasons::UNDER_VOLTAGE,
        quantity: Quantity::LowestCell,
        danger: Danger::Below,
        trip: voltage.under.to_microvolts().0,
        release: Release::Reaching(voltage.under_release.to_microvolts().0),
        delay: voltage.under_delay,
        lifted_by: if voltage.under_release_on_charge { Lift::CHARGING } else { Lift::empty() },
        needs_load_gone: params.system.load_lock,
        confirm_samples: params.system.confirm_samples,
    };
    let prohibit = Limit {
        reason: Reasons::LOW_VOLTAGE_PROHIBIT,
        trip: voltage.low_prohibit.to_microvolts().0,
        release: Release::Reaching(voltage.low_prohibit_release.to_microvolts().0),
        delay: voltage.low_prohibit_delay,
        lifted_by: Lift::empty(),
        needs_load_gone: false,
        ..under
    };
    [Some(under), params.system.low_voltage_prohibit.then_some(prohibit)].into_iter().flatten()
}

fn currents(params: &Params, step: Picovolts) -> impl Iterator<Item = Limit> {
    let McuCurrent { charge_oc, charge_oc_delay, recovery, .. } = params.mcu_current;
    let McuCurrent { discharge_oc, discharge_oc_delay, .. } = params.mcu_current;
    let charge = Limit {
        reason: Reasons::CHARGE_OC,
        quantity: Quantity::Current,
        danger: Danger::Above,
        trip: at_resolution(charge_oc, params.shunt_nano_ohm, step).0,
        release: Release::After(recovery),
        delay: charge_oc_delay,
        lifted_by: Lift::empty(),
        needs_load_gone: false,
        confirm_samples: params.system.confirm_samples,
    };
    let discharge = Limit {
        reason: Reasons::DISCHARGE_OC,
        danger: Danger::Below,
        trip: -at_resolution(discharge_oc, params.shunt_nano_ohm, step).0,
        delay: discharge_oc_delay,
        ..charge
    };
    // AMB-PS-25: a fitted limiter limits instead of cutting off.
    [(!params.limiter.fitted).then_some(charge), Some(discharge)].into_iter().flatten()
}

/// The reasons and quantities of one class of sensors.
struct Sensors {
    hottest: Quantity,
    coldest: Quantity,
    charge_hot: Reasons,
    charge_cold: Reasons,
    discharge_hot: Reasons,
    discharge_cold: Reasons,
}

const CELL_SENSORS: Sensors = Sensors {
    hottest: Quantity::HottestCell,
    coldest: Quantity::ColdestCell,
    charge_hot: Reasons::CELL_CHARGE_HOT,
    charge_cold: Reasons::CELL_CHARGE_COLD,
    discharge_hot: Reasons::CELL_DISCHARGE_HOT,
    discharge_cold: Reasons::CELL_DISCHARGE_COLD,
};

const MOS_SENSORS: Sensors = Sensors {
    hottest: Quantity::HottestMos,
    coldest: Quantity::ColdestMos,
    charge_hot: Reasons::MOS_CHARGE_HOT,
    charge_cold: Reasons::MOS_CHARGE_COLD,
    discharge_hot: Reasons::MOS_DISCHARGE_HOT,
    discharge_cold: Reasons::MOS_DISCHARGE_COLD,
};

fn temperatures(class: &Sensors, limits: &TemperatureLimits, confirm_samples: u8) -> [Limit; 4] {
    let row = |reason, quantity, danger, trip: Centicelsius, release: Centicelsius| Limit {
        reason,
        quantity,
        danger,
        trip: i32::from(trip.0),
        release: Release::Passing(i32::from(release.0)),
        delay: Duration::ZERO,
        lifted_by: Lift::empty(),
        needs_load_gone: false,
        confirm_samples,
    };
    let hot = |reason, trip, release| row(reason, class.hottest, Danger::Above, trip, release);
    let cold = |reason, trip, release| row(reason, class.coldest, Danger::Below, trip, release);
    [
        hot(class.charge_hot, limits.charge_high, limits.charge_high_release),
        cold(class.charge_cold, limits.charge_low, limits.charge_low_release),
        hot(class.discharge_hot, limits.discharge_high, limits.discharge_high_release),
        cold(class.discharge_cold, limits.discharge_low, limits.discharge_low_release),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One count of the SH367309's fast current converter.
    const STEP: Picovolts = Picovolts(7_452_398);

    /// The nearest whole milliampere to a reading of `counts`, as a driver delivers it.
    fn reading(counts: i64, shunt_nano_ohm: i64) -> i32 {
        i32::try_from((2 * counts * STEP.0 + shunt_nano_ohm) / (2 * shunt_nano_ohm)).unwrap()
    }

    /// 205 A on 125 µΩ is 25.625 mV, 3438.49 counts; 155 A on 166.667 µΩ 25.833 mV, 3466.44;
    /// 150 A 25.000 mV, 3354.63. 0.1 A less is at least one count less.
    #[test]
    fn an_ampere_limit_is_met_by_the_nearest_count_and_missed_by_the_count_before() {
        for (amperes, shunt, counts) in
            [(205, 125_000, 3_438), (155, 166_667, 3_466), (150, 166_667, 3_355)]
        {
            let trip = at_resolution(Milliamps(amperes * 1_000), shunt, STEP).0;
            assert!(reading(counts, i64::from(shunt)) >= trip, "{amperes} A");
            assert!(reading(counts - 1, i64::from(shunt)) < trip, "{amperes} A");
        }
    }

    #[test]
    fn a_converter_that_counts_milliamperes_leaves_the_limit_alone() {
        let one_milliampere = Picovolts(125_000);
        let limit = Milliamps(205_000);
        assert_eq!(at_resolution(limit, 125_000, one_milliampere), limit);
    }
}
