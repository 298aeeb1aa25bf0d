//! What the pack is doing: off, standby, charging or discharging (PS-PWR-1 to PS-PWR-5).

use crate::afe::AfeFlags;
use crate::units::Millivolts;

/// How far a charger lifts the port above the pack: the SH367309's charger detector (SH367309
/// datasheet V1.2).
pub const CHARGER_MARGIN: Millivolts = Millivolts(250);

/// The operating mode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Switched off: every switch and LED off.
    #[default]
    Off,
    /// Asleep: as off, but a request on the serial line wakes it too (PS-PWR-5).
    Sleep,
    /// Switched on, the front end is being brought up; every switch off.
    Starting,
    /// On, no current beyond the state threshold.
    Standby,
    /// On, charge current flows.
    Charge,
    /// On, discharge current flows.
    Discharge,
}

impl Mode {
    /// Whether the pack is off or asleep: nothing is on, nothing is watched.
    #[must_use]
    pub const fn is_down(self) -> bool {
        matches!(self, Self::Off | Self::Sleep)
    }

    /// The mode of a pack that is up, by the front end's state detection (PS-STA-1).
    #[must_use]
    pub const fn of(flags: AfeFlags) -> Self {
        if flags.contains(AfeFlags::DISCHARGING) {
            Self::Discharge
        } else if flags.contains(AfeFlags::CHARGING) {
            Self::Charge
        } else {
            Self::Standby
        }
    }
}

/// What switches the pack on and off: the button's edge (PS-PWR-1, PS-PWR-2) and a charger
/// (PS-PWR-3).
#[derive(Clone, Copy, Debug, Default)]
pub struct PowerSwitch {
    pressed: bool,
    charger: bool,
}

impl PowerSwitch {
    /// Whether the pack shall be on, given that it `is_on` now. Call once per step.
    ///
    /// A charger wakes the pack when it appears, not while it stays: a pack that was switched off
    /// at its charger remains off.
    #[must_use]
    pub fn shall_be_on(&mut self, is_on: bool, pressed: bool, charger: bool) -> bool {
        let pushed = pressed && !self.pressed;
        let plugged = charger && !self.charger;
        // A charger in use does not lift the port; once the MOSFETs are off it does, and must not
        // wake the pack that was just switched off.
        (self.pressed, self.charger) = (pressed, charger || (pushed && is_on));
        if pushed { !is_on } else { is_on || plugged }
    }
}

/// Whether a charger stands at the port of a pack of this voltage.
#[must_use]
pub fn charger_present(port: Millivolts, pack: Millivolts) -> bool {
    port - pack > CHARGER_MARGIN
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edge_of_the_button_toggles_and_holding_it_does_nothing() {
        let mut switch = PowerSwitch::default();
        assert!(switch.shall_be_on(false, true, false));
        assert!(switch.shall_be_on(true, true, false));
        assert!(switch.shall_be_on(true, false, false));
        assert!(!switch.shall_be_on(true, true, false));
    }

    #[test]
    fn a_charger_wakes_when_it_appears_and_not_while_it_stays() {
        let mut switch = PowerSwitch::default();
        assert!(switch.shall_be_on(false, false, true));
        assert!(!switch.shall_be_on(true, true, true), "the button still switches off");
        assert!(!switch.shall_be_on(false, false, true));
        assert!(!switch.shall_be_on(false, false, false));
        assert!(switch.shall_be_on(false, false, true));
    }

    #[test]
    fn a_pack_switched_off_while_it_charges_stays_off() {
        let mut switch = PowerSwitch::default();
        assert!(!switch.shall_be_on(true, true, false), "a charger in use does not lift the port");
        assert!(!switch.shall_be_on(false, false, true), "with the MOSFETs off it does");
    }

    #[test]
    fn a_charger_is_present_beyond_a_quarter_volt() {
        let pack = Millivolts(52_800);
        assert!(!charger_present(Millivolts(53_050), pack));
        assert!(charger_present(Millivolts(53_051), pack));
    }

    #[test]
    fn the_mode_follows_the_state_detection() {
        assert_eq!(Mode::of(AfeFlags::CHARGING), Mode::Charge);
        assert_eq!(Mode::of(AfeFlags::DISCHARGING), Mode::Discharge);
        assert_eq!(Mode::of(AfeFlags::CHARGE_FET), Mode::Standby);
    }
}
