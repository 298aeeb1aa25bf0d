//! Stretches over which something moves by itself: a load's or charger's own course, a fuse that
//! melts (equation (W7) of `docs/physics-plant.md`).

use super::Plant;
use super::planner::{Motion, Pace, Plan, steady_passage};
use super::port::{Operating, Way};
use super::segment::CapacitorLaw;
use super::trajectory::Current;
use crate::time::{SimTime, Span};
use cell_models::cell::Terminals;

/// A moving stretch may be this many times shorter than a steady one.
const MOVING_SHARE: u64 = 16;
impl Plant {
    /// The operating point at another moment, after the load has taken this current for so long.
    pub(super) fn point_at(
        &self,
        shown: &[Terminals],
        at: SimTime,
        load_a: f64,
        span: Span,
    ) -> Operating {
        let cable = self.board.path.cable;
        let load = self.load.as_ref().map(|load| {
            if !load.has_cells() {
                return load.draw(at, cable);
            }
            let mut later = load.clone();
            later.pass(load_a, span.as_secs_f64());
            later.draw(at, cable)
        });
        let supply = self.charger.as_ref().map(|charger| charger.supply(at));
        self.network_of(shown, load, supply).operating_point()
    }

    /// Load or charger move by themselves.
    pub(super) fn is_moving(&self) -> bool {
        self.load.as_ref().is_some_and(|load| load.moves(self.now))
            || self.charger.as_ref().is_some_and(|charger| charger.moves(self.now))
    }

    /// A stretch over which load or charger move: the current is the chord between its values at
    /// both ends, and the stretch is so short that its middle lies on the chord, equation (W7).
    pub(super) fn moving_plan(&mut self, point: &Operating) -> Plan {
        let wanted =
            if let Pace::Steady(span) = self.pace { span } else { self.steps.steady_first };
        let shortest = Span((self.steps.steady_shortest.0 / MOVING_SHARE).max(2));
        let allowed_a = self.steps.drift_a + self.steps.drift_share * point.pack_a.abs();
        let mut span = self.bounded(wanted);
        let (middle, end, bend_a) = loop {
            let at = |offset: u64| {
                let at = SimTime(self.now.0 + offset);
                self.point_at(&self.string.shown, at, point.load_a, Span(offset))
            };
            let (middle, end) = (at(span.0 / 2), at(span.0 - 1));
            let bend_a = (middle.pack_a - 0.5 * (point.pack_a + end.pack_a)).abs();
            if bend_a <= allowed_a || span <= shortest {
                break (middle, end, bend_a);
            }
            span = Span(span.0 / 2).max(shortest);
        };
        let next = if bend_a <= 0.25 * allowed_a { Span(span.0 * 2) } else { span };
        self.pace = Pace::Steady(next.clamp(shortest, self.steps.steady_longest));
        let mean_a = 0.5 * (point.pack_a + end.pack_a);
        let ripple_a = self.ripple_a(&middle);
        let advanced = self.advance(steady_passage(mean_a, ripple_a, span));
        if advanced.drift > 1.0 && span > shortest {
            // Parallel cells exchange more than this span may hold.
            self.pace = Pace::Steady(Span(span.0 / 2).max(shortest));
            return self.moving_plan(point);
        }
        let before = SimTime(self.now.0 + span.0 - 1);
        let end = self.point_at(&advanced.shown, before, middle.load_a, span);
        let slope = (end.pack_a - point.pack_a) / span.as_secs_f64();
        let current = match middle.way {
            Way::Open => Current::Steady(0.0),
            _ => Current::Ramp(point.pack_a, slope),
        };
        let (port, way) = (self.port_law(&middle), middle.way);
        let capacitor = CapacitorLaw::Held(middle.capacitor_v);
        let (charger_a, load_a) = (end.charger_a, 0.5 * (point.load_a + end.load_a));
        self.plan(Motion { current, port, capacitor, way, charger_a, load_a, ripple_a }, span)
    }

    /// A leak to ground is fed by the whole pack, before the shunt.
    pub(super) fn drive_ground_leak(&mut self) {
        let leak = |ohm: f64| self.string.source(&self.string.shown).discharge.emf_v / ohm;
        let ground_a = self.path.faults.ground_ohm.map_or(0.0, leak);
        self.string.board_a += ground_a;
    }

    /// The plan, ended at the first nanosecond at which the fuse has melted.
    pub(super) fn until_melting(&mut self, plan: Plan) -> Plan {
        let length = plan.segment.end - plan.segment.start;
        let has_melted = |span: Span| {
            let span_s = span.as_secs_f64();
            let square_a2s = plan.segment.trajectory.square_to(span_s);
            self.path.melting(square_a2s, span_s).is_some_and(|(reached, limit)| reached >= limit)
        };
        let melts = self.board.path.fuse.is_some() && has_melted(length);
        let mut high = length.0;
        if melts {
            let mut low = 0;
            while high - low > 1 {
                let middle = low + (high - low) / 2;
                if has_melted(Span(middle)) { high = middle } else { low = middle }
            }
        }
        self.melts = melts;
        if high == length.0 { plan } else { self.plan(plan.motion.resized(Span(high)), Span(high)) }
    }
}
