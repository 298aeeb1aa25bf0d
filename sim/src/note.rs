//! What the plant notices about itself and no protection is told: limits of parts, abuse of cells,
//! numbers beyond what they were measured for.

use crate::trace::Switch;
use cell_models::abuse::Abuse;
use std::fmt;

/// Something worth a line in the report.
#[derive(Clone, Debug, PartialEq)]
pub enum Note {
    /// A cell model answers outside the range it was validated in (`true`), or is back within it.
    Extrapolated {
        /// Which cell, from 0.
        cell: usize,
        /// Outside or back.
        outside: bool,
    },
    /// A cell is put through something that its maker does not allow (`true`), or no more.
    Abused {
        /// Which cell, from 0.
        cell: usize,
        /// What it is put through.
        abuse: Abuse,
        /// It begins, or has ended.
        begins: bool,
    },
    /// The junctions of a MOSFET bank are beyond their rating.
    JunctionHot {
        /// Which bank.
        switch: Switch,
        /// Hottest on the way, °C.
        celsius: f64,
        /// Rating, °C.
        limit_c: f64,
    },
    /// A gate edge has interrupted a current.
    EdgeHeat {
        /// Which bank.
        switch: Switch,
        /// Heat in it, joule.
        joule: f64,
        /// Share of the safe operating area that this uses; above 1 is beyond.
        share: f64,
    },
    /// A clamp has interrupted an inductive current.
    Avalanche {
        /// Which bank.
        switch: Switch,
        /// Heat in it, joule.
        joule: f64,
        /// Share of the rated energy; above 1 is beyond.
        share: f64,
    },
    /// The main fuse has melted.
    FuseBlown {
        /// Its melting integral, A²s.
        a2s: f64,
    },
    /// The pre-charge resistor is beyond its rating.
    PrechargeHot {
        /// Temperature, °C.
        celsius: f64,
        /// Rating, °C.
        limit_c: f64,
    },
    /// A large current has ended: what passed.
    LetThrough {
        /// Integral of its square, A²s.
        a2s: f64,
        /// Energy out of (or into) the pack's terminals, joule.
        joule: f64,
        /// Highest current, ampere.
        peak_a: f64,
    },
}

fn bank(switch: Switch) -> &'static str {
    if switch == Switch::Charge { "charge" } else { "discharge" }
}

impl fmt::Display for Note {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Extrapolated { cell, outside: true } => {
                write!(out, "cell {} is beyond its validated range", cell + 1)
            }
            Self::Extrapolated { cell, outside: false } => {
                write!(out, "cell {} is back in its validated range", cell + 1)
            }
            Self::Abused { cell, abuse, begins } => {
                let verb = if *begins { "begins" } else { "ends" };
                write!(out, "cell {}: {abuse} {verb}", cell + 1)
            }
            Self::JunctionHot { switch, celsius, limit_c } => {
                let bank = bank(*switch);
                write!(
                    out,
                    "junctions of the {bank} MOSFETs at {celsius:.0} °C, above {limit_c} °C"
                )
            }
            Self::EdgeHeat { switch, joule, share } => {
                let (bank, percent) = (bank(*switch), share * 100.0);
                write!(out, "{joule:.3} J in an edge of the {bank} MOSFETs, {percent:.0} % of SOA")
            }
            Self::Avalanche { switch, joule, share } => {
                let (bank, percent) = (bank(*switch), share * 100.0);
                write!(
                    out,
                    "avalanche of {joule:.3} J in the {bank} MOSFETs, {percent:.0} % of rating"
                )
            }
            Self::FuseBlown { a2s } => write!(out, "the main fuse blew after {a2s:.0} A²s"),
            Self::PrechargeHot { celsius, limit_c } => {
                write!(out, "pre-charge resistor at {celsius:.0} °C, above {limit_c} °C")
            }
            Self::LetThrough { a2s, joule, peak_a } => {
                write!(out, "{a2s:.0} A²s and {joule:.1} J let through, {peak_a:.0} A at most")
            }
        }
    }
}
