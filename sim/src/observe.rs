//! What can be looked at while a run goes on, and in its trace afterwards: signals and events. A
//! script waits for them, an expectation checks them.

mod state;

pub(crate) use state::Seen;
pub use state::{Display, State};

use crate::display::Displayed;
use crate::reported::{Parameter, Readings, Reported};
use crate::trace::{EventKind, Row, Switch, Truth};
use crate::world::Glance;
use bms_core::bms::Decision;
use bms_core::protect::Reasons;
use std::sync::Arc;

/// A signal of the run: of the truth, or as the firmware reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Signal {
    /// Pack current, A.
    Current,
    /// Port voltage, V.
    Port,
    /// Pack voltage, V.
    Pack,
    /// A cell's voltage, V; from 0.
    Cell(usize),
    /// The highest cell voltage, V.
    CellMax,
    /// The lowest cell voltage, V.
    CellMin,
    /// Highest minus lowest cell voltage, V.
    CellSpread,
    /// A cell sensor's temperature, °C; from 0.
    CellTemperature(usize),
    /// The hottest cell sensor, °C.
    CellHottest,
    /// The coldest cell sensor, °C.
    CellColdest,
    /// A MOSFET sensor's temperature, °C; from 0.
    MosTemperature(usize),
    /// The hottest MOSFET sensor, °C.
    MosHottest,
    /// The coldest MOSFET sensor, °C.
    MosColdest,
    /// Ambient temperature, °C; with forced values that of the board's sensor.
    Ambient,
    /// Relative humidity of the air, share; none where nothing says it.
    Humidity,
    /// Estimated SOC as the firmware reports it, share.
    SocEstimate,
    /// True SOC of a cell, share; from 0.
    Soc(usize),
    /// Highest true SOC of a cell, share.
    SocMax,
    /// Lowest true SOC of a cell, share.
    SocMin,
    /// Charge into the pack since the start of the run, coulomb.
    Charge,
    /// What the firmware reports of a quantity, in its unit.
    Reported(Reported),
    /// What the firmware reports less the truth, in the quantity's unit.
    Deviation(Reported),
    /// A number that stands on the display, in its unit; none while it does not stand there.
    Displayed(Displayed),
    /// The size of another signal, which may change its sign, in its unit.
    Size(&'static Signal),
}

impl Signal {
    /// The signal's value, in its unit; none where the world does not have it.
    #[must_use]
    pub fn read(self, truth: &Truth, decision: &Decision) -> Option<f64> {
        match self {
            Self::Current => Some(truth.current_a),
            Self::Port => Some(truth.port_v),
            Self::Pack => Some(truth.pack_v),
            Self::Cell(cell) => truth.cells_v.get(cell).copied(),
            Self::CellMax => highest(&truth.cells_v),
            Self::CellMin => lowest(&truth.cells_v),
            Self::CellSpread => Some(highest(&truth.cells_v)? - lowest(&truth.cells_v)?),
            Self::CellTemperature(sensor) => truth.cell_c.get(sensor).copied(),
            Self::CellHottest => highest(&truth.cell_c),
            Self::CellColdest => lowest(&truth.cell_c),
            Self::MosTemperature(sensor) => truth.mos_c.get(sensor).copied(),
            Self::MosHottest => highest(&truth.mos_c),
            Self::MosColdest => lowest(&truth.mos_c),
            Self::Ambient => Some(truth.ambient_c),
            Self::Humidity => truth.humidity,
            Self::SocEstimate => Some(f64::from(decision.soc.0) * 1e-4),
            Self::Soc(cell) => truth.socs.get(cell).copied(),
            Self::SocMax => highest(&truth.socs),
            Self::SocMin => lowest(&truth.socs),
            Self::Charge => Some(truth.charge_c),
            Self::Size(inner) => inner.read(truth, decision).map(f64::abs),
            Self::Reported(_) | Self::Deviation(_) | Self::Displayed(_) => None,
        }
    }

    /// The signal's value in a row, in its unit; none where the row does not hold it.
    #[must_use]
    pub fn of(self, row: &Row) -> Option<f64> {
        match self {
            Self::Size(inner) => inner.of(row).map(f64::abs),
            Self::Reported(Reported::Parameter(it)) => row.held.as_deref().map(it.read),
            Self::Reported(_) | Self::Deviation(_) => self.told(row.reported.as_ref()?, &row.truth),
            Self::Displayed(what) => what.read(row.display.as_ref()?),
            other => other.read(&row.truth, &row.decision),
        }
    }

    /// What the firmware reports, or how far that is off; none for any other signal.
    pub(crate) fn told(self, readings: &Readings, truth: &Truth) -> Option<f64> {
        match self {
            Self::Reported(what) => what.read(readings),
            Self::Deviation(what) => Some(what.read(readings)? - what.truth(truth)?),
            _ => None,
        }
    }

    /// The parameter that it is, if it is one.
    #[must_use]
    pub fn parameter(self) -> Option<Parameter> {
        match self {
            Self::Reported(Reported::Parameter(it)) => Some(it),
            Self::Size(inner) => inner.parameter(),
            _ => None,
        }
    }

    /// The signal's value where a glance or the firmware's decision is enough for it: the same as
    /// [`Signal::read`] gives, only cheaper.
    #[must_use]
    pub(crate) fn glanced(self, glance: &Glance, decision: &Decision) -> Option<f64> {
        match self {
            Self::Current => Some(glance.current_a),
            Self::CellMax => Some(glance.cell_max_v),
            Self::CellMin => Some(glance.cell_min_v),
            Self::CellSpread => Some(glance.cell_max_v - glance.cell_min_v),
            Self::CellHottest => Some(glance.cell_hot_c),
            Self::CellColdest => Some(glance.cell_cold_c),
            Self::MosHottest => Some(glance.mos_hot_c),
            Self::MosColdest => Some(glance.mos_cold_c),
            Self::SocEstimate => Some(f64::from(decision.soc.0) * 1e-4),
            Self::Size(inner) => inner.glanced(glance, decision).map(f64::abs),
            _ => None,
        }
    }
}

/// The highest of some values; not a number wins, so that it is never overlooked.
#[must_use]
pub fn highest(values: &[f64]) -> Option<f64> {
    values.iter().copied().reduce(|a, b| if a.is_nan() || a > b { a } else { b })
}

/// The lowest of some values; not a number wins, so that it is never overlooked.
#[must_use]
pub fn lowest(values: &[f64]) -> Option<f64> {
    values.iter().copied().reduce(|a, b| if a.is_nan() || a < b { a } else { b })
}

/// An event to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventPattern {
    /// A protection enters (`true`) or leaves force.
    Protection(Reasons, bool),
    /// The front end's own latch is set or cleared.
    Latched(Reasons, bool),
    /// A switch is commanded on or off.
    Commanded(Switch, bool),
    /// A switch conducts or has ceased to.
    Switched(Switch, bool),
    /// The pack current became zero after an opening.
    CurrentZero,
    /// Active balancing starts or stops.
    Transfer(bool),
    /// Cells are bled, be it others than before (`true`), or no longer any.
    Bleed(bool),
    /// The display begins to show something in which this text stands.
    Shown(Arc<str>),
    /// An answer on the serial port: any, or one of these bytes.
    Replied(Option<Arc<[u8]>>),
    /// A phase of the script begins (`true`) or ends, by its name.
    Phase(Arc<str>, bool),
    /// An invariant was broken.
    Broken,
    /// An event that no firmware served tells, by its name: of a product that waits, or of a part
    /// that is not served yet. It never happens.
    Waiting(Arc<str>),
}

impl EventPattern {
    /// Whether an event is the one looked for. An event of several protections is one of each.
    #[must_use]
    pub fn matches(&self, kind: &EventKind) -> bool {
        match (self, kind) {
            (Self::Protection(wanted, into), EventKind::Protection(reason, entered))
            | (Self::Latched(wanted, into), EventKind::Latched(reason, entered)) => {
                into == entered && reason.contains(*wanted)
            }
            (Self::Commanded(wanted, to), EventKind::Commanded(switch, on))
            | (Self::Switched(wanted, to), EventKind::Switched(switch, on)) => {
                wanted == switch && to == on
            }
            (Self::Phase(wanted, into), EventKind::Phase(phase, begins)) => {
                wanted == phase && into == begins
            }
            (Self::CurrentZero, EventKind::CurrentZero) | (Self::Broken, EventKind::Broken(_)) => {
                true
            }
            (Self::Transfer(on), EventKind::Transfer(transfer)) => *on == transfer.is_some(),
            (Self::Shown(wanted), EventKind::Shown(text)) => text.contains(&**wanted),
            (Self::Replied(wanted), EventKind::Replied(bytes)) => {
                wanted.as_ref().is_none_or(|wanted| wanted == bytes)
            }
            (Self::Bleed(on), EventKind::Bleed(cells)) => *on == (*cells != 0),
            _ => false,
        }
    }
}
