//! The board's bus capacitor: what is attached finds it across its terminals (equations (B1) to
//! (B4) of `docs/physics-plant.md`).

use super::Plant;
use super::attached::{Draw, LoadState, Wish};
use super::planner::{Motion, span_of};
use super::segment::{CapacitorLaw, Segment};
use super::trajectory::{Current, boole};
use crate::parts::BusCapacitor;
use crate::time::Span;

/// Below this a constant current is drawn through a resistance, volt (estimate: that at which
/// electronic loads saturate).
const KNEE_V: f64 = 0.5;

impl Draw {
    /// The same load with the bus capacitor across its terminals, equation (B1). One with an
    /// inductance of its own, or another pack, forces its voltage on the capacitor.
    pub(super) fn beside(self, bus: &BusCapacitor, own_henry: f64) -> Self {
        let (farad, bleeder) = (bus.farad, 1.0 / bus.bleeder_ohm);
        let alone = Self { ohm: bus.ohm, henry: 0.0, extra_a: 0.0, ..self };
        match self.wish {
            Wish::Tank(own, leak, watts) => {
                let wish = Wish::Tank(own + farad, leak + bleeder, watts);
                Self { wish, ohm: self.ohm + bus.ohm, ..self }
            }
            Wish::Current(ampere) => {
                let sunk_a = ampere + self.extra_a;
                if sunk_a > 0.0 && self.capacitor_v < KNEE_V {
                    let wish = Wish::Tank(farad, bleeder + sunk_a / KNEE_V, 0.0);
                    return Self { wish, ..alone };
                }
                Self { wish: Wish::Tank(farad, bleeder, 0.0), sunk_a, ..alone }
            }
            Wish::Power(watts) => Self { wish: Wish::Tank(farad, bleeder, watts), ..alone },
            Wish::Flow if own_henry == 0.0 && self.ohm > 0.0 => {
                Self { wish: Wish::Tank(farad, bleeder + 1.0 / self.ohm, 0.0), ..alone }
            }
            Wish::Flow => Self { capacitor_v: 0.0, ohm: self.ohm + bus.ohm, ..self },
            Wish::Source(_) => Self { ohm: self.ohm + bus.ohm, ..self },
        }
    }
}

impl Plant {
    /// Hangs a load on the port, or takes away what is there. The bus capacitor stays where it is;
    /// a capacitor that the load brings shares its charge with it, equation (B2).
    pub(super) fn hang(&mut self, load: Option<LoadState>) {
        let Some(bus) = self.board.path.bus else {
            self.load = load;
            return;
        };
        let held_v = if self.load.is_some() { self.bus_v() } else { bus.start_v };
        let mut load = load.unwrap_or_else(|| LoadState::nothing(self.now));
        let own = load.draw(self.now, self.board.path.cable);
        let own_farad = own.tank().map_or(0.0, |(farad, _)| farad);
        let charge_c = bus.farad * held_v + own_farad * own.capacitor_v;
        load.capacitor_v = charge_c / (bus.farad + own_farad);
        load.bus = Some(bus);
        self.load = Some(load);
    }

    /// Voltage of the bus capacitor at the start of the running segment, volt.
    fn bus_v(&self) -> f64 {
        self.draw().map_or(0.0, |draw| draw.end_v())
    }

    /// Energy in the bus capacitor at the start of the running segment, joule.
    pub(super) fn held_in_bus_j(&self) -> f64 {
        self.board.path.bus.map_or(0.0, |bus| 0.5 * bus.farad * self.bus_v() * self.bus_v())
    }

    /// A capacitor that a constant current empties alone, and how long that holds.
    pub(super) fn sunk(&self, load: &Draw, farad: f64, leak: f64) -> (CapacitorLaw, Span) {
        let law = CapacitorLaw::Sunk(load.capacitor_v, farad, leak, load.sunk_a);
        let (above, at_knee) = (load.sunk_a + leak * load.capacitor_v, load.sunk_a + leak * KNEE_V);
        let left_s = if leak > 0.0 {
            libm::log(above / at_knee) * farad / leak
        } else {
            (load.capacitor_v - KNEE_V) * farad / load.sunk_a
        };
        (law, Span(span_of(left_s).0 + 1))
    }

    /// A segment is over: what the bus capacitor has taken, its lead and its bleeder were booked as
    /// delivered at the port, equation (B3).
    pub(super) fn book_bus(&mut self, segment: &Segment, motion: &Motion) {
        let Some(bus) = self.board.path.bus else { return };
        let held_j = self.held_in_bus_j();
        let stored_j = held_j - std::mem::replace(&mut self.bus_j, held_j);
        let span = segment.span_s();
        let over = |of: &dyn Fn(f64) -> f64| {
            boole([0.0, 0.25, 0.5, 0.75, 1.0].map(|share| of(share * span)), span)
        };
        let bleeder_j =
            over(&|t| segment.capacitor_v(t) * segment.capacitor_v(t)) / bus.bleeder_ohm;
        let lead_j = bus.ohm * over(&|t| lead_a(segment, motion, t) * lead_a(segment, motion, t));
        self.ledger.polarisation_j += stored_j;
        self.ledger.path_heat_j += bleeder_j + lead_j;
        self.ledger.port_j -= stored_j + bleeder_j + lead_j;
    }
}

/// Current into the bus capacitor and what is attached, ampere.
fn lead_a(segment: &Segment, motion: &Motion, t: f64) -> f64 {
    match &motion.current {
        Current::Response(course) => course.load_a(t),
        _ => motion.charger_a - segment.trajectory.current_a(t),
    }
}
