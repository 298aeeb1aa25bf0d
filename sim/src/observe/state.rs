//! What a pack does and shows that is no number: so or not so at a moment.

use crate::display::Page;
use crate::trace::{Row, Switch};
use bms_core::bms::Decision;
use bms_core::indicate::{Led, Leds};
use bms_core::mode::Mode;
use bms_core::protect::Reasons;
use std::sync::Arc;

/// What can be so or not so at a moment.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// The pack is in this mode.
    Mode(Mode),
    /// The LEDs show this pattern: four for SOC, alarm, run, each of `o` (off), `#` (on), `*`
    /// (flash); `-` for any.
    Leds(Arc<str>),
    /// Each of these switches conducts, or does not.
    Switches(Vec<(Switch, bool)>),
    /// Exactly these cells are bled; bit 0 is the most negative cell.
    Bleeding(u32),
    /// One of these protections is in force.
    InForce(Reasons),
    /// This stands on the display.
    Display(Display),
}

/// What stands on the display: the page, and lines that are on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Display {
    /// The page; any if none.
    pub page: Option<Page>,
    /// Each is a whole line of the display.
    pub lines: Vec<Arc<str>>,
}

impl Display {
    /// Whether a text is as it says.
    #[must_use]
    pub fn is_on(&self, text: &str) -> bool {
        self.page.is_none_or(|page| Page::of(text) == Some(page))
            && self.lines.iter().all(|wanted| text.lines().any(|line| line == &**wanted))
    }
}

/// What a state is read from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen<'s> {
    /// What the firmware decided last.
    pub(crate) decision: &'s Decision,
    /// Switches that conduct.
    pub(crate) conducting: &'s [Switch],
    /// What stands on the display.
    pub(crate) display: &'s str,
}

impl State {
    /// Whether it was so at a recorded row; none where a row does not tell it: switches, display.
    #[must_use]
    pub fn of(&self, row: &Row) -> Option<bool> {
        let seen = Seen { decision: &row.decision, conducting: &[], display: "" };
        let told = !matches!(self, Self::Switches(_) | Self::Display(_));
        told.then(|| self.holds(&seen))
    }

    /// Whether it is so.
    pub(crate) fn holds(&self, seen: &Seen<'_>) -> bool {
        let decision = seen.decision;
        match self {
            Self::Mode(mode) => decision.mode == *mode,
            Self::Leds(pattern) => shows(&decision.leds, pattern),
            Self::Switches(wanted) => {
                wanted.iter().all(|(switch, on)| seen.conducting.contains(switch) == *on)
            }
            Self::Bleeding(cells) => decision.bleed == *cells,
            Self::InForce(reasons) => decision.active.intersects(*reasons),
            Self::Display(display) => display.is_on(seen.display),
        }
    }
}

/// Whether LEDs are as a pattern says, the blanks in it apart.
fn shows(leds: &Leds, pattern: &str) -> bool {
    let lit = leds.soc.into_iter().chain([leds.alarm, leds.run]);
    let wanted = pattern.chars().filter(|letter| !letter.is_whitespace());
    lit.zip(wanted).all(|(led, wanted)| match wanted {
        'o' => led == Led::Off,
        '#' => led == Led::On,
        '*' => led == Led::Flash,
        _ => true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen<'s>(decision: &'s Decision, conducting: &'s [Switch], display: &'s str) -> Seen<'s> {
        Seen { decision, conducting, display }
    }

    #[test]
    fn a_pattern_of_leds_is_held_against_each_of_the_six() {
        let leds =
            Leds { soc: [Led::On, Led::On, Led::Off, Led::Off], alarm: Led::Off, run: Led::Flash };
        let decision = Decision { leds, ..Decision::default() };
        let holds = |pattern: &str| State::Leds(pattern.into()).holds(&seen(&decision, &[], ""));
        assert!(holds("##oo o *") && holds("##oo--") && holds("---- - -"));
        for wrong in ["###o o *", "##oo # *", "##oo o #", "o#oo o *"] {
            assert!(!holds(wrong), "{wrong}");
        }
    }

    #[test]
    fn all_named_switches_must_be_as_said_and_one_protection_is_enough() {
        let active = Reasons::OVER_VOLTAGE | Reasons::CTL_LOW;
        let decision = Decision { active, ..Decision::default() };
        let seen = seen(&decision, &[Switch::Discharge], "");
        let switches = |charge, discharge| {
            let wanted = vec![(Switch::Charge, charge), (Switch::Discharge, discharge)];
            State::Switches(wanted).holds(&seen)
        };
        assert!(switches(false, true));
        assert!(!switches(true, true) && !switches(false, false));
        assert!(State::InForce(Reasons::OVER_VOLTAGE | Reasons::UNDER_VOLTAGE).holds(&seen));
        assert!(!State::InForce(Reasons::UNDER_VOLTAGE).holds(&seen));
    }

    #[test]
    fn a_line_of_the_display_is_meant_as_a_whole() {
        let text = "Latest OV\nListed 1\nTotal 10";
        let on = |page, lines: &[&str]| {
            let lines = lines.iter().map(|line| (*line).into()).collect();
            Display { page, lines }.is_on(text)
        };
        assert!(on(Some(Page::Alarms), &["Latest OV", "Total 10"]) && on(None, &[]));
        assert!(!on(None, &["Total 1"]) && !on(Some(Page::Overview), &["Latest OV"]));
    }
}
