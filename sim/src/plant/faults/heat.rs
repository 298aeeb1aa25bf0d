//! Faults of thermistors and heater.

use crate::fault::Fault;
use crate::plant::Plant;
use crate::thermistor::{Defect, SENSORS};
use crate::world::Nodes;

impl Plant {
    /// Begins or ends a fault; whether it is one of these, and this plant has such a part.
    pub(in crate::plant) fn inject_heat(&mut self, fault: &Fault, begins: bool) -> bool {
        if let Some((sensor, defect)) = Defect::of(fault) {
            let shown_ohm = if sensor < SENSORS { self.ntc_ohm(sensor) } else { 0.0 };
            return self.sensors.set(sensor, defect, begins, shown_ohm);
        }
        match fault {
            Fault::HeaterStuckOn => self.heater.stuck_on = begins,
            Fault::HeaterOpen => self.heater.open = begins,
            _ => return false,
        }
        self.heater.is_fitted()
    }
}
