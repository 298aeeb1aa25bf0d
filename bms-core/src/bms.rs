//! The whole firmware as one function of time: inputs in, decision out.

mod asked;
mod conditions;
mod kept;

pub use kept::Kept;

use crate::afe::{AfeError, AfeFlags, Sample};
use crate::balance::Balancer;
use crate::estimate::Estimator;
use crate::history::{History, Mark};
use crate::indicate::{self, Leds};
use crate::limits::{self, Lift};
use crate::measure::{Measure, News};
use crate::mode::{self, Mode, PowerSwitch};
use crate::params::{ParamError, Params};
use crate::power::{Circumstances, LoadWatch, Power};
use crate::precharge::Precharge;
use crate::protect::{Protections, Reasons, Situation, earliest};
use crate::time::{Duration, Instant};
use crate::units::{BasisPoints, Millivolts, Picovolts};

/// Thermistors on the microcontroller's own converter, beside those of the front end: the fourth
/// cell sensor, two MOSFET sensors and the board's (PS-GEN-7; cell sensors 1 to 3 sit on the chip).
pub const BOARD_NTC: usize = 4;

/// What the microcontroller's own pins and converter say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Board {
    /// Thermistor dividers as a share of the reference, 0 to 32 768, `R / (R + 10 kΩ)`:
    /// cell sensor 4, MOSFET 1, MOSFET 2, board.
    pub ntc: [u16; BOARD_NTC],
    /// Voltage between P+ and P−.
    pub port: Millivolts,
    /// The power button is pressed.
    pub button: bool,
    /// The CTL input is low (PS-CTL-1).
    pub ctl_low: bool,
    /// The emergency-stop loop is open (PS-RPS-1).
    pub emergency_open: bool,
}

/// Everything one step is told.
#[derive(Clone, Debug)]
pub struct Inputs<'a> {
    /// The newest reading of the front end, or why there is none.
    pub sample: Result<&'a Sample, AfeError>,
    /// The microcontroller's own inputs.
    pub board: Board,
}

/// What the switches shall do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gates {
    /// Charge MOSFET.
    pub charge: bool,
    /// Discharge MOSFET.
    pub discharge: bool,
    /// Capacitor pre-charge path (PS-PCG-1), a pin of the microcontroller.
    pub precharge: bool,
    /// Low-cell pre-charge MOSFET of the front end (PS-PCG-4).
    pub low_cell_precharge: bool,
    /// Charge-current limiter (PS-LIM-1).
    pub limiter: bool,
}

/// Energy transfer between two cells (PS-BAL-3); cell numbers from 0, the most negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// The cell that gives.
    pub donor: u8,
    /// The cell that receives.
    pub receiver: u8,
}

/// The answer of one step. A value: it can be recorded, compared, replayed. The default is that of
/// a pack that is off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// What the pack is doing.
    pub mode: Mode,
    /// What the switches shall do.
    pub gates: Gates,
    /// Protections in force.
    pub active: Reasons,
    /// Protections whose condition holds but whose delay has not yet passed.
    pub pending: Reasons,
    /// Active balancing.
    pub transfer: Option<Transfer>,
    /// Cells to bleed, bit 0 the most negative.
    pub bleed: u32,
    /// Front-end latches to clear.
    pub clear_over_current: bool,
    /// The six LEDs (PS-LED-1).
    pub leds: Leds,
    /// Estimated state of charge.
    pub soc: BasisPoints,
    /// When the firmware wants to run again at the latest, front-end alarms apart.
    pub wake: Instant,
}

/// The longest the firmware sleeps.
pub const SLEEP_MAX: Duration = Duration::from_secs(1);

/// How long the front end may take to come up before its silence is a fault: writing and checking
/// its memory takes 1 s, its warm-up 250 ms (SH367309 datasheet V1.2).
pub const START_TIME_MAX: Duration = Duration::from_secs(5);

/// The firmware of one pack.
///
/// A step costs the same whether a sample is new or not; it may be called as often as wanted, and
/// must be called at [`Decision::wake`] and whenever the front end raises its alarm.
#[derive(Clone, Debug)]
pub struct Bms {
    params: Params,
    switch: PowerSwitch,
    mode: Mode,
    started: Instant,
    measure: Measure,
    protections: Protections,
    recorded: Reasons,
    load: LoadWatch,
    precharge: Precharge,
    power: Power,
    gates: Gates,
    balancer: Balancer,
    estimator: Estimator,
    history: History,
}

impl Bms {
    /// A pack that is switched off. `step` is the resolution of [`Sample::current`] at the shunt
    /// ([`Afe::current_step`](crate::afe::Afe::current_step)).
    ///
    /// # Errors
    /// The parameters contradict each other or cannot work; every problem is in the error.
    pub fn new(params: &Params, step: Picovolts) -> Result<Self, ParamError> {
        params.validate()?;
        Ok(Self {
            switch: PowerSwitch::default(),
            mode: Mode::Off,
            started: Instant::START,
            measure: Measure::new(params.series, limits::flowing(params)),
            protections: Protections::new(&limits::table(params, step)),
            recorded: Reasons::empty(),
            load: LoadWatch::default(),
            precharge: Precharge::default(),
            power: Power::new(params, step),
            gates: Gates::default(),
            balancer: Balancer::default(),
            estimator: Estimator::new(params),
            history: History::default(),
            params: params.clone(),
        })
    }

    /// Judges the inputs at `now` and decides. Times must not run backwards.
    pub fn step(&mut self, now: Instant, inputs: &Inputs<'_>) -> Decision {
        let news = self.measure.take(now, inputs);
        self.follow_switch(now, &inputs.board);
        if self.mode.is_down() {
            return self.rest(now);
        }
        self.follow_current();
        let released = self.protect(now, &inputs.board, news);
        self.drive(now, &inputs.board);
        self.tend(now, inputs, news);
        self.decision(now, released)
    }

    /// Switches the pack on as its button would, for boards whose switch stays on (PS-PWR-4).
    /// Nothing if it is on already.
    pub fn switch_on(&mut self, now: Instant) {
        if self.mode.is_down() {
            self.mode = Mode::Starting;
            self.started = now;
            self.measure.distrust();
        }
    }

    /// Writes the state of charge (PS-PAR-4).
    pub fn set_soc(&mut self, soc: BasisPoints) {
        self.estimator.set(soc);
    }

    /// Takes other parameters into use (PS-PC-3). Protections that are in force or pending stay so
    /// until their new limits say otherwise. `step` is as in [`Bms::new`].
    ///
    /// # Errors
    /// The parameters contradict each other or cannot work; nothing has changed then.
    pub fn configure(&mut self, params: &Params, step: Picovolts) -> Result<(), ParamError> {
        params.validate()?;
        self.protections.retable(&limits::table(params, step));
        self.measure.reconfigure(params.series, limits::flowing(params));
        self.power.reconfigure(params, step);
        if params.capacity_mah != self.params.capacity_mah {
            self.estimator.rate(params);
        }
        self.params = params.clone();
        Ok(())
    }

    /// The mode after the last step.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    /// The parameters in force.
    #[must_use]
    pub const fn params(&self) -> &Params {
        &self.params
    }

    /// The alarm records.
    #[must_use]
    pub const fn history(&self) -> &History {
        &self.history
    }

    /// The alarm records, to clear them (PS-HMI-6).
    pub fn history_mut(&mut self) -> &mut History {
        &mut self.history
    }

    /// The readings behind the last decision.
    #[must_use]
    pub const fn measure(&self) -> &Measure {
        &self.measure
    }

    fn follow_switch(&mut self, now: Instant, board: &Board) {
        let was_on = !self.mode.is_down();
        let charger = self.charger(board);
        let shall_be_on = self.switch.shall_be_on(was_on, board.button, charger);
        if shall_be_on && !was_on {
            self.switch_on(now);
        } else if was_on && !shall_be_on {
            self.switch_off(now);
        }
    }

    /// Switches the pack off as its button would (PS-PWR-2).
    pub fn switch_off(&mut self, now: Instant) {
        self.go_down(now, Mode::Off);
    }

    /// Puts the pack to sleep (PS-PWR-5).
    pub fn sleep(&mut self, now: Instant) {
        self.go_down(now, Mode::Sleep);
    }

    fn go_down(&mut self, now: Instant, mode: Mode) {
        self.mode = mode;
        self.protections.clear();
        self.power.clear();
        (self.load, self.precharge) = (LoadWatch::default(), Precharge::default());
        (self.balancer, self.gates) = (Balancer::default(), Gates::default());
        self.record(now);
    }

    /// Starting ends with the first complete reading; then the current tells the mode.
    fn follow_current(&mut self) {
        if self.measure.is_complete() {
            self.mode = Mode::of(self.measure.flags());
        }
    }

    /// Updates every protection; true if a short circuit was released.
    fn protect(&mut self, now: Instant, board: &Board, news: News) -> bool {
        let (pack, flags) = (self.pack(), self.measure.flags());
        let discharge_on = self.gates.discharge || flags.contains(AfeFlags::DISCHARGE_FET);
        self.load.look(now, discharge_on, board.port, pack);
        let load_gone = self.load.is_gone(now, self.params.system.load_release_delay);
        let filled = self.precharge.is_done(board.port, pack, &self.params.precharge);
        let conditions = self.conditions(now, board, load_gone || filled);
        let situation = Situation {
            reading: self.measure.reading().filter(|_| self.measure.is_complete()),
            news,
            lifting: lifting(flags),
            load_gone,
        };
        let was_shorted = self.protections.active().contains(Reasons::SHORT_CIRCUIT);
        self.protections.update(now, &situation, &conditions);
        let is_shorted = self.protections.active().contains(Reasons::SHORT_CIRCUIT);
        self.precharge.follow(now, is_shorted, &self.params.precharge);
        if was_shorted && load_gone {
            self.precharge.forget_attempts();
        }
        self.record(now);
        was_shorted && !is_shorted
    }

    fn record(&mut self, now: Instant) {
        let active = self.protections.active();
        if active != self.recorded {
            self.estimator.saturate(active - self.recorded);
            let mark = Mark { at: now, soc: self.estimator.soc() };
            self.history.note(self.recorded, active, mark);
            self.recorded = active;
        }
    }

    fn drive(&mut self, now: Instant, board: &Board) {
        self.gates = self.power.decide(
            now,
            &Circumstances {
                active: self.protections.active(),
                reading: self.measure.reading(),
                flags: self.measure.flags(),
                charger: self.charger(board),
                up: self.mode != Mode::Starting,
                precharge: self.precharge.is_on(),
            },
        );
    }

    /// What is not urgent: balancing and the state of charge.
    fn tend(&mut self, now: Instant, inputs: &Inputs<'_>, news: News) {
        if let Ok(Sample { counted: Some(counted), .. }) = inputs.sample {
            self.estimator.count(self.measure.calibration().counted(*counted));
        }
        if let Some(reading) = self.measure.reading().filter(|_| news.cells) {
            self.balancer.update(now, reading, self.mode, &self.params);
            self.estimator.correct(now, reading, self.mode, self.params.voltage.over_release);
        }
        self.balancer.inhibit(self.protections.active(), self.mode, &self.params);
    }

    fn decision(&self, now: Instant, clear_over_current: bool) -> Decision {
        let (active, soc) = (self.protections.active(), self.estimator.soc());
        Decision {
            mode: self.mode,
            gates: self.gates,
            active,
            pending: self.protections.pending(),
            transfer: self.balancer.transfer(),
            bleed: self.balancer.bleed(),
            clear_over_current,
            leds: indicate::leds(self.mode, active, soc, &self.params.soc_led_steps),
            soc,
            wake: self.wake(now),
        }
    }

    /// Switched off: nothing on, nothing in force.
    fn rest(&self, now: Instant) -> Decision {
        Decision { wake: now + SLEEP_MAX, ..self.decision(now, false) }
    }

    /// The next moment at which something changes by itself.
    fn wake(&self, now: Instant) -> Instant {
        let start = (self.mode == Mode::Starting)
            .then(|| self.started + START_TIME_MAX + Duration::from_micros(1));
        [
            self.protections.deadline(),
            self.power.deadline(),
            self.precharge.deadline(now, &self.params.precharge),
            self.load_look(now),
            self.measure.missed_at(),
            self.measure.stale_at(),
            start,
        ]
        .into_iter()
        .fold(None, |first, next| earliest(first, next.filter(|next| *next > now)))
        .unwrap_or(now + SLEEP_MAX)
        .min(now + SLEEP_MAX)
    }

    /// The port is looked at while a protection waits for the load to go.
    fn load_look(&self, now: Instant) -> Option<Instant> {
        let waiting = Reasons::SHORT_CIRCUIT | Reasons::UNDER_VOLTAGE;
        self.protections
            .active()
            .intersects(waiting)
            .then(|| self.load.deadline(now, self.params.system.load_release_delay))
    }

    fn charger(&self, board: &Board) -> bool {
        self.pack().is_some_and(|pack| mode::charger_present(board.port, pack))
    }

    fn pack(&self) -> Option<Millivolts> {
        self.measure.reading().map(|reading| reading.pack)
    }
}

/// Discharge lifts over-voltage, charge lifts under-voltage (PS-OV-3, PS-UV-3).
fn lifting(flags: AfeFlags) -> Lift {
    let mut lift = Lift::empty();
    lift.set(Lift::DISCHARGING, flags.contains(AfeFlags::DISCHARGING));
    lift.set(Lift::CHARGING, flags.contains(AfeFlags::CHARGING));
    lift
}
