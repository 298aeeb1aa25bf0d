//! What is taken across the cells before the shunt: the board by its mode, and a heater that is
//! connected there (equation (T10) of `docs/physics-plant.md`).

use super::Plant;
use crate::parts::{HeaterTap, SupplyMode};
use crate::trace::Switch;

impl Plant {
    /// Consumption of the board as it is now, ampere.
    pub(super) fn consumption_a(&self) -> f64 {
        let supply = &self.board.heat.supply;
        match self.supply {
            SupplyMode::Sleep => supply.sleep_a.unwrap_or(self.board.board_a),
            SupplyMode::Off => supply.off_a.unwrap_or(self.board.board_a),
            SupplyMode::Normal => {
                let limiter_a =
                    if self.switches.is_on(Switch::Limiter) { supply.limiter_a } else { 0.0 };
                let balancing = &self.string.balancing;
                let balances = balancing.transfer.is_some() || balancing.bleed != 0;
                let balancing_a = if balances { supply.balancing_a } else { 0.0 };
                self.board.board_a + self.board.display_a + limiter_a + balancing_a
            }
        }
    }

    /// The board is in another state; what that changes is planned anew.
    pub(super) fn change_supply(&mut self, mode: SupplyMode) {
        let before_a = self.consumption_a();
        self.supply = mode;
        if self.consumption_a().to_bits() != before_a.to_bits() {
            self.interrupt();
            self.replan();
        }
    }

    /// Sets what is taken before the shunt for the segment to come.
    pub(super) fn drive_supply(&mut self) {
        let consumption_a = self.consumption_a();
        self.string.board_a = consumption_a;
        self.heater.pack_a = 0.0;
        if self.string.is_interrupted {
            self.string.board_a = 0.0;
            return;
        }
        let Some(ohm) = self.heater.closed_ohm(HeaterTap::Pack) else { return };
        // Each round leaves the share (resistance of the pack) / (resistance of the film).
        for _ in 0..3 {
            self.heater.pack_a = (self.pack_v_at(self.last_a) / ohm).max(0.0);
            self.string.board_a = consumption_a + self.heater.pack_a;
        }
    }

    /// Pack voltage with this current and the states at the start of the segment, volt.
    fn pack_v_at(&self, pack_a: f64) -> f64 {
        let source = self.string.source(&self.string.shown);
        let side = if pack_a < 0.0 { source.discharge } else { source.charge };
        side.emf_v + side.ohm * pack_a
    }
}
