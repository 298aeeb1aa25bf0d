//! Faults of the power path.

use crate::fault::Fault;
use crate::plant::Plant;

impl Plant {
    /// Begins or ends a fault; whether it is one of these.
    pub(in crate::plant) fn inject_path(&mut self, fault: &Fault, begins: bool) -> bool {
        let _ = (fault, begins);
        false
    }
}
