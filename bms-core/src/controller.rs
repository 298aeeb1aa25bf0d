//! The main loop's body: brings the front end up, reads it, asks the [`Bms`], and carries the
//! decision back. It owns the policy for a front end that fails: try again, then start over.

use crate::afe::{Afe, AfeError, AfeFlags, Command, Sample, Startup};
use crate::bms::{Bms, Board, Decision, Inputs, Kept, SLEEP_MAX};
use crate::hmi::{Hmi, Key, Screen};
use crate::host::modbus::Frame;
use crate::host::{Host, Order};
use crate::mode::Mode;
use crate::params::{ParamError, Params};
use crate::time::{Duration, Instant};
use crate::upgrade::{Block, Version};

/// Failures in a row after which the front end is started over.
pub const ERRORS_MAX: u8 = 3;

/// Distance of attempts while the front end fails.
pub const RETRY_PERIOD: Duration = Duration::from_millis(10);

/// Distance of attempts to start a front end that answers and cannot be started.
pub const RESTART_PERIOD: Duration = Duration::from_secs(1);

/// How long the front end of a pack that is off or asleep is kept up, so that the pack knows its
/// own voltage, before it is put to sleep as well.
pub const LINGER: Duration = Duration::from_secs(5);

/// How often a sleeping pack looks at its port. Its button and the front end's alarm, which a
/// charger raises, call it at once.
pub const ASLEEP_LOOK: Duration = Duration::from_secs(60);

/// How often a sleeping front end is told so again, lest a charger that came and went has left it
/// awake.
pub const ASLEEP_AGAIN: Duration = Duration::from_secs(3_600);

/// Where the connection to the front end stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    /// To be started, not before `from`.
    Down { from: Instant },
    /// Up; so many failures in a row.
    Up { errors: u8 },
    /// Put to sleep at this moment.
    Asleep { since: Instant },
}

/// A [`Bms`] with its front end.
#[derive(Clone, Debug)]
pub struct Controller<A> {
    afe: A,
    bms: Bms,
    link: Link,
    /// Since when the pack is off or asleep.
    down_since: Option<Instant>,
    host: Host,
    hmi: Hmi,
    /// What a restart that is ordered leaves to the firmware after it.
    leaving: Option<Leaving>,
}

/// What a firmware leaves to the one that is started after it (PS-UPG-1).
#[derive(Clone, Debug)]
pub struct Leaving {
    kept: Kept,
    defaults: Params,
}

impl<A: Afe> Controller<A> {
    /// A pack that is switched off, with a front end that is not started yet.
    ///
    /// # Errors
    /// The parameters contradict each other or cannot work.
    pub fn new(afe: A, params: &Params) -> Result<Self, ParamError> {
        let bms = Bms::new(params, afe.current_step())?;
        let link = Link::Down { from: Instant::START };
        let host = Host::new(params, Version::OWN);
        Ok(Self { afe, bms, link, down_since: None, host, hmi: Hmi::default(), leaving: None })
    }

    /// A pack after a restart that the firmware before it ordered; `version` is that of the image
    /// which was started, `now` goes on from the time before.
    ///
    /// # Errors
    /// The parameters contradict each other or cannot work, which parameters in force never do.
    pub fn resumed(
        now: Instant,
        afe: A,
        leaving: Leaving,
        version: Version,
    ) -> Result<Self, ParamError> {
        let bms = Bms::resumed(now, leaving.kept, afe.current_step())?;
        let link = Link::Down { from: now };
        let host = Host::new(&leaving.defaults, version);
        Ok(Self { afe, bms, link, down_since: None, host, hmi: Hmi::default(), leaving: None })
    }

    /// The block of a new image to store, and its number, once. To be asked for after every round;
    /// block 0 begins an image anew.
    pub fn take_block(&mut self) -> Option<(u16, Block)> {
        self.host.take_block()
    }

    /// The order to start the image that was stored, once: its MOSFETs are off, and what this
    /// firmware leaves is for [`Controller::resumed`].
    pub fn take_restart(&mut self) -> Option<Leaving> {
        self.leaving.take()
    }

    /// Takes bytes of the serial link, the last of which ended at `now`. A request is served in the
    /// round after the silence that ends it.
    pub fn receive(&mut self, now: Instant, bytes: &[u8]) {
        self.host.receive(now, bytes);
    }

    /// The answer to the last request, once.
    pub fn take_reply(&mut self) -> Frame {
        self.host.take_reply()
    }

    /// A key of the display is pressed.
    pub fn press(&mut self, now: Instant, key: Key) {
        let order = self.hmi.press(now, key, &mut self.bms);
        self.obey(now, order);
    }

    /// What stands on the display, if one is fitted.
    #[must_use]
    pub fn screen(&self) -> Screen {
        self.hmi.screen(&self.bms)
    }

    /// Serves a request that is complete, and does what it orders.
    fn serve(&mut self, now: Instant) {
        let Self { host, bms, afe, .. } = self;
        let order = host.serve(now, bms, |params| afe.accepts(params));
        self.obey(now, order);
    }

    fn obey(&mut self, now: Instant, order: Order) {
        match order {
            Order::None => {}
            Order::Configure(params) => self.configure(now, &params),
            Order::SwitchOff => self.bms.switch_off(now),
            Order::Sleep => self.bms.sleep(now),
            Order::Restart => {
                let (kept, defaults) = (self.bms.keep(now), self.host.defaults().clone());
                self.leaving = Some(Leaving { kept, defaults });
            }
        }
    }

    /// The last round before a restart: everything off.
    fn stand_down(&mut self, now: Instant) -> Decision {
        // If it cannot be told, its start after the restart opens the MOSFETs all the same.
        let _ = self.afe.command(now, &Command::default());
        Decision { soc: self.bms.soc(), wake: now + SLEEP_MAX, ..Decision::default() }
    }

    /// Takes parameters into use. If they concern the front end it is started anew, its MOSFETs off
    /// meanwhile.
    fn configure(&mut self, now: Instant, params: &Params) {
        let old = self.bms.params();
        let is_soft = Params {
            soc: params.soc,
            address: params.address,
            capacity_mah: params.capacity_mah,
            inverter: params.inverter.clone(),
            ..old.clone()
        } == *params;
        let step = self.afe.current_step();
        self.bms.configure(params, step).expect("the host checked the parameters");
        if !is_soft && matches!(self.link, Link::Up { .. }) {
            // If it cannot be told, its restart opens the MOSFETs all the same.
            let _ = self.afe.command(now, &Command::default());
            self.link = Link::Down { from: now };
        }
    }

    /// One round: read, decide, command. To be called at [`Decision::wake`] and at every alarm of
    /// the front end.
    ///
    /// A pack that is switched off still reads its front end, to know its own voltage: the port
    /// above it tells a charger.
    pub fn service(&mut self, now: Instant, board: &Board) -> Decision {
        self.serve(now);
        if self.leaving.is_some() {
            return self.stand_down(now);
        }
        let sample = self.acquire(now);
        let inputs = Inputs { sample: sample.as_ref().map_err(|error| *error), board: *board };
        let mut decision = self.bms.step(now, &inputs);
        let carried = self.carry(now, &decision);
        self.link = match (self.link, &sample) {
            (Link::Down { .. } | Link::Asleep { .. }, _) => self.link,
            (_, Ok(sample)) if sample.flags.contains(AfeFlags::UNEXPECTED_RESET) => {
                Link::Down { from: now } // it has forgotten its set-up
            }
            (_, Ok(_)) if carried.is_ok() => Link::Up { errors: 0 },
            (Link::Up { errors }, _) if errors + 1 < ERRORS_MAX => Link::Up { errors: errors + 1 },
            (Link::Up { .. }, _) => Link::Down { from: now },
        };
        self.follow_mode(now, decision.mode);
        self.hmi.follow(now, decision.mode);
        decision.wake = match self.link {
            Link::Asleep { .. } => now + ASLEEP_LOOK,
            _ => decision.wake.min(self.next_attempt(now, &decision)),
        };
        if let Some(end) = self.host.deadline() {
            decision.wake = decision.wake.min(end);
        }
        decision
    }

    /// The front end sleeps while the pack is down, and is started anew when it is not.
    fn follow_mode(&mut self, now: Instant, mode: Mode) {
        if !mode.is_down() {
            self.down_since = None;
            if matches!(self.link, Link::Asleep { .. }) {
                self.link = Link::Down { from: now };
            }
            return;
        }
        let since = *self.down_since.get_or_insert(now);
        let is_due = match self.link {
            Link::Up { errors: 0 } => now.since(since) >= LINGER,
            Link::Asleep { since } => now.since(since) >= ASLEEP_AGAIN,
            Link::Up { .. } | Link::Down { .. } => false,
        };
        if is_due {
            let told = self.afe.sleep(now);
            self.link = told.map_or(Link::Down { from: now }, |()| Link::Asleep { since: now });
        }
    }

    /// Switches the pack on as its button would ([`Bms::switch_on`]).
    pub fn switch_on(&mut self, now: Instant) {
        self.bms.switch_on(now);
    }

    /// The decisions' memory: history, readings, mode.
    #[must_use]
    pub const fn bms(&self) -> &Bms {
        &self.bms
    }

    /// The same, to clear the history or to write the state of charge.
    pub fn bms_mut(&mut self) -> &mut Bms {
        &mut self.bms
    }

    /// The front end.
    #[must_use]
    pub const fn afe(&self) -> &A {
        &self.afe
    }

    /// The front end, to inject what a test needs.
    pub fn afe_mut(&mut self) -> &mut A {
        &mut self.afe
    }

    fn acquire(&mut self, now: Instant) -> Result<Sample, AfeError> {
        if matches!(self.link, Link::Asleep { .. }) {
            return Err(AfeError::NotReady);
        }
        if let Link::Down { from } = self.link {
            if now < from {
                return Err(AfeError::NotReady);
            }
            self.bring_up(now)?;
        }
        self.afe.read(now)
    }

    fn bring_up(&mut self, now: Instant) -> Result<(), AfeError> {
        match self.afe.start(now, self.bms.params()) {
            Ok(Startup::Ready) => {
                self.link = Link::Up { errors: 0 };
                Ok(())
            }
            Ok(Startup::Busy { until }) => {
                self.link = Link::Down { from: until };
                Err(AfeError::NotReady)
            }
            Err(error) => {
                let silent = matches!(error, AfeError::Bus | AfeError::Checksum);
                let pause = if silent { RETRY_PERIOD } else { RESTART_PERIOD };
                self.link = Link::Down { from: now + pause };
                Err(error)
            }
        }
    }

    /// Tries the command even after a failed reading: opening the MOSFETs may still succeed.
    fn carry(&mut self, now: Instant, decision: &Decision) -> Result<(), AfeError> {
        if !matches!(self.link, Link::Up { .. }) {
            return Ok(()); // it holds its MOSFETs off until it is started
        }
        let command = Command {
            charge: decision.gates.charge,
            discharge: decision.gates.discharge,
            low_cell_precharge: decision.gates.low_cell_precharge,
            bleed: decision.bleed,
            clear_over_current: decision.clear_over_current,
        };
        self.afe.command(now, &command)
    }

    /// When a failing front end is asked again. A pack that is off does not insist.
    fn next_attempt(&self, now: Instant, decision: &Decision) -> Instant {
        match self.link {
            _ if decision.mode.is_down() && self.bms.measure().reading().is_some() => decision.wake,
            Link::Down { from } if from > now => from,
            Link::Down { .. } => now + RETRY_PERIOD,
            Link::Up { errors: 0 } | Link::Asleep { .. } => decision.wake,
            Link::Up { .. } => now + RETRY_PERIOD,
        }
    }
}
