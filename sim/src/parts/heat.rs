//! Heat and what makes or measures it: heater, thermistors, consumption by mode.

/// Heater, thermistors, consumption by mode.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeatParts {}
