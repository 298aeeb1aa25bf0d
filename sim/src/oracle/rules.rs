//! What must hold in every run, by name: a broken rule is told once, with its name before it.

use std::fmt;

/// A rule of every run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// No MOSFET is driven on against a protection.
    Gates,
    /// A pack that is off drives and shows nothing.
    Off,
    /// The LEDs follow their truth table.
    Leds,
    /// No output chatters.
    Chatter,
    /// No storm of closings into a short circuit.
    Storm,
    /// No cell is driven into danger.
    Hazard,
    /// The reported total is the sum of the cells.
    Total,
    /// The energy book closes.
    Ledger,
    /// Entries and exits alternate.
    Exits,
    /// Every trip leaves a record.
    Records,
    /// Nothing stays in force without a reason.
    Stuck,
    /// The parameters stay in their ranges.
    Profile,
    /// The count of charge follows what flows.
    Counting,
    /// No part of the power path is driven beyond its rating.
    Ratings,
    /// The run has every part that it was asked to move or break.
    Parts,
}

impl Rule {
    /// All, in the order of reports.
    pub const ALL: [Self; 15] = [
        Self::Gates,
        Self::Off,
        Self::Leds,
        Self::Chatter,
        Self::Storm,
        Self::Hazard,
        Self::Total,
        Self::Ledger,
        Self::Exits,
        Self::Records,
        Self::Stuck,
        Self::Profile,
        Self::Counting,
        Self::Ratings,
        Self::Parts,
    ];

    /// Its name, one word.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Gates => "gates",
            Self::Off => "off",
            Self::Leds => "leds",
            Self::Chatter => "chatter",
            Self::Storm => "storm",
            Self::Hazard => "hazard",
            Self::Total => "total",
            Self::Ledger => "ledger",
            Self::Exits => "exits",
            Self::Records => "records",
            Self::Stuck => "stuck",
            Self::Profile => "profile",
            Self::Counting => "counting",
            Self::Ratings => "ratings",
            Self::Parts => "parts",
        }
    }

    /// What it says.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Gates => "a MOSFET is driven on only if no active protection blocks it",
            Self::Off => "a pack that is off drives no MOSFET and lights no LED",
            Self::Leds => "the LEDs follow the truth table (PS-LED-3 to PS-LED-10)",
            Self::Chatter => "no output toggles more than 20 times in a minute, LEDs 60 times",
            Self::Storm => "the pack closes into a short circuit at most 5 times in a minute",
            Self::Hazard => "no cell is charged above 3.90 V or discharged below 1.50 V for 10 s",
            Self::Total => "the reported total voltage is the sum of the reported cells",
            Self::Ledger => "the energy book closes within 0.5 % of what was moved",
            Self::Exits => "every entry of a protection has one exit, or is in force at the end",
            Self::Records => "every entry of a protection is in the alarm memory",
            Self::Stuck => "no protection stays in force 10 s after what released it",
            Self::Profile => "every parameter stays in the range of its profile",
            Self::Counting => {
                "the count of charge follows what flows within 1 % of the capacity (PS-GEN-9)"
            }
            Self::Ratings => "no part of the power path is driven beyond its rating",
            Self::Parts => "the run has every part that it was asked to move or to break",
        }
    }

    /// The rule that a broken invariant names, from what was told.
    #[must_use]
    pub fn of(what: &str) -> Option<Self> {
        let (id, _) = what.split_once(": ")?;
        Self::ALL.into_iter().find(|rule| rule.id() == id)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.id())
    }
}
