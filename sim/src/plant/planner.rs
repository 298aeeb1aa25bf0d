//! What the plant does next: a gate edge, a fast phase, or a steady stretch; each one segment,
//! whose length depends on the physics and never on the caller's steps (`docs/physics-plant.md`,
//! "Steps").

use super::Plant;
use super::attached::{Draw, LoadState};
use super::cells::{Advanced, Passage, Source};
use super::charger::Supply;
use super::circuit::{Circuit, PackTie};
use super::port::{Branch, Limiter, Network, OHM_MIN, Operating, RESTART_ABOVE_V, Way};
use super::segment::{CapacitorLaw, PortLaw, Segment};
use super::shapes::Parabola;
use super::switches::Leg;
use super::trajectory::{Current, Filter, Trajectory};
use crate::time::{SimTime, Span};
use crate::world::{WorldError, WorldEvent};
use cell_models::cell::Terminals;
use std::mem::Discriminant;

/// A capacitor has settled within this of its steady voltage, volt.
pub(super) const SETTLED_V: f64 = 1e-5;
/// Rounds of switching loads and charger on and off at one moment before they are left as they are.
const SETTLE_ROUNDS: usize = 4;

/// How long the last segment was, and of which kind.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pace {
    /// Something has just happened.
    Fresh,
    /// A steady segment of this length may follow.
    Steady(Span),
    /// A fast segment of this length may follow, if the circuit is still of this kind.
    Fast(Span, Topology),
}

/// Which circuit a fast phase is in: another one brings its own transient.
pub(super) type Topology = (Discriminant<Way>, Discriminant<PackTie>);

/// What a segment does, but for the cells.
#[derive(Clone, Debug)]
pub(super) struct Motion {
    /// The pack current.
    pub(super) current: Current,
    /// The port.
    pub(super) port: PortLaw,
    /// The load's capacitor.
    pub(super) capacitor: CapacitorLaw,
    /// The pack's way to the port.
    pub(super) way: Way,
    /// The charger's current, ampere.
    pub(super) charger_a: f64,
    /// Mean current into the load, ampere, where no circuit says it.
    pub(super) load_a: f64,
    /// An alternating current besides that only heats, ampere rms.
    pub(super) ripple_a: f64,
}

impl Motion {
    /// The same motion over another span.
    pub(super) fn resized(mut self, span: Span) -> Self {
        if let Current::Response(course) = &self.current {
            self.current = Current::Response(Box::new(course.resized(span.as_secs_f64())));
        }
        self
    }
}

/// The running segment with its outcome, should it be run to its end.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// The segment.
    pub(super) segment: Segment,
    /// How it moves.
    pub(super) motion: Motion,
    /// What the cells will be.
    pub(super) advanced: Advanced,
}

impl Plant {
    /// The network at the port now, with the cells showing this.
    pub(super) fn network(&self, shown: &[Terminals]) -> Network {
        self.network_of(shown, self.draw(), self.supply())
    }

    pub(super) fn network_of(
        &self,
        shown: &[Terminals],
        load: Option<Draw>,
        charger: Option<Supply>,
    ) -> Network {
        let source = self.string.source(shown);
        let behind = |source: Source, leg: Leg, sign: f64| Branch {
            emf_v: source.emf_v + sign * leg.drop_v,
            ohm: (source.ohm + leg.ohm).max(OHM_MIN),
            leg,
        };
        let charge = self.switches.charge_leg(&self.path_now);
        let discharge = self.switches.discharge_leg(&self.path_now);
        let limiter = self.path_now.ohm.filter(|_| self.switches.is_limiting());
        Network {
            charge: charge.map(|leg| behind(source.charge, leg, 1.0)),
            discharge: discharge.map(|leg| behind(source.discharge, leg, -1.0)),
            limiter: limiter.map(|ohm| Limiter {
                ampere: self.path_now.limiter_a,
                ohm: source.charge.ohm + ohm,
                parts: self.board.path.limiter,
            }),
            rest_v: source.charge.emf_v,
            charger,
            load,
            heater_a: self.heater.port_a,
        }
    }

    /// The load now.
    pub(super) fn draw(&self) -> Option<Draw> {
        self.load.as_ref().map(|load| load.draw(self.now, self.board.path.cable))
    }

    /// The charger now.
    pub(super) fn supply(&self) -> Option<Supply> {
        self.charger.as_ref().map(|charger| charger.supply(self.now))
    }

    /// Plans the segment that begins now.
    pub(super) fn replan(&mut self) {
        self.path_now = self.path.now(&self.board, self.bank.temperature_c);
        self.heat.begin(self.now);
        self.feel_heater();
        self.drive_supply();
        self.drive_balancing();
        self.drive_ground_leak();
        let point = self.settle_port();
        let plan = if let Some(edge) = self.edge {
            let motion = self.edge_motion(edge);
            let span = self.bounded(self.steps.fast_longest.min(edge.ends - self.now));
            self.plan(motion, span)
        } else if let Some((circuit, motion_of)) = self.fast_circuit(&point) {
            self.fast_segment(&point, &circuit, motion_of)
        } else {
            let lone = self.lone_capacitor(&point);
            self.settle_coil(if lone.is_some() { 0.0 } else { point.load_a });
            match lone {
                Some((capacitor, holds)) => self.lone_plan(capacitor, holds),
                None if self.is_moving() => self.moving_plan(&point),
                None => match self.quiet_plan(&point) {
                    Some(plan) => plan,
                    None => self.steady_plan(&point),
                },
            }
        };
        let plan = self.until_melting(plan);
        self.check(&plan);
        self.plan = Some(plan);
    }

    fn drive_balancing(&mut self) {
        if self.string.balancing.is_idle() {
            self.string.balancing.rest();
            return;
        }
        let terminals = self.string.terminals(self.last_a);
        let taps_v = self.string.taps_v(self.last_a);
        self.string.balancing.drive(&terminals, &taps_v, self.now);
    }

    /// The operating point, after loads have given up or come back and the charger has ended.
    fn settle_port(&mut self) -> Operating {
        let shown = std::mem::take(&mut self.string.shown);
        let mut point = self.network(&shown).operating_point();
        for _ in 0..SETTLE_ROUNDS {
            let taken = !matches!(point.way, Way::Open) || point.charger_a > 0.0;
            let (now, is_edge) = (self.now, self.edge.is_some());
            let charger = self.charger.as_mut().filter(|_| !is_edge);
            let switched = charger.is_some_and(|charger| charger.watch_outlet(now, taken));
            let turned = self.string.turn(&shown, point.pack_a) | switched;
            if !self.switch_load(&point) && !self.end_charge(&point) && !turned {
                break;
            }
            point = self.network(&shown).operating_point();
        }
        self.string.shown = shown;
        self.settle_heater(point)
    }

    /// Starts or stops the constant power by its voltage, equation (22); whether it did.
    fn switch_load(&mut self, point: &Operating) -> bool {
        let has_tank = self.draw().is_some_and(|draw| draw.tank().is_some());
        let Some(load) = &mut self.load else { return false };
        let Some((_, cut_off_v)) = load.power() else { return false };
        let volts = if has_tank { load.capacitor_v } else { point.port_v };
        let flips =
            if load.running { volts < cut_off_v } else { volts >= cut_off_v + RESTART_ABOVE_V };
        if flips {
            load.running = !load.running;
            self.events.push((self.now, WorldEvent::LoadRunning(load.running)));
        }
        flips
    }

    /// Ends the charge when the current at constant voltage has become small; whether it did.
    fn end_charge(&mut self, point: &Operating) -> bool {
        let Some(supply) = self.supply() else { return false };
        let tapers = point.holds_voltage && matches!(point.way, Way::Into(_));
        let ends = self.edge.is_none()
            && !supply.stopped
            && tapers
            && point.charger_a + self.heater.port_a < supply.stop_below_a;
        if let Some(charger) = self.charger.as_mut().filter(|_| ends) {
            charger.stopped = true;
            self.events.push((self.now, WorldEvent::ChargerDone));
        }
        ends
    }

    /// The span, ended early by a gate edge, a loose contact, the balancer's cycle, or a turn of
    /// what is attached.
    pub(super) fn bounded(&self, span: Span) -> Span {
        let load = self.load.as_ref().and_then(|load| load.next_turn(self.now));
        let charger = self.charger.as_ref().and_then(|charger| charger.next_turn(self.now));
        let moments = [self.switches.next_edge(), self.wiring.next(), load, charger];
        let next = moments.into_iter().flatten().filter(|at| *at > self.now).min();
        let span = next.map_or(span, |at| span.min(at - self.now));
        self.string.balancing.holds(self.now).map_or(span, |holds| span.min(holds))
    }

    /// A steady stretch: the current is held at the mean of its values at both ends, and the
    /// stretch is short enough that these hardly differ.
    fn steady_plan(&mut self, point: &Operating) -> Plan {
        self.turn_cells(point.pack_a);
        let wanted =
            if let Pace::Steady(span) = self.pace { span } else { self.steps.steady_first };
        let allowed_a = self.steps.drift_a + self.steps.drift_share * point.pack_a.abs();
        let mut span = self.bounded(wanted);
        let ripple_a = self.ripple_a(point);
        let mut load_a;
        let (held_a, drift, unmoved) = loop {
            let advanced = self.advance(steady_passage(point.pack_a, ripple_a, span));
            let before = SimTime(self.now.0 + span.0 - 1);
            let end = self.point_at(&advanced.shown, before, point.load_a, span);
            let end_a = end.pack_a;
            load_a = 0.5 * (point.load_a + end.load_a);
            let drift_a = (end_a - point.pack_a).abs();
            if drift_a <= allowed_a && advanced.drift <= 1.0 {
                let drift = advanced.drift.max(drift_a / allowed_a);
                let unmoved = (drift_a == 0.0).then_some(advanced);
                break (0.5 * (point.pack_a + end_a), drift, unmoved);
            }
            if span <= self.steps.steady_shortest {
                break (point.pack_a, 1.0, Some(advanced));
            }
            span = Span(span.0 / 2).max(self.steps.steady_shortest);
        };
        let next = if drift <= 0.25 { Span(span.0 * 2) } else { span };
        self.pace = Pace::Steady(next.clamp(self.steps.steady_shortest, self.steps.steady_longest));
        let port = self.port_law(point);
        let current = Current::Steady(held_a);
        let capacitor = CapacitorLaw::Held(point.capacitor_v);
        let (way, charger_a) = (point.way, point.charger_a);
        let motion = Motion { current, port, capacitor, way, charger_a, load_a, ripple_a };
        match unmoved {
            Some(advanced) => self.plan_with(motion, span, advanced),
            None => self.plan(motion, span),
        }
    }

    pub(super) fn port_law(&self, point: &Operating) -> PortLaw {
        match point.way {
            Way::Limited => PortLaw::Limiter(point.port_v),
            Way::Open if self.load.is_none() && self.charger.is_none() => PortLaw::Rest,
            Way::Open => PortLaw::Held(point.port_v),
            way => through(way),
        }
    }

    /// An alternating current that only heats, where the pack carries it, ampere rms.
    pub(super) fn ripple_a(&self, point: &Operating) -> f64 {
        let carried = matches!(point.way, Way::Into(_) | Way::OutOf(_));
        self.draw().filter(|_| carried).map_or(0.0, |draw| draw.ripple_a)
    }

    /// No current reaches the load's capacitor: it empties by itself.
    fn lone_plan(&mut self, capacitor: CapacitorLaw, holds: Span) -> Plan {
        let wanted =
            if let Pace::Steady(span) = self.pace { span } else { self.steps.steady_first };
        let span = self.bounded(wanted.min(holds));
        self.pace = Pace::Steady(
            Span(span.0 * 2).clamp(self.steps.steady_shortest, self.steps.steady_longest),
        );
        let (current, port) = (Current::Steady(0.0), PortLaw::Behind(0.0, 0.0, 0.0));
        let (way, charger_a, load_a, ripple_a) = (Way::Open, 0.0, 0.0, 0.0);
        let motion = Motion { current, port, capacitor, way, charger_a, load_a, ripple_a };
        let plan = self.plan(motion.clone(), span);
        if plan.advanced.drift <= 1.0 || span <= self.steps.steady_shortest {
            return plan;
        }
        // Parallel cells exchange more than this span may hold.
        self.pace = Pace::Steady(Span(span.0 / 2).max(self.steps.steady_shortest));
        self.lone_plan(motion.capacitor, holds)
    }

    fn settle_coil(&mut self, coil_a: f64) {
        if let Some(load) = &mut self.load {
            load.coil_a = coil_a;
        }
    }

    /// The law of a capacitor that no current reaches, and how long it holds; equation (7).
    fn lone_capacitor(&self, point: &Operating) -> Option<(CapacitorLaw, Span)> {
        let load = self.draw().filter(|load| {
            let settled = (load.capacitor_v - point.capacitor_v).abs() <= SETTLED_V;
            !settled || matches!(point.way, Way::Open)
        })?;
        let (farad, leak) = load.tank()?;
        if self.supply().is_some_and(|charger| !charger.stopped) {
            return None;
        }
        if load.sunk_a > 0.0 {
            return Some(self.sunk(&load, farad, leak));
        }
        let square = load.capacitor_v * load.capacitor_v;
        let power = self.load.as_ref().and_then(LoadState::power);
        let cut_off = power.map_or(0.0, |(_, cut_off_v)| cut_off_v * cut_off_v);
        let (law, left_s) = if leak > 0.0 {
            let (towards, rate) = (-load.watts() / leak, 2.0 * leak / farad);
            let left_s = libm::log((square - towards) / (cut_off - towards)) / rate;
            (CapacitorLaw::Alone(square, towards, rate), left_s)
        } else {
            let slope = -2.0 * load.watts() / farad;
            (CapacitorLaw::Drained(square, slope), (cut_off - square) / slope)
        };
        let holds = load.watts() == 0.0 || !left_s.is_finite();
        Some((law, if holds { self.steps.steady_longest } else { Span(span_of(left_s).0 + 1) }))
    }

    pub(super) fn advance(&mut self, passage: Passage) -> Advanced {
        self.expect_heat(passage);
        self.string.advance(passage, &mut self.heat)
    }

    /// The plan for this motion over this span.
    pub(super) fn plan(&mut self, motion: Motion, span: Span) -> Plan {
        let trajectory = self.trajectory(&motion);
        let span_s = span.as_secs_f64();
        let mean_a = trajectory.charge_c(span_s) / span_s;
        let square_a2s = trajectory.square_integral(span_s);
        self.turn_cells(mean_a);
        let advanced = self.advance(Passage { mean_a, square_a2s, span_s });
        self.plan_with(motion, span, advanced)
    }

    /// Finds the direction of every cell's current with this pack current.
    fn turn_cells(&mut self, pack_a: f64) {
        let shown = std::mem::take(&mut self.string.shown);
        self.string.turn(&shown, pack_a);
        self.string.shown = shown;
    }

    /// A fast segment. Where it turns cells of a group, their resistance is another one, and so is
    /// the circuit.
    fn fast_segment(&mut self, point: &Operating, circuit: &Circuit, motion: Motion) -> Plan {
        let pace = self.pace;
        let plan = self.fast_plan(circuit, motion);
        if !self.string.has_turned() {
            return plan;
        }
        self.pace = pace;
        match self.fast_circuit(point) {
            Some((circuit, motion)) => self.fast_plan(&circuit, motion),
            None => plan,
        }
    }

    /// The plan for this motion, where it is known what the cells will be.
    pub(super) fn plan_with(&self, motion: Motion, span: Span, advanced: Advanced) -> Plan {
        let trajectory = self.trajectory(&motion);
        let span_s = span.as_secs_f64();
        let mean_a = trajectory.charge_c(span_s) / span_s;
        let (cells, pack) = self.string.shapes(&advanced, mean_a, span_s);
        let (start, end) = (self.now, self.now + span);
        let (port, capacitor) = (motion.port, motion.capacitor);
        let sense = self.string.balancing.course(|| {
            let end_a = trajectory.current_a(span_s);
            let passed = Parabola { from_a: trajectory.current_a(0.0), end_a, mean_a };
            self.string.taps(&cells, passed, span_s)
        });
        let segment =
            Segment { start, end, span_s, trajectory, cells, pack, port, capacitor, sense };
        Plan { segment, motion, advanced }
    }

    fn trajectory(&self, motion: &Motion) -> Trajectory {
        let filter = Filter {
            shunt_ohm: self.path_now.sense_ohm,
            offset_v: self.path_now.sense_v,
            tau_s: self.board.sense_filter.as_secs_f64(),
            start_v: self.filter_v,
        };
        Trajectory { current: motion.current.clone(), filter, ripple_a: motion.ripple_a }
    }

    /// Remembers a failure, for the next call that can report it.
    fn check(&mut self, plan: &Plan) {
        let what = match self.string.first_lost(&plan.advanced) {
            Some(lost) => lost,
            None if !plan.segment.pack.to_v.is_finite() || !plan.segment.pack.ohm.is_finite() => {
                "the pack voltage is not a finite number".to_owned()
            }
            None => return,
        };
        let at: SimTime = plan.segment.end;
        self.failure.get_or_insert(WorldError { at, what });
    }
}

pub(super) fn steady_passage(held_a: f64, ripple_a: f64, span: Span) -> Passage {
    let span_s = span.as_secs_f64();
    let square_a2s = (held_a * held_a + ripple_a * ripple_a) * span_s;
    Passage { mean_a: held_a, square_a2s, span_s }
}

pub(super) fn through(way: Way) -> PortLaw {
    match way {
        Way::Into(leg) => PortLaw::Through(leg.ohm, leg.drop_v),
        Way::OutOf(leg) => PortLaw::Through(leg.ohm, -leg.drop_v),
        Way::Limited | Way::Open => PortLaw::Rest,
    }
}

/// Whole nanoseconds, rounded up.
pub(super) fn span_of(seconds: f64) -> Span {
    let nanos = libm::ceil(seconds * 1e9).clamp(0.0, 9e18);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped above")]
    Span(nanos as u64)
}
