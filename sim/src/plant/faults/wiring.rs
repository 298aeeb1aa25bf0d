//! Faults of sense wires, joints, cells and balancing.

use crate::fault::Fault;
use crate::plant::Plant;

impl Plant {
    /// Begins or ends a fault; whether it is one of these.
    pub(in crate::plant) fn inject_wiring(&mut self, fault: &Fault, begins: bool) -> bool {
        let is_ours = matches!(
            fault,
            Fault::SenseWire { .. }
                | Fault::SenseWireFlaky { .. }
                | Fault::TapsSwapped { .. }
                | Fault::TapsShorted { .. }
                | Fault::SenseConnectorOpen
                | Fault::Joint { .. }
                | Fault::CellShort { .. }
                | Fault::CellOpen { .. }
                | Fault::CellCapacity { .. }
                | Fault::CellResistance { .. }
                | Fault::CellHeats { .. }
                | Fault::BleedStuckOn { .. }
                | Fault::BalancerReversed
                | Fault::BalancerShorted { .. }
        );
        if is_ours {
            self.wiring.set(fault, begins, self.now);
            self.wiring.apply(&mut self.string, self.last_a);
        }
        is_ours
    }

    /// Changes the loose contacts that are due.
    pub(in crate::plant) fn toggle_wiring(&mut self) {
        if self.wiring.toggle(self.now) {
            self.wiring.apply(&mut self.string, self.last_a);
        }
    }
}
