//! Parts of pack and board in more detail than their main figures. Every default is the ideal part,
//! which adds nothing: a set-up names what it wants to see.

mod heat;
mod pack;
mod path;

pub use heat::{
    HeatParts, Heater, HeaterTap, Supply, SupplyMode, ThermalNetwork, ThermistorKind, Thermistors,
    Thermostat,
};
pub use pack::{BalancerParts, Distribution, Feed, PackParts, SenseParts, Spread, Spreading};
pub use path::{
    BusCapacitor, Cable, Fuse, Impedance, LimiterParts, MosfetLimits, MosfetParts, PathParts,
    ResistorParts, ShuntParts,
};
