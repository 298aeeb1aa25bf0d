//! What the pack is doing: off, standby, charging or discharging (PS-PWR-1 to PS-PWR-5).

/// The operating mode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Switched off: every switch and LED off.
    #[default]
    Off,
    /// Switched on, the front end is being brought up; every switch off.
    Starting,
    /// On, no current beyond the state threshold.
    Standby,
    /// On, charge current flows.
    Charge,
    /// On, discharge current flows.
    Discharge,
}
