//! A restart that the firmware orders: a new image is stored, and the boot loader starts it
//! (PS-UPG-1). The program that runs after it is the same, under the version that the image names.

use super::Bench;
use crate::time::{SimTime, Span};
use crate::world::World;
use bms_core::afe::Afe;
use bms_core::controller::{Controller, Leaving};
use bms_core::upgrade::Version;

/// How long the boot loader takes to check and start an image. No data sheet says it: assumed.
pub(super) const BOOT: Span = Span::from_millis(2_000);

/// A restart that goes on.
#[derive(Clone, Debug)]
pub(super) struct Restart {
    /// When the firmware is started.
    until: SimTime,
    leaving: Leaving,
    version: Version,
}

impl<W: World, A: Afe> Bench<'_, W, A> {
    /// After a round of the firmware: stores what came of an image, and restarts if that was
    /// ordered.
    pub(super) fn follow_upgrade(&mut self, now: SimTime) {
        if let Some((number, block)) = self.controller.take_block() {
            if number == 0 {
                self.image.clear();
            }
            self.image.extend_from_slice(&block);
        }
        if let Some(leaving) = self.controller.take_restart() {
            let image = std::mem::take(&mut self.image);
            let version = Version::of(&image).unwrap_or(Version::OWN);
            self.processor.boots = true;
            self.restart = Some(Restart { until: now + BOOT, leaving, version });
            self.wake_firmware(now + BOOT);
        }
    }

    /// The boot loader's turn: it starts the firmware when it is ready and has a supply.
    pub(super) fn boot(&mut self, now: SimTime) {
        if self.processor.stalls > 0 || self.processor.brown_outs > 0 {
            return; // it is woken when that is over
        }
        match self.restart.take_if(|restart| restart.until <= now) {
            Some(restart) => {
                let clock = self.processor.clock.reading(now);
                let (leaving, version) = (restart.leaving, restart.version);
                self.controller = Controller::resumed(clock, (self.front_end)(), leaving, version)
                    .expect("the parameters were in force before the restart");
                self.processor.boots = false;
                self.incoming.take_if(|it| it.arrived <= now); // nobody listened
                self.step_firmware(now);
            }
            None => {
                let until = self.restart.as_ref().map(|restart| restart.until);
                self.wake_firmware(until.unwrap_or(now));
            }
        }
    }
}
