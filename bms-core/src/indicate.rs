//! The six LEDs: four for SOC, one alarm, one run (PS-LED-1 to PS-LED-10).

use crate::mode::Mode;
use crate::protect::Reasons;
use crate::units::BasisPoints;

/// The state of one LED.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Led {
    /// Dark.
    #[default]
    Off,
    /// Lit.
    On,
    /// Flashing.
    Flash,
}

/// All six LEDs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Leds {
    /// State of charge, the lowest step first.
    pub soc: [Led; 4],
    /// Alarm.
    pub alarm: Led,
    /// Run.
    pub run: Led,
}

/// What the LEDs show (PS-LED-2 to PS-LED-10). `soc_steps` are the SOC values above which each of
/// the four lights (AMB-PS-14).
#[must_use]
pub fn leds(mode: Mode, active: Reasons, soc: BasisPoints, soc_steps: &[BasisPoints; 4]) -> Leds {
    if mode.is_down() {
        return Leds::default();
    }
    let lit = |on: bool| if on { Led::On } else { Led::Off };
    let end_of_range = active.intersects(END_OF_RANGE);
    Leds {
        soc: soc_steps.map(|step| lit(end_of_range || soc > step)),
        alarm: lit(!active.is_empty()),
        run: Led::Flash,
    }
}

/// Overcharge (PS-LED-5) and over-discharge (PS-LED-9) light every SOC LED.
const END_OF_RANGE: Reasons =
    Reasons::OVER_VOLTAGE.union(Reasons::ABNORMAL_HIGH_VOLTAGE).union(Reasons::UNDER_VOLTAGE);

#[cfg(test)]
mod tests {
    use super::*;
    use Led::{Flash, Off, On};

    const STEPS: [BasisPoints; 4] =
        [BasisPoints(0), BasisPoints(2_500), BasisPoints(5_000), BasisPoints(7_500)];

    fn shown(mode: Mode, active: Reasons, soc: i32) -> ([Led; 4], Led, Led) {
        let Leds { soc, alarm, run } = leds(mode, active, BasisPoints(soc), &STEPS);
        (soc, alarm, run)
    }

    /// Rows of the datasheets' LED table at 60 % SOC, with the reasons AMB-X-12 assigns to them.
    #[test]
    fn the_leds_follow_the_truth_table() {
        let by_soc = [On, On, On, Off];
        let none = Reasons::empty();
        for (row, mode, active, expected) in [
            ("PS-LED-2", Mode::Off, none, ([Off; 4], Off, Off)),
            ("PS-LED-2", Mode::Off, Reasons::UNDER_VOLTAGE, ([Off; 4], Off, Off)),
            ("PS-LED-2", Mode::Sleep, none, ([Off; 4], Off, Off)),
            ("PS-PWR-1", Mode::Starting, none, (by_soc, Off, Flash)),
            ("PS-LED-3", Mode::Charge, none, (by_soc, Off, Flash)),
            ("PS-LED-4", Mode::Charge, Reasons::CHARGE_MOS_FAULT, (by_soc, On, Flash)),
            ("PS-LED-4", Mode::Standby, Reasons::EMERGENCY_STOP, (by_soc, On, Flash)),
            ("PS-LED-5", Mode::Standby, Reasons::OVER_VOLTAGE, ([On; 4], On, Flash)),
            ("PS-LED-5", Mode::Charge, Reasons::ABNORMAL_HIGH_VOLTAGE, ([On; 4], On, Flash)),
            ("PS-LED-6", Mode::Charge, Reasons::CHARGE_OC, (by_soc, On, Flash)),
            ("PS-LED-6", Mode::Standby, Reasons::CELL_CHARGE_COLD, (by_soc, On, Flash)),
            ("PS-LED-7", Mode::Discharge, none, (by_soc, Off, Flash)),
            ("PS-LED-8", Mode::Discharge, Reasons::DISCHARGE_MOS_FAULT, (by_soc, On, Flash)),
            ("PS-LED-9", Mode::Standby, Reasons::UNDER_VOLTAGE, ([On; 4], On, Flash)),
            ("PS-LED-10", Mode::Discharge, Reasons::CELL_DISCHARGE_HOT, (by_soc, On, Flash)),
            ("PS-LED-10", Mode::Standby, Reasons::SHORT_CIRCUIT, (by_soc, On, Flash)),
        ] {
            assert_eq!(shown(mode, active, 6_000), expected, "{row} {mode:?} {active:?}");
        }
    }

    #[test]
    fn a_soc_led_lights_strictly_above_its_step() {
        let count = |soc| {
            let (leds, ..) = shown(Mode::Standby, Reasons::empty(), soc);
            leds.iter().filter(|led| **led == On).count()
        };
        for (soc, lit) in
            [(0, 0), (1, 1), (2_500, 1), (2_501, 2), (5_000, 2), (5_001, 3), (7_500, 3), (7_501, 4)]
        {
            assert_eq!(count(soc), lit, "{soc}");
        }
    }
}
