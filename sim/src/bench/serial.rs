//! The serial line between a PC and the firmware: bytes take their time, and a receiver of another
//! rate does not read them as they were sent.

use super::Bench;
use crate::queue::Actor;
use crate::time::{SimTime, Span};
use crate::trace::{Event, EventKind};
use crate::world::World;
use bms_core::afe::Afe;
use bms_core::host::BAUD;

/// Bits of a byte on the line: start, eight data bits, stop.
const FRAME_BITS: u64 = 10;

/// Nanoseconds in a second.
const SECOND_NS: u64 = 1_000_000_000;

/// Bytes on their way to the firmware.
#[derive(Clone, Debug)]
pub(super) struct Incoming {
    /// When the last of them has arrived.
    pub(super) arrived: SimTime,
    /// As the receiver reads them.
    bytes: Vec<u8>,
}

/// What a receiver of the firmware's rate makes of bytes that were sent at `baud`: it looks at the
/// middle of each of its own bits, and drops a byte whose stop bit is not high.
pub(super) fn received(bytes: &[u8], baud: u32) -> Vec<u8> {
    let sent: Vec<bool> = bytes.iter().flat_map(|byte| levels(*byte)).collect();
    let level = |ns: u64| {
        let bit = usize::try_from(ns * u64::from(baud) / SECOND_NS).unwrap_or(usize::MAX);
        sent.get(bit).copied().unwrap_or(true)
    };
    let own_bit = SECOND_NS / u64::from(BAUD);
    let end = FRAME_BITS * bytes.len() as u64 * SECOND_NS / u64::from(baud);
    let step = own_bit / 16; // a UART samples its line 16 times per bit
    let (mut at, mut read) = (0, Vec::new());
    while at < end {
        if level(at) {
            at += step;
            continue;
        }
        let middle = |bit: u64| level(at + own_bit * bit + own_bit / 2);
        let byte = (0..8).fold(0, |byte, bit| byte | u8::from(middle(bit + 1)) << bit);
        if middle(9) {
            read.push(byte);
        }
        at += own_bit * 19 / 2;
    }
    read
}

/// The line's levels over one byte.
fn levels(byte: u8) -> impl Iterator<Item = bool> {
    let data = (0..8).map(move |bit| byte >> bit & 1 != 0);
    [false].into_iter().chain(data).chain([true])
}

impl<W: World, A: Afe> Bench<'_, W, A> {
    /// A PC begins to send.
    pub(super) fn send(&mut self, now: SimTime, bytes: &[u8], baud: u32) {
        let length = FRAME_BITS * bytes.len() as u64 * SECOND_NS / u64::from(baud);
        let arrived = now + Span(length);
        self.incoming = Some(Incoming { arrived, bytes: received(bytes, baud) });
        self.agenda.plan_no_later(Actor::Firmware, arrived);
    }

    /// What has arrived is the firmware's before it runs.
    pub(super) fn deliver(&mut self, now: SimTime) {
        if let Some(incoming) = self.incoming.take_if(|incoming| incoming.arrived <= now) {
            let clock = self.processor.clock.reading(now);
            self.controller.receive(clock, &incoming.bytes);
        }
    }

    /// What the firmware answers, and when it runs again for what is on its way.
    pub(super) fn collect_reply(&mut self, now: SimTime) {
        let reply = self.controller.take_reply();
        if !reply.is_empty() {
            self.events.push(Event { at: now, kind: EventKind::Replied(reply[..].into()) });
        }
        if let Some(incoming) = &self.incoming {
            self.agenda.plan_no_later(Actor::Firmware, incoming.arrived);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_rate_is_read_as_sent_and_others_are_not() {
        let bytes = [0x02, 0x03, 0x00, 0x31, 0x00, 0x01, 0xD5, 0xF6];
        assert_eq!(received(&bytes, BAUD), bytes);
        for baud in [1_200, 2_400, 4_800, 19_200, 38_400, 57_600, 115_200] {
            assert_ne!(received(&bytes, baud), bytes, "{baud}");
        }
        // A clock that is 2 % off is no other rate.
        assert_eq!(received(&bytes, BAUD * 98 / 100), bytes);
    }
}
