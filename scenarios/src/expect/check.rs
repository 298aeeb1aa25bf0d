//! What can be expected of a run, and when it is looked at.

use super::{EventPattern, Signal, Window};
use bms_core::mode::Mode;
use bms_core::protect::Reasons;
use sim::observe::Display;
use sim::time::{SimTime, Span};
use sim::trace::Switch;
use std::sync::Arc;

/// What can be expected.
#[derive(Clone, Debug, PartialEq)]
pub enum Check {
    /// The event happens in the window, for the `occurrence`-th time in the run.
    Event {
        /// What.
        event: EventPattern,
        /// Which one, counted from 1 from the start of the run.
        occurrence: usize,
        /// When.
        window: Window,
    },
    /// The event does not happen.
    Never {
        /// What.
        event: EventPattern,
        /// When not.
        when: When,
    },
    /// The event happens so often.
    Count {
        /// What.
        event: EventPattern,
        /// When it is counted.
        when: When,
        /// How often.
        times: Times,
    },
    /// Events come in this order. The k-th mention of an event is its k-th occurrence in the span.
    Order {
        /// What, in order; two at least.
        events: Vec<EventPattern>,
        /// Where they are looked for.
        when: When,
        /// Each later than the one before; else two may come at one moment.
        strictly: bool,
    },
    /// A signal lies in a band at every recorded row of a span. For one moment the row or the point
    /// of a fast phase nearest before it counts.
    Band {
        /// Which signal.
        signal: Signal,
        /// When.
        when: When,
        /// Not below, in the signal's unit.
        low: f64,
        /// Not above, in the signal's unit.
        high: f64,
    },
    /// A signal stays in a band for some time without a break, by the recorded rows.
    Held {
        /// Which signal.
        signal: Signal,
        /// Where the time is looked for.
        when: When,
        /// Not below, in the signal's unit.
        low: f64,
        /// Not above, in the signal's unit.
        high: f64,
        /// For this long at least.
        at_least: Span,
    },
    /// The LEDs show this, as `SSSS A R`, each of `o` (off), `#` (on), `*` (flash); `-` for any.
    Leds {
        /// When.
        when: When,
        /// The pattern, six characters.
        pattern: String,
    },
    /// The pack is in this mode.
    State {
        /// When.
        when: When,
        /// Which.
        mode: Mode,
    },
    /// Switches conduct, or do not.
    Switches {
        /// When.
        when: When,
        /// Each with whether it conducts.
        wanted: Vec<(Switch, bool)>,
    },
    /// Exactly these cells are bled.
    Bleeding {
        /// When.
        when: When,
        /// Bit 0 is the most negative cell.
        cells: u32,
    },
    /// Energy is transferred between cells like this.
    Transfer {
        /// When.
        when: When,
        /// The cell that gives; none if there shall be no transfer.
        donor: Option<Cell>,
        /// The cell that receives; none if there shall be no transfer.
        receiver: Option<Cell>,
    },
    /// This stands on the display.
    Display {
        /// When.
        when: When,
        /// What.
        display: Display,
    },
    /// The alarm records at the end hold exactly `times` entries (or exits) of a protection.
    Records {
        /// Which protection.
        reason: Reasons,
        /// Entries or exits.
        entered: bool,
        /// How many.
        times: usize,
    },
    /// The alarm records at the end are these, in this order.
    History {
        /// Protections with entry (`true`) or exit, oldest first.
        records: Vec<(Reasons, bool)>,
        /// Which of the records are meant.
        kept: Kept,
        /// The SOC that each of them holds, a share: not below, not above.
        soc: Option<(f64, f64)>,
    },
    /// The integral of the pack current, coulomb, charge positive, in a band.
    Charge {
        /// When.
        when: When,
        /// Not below, C.
        low: f64,
        /// Not above, C.
        high: f64,
    },
    /// The integral of the squared pack current in a band.
    SquareTime {
        /// When.
        when: When,
        /// Not below, A²s.
        low: f64,
        /// Not above, A²s.
        high: f64,
    },
    /// The mean of a signal over time lies in a band.
    Mean {
        /// Which signal.
        signal: Signal,
        /// Over what.
        when: When,
        /// Not below, in the signal's unit.
        low: f64,
        /// Not above, in the signal's unit.
        high: f64,
    },
    /// What a signal has changed by from the first moment of a span to its last, in a band.
    Change {
        /// Which signal.
        signal: Signal,
        /// From when to when.
        when: When,
        /// Not below, in the signal's unit.
        low: f64,
        /// Not above, in the signal's unit.
        high: f64,
    },
    /// A data sheet says this of the product.
    Fact {
        /// What is meant, such as `X1 pin 3`.
        of: String,
        /// What the sheet says.
        stands: Vec<String>,
        /// What is expected.
        said: Vec<String>,
    },
    /// The rules of these requirements have something to remark, all of them, or none of them has.
    Remark {
        /// When.
        when: When,
        /// The requirements.
        requirements: Vec<String>,
        /// Whether they have.
        wanted: bool,
    },
    /// The energy book closes: what is missing, as a share of the energy moved, is at most this.
    Energy {
        /// Share, 0.005 is 0.5 %.
        share: f64,
    },
    /// What was booked under an entry of the energy book in a band.
    Joules {
        /// When; the whole run if none.
        when: Option<When>,
        /// Which entry.
        part: EnergyPart,
        /// Not below, J.
        low: f64,
        /// Not above, J.
        high: f64,
    },
    /// The gate refuses the scenario.
    Refused {
        /// What it says.
        why: Vec<String>,
    },
}

impl Check {
    /// The signal that it looks at, if it looks at one.
    #[must_use]
    pub fn signal(&self) -> Option<Signal> {
        match self {
            Self::Band { signal, .. }
            | Self::Held { signal, .. }
            | Self::Mean { signal, .. }
            | Self::Change { signal, .. } => Some(*signal),
            _ => None,
        }
    }
}

/// A moment of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Moment {
    /// A time from its start.
    At(SimTime),
    /// A time from an event.
    After {
        /// Which event.
        event: EventPattern,
        /// Its how many-th occurrence, from 1.
        occurrence: usize,
        /// How much later.
        delay: Span,
    },
}

/// When something is looked at.
#[derive(Clone, Debug, PartialEq)]
pub enum When {
    /// From one moment to another, both inclusive; one moment if they are equal.
    Span {
        /// The first moment.
        from: Moment,
        /// The last moment.
        to: Moment,
    },
    /// Whenever one of these protections is in force.
    InForce {
        /// Which.
        reasons: Reasons,
        /// It is looked at from so long after each entry on.
        settled: Span,
    },
    /// Whenever a phase of the script with this name lasts.
    Phase(Arc<str>),
}

impl When {
    /// From one time of the run to another.
    #[must_use]
    pub const fn between(from: SimTime, to: SimTime) -> Self {
        Self::Span { from: Moment::At(from), to: Moment::At(to) }
    }

    /// One time of the run.
    #[must_use]
    pub const fn at(at: SimTime) -> Self {
        Self::between(at, at)
    }

    /// The events that its ends come after, with how long after. Its edges, where it is a state.
    #[must_use]
    pub fn anchors(&self) -> Vec<(EventPattern, Span)> {
        let both = |edge: fn(Arc<str>, bool) -> EventPattern, name: &Arc<str>| {
            [true, false].map(|begins| (edge(name.clone(), begins), Span(0))).to_vec()
        };
        match self {
            Self::Span { from, to } => {
                let ends = [from, to].into_iter();
                ends.filter_map(|moment| match moment {
                    Moment::At(_) => None,
                    Moment::After { event, delay, .. } => Some((event.clone(), *delay)),
                })
                .collect()
            }
            Self::Phase(name) => both(EventPattern::Phase, name),
            Self::InForce { reasons, settled } => reasons
                .iter()
                .flat_map(|reason| {
                    let edge = |entered| EventPattern::Protection(reason, entered);
                    [(edge(true), *settled), (edge(false), Span(0))]
                })
                .collect(),
        }
    }

    /// The moments that it names; none where events decide.
    #[must_use]
    pub fn moments(&self) -> Vec<&Moment> {
        match self {
            Self::Span { from, to } => vec![from, to],
            Self::InForce { .. } | Self::Phase(_) => Vec::new(),
        }
    }
}

/// How often something shall happen, both ends inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// Not fewer.
    pub least: usize,
    /// Not more; without a bound if none.
    pub most: Option<usize>,
}

impl Times {
    /// Exactly so often.
    #[must_use]
    pub const fn exactly(times: usize) -> Self {
        Self { least: times, most: Some(times) }
    }
}

/// A cell of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// This one, from 0.
    Number(usize),
    /// The one of the lowest voltage, whichever it is.
    Lowest,
    /// The one of the highest voltage, whichever it is.
    Highest,
}

/// Which records of the alarm memory are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// All of them.
    All,
    /// As many as are named, the newest.
    Newest,
    /// As many as are named, the oldest.
    Oldest,
}

/// An entry of the energy book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnergyPart {
    /// Delivered at the port; negative: received.
    Port,
    /// Taken out of the cells' chemistry; negative: put in.
    Chemical,
    /// Heat in cells.
    CellHeat,
    /// Heat in copper, shunt, MOSFETs, diodes, resistors.
    PathHeat,
    /// Heat of balancing.
    BalanceHeat,
    /// Consumed by the board.
    Board,
    /// Heat of the heater.
    Heater,
    /// What interruptions of a large current let through, all together.
    LetThrough,
}

impl EnergyPart {
    /// All with their names in files.
    pub const NAMES: [(&'static str, Self); 8] = [
        ("port", Self::Port),
        ("chemical", Self::Chemical),
        ("cell heat", Self::CellHeat),
        ("path heat", Self::PathHeat),
        ("balancing heat", Self::BalanceHeat),
        ("board", Self::Board),
        ("heater", Self::Heater),
        ("let-through", Self::LetThrough),
    ];
}
