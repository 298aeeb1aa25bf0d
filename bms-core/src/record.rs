//! A decision as bytes: what a black-box recorder stores and what a replay compares.

use crate::bms::{Decision, Gates};
use crate::indicate::{Led, Leds};
use crate::mode::Mode;

/// Length of a recorded decision.
pub const DECISION_BYTES: usize = 38;

/// A donor or receiver that is none.
const NO_CELL: u8 = 0xFF;

impl Decision {
    /// The decision as little-endian bytes. Equal decisions are equal bytes and the reverse.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; DECISION_BYTES] {
        let (donor, receiver) = self
            .transfer
            .map_or((NO_CELL, NO_CELL), |transfer| (transfer.donor, transfer.receiver));
        let mut bytes = [0; DECISION_BYTES];
        let parts: [&[u8]; 10] = [
            &[mode_code(self.mode), gate_bits(self.gates)],
            &self.active.bits().to_le_bytes(),
            &self.pending.bits().to_le_bytes(),
            &[donor, receiver],
            &self.bleed.to_le_bytes(),
            &[u8::from(self.clear_over_current)],
            &led_codes(self.leds),
            &self.soc.0.to_le_bytes(),
            &self.wake.as_micros().to_le_bytes(),
            &[0; 3], // room for the next field, so that records keep their length
        ];
        let mut at = 0;
        for part in parts {
            bytes[at..at + part.len()].copy_from_slice(part);
            at += part.len();
        }
        bytes
    }
}

const fn mode_code(mode: Mode) -> u8 {
    match mode {
        Mode::Off => 0,
        Mode::Starting => 1,
        Mode::Standby => 2,
        Mode::Charge => 3,
        Mode::Discharge => 4,
        Mode::Sleep => 5,
    }
}

fn gate_bits(gates: Gates) -> u8 {
    let bits =
        [gates.charge, gates.discharge, gates.precharge, gates.low_cell_precharge, gates.limiter];
    bits.into_iter().enumerate().fold(0, |sum, (bit, on)| sum | u8::from(on) << bit)
}

fn led_codes(leds: Leds) -> [u8; 6] {
    let [one, two, three, four] = leds.soc;
    [one, two, three, four, leds.alarm, leds.run].map(|led| match led {
        Led::Off => 0,
        Led::On => 1,
        Led::Flash => 2,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bms::Transfer;
    use crate::protect::Reasons;
    use crate::time::Instant;
    use crate::units::BasisPoints;

    fn decision() -> Decision {
        Decision {
            mode: Mode::Charge,
            gates: Gates { charge: true, limiter: true, ..Gates::default() },
            active: Reasons::OVER_VOLTAGE,
            pending: Reasons::SHORT_CIRCUIT,
            transfer: Some(Transfer { donor: 4, receiver: 11 }),
            bleed: 0x8001,
            clear_over_current: true,
            leds: Leds { soc: [Led::On; 4], alarm: Led::On, run: Led::Flash },
            soc: BasisPoints(9_876),
            wake: Instant::from_micros(0x0102_0304_0506_0708),
        }
    }

    #[test]
    fn every_field_has_its_place() {
        let expected = [
            3, 0b1_0001, // mode, gates
            1, 0, 0, 0, // active
            0, 2, 0, 0, // pending
            4, 11, // transfer
            1, 0x80, 0, 0, // bleed
            1, // clear
            1, 1, 1, 1, 1, 2, // LEDs
            0x94, 0x26, 0, 0, // 9 876
            8, 7, 6, 5, 4, 3, 2, 1, // wake
            0, 0, 0,
        ];
        assert_eq!(decision().to_bytes(), expected);
    }

    #[test]
    fn no_transfer_is_told_from_a_transfer_between_the_first_cells() {
        let none = Decision { transfer: None, ..decision() };
        let first = Decision { transfer: Some(Transfer { donor: 0, receiver: 0 }), ..decision() };
        assert_ne!(none.to_bytes(), first.to_bytes());
    }
}
