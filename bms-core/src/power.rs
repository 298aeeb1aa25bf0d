//! From reasons to gates: which protection keeps which MOSFET off, the charge limiter, the
//! low-cell pre-charge, the care for the charge MOSFET's body diode, and MOSFETs that do not obey.

use crate::afe::AfeFlags;
use crate::bms::Gates;
use crate::limits::at_resolution;
use crate::measure::Reading;
use crate::params::{CtlAction, Params};
use crate::protect::{Protection, Reasons, Signal, Timing};
use crate::time::{Duration, Instant};
use crate::units::{Milliamps, Millivolts, Picovolts};

/// How far the port may lie below the pack without a load: the SH367309's load detector
/// (datasheet V1.2: DSGD below 1.0 V; AMB-PS-22).
pub const LOAD_MARGIN: Millivolts = Millivolts(1_000);

/// How often the port is looked at while a protection waits for the load to go.
pub const LOAD_LOOK_PERIOD: Duration = Duration::from_millis(100);

/// The through-path resistance, at most (PS-ENV-7), in micro-ohms. Its share of a drop is no fault.
const PATH_MICRO_OHM: i64 = 2_000;

/// A larger drop is no body diode (AMB-X-11: 0.3 to 0.7 V). At flowing current the port is not
/// measured then.
const DIODE_DROP_MAX: Millivolts = Millivolts(2_000);

/// Less than this is no current: above the resolution and the offset of the converter (SH367309
/// datasheet V1.2; 45 mA a count on the largest shunt of the family).
const NO_CURRENT: Milliamps = Milliamps(250);

/// Reasons against which discharge current may still use the charge MOSFET (PS-MOS-1, AMB-X-09).
const SPARED_WHILE_DISCHARGING: Reasons = Reasons::OVER_VOLTAGE
    .union(Reasons::ABNORMAL_HIGH_VOLTAGE)
    .union(Reasons::CELL_CHARGE_HOT)
    .union(Reasons::CELL_CHARGE_COLD)
    .union(Reasons::MOS_CHARGE_HOT)
    .union(Reasons::MOS_CHARGE_COLD);

const BOTH: Reasons = Reasons::EMERGENCY_STOP.union(Reasons::FRONT_END).union(Reasons::SENSOR);

const CHARGE: Reasons = SPARED_WHILE_DISCHARGING
    .union(BOTH)
    .union(Reasons::LOW_VOLTAGE_PROHIBIT)
    .union(Reasons::CHARGE_OC)
    .union(Reasons::AFE_CHARGE_OC)
    .union(Reasons::CHARGE_MOS_FAULT);

const DISCHARGE_FRONT_END: Reasons =
    Reasons::AFE_DISCHARGE_OC1.union(Reasons::AFE_DISCHARGE_OC2).union(Reasons::SHORT_CIRCUIT);

const DISCHARGE: Reasons = BOTH
    .union(DISCHARGE_FRONT_END)
    .union(Reasons::UNDER_VOLTAGE)
    .union(Reasons::DISCHARGE_OC)
    .union(Reasons::CELL_DISCHARGE_HOT)
    .union(Reasons::CELL_DISCHARGE_COLD)
    .union(Reasons::MOS_DISCHARGE_HOT)
    .union(Reasons::MOS_DISCHARGE_COLD)
    .union(Reasons::DISCHARGE_MOS_FAULT);

/// The reasons that keep each MOSFET off (AMB-X-10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blockers {
    /// Reasons that keep the charge MOSFET off.
    pub charge: Reasons,
    /// Reasons that keep the discharge MOSFET off.
    pub discharge: Reasons,
}

impl Blockers {
    /// The reasons under the options of `params` (PS-OCM-1, PS-UV-5, PS-CTL-1).
    #[must_use]
    pub fn new(params: &Params) -> Self {
        let (mut charge, mut discharge) = (CHARGE, DISCHARGE);
        if params.system.over_current_opens_both {
            charge |= DISCHARGE_FRONT_END;
            discharge |= Reasons::AFE_CHARGE_OC;
        }
        if params.system.under_voltage_opens_both {
            charge |= Reasons::UNDER_VOLTAGE;
        }
        let ctl = params.system.ctl;
        charge.set(Reasons::CTL_LOW, matches!(ctl, CtlAction::Charge | CtlAction::Both));
        discharge.set(Reasons::CTL_LOW, matches!(ctl, CtlAction::Discharge | CtlAction::Both));
        Self { charge, discharge }
    }
}

/// What the gates depend on.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    /// Protections in force.
    pub active: Reasons,
    /// The last good reading.
    pub reading: Option<&'a Reading>,
    /// The front end's states.
    pub flags: AfeFlags,
    /// Whether a charger lifts the port.
    pub charger: bool,
    /// Whether the pack is up: no gate is on while it is off or starting.
    pub up: bool,
    /// The capacitor pre-charge path.
    pub precharge: bool,
}

/// The gates and the limiter's clock.
#[derive(Clone, Debug)]
pub struct Power {
    blockers: Blockers,
    limiter: Option<(Milliamps, Timing)>,
    limiting: Protection,
    low_cell: Option<Millivolts>,
    /// The low-cell path is permitted.
    low_cell_path: bool,
    spare_body_diode: bool,
}

impl Power {
    /// Everything off. `step` is the resolution at which the limiter's threshold is compared.
    #[must_use]
    pub fn new(params: &Params, step: Picovolts) -> Self {
        let limiter = params.limiter.fitted.then(|| {
            let activation = at_resolution(params.limiter.activation, params.shunt_nano_ohm, step);
            let delay = params.limiter.activation_delay;
            (activation, Timing { delay, confirm: 1, recovery: Some(params.limiter.recovery) })
        });
        Self {
            blockers: Blockers::new(params),
            limiter,
            limiting: Protection::Clear,
            low_cell: params.system.low_cell_precharge.then_some(params.voltage.precharge_turn_on),
            low_cell_path: false,
            spare_body_diode: params.system.charge_mos_recovery,
        }
    }

    /// The gates at `now`.
    pub fn decide(&mut self, now: Instant, circumstances: &Circumstances<'_>) -> Gates {
        self.limit(now, circumstances);
        let Circumstances { active, flags, up, charger, precharge, .. } = *circumstances;
        if !up {
            return Gates::default();
        }
        let discharge = !active.intersects(self.blockers.discharge);
        let mut blocked = active & self.blockers.charge;
        if charger {
            // The way out of an under-voltage that opens both: the charger lifts the cells.
            blocked -= Reasons::UNDER_VOLTAGE;
        }
        let by_path = self.by_path(circumstances.reading);
        self.low_cell_path = by_path == Path::LowCell || self.is_handing_over(flags);
        let normal = blocked.is_empty() && by_path == Path::Mosfet;
        // With the discharge MOSFET off there is no such current in a moment.
        let spared = self.spare_body_diode
            && discharge
            && flags.contains(AfeFlags::DISCHARGING)
            && SPARED_WHILE_DISCHARGING.contains(blocked);
        Gates {
            charge: normal || spared,
            discharge,
            // The path is a way out of a short circuit, not past anything else.
            precharge: precharge && !(active - DISCHARGE_FRONT_END).intersects(DISCHARGE),
            low_cell_precharge: blocked.is_empty() && self.low_cell_path,
            limiter: blocked.is_empty() && by_path == Path::Limiter,
        }
    }

    /// Decides by other parameters from now on; a limiting that runs goes on if there still is a
    /// limiter.
    pub fn reconfigure(&mut self, params: &Params, step: Picovolts) {
        let limiting = if params.limiter.fitted { self.limiting } else { Protection::Clear };
        *self = Self { limiting, low_cell_path: self.low_cell_path, ..Self::new(params, step) };
    }

    /// Forgets the limiter's clock and the low-cell path: the pack is switched off.
    pub fn clear(&mut self) {
        (self.limiting, self.low_cell_path) = (Protection::Clear, false);
    }

    /// When the limiter begins or ends.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.limiter.and_then(|(_, timing)| self.limiting.deadline(&timing))
    }

    /// The path stays permitted, beside the charge MOSFET, until the front end has ended it by
    /// itself: a gap between them would let the cells sag below the value again.
    fn is_handing_over(&self, flags: AfeFlags) -> bool {
        self.low_cell_path && flags.contains(AfeFlags::PRECHARGE_FET)
    }

    /// The limiter has the shape of a protection: it begins after a delay and ends after a time
    /// (PS-LIM-1, PS-LIM-2).
    fn limit(&mut self, now: Instant, circumstances: &Circumstances<'_>) {
        let (Some((activation, timing)), Some(reading)) = (self.limiter, circumstances.reading)
        else {
            return;
        };
        let signal = if reading.current >= activation { Signal::Danger } else { Signal::Between };
        self.limiting = self.limiting.next(now, signal, true, &timing);
    }

    /// Which way charge current takes, if nothing blocks it.
    fn by_path(&self, reading: Option<&Reading>) -> Path {
        let low = |cell: Millivolts| {
            reading.is_some_and(|reading| reading.lowest_cell() < cell.to_microvolts())
        };
        if self.low_cell.is_some_and(low) {
            Path::LowCell
        } else if self.limiting.is_tripped() {
            Path::Limiter
        } else {
            Path::Mosfet
        }
    }
}

/// The ways of charge current.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Path {
    Mosfet,
    Limiter,
    LowCell,
}

/// Since when no load has held the port down (PS-SCP-2, PS-UV-4).
#[derive(Clone, Copy, Debug, Default)]
pub struct LoadWatch {
    gone_since: Option<Instant>,
}

impl LoadWatch {
    /// Looks at the port. Only a port behind an open discharge MOSFET tells of a load.
    /// `discharge_on` tells that it is on or was told to turn on.
    pub fn look(
        &mut self,
        now: Instant,
        discharge_on: bool,
        port: Millivolts,
        pack: Option<Millivolts>,
    ) {
        let gone = !discharge_on && pack.is_some_and(|pack| port > pack - LOAD_MARGIN);
        self.gone_since = gone.then(|| self.gone_since.unwrap_or(now));
    }

    /// Whether the load has been gone for `delay`.
    #[must_use]
    pub fn is_gone(&self, now: Instant, delay: Duration) -> bool {
        self.gone_since.is_some_and(|since| now.since(since) >= delay)
    }

    /// When to look again.
    #[must_use]
    pub fn deadline(&self, now: Instant, delay: Duration) -> Instant {
        let next = now + LOAD_LOOK_PERIOD;
        match self.gone_since.map(|since| since + delay) {
            Some(end) if end > now => end.min(next),
            _ => next,
        }
    }
}

/// Whether each MOSFET does something other than what its driver tells it (PS-MOS-3, AMB-PS-37).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Disobedience {
    /// The charge MOSFET.
    pub charge: bool,
    /// The discharge MOSFET.
    pub discharge: bool,
}

/// Judges the MOSFETs by the last reading. `gates` is what was commanded until now.
///
/// Stuck on: current in the direction that the MOSFET should block, while no other path carries
/// it. Stuck off: the current takes the body diode. Charge current passes the discharge MOSFET's
/// diode and discharge current the charge MOSFET's. The charge MOSFET's own diode blocks charge
/// current: if it is stuck off, the charger lifts the port by more than a diode explains, and no
/// current flows although both drivers are on.
#[must_use]
pub fn disobedience(
    reading: &Reading,
    flags: AfeFlags,
    gates: Gates,
    port: Millivolts,
    params: &Params,
) -> Disobedience {
    let limit = params.mos_fault.current;
    let charging = reading.current > limit;
    let discharging = reading.current < -limit;
    let bypass = gates.limiter || gates.low_cell_precharge || gates.precharge;
    let charge_on = flags.contains(AfeFlags::CHARGE_FET);
    let discharge_on = flags.contains(AfeFlags::DISCHARGE_FET);
    let diode = takes_diode(reading, port, params.mos_fault.drop);
    let shut_out = charge_on
        && discharge_on
        && !bypass
        && (-NO_CURRENT..=NO_CURRENT).contains(&reading.current)
        && port - reading.pack >= DIODE_DROP_MAX;
    Disobedience {
        charge: charging && !charge_on && !bypass || discharging && charge_on && diode || shut_out,
        discharge: discharging && !discharge_on && !bypass || charging && discharge_on && diode,
    }
}

/// Whether port and pack lie a body diode apart, after what the path's resistance explains.
fn takes_diode(reading: &Reading, port: Millivolts, drop: Millivolts) -> bool {
    let apart = i64::from((reading.pack.0 - port.0).abs());
    let ohmic = i64::from(reading.current.0.abs()) * PATH_MICRO_OHM / 1_000_000;
    (i64::from(drop.0)..i64::from(DIODE_DROP_MAX.0)).contains(&(apart - ohmic))
}
