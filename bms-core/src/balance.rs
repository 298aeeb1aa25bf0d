//! Balancing: active transfer from the highest to the lowest cell (PS-BAL-1 to PS-BAL-3) and
//! bleeding of the higher of two neighbours (PS-BAL-4 to PS-BAL-6).

use crate::bms::Transfer;
use crate::measure::Reading;
use crate::mode::Mode;
use crate::params::Params;
use crate::protect::Reasons;
use crate::time::{Duration, Instant};

/// How long a donor and its receiver stay chosen at least. A transfer converter swings its
/// transformer's current up and down when it changes cells.
pub const CHOICE_PERIOD: Duration = Duration::from_secs(1);

/// High-temperature protections that stop balancing (PS-BAL-7, AMB-PS-13).
const TOO_HOT: Reasons = Reasons::CELL_CHARGE_HOT
    .union(Reasons::CELL_DISCHARGE_HOT)
    .union(Reasons::MOS_CHARGE_HOT)
    .union(Reasons::MOS_DISCHARGE_HOT);

/// Readings that balancing could not rely on.
const BLIND: Reasons = Reasons::FRONT_END.union(Reasons::SENSOR);

/// What is being balanced.
#[derive(Clone, Copy, Debug, Default)]
pub struct Balancer {
    /// The cells in transfer, and since when they are chosen.
    transfer: Option<(Transfer, Instant)>,
    bleed: u32,
    /// The pack was charging at the last decision.
    was_charging: bool,
}

impl Balancer {
    /// Cells in transfer.
    #[must_use]
    pub fn transfer(&self) -> Option<Transfer> {
        self.transfer.map(|(transfer, _)| transfer)
    }

    /// Cells to bleed, bit 0 the most negative.
    #[must_use]
    pub const fn bleed(&self) -> u32 {
        self.bleed
    }

    /// Stops everything that `active` or the options forbid. Call at every step.
    pub fn inhibit(&mut self, active: Reasons, mode: Mode, params: &Params) {
        let hot = params.balance.inhibit_on_high_temperature && active.intersects(TOO_HOT);
        if hot || active.intersects(BLIND) || !params.system.balance_enabled || !is_up(mode) {
            (self.transfer, self.bleed) = (None, 0);
        } else if !may_bleed(mode, params) {
            self.bleed = 0;
        }
    }

    /// Decides anew on fresh cell voltages; then comes [`Balancer::inhibit`].
    pub fn update(&mut self, now: Instant, reading: &Reading, mode: Mode, params: &Params) {
        let difference = reading.highest_cell() - reading.lowest_cell();
        let running = self.transfer.is_some();
        let threshold =
            if running { params.balance.active_stop } else { params.balance.active_start };
        self.transfer = if difference > threshold.to_microvolts() {
            Some(self.choose(now, reading))
        } else {
            None
        };
        // The end of a charge ends what it began (PS-BAL-5); the next mode's own rule decides a
        // sample later.
        let charging = mode == Mode::Charge;
        let ended = self.was_charging && !charging;
        self.was_charging = charging;
        self.bleed = match !ended && may_bleed(mode, params) {
            true => higher_neighbours(reading, params),
            false => 0,
        };
    }

    fn choose(&self, now: Instant, reading: &Reading) -> (Transfer, Instant) {
        match self.transfer {
            Some((transfer, chosen)) if now.since(chosen) < CHOICE_PERIOD => (transfer, chosen),
            _ => (Transfer { donor: reading.highest, receiver: reading.lowest }, now),
        }
    }
}

const fn is_up(mode: Mode) -> bool {
    matches!(mode, Mode::Standby | Mode::Charge | Mode::Discharge)
}

/// PS-BAL-4 (charging), PS-BAL-6 (standby).
const fn may_bleed(mode: Mode, params: &Params) -> bool {
    match mode {
        Mode::Charge => params.balance.passive_in_charge,
        Mode::Standby => params.balance.passive_in_standby,
        Mode::Off | Mode::Sleep | Mode::Starting | Mode::Discharge => false,
    }
}

/// The higher cell of every pair of neighbours that lie far enough apart (AMB-PS-11), if it is
/// high enough itself (PS-BAL-9).
fn higher_neighbours(reading: &Reading, params: &Params) -> u32 {
    let apart = params.balance.passive_adjacent;
    let open = params.voltage.balance_open;
    let mut bleed = 0;
    for (number, pair) in reading.cells.windows(2).enumerate() {
        let (high, low, bit) = match pair {
            [below, above] if above > below => (*above, *below, number + 1),
            [below, above] => (*below, *above, number),
            _ => continue,
        };
        if high - low >= apart.to_microvolts() && high >= open.to_microvolts() {
            bleed |= 1 << bit;
        }
    }
    bleed
}
