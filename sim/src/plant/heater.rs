//! The heater film: who supplies it, its thermostat, its place in the books (equations (T11) and
//! (T12) of `docs/physics-plant.md`).

use super::Plant;
use super::port::Operating;
use super::segment::Segment;
use super::trajectory::boole;
use crate::parts::{Heater, HeaterTap};

/// Rounds of film current against port voltage; each leaves a thousandth of the error.
const PORT_ROUNDS: usize = 4;

/// The heater and what it takes during the running segment.
#[derive(Clone, Debug, Default)]
pub(super) struct HeaterState {
    heater: Option<Heater>,
    /// The outside wants it on.
    pub(super) wanted: bool,
    /// Its switch is stuck on.
    pub(super) stuck_on: bool,
    /// The film is open.
    pub(super) open: bool,
    thermostat_is_open: bool,
    /// Taken across the cells before the shunt, ampere.
    pub(super) pack_a: f64,
    /// Taken at the port, ampere.
    pub(super) port_a: f64,
    /// Heat made in the last segment that was booked, joule.
    pub(super) made_j: f64,
}

impl HeaterState {
    pub(super) fn new(heater: Option<Heater>) -> Self {
        Self { heater, ..Self::default() }
    }

    /// Whether the board has one.
    pub(super) fn is_fitted(&self) -> bool {
        self.heater.is_some()
    }

    fn is_closed(&self) -> bool {
        (self.wanted || self.stuck_on) && !self.open && !self.thermostat_is_open
    }

    /// Resistance of the film, ohm, if it is connected to this tap now.
    pub(super) fn closed_ohm(&self, tap: HeaterTap) -> Option<f64> {
        let heater = self.heater.filter(|heater| heater.tap == tap && self.is_closed())?;
        Some(heater.ohm())
    }

    /// The tap and resistance of a film that is connected at the port now.
    fn at_port(&self) -> Option<(HeaterTap, f64)> {
        let taps = [HeaterTap::Port, HeaterTap::Charger];
        taps.into_iter().find_map(|tap| Some((tap, self.closed_ohm(tap)?)))
    }

    /// Looks at the thermostat.
    fn feel(&mut self, film_c: f64) {
        let Some(thermostat) = self.heater.and_then(|heater| heater.thermostat) else { return };
        if film_c >= thermostat.open_c {
            self.thermostat_is_open = true;
        } else if film_c <= thermostat.close_c {
            self.thermostat_is_open = false;
        }
    }
}

impl Plant {
    /// A segment begins: the thermostat feels the film, which keeps its current at the port if it
    /// is still supplied there.
    pub(super) fn feel_heater(&mut self) {
        let film_c = self.heat.network.as_ref().and_then(|network| network.film_c());
        if let Some(film_c) = film_c {
            self.heater.feel(film_c);
        }
        let most_a = self.heater.at_port().map_or(0.0, |(tap, _)| self.port_most_a(tap));
        self.heater.port_a = self.heater.port_a.min(most_a);
    }

    /// The most that a film at the port can get, ampere.
    fn port_most_a(&self, tap: HeaterTap) -> f64 {
        let supply = self.charger.as_ref().map(|charger| charger.supply(self.now));
        let charger = supply.filter(|supply| !supply.stopped);
        match (tap, charger) {
            (HeaterTap::Charger, charger) => charger.map_or(0.0, |it| it.current_a),
            (_, Some(_)) => f64::INFINITY,
            (_, None) if self.switches.discharge_leg(&self.path_now).is_some() => f64::INFINITY,
            (_, None) => 0.0,
        }
    }

    /// The operating point with the film's current at the port, equation (T12).
    pub(super) fn settle_heater(&mut self, mut point: Operating) -> Operating {
        if let Some((tap, ohm)) = self.heater.at_port() {
            let most_a = self.port_most_a(tap);
            for _ in 0..PORT_ROUNDS {
                self.heater.port_a = (point.port_v / ohm).clamp(0.0, most_a);
                point = self.network(&self.string.shown).operating_point();
            }
        }
        self.expect_film(&point);
        point
    }

    /// What the film will make, as far as it is known before the segment runs.
    fn expect_film(&mut self, point: &Operating) {
        let Some(network) = &mut self.heat.network else { return };
        let pack_w = if self.heater.pack_a > 0.0 {
            let source = self.string.source(&self.string.shown);
            (source.charge.emf_v + source.charge.ohm * point.pack_a) * self.heater.pack_a
        } else {
            0.0
        };
        network.film_w = pack_w + point.port_v * self.heater.port_a;
    }

    /// Books what board and film took: `pack_vs` is the integral of the pack voltage,
    /// equations (26) and (T11).
    pub(super) fn book_supply(&mut self, segment: &Segment, pack_vs: f64) {
        let heater_a = self.heater.pack_a;
        self.ledger.board_j += (self.string.drawn_a() - heater_a) * pack_vs;
        let at_port_j = self.heater.port_a * port_vs(segment, self.heater.port_a);
        self.heater.made_j = heater_a * pack_vs + at_port_j;
        self.ledger.heater_j += self.heater.made_j;
        self.ledger.port_j -= at_port_j;
    }
}

/// Integral of the port voltage over a segment, volt-second, where somebody asks for it.
fn port_vs(segment: &Segment, port_a: f64) -> f64 {
    if port_a == 0.0 {
        return 0.0;
    }
    let span = segment.span_s();
    boole([0.0, 0.25, 0.5, 0.75, 1.0].map(|share| segment.port_v(share * span)), span)
}
