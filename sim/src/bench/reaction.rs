//! What follows at the same moment: comparators see their input, drivers move switches, switches
//! move the input, alarms wake the firmware.

use super::{Abort, Bench};
use crate::afe::{ChipEvent, Drivers, comparator};
use crate::oracle::Output;
use crate::queue::Actor;
use crate::setup::{Tolerance, WorldSetup};
use crate::time::{SimTime, Span};
use crate::trace::{Event, EventKind, Switch};
use crate::world::{World, WorldEvent};
use bms_core::afe::Afe;
use rand::Rng;

/// Reactions at one moment may cause each other; more rounds than this never settle.
const SETTLE_ROUNDS: usize = 32;

/// The most that an alarm can wait for the firmware in the datasheet tolerance mode: another
/// interrupt and a burst read of the status at 100 kHz.
const ALARM_LATENCY_MAX_NS: u64 = 1_500_000;

impl<W: World, A: Afe> Bench<'_, W, A> {
    /// Settles all that follows at this moment: comparators see the input, drivers move switches,
    /// switches move the input.
    pub(super) fn settle(&mut self) -> Result<(), Abort> {
        let now = self.world.now();
        self.chip.set_now(now);
        for _ in 0..SETTLE_ROUNDS {
            let input = self.world.shunt_filtered();
            let drivers = {
                let mut chip = self.chip.chip();
                chip.compare(now, input);
                chip.advance(now, &self.world);
                chip.drivers()
            };
            self.collect_events();
            if drivers == self.drivers {
                return self.settled(now);
            }
            self.move_switches(now, drivers);
        }
        let why = format!("the hardware did not settle within {SETTLE_ROUNDS} rounds");
        Err(Abort { at: now, why })
    }

    fn settled(&mut self, now: SimTime) -> Result<(), Abort> {
        self.collect_burst();
        // What is bled is what the chip does, which clears its bits by itself.
        let balancing = (self.decision.transfer, self.chip.chip().bleed());
        if balancing != self.balancing {
            self.balancing = balancing;
            self.world.balance(balancing.0, balancing.1);
        }
        // What the chip just did, the firmware learns in its own step; only then do both agree.
        if self.chip.chip().take_alarm() {
            // What a firmware's own exchange causes, it learns after its turn.
            let late = self.alarm_latency();
            let at = self.agenda.next_turn(Actor::Firmware, now + late);
            self.agenda.plan_no_later(Actor::Firmware, at);
        } else if self.agenda.planned(Actor::Firmware) > now && self.processor.brown_outs == 0 {
            let current = self.world.shunt_filtered();
            self.oracle.check_switches(
                now,
                self.drivers,
                &self.decision,
                current,
                &mut self.events,
            );
        }
        Ok(())
    }

    fn alarm_latency(&mut self) -> Span {
        match self.setup.tolerance {
            Tolerance::Nominal => Span(0),
            Tolerance::Datasheet => {
                Span(self.alarm_latency.next_u64() % (ALARM_LATENCY_MAX_NS + 1))
            }
        }
    }

    fn move_switches(&mut self, now: SimTime, drivers: Drivers) {
        self.look(false);
        let old = self.drivers;
        self.drivers = drivers;
        for (switch, on, was) in [
            (Switch::Charge, drivers.charge, old.charge),
            (Switch::Discharge, drivers.discharge, old.discharge),
            (Switch::LowCellPrecharge, drivers.precharge, old.precharge),
        ] {
            if on != was {
                self.drive(now, switch, on);
            }
        }
        self.look(true);
    }

    pub(super) fn drive(&mut self, now: SimTime, switch: Switch, on: bool) {
        self.events.push(Event { at: now, kind: EventKind::Commanded(switch, on) });
        self.oracle.edge(now, Output::Switch(switch), &mut self.events);
        self.world.switch(switch, on);
    }

    fn collect_events(&mut self) {
        let forced = matches!(self.setup.world, WorldSetup::Forced(_));
        let from_chip = self.chip.chip().take_events();
        for (at, event) in from_chip {
            if let (true, ChipEvent::Compared(reason, into)) = (forced, event) {
                // Without a filter the comparator sees the truth.
                self.events.push(Event { at, kind: EventKind::Crossed(reason, into) });
            }
            if let Some(kind) = chip_event(event) {
                self.events.push(Event { at, kind });
            }
        }
        for (at, event) in self.world.take_events() {
            if let Some(kind) = self.world_event(event) {
                self.events.push(Event { at, kind });
            }
        }
    }

    fn world_event(&mut self, event: WorldEvent) -> Option<EventKind> {
        Some(match event {
            WorldEvent::Switched(switch, on) => {
                self.conducting.retain(|other| *other != switch);
                self.conducting.extend(on.then_some(switch));
                EventKind::Switched(switch, on)
            }
            WorldEvent::TrueCrossing { comparator, into } => {
                EventKind::Crossed(comparator::reason(comparator)?, into)
            }
            WorldEvent::CurrentZero => EventKind::CurrentZero,
            WorldEvent::ChargerDone => EventKind::ChargerDone,
            WorldEvent::LoadRunning(running) => EventKind::LoadRunning(running),
            WorldEvent::Noted(note) => EventKind::Noted(note),
        })
    }
}

fn chip_event(event: ChipEvent) -> Option<EventKind> {
    match event {
        ChipEvent::Compared(reason, into) => Some(EventKind::Compared(reason, into)),
        ChipEvent::Latched(reason, set) => Some(EventKind::Latched(reason, set)),
        ChipEvent::Ready => Some(EventKind::FrontEnd(true)),
        ChipEvent::Reset(_) => Some(EventKind::FrontEnd(false)),
        ChipEvent::Driver(..) | ChipEvent::Watchdog(_) | ChipEvent::Woke | ChipEvent::Slept => None,
    }
}
