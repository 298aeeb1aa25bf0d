//! What is broken in the chip: the faults of its channels, references, clock, pins and memory that
//! are active now. A whole chip has none and asks only whether the list is empty.
//!
//! A channel's reading is made in the order of the signal: the multiplexer chooses the input
//! (alias), gain and reference scale it, offset and noise are added, the converter rounds it, and a
//! frozen register keeps what it had. The chip's own protections judge the same readings.

use super::chip::{Chip, ResetKind};
use super::comparator::Comparator;
use super::converter::{self, Scan};
use super::errors::rounded;
use super::power::Power;
use super::registers::{EEPROM_BYTES, TR};
use crate::fault::{Fault, Place};
use crate::seed;
use crate::time::SimTime;
use crate::world::Nodes;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

/// What an erased EEPROM byte reads.
const ERASED: u8 = 0xFF;

/// Uniform draws that make one normal one.
const UNIFORMS: u32 = 12;

/// The active faults of a chip.
#[derive(Clone, Debug)]
pub(crate) struct Flaws {
    active: Vec<Fault>,
    noise: ChaCha8Rng,
    /// Programming operations from this one on, counted from 0, leave their byte as it was.
    worn_from: Option<u32>,
}

impl Flaws {
    pub(crate) fn none(run: u64) -> Self {
        Self { active: Vec::new(), noise: seed::stream(run, "afe.noise"), worn_from: None }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.active.is_empty()
    }

    fn has(&self, wanted: impl Fn(&Fault) -> bool) -> bool {
        self.active.iter().any(wanted)
    }

    fn sum(&self, part: impl Fn(&Fault) -> Option<f64>) -> f64 {
        self.active.iter().filter_map(part).fold(0.0, |sum, value| sum + value)
    }

    fn product(&self, part: impl Fn(&Fault) -> Option<f64>) -> f64 {
        self.active.iter().filter_map(part).fold(1.0, |product, share| product * (1.0 + share))
    }

    fn reference(&self) -> f64 {
        self.product(|fault| match fault {
            Fault::ReferenceDrift { share } => Some(*share),
            _ => None,
        })
    }

    fn gain(&self, cell: usize) -> f64 {
        self.product(|fault| match fault {
            Fault::ChannelGain { cell: own, share } if *own == cell => Some(*share),
            _ => None,
        })
    }

    fn offset(&self, cell: usize) -> f64 {
        self.sum(|fault| match fault {
            Fault::ChannelOffset { cell: own, volts } if *own == cell => Some(*volts),
            _ => None,
        })
    }

    /// One sample of the noise that all channels carry, V. Independent sources add by their
    /// squares.
    fn noise(&mut self) -> f64 {
        let variance = self.sum(|fault| match fault {
            Fault::ChannelNoise { volts } => Some(volts * volts),
            _ => None,
        });
        if variance == 0.0 { 0.0 } else { libm::sqrt(variance) * normal(&mut self.noise) }
    }

    /// What a shunt voltage of `nv` looks like to a current converter.
    pub(crate) fn shunt_nv(&self, nv: i64) -> i64 {
        if self.is_empty() {
            return nv;
        }
        let offset = self.sum(|fault| match fault {
            Fault::CurrentOffset { volts } => Some(*volts),
            _ => None,
        });
        #[expect(clippy::cast_precision_loss, reason = "a shunt voltage is far below 2^53 nV")]
        let seen = nv as f64 * self.reference() + offset * 1e9;
        rounded(seen)
    }

    /// Whether the converter repeats its codes, and if so whether its flag goes on.
    pub(crate) fn frozen(&self) -> Option<bool> {
        let stops = self.has(|fault| *fault == Fault::ConverterFrozen { flags_go_on: false });
        let goes_on = self.has(|fault| *fault == Fault::ConverterFrozen { flags_go_on: true });
        (stops || goes_on).then_some(!stops)
    }

    pub(crate) fn is_alarm_lost(&self) -> bool {
        self.has(|fault| *fault == Fault::AlarmLost)
    }

    pub(crate) fn is_vpro_missing(&self) -> bool {
        self.has(|fault| *fault == Fault::VproMissing)
    }

    pub(crate) fn is_without_supply(&self) -> bool {
        self.has(|fault| *fault == Fault::ChipBrownOut)
    }

    /// Whether the programming operation that was the `count`th, from 1, has no effect.
    pub(crate) fn is_worn(&self, count: u32) -> bool {
        self.worn_from.is_some_and(|from| count > from)
    }

    fn clock(&self) -> Option<f64> {
        let share = |fault: &Fault| match fault {
            Fault::ChipClock { share } => Some(*share),
            _ => None,
        };
        self.has(|fault| share(fault).is_some()).then(|| self.product(share))
    }

    fn set(&mut self, fault: &Fault, begins: bool) {
        if begins {
            self.active.push(fault.clone());
        } else if let Some(place) = self.active.iter().position(|active| active == fault) {
            self.active.remove(place);
        }
    }
}

/// A standard normal draw: the sum of twelve uniform ones less six has variance one and needs no
/// transcendental function.
fn normal(stream: &mut ChaCha8Rng) -> f64 {
    let uniform = |_| {
        #[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
        let bits = (stream.next_u64() >> 11) as f64;
        bits / 9_007_199_254_740_992.0
    };
    (0..UNIFORMS).map(uniform).fold(0.0, |sum, value| sum + value) - f64::from(UNIFORMS) / 2.0
}

/// The cell a fault is about, if it is about one.
fn channel(fault: &Fault) -> Option<usize> {
    match fault {
        Fault::ChannelFrozen { cell }
        | Fault::ChannelOffset { cell, .. }
        | Fault::ChannelGain { cell, .. } => Some(*cell),
        Fault::ChannelAlias { cell } => Some(cell.wrapping_sub(1)),
        _ => None,
    }
}

impl Chip {
    /// A fault of the chip begins or is gone. Whether it is one of the chip's.
    pub fn inject(&mut self, now: SimTime, fault: &Fault, begins: bool) -> bool {
        let fits = channel(fault).is_none_or(|cell| cell < self.wired);
        if fault.place() != Place::Chip || !fits {
            return false;
        }
        self.flaws.set(fault, begins);
        match fault {
            Fault::ChipReset if begins && !self.flaws.is_without_supply() => {
                self.reset(now, ResetKind::Supply);
            }
            Fault::ChipBrownOut => self.supply(now),
            Fault::ChipClock { .. } => self.retime(now),
            Fault::VproMissing => self.set_vpro(now, self.vpro_driven),
            Fault::EepromWorn { after } => {
                self.flaws.worn_from = begins.then_some(self.stats.eeprom_writes + after);
            }
            Fault::EepromErased { from } if begins => self.erase(*from),
            _ => {}
        }
        true
    }

    fn supply(&mut self, now: SimTime) {
        let is_down = matches!(self.power, Power::Down { .. });
        match (self.flaws.is_without_supply(), is_down) {
            (true, false) => {
                self.reset(now, ResetKind::Supply);
                self.enter(now, Power::Down { until: SimTime::NEVER });
            }
            (false, true) => self.enter(now, Power::Down { until: now }),
            _ => {}
        }
    }

    /// Delays that run end as they began; what begins from now on takes the new time.
    fn retime(&mut self, now: SimTime) {
        self.errors.clock_fault = self.flaws.clock();
        let retimed = Comparator::all(&self.config, &self.errors);
        for (comparator, retimed) in self.comparators.iter_mut().zip(retimed) {
            comparator.retime(&retimed);
        }
        self.decide(now);
    }

    fn erase(&mut self, from: u8) {
        let image = &mut self.stored[..EEPROM_BYTES - 1];
        let from = usize::from(from.min(TR)).min(image.len());
        image[from..].fill(ERASED);
    }

    /// The cell registers after a cycle of a chip with faults.
    pub(crate) fn convert_broken<W: Nodes + ?Sized>(&mut self, scan: &Scan, world: &W) {
        if self.flaws.frozen().is_some() {
            return;
        }
        for cell in 0..self.wired {
            let code = self.broken_code(scan, cell, world);
            if !self.flaws.has(|fault| *fault == Fault::ChannelFrozen { cell }) {
                self.ram.cells[cell] = code;
            }
        }
    }

    fn broken_code<W: Nodes + ?Sized>(&mut self, scan: &Scan, cell: usize, world: &W) -> u16 {
        let alias = self.flaws.has(|fault| *fault == Fault::ChannelAlias { cell });
        let source = if alias { cell.saturating_sub(1) } else { cell };
        let volts = scan.cell_mean(cell, source, world);
        let scaled = volts * self.flaws.gain(cell) * self.flaws.reference();
        let seen = scaled + self.flaws.offset(cell) + self.flaws.noise();
        converter::cell_code(rounded(seen * 1e9) + self.errors.cell_nv[cell])
    }
}
