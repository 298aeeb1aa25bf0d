//! The firmware's turn: what its pins say, one run of its main loop, what it decided.

use super::Bench;
use crate::display::Page;
use crate::queue::Actor;
use crate::time::{SimTime, Span};
use crate::trace::{AlarmRecord, Event, EventKind, Switch};
use crate::world::World;
use bms_core::afe::Afe;
use bms_core::bms::{BOARD_NTC, Board, Decision};
use bms_core::protect::Reasons;
use bms_core::units::Millivolts;
use std::sync::Arc;

/// How often a display draws its page anew.
const DISPLAY_PERIOD: Span = Span::from_millis(1_000);

impl<W: World, A: Afe> Bench<'_, W, A> {
    /// Lets the firmware run once on what its pins say, and carries out what it decides.
    pub(super) fn step_firmware(&mut self, now: SimTime) {
        self.look(false);
        self.stats.steps += 1;
        self.chip.set_now(now);
        let board = self.read_pins();
        let clock = self.processor.clock.reading(now);
        self.deliver(now);
        if let Some(tape) = self.tape {
            tape.service(clock, &board);
        }
        let decision = self.controller.service(clock, &board);
        if let Some(tape) = self.tape {
            tape.decided(&decision);
        }
        self.note_decision(now, &decision);
        let gates = (decision.gates, self.decision.gates);
        for (switch, on, was) in [
            (Switch::Precharge, gates.0.precharge, gates.1.precharge),
            (Switch::Limiter, gates.0.limiter, gates.1.limiter),
        ] {
            if on != was {
                self.drive(now, switch, on);
            }
        }
        self.world.set_supply(decision.mode.into());
        self.decision = decision;
        let wake = self.processor.clock.moment(decision.wake);
        self.agenda.plan_no_later(Actor::Firmware, wake.max(SimTime(now.0 + 1)));
        self.collect_reply(now);
        self.follow_upgrade(now);
        self.look_at_display(now);
        self.forget(now);
    }

    /// What a fitted display shows is noted when its page changes, and once a second at most when
    /// only the numbers on it do.
    fn look_at_display(&mut self, now: SimTime) {
        if self.setup.board.display_a <= 0.0 {
            return;
        }
        let text = self.controller.screen().to_string();
        let (since, before) = &self.shown;
        let is_due = Page::of(&text) != Page::of(before) || now >= *since + DISPLAY_PERIOD;
        if is_due && *text != **before {
            let text: Arc<str> = text.into();
            self.shown = (now, text.clone());
            self.events.push(Event { at: now, kind: EventKind::Shown(text) });
        }
    }

    fn read_pins(&self) -> Board {
        Board {
            ntc: std::array::from_fn::<u16, BOARD_NTC, _>(|index| {
                divider_ratio(self.world.ntc_ohm(3 + index) * self.thermistors[index])
            }),
            port: millivolts(self.world.port_v()),
            button: self.board.button,
            ctl_low: self.board.ctl_low,
            emergency_open: self.board.emergency_open,
        }
    }

    pub(super) fn note_decision(&mut self, now: SimTime, new: &Decision) {
        let old = self.decision;
        let mut note = |kind| self.events.push(Event { at: now, kind });
        if new.mode != old.mode {
            note(EventKind::Mode(new.mode));
        }
        let (seen, saw) = (new.pending | new.active, old.pending | old.active);
        for reason in (seen ^ saw).iter() {
            note(EventKind::Sampled(reason, seen.contains(reason)));
        }
        for reason in (new.active ^ old.active).iter() {
            note(EventKind::Protection(reason, new.active.contains(reason)));
        }
        if new.transfer != old.transfer {
            note(EventKind::Transfer(new.transfer));
        }
        if new.bleed != old.bleed {
            note(EventKind::Bleed(new.bleed));
        }
        if new.leds != old.leds {
            note(EventKind::Leds(new.leds));
        }
        self.oracle.decided(now, &old, new, &mut self.events);
        if (new.active - old.active).contains(Reasons::SHORT_CIRCUIT) {
            self.oracle.short_circuit(now, &mut self.events);
        }
    }

    /// The firmware's records, each entry and each exit by itself, in order of time.
    pub(super) fn alarms(&self) -> Vec<AlarmRecord> {
        let mut alarms = Vec::new();
        for record in self.controller.bms().history().records() {
            let marks = [(Some(record.entered), true), (record.left, false)];
            alarms.extend(marks.into_iter().filter_map(|(mark, entered)| {
                let mark = mark?;
                let at_us = mark.at.as_micros();
                Some(AlarmRecord { at_us, reason: record.reason, entered, soc: mark.soc })
            }));
        }
        alarms.sort_by_key(|alarm| alarm.at_us);
        alarms
    }
}

/// What the converter reads of a thermistor against 10 kΩ, as a share of 32 768.
fn divider_ratio(ohm: f64) -> u16 {
    let ratio = if ohm.is_finite() { ohm / (ohm + 10_000.0) } else { 1.0 };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a ratio of 0 to 1 times 32 768"
    )]
    let counts = (ratio * 32_768.0).round() as u16;
    counts
}

#[expect(clippy::cast_possible_truncation, reason = "a port voltage is below 2 MV")]
fn millivolts(volts: f64) -> Millivolts {
    Millivolts((volts * 1e3).round() as i32)
}
