//! Quiet stretches: a pack that was left alone with nothing at its port. No current flows through
//! its terminals and nothing is about to switch, so that only self-discharge, consumption and a
//! slow warmth move it. Its segments may be longer than a second, as long as halving them makes no
//! difference that anybody could see (`docs/physics-plant.md`, "Steps").

use super::Plant;
use super::planner::{Motion, Pace, Plan, steady_passage};
use super::port::{Operating, Way};
use super::segment::CapacitorLaw;
use super::trajectory::Current;
use crate::time::{SimTime, Span};

/// Halving a quiet segment may move the voltage of a group by this, volt: a six-hundredth of a step
/// of the converter (SH367309 datasheet V1.2, p. 40).
const APART_V: f64 = 1e-6;
/// and what the MOSFETs' thermistors show by this, kelvin: a third of a step of the converter.
const APART_K: f64 = 1e-3;
/// What adds up from segment to segment is bounded by the hour: temperatures of the cells may move
/// by this, kelvin,
const APART_K_PER_S: f64 = 1e-4 / 3600.0;
/// and their charge by this share of the capacity: by 2 millionths in 90 days.
const APART_SOC_PER_S: f64 = 1e-9 / 3600.0;
/// A segment that is this much better than needed may be followed by one of twice its length: the
/// error grows with the square of the length at least, and some room is left.
const ROOM: f64 = 0.125;
/// A pack that is too lively for a long segment is asked again after so many short ones, so that
/// asking costs little.
const PATIENCE: u32 = 60;

/// How quiet it has been.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Quiet {
    /// Since when the pack has been left alone.
    since: SimTime,
    /// Length of the next quiet segment; zero for twice the longest steady one.
    next: Span,
    /// Short segments before the next attempt.
    wait: u32,
}

impl Plant {
    /// A long segment, if everything is quiet and its halves say the same.
    pub(super) fn quiet_plan(&mut self, point: &Operating) -> Option<Plan> {
        if !self.is_left_alone(point) {
            self.quiet = Quiet { since: self.now, ..Quiet::default() };
            return None;
        }
        if self.now - self.quiet.since < self.steps.quiet_after {
            return None;
        }
        if self.quiet.wait > 0 {
            self.quiet.wait -= 1;
            return None;
        }
        self.lengthen(point)
    }

    /// Nothing is attached, nothing flows, nothing was done to the plant since the last segment.
    fn is_left_alone(&self, point: &Operating) -> bool {
        let goes_on = matches!(self.pace, Pace::Steady(last) if last >= self.steps.steady_longest);
        let is_apart = self.load.is_none() && self.charger.is_none() && self.edge.is_none();
        let is_open = matches!(point.way, Way::Open) && point.pack_a == 0.0;
        let is_idle = self.string.balancing.is_idle() && !self.heater.is_fitted();
        goes_on && is_apart && is_open && is_idle
    }

    /// The longest segment, of the wanted length or a half, a quarter … of it, whose halves say
    /// the same; none if even two of the longest steady ones in one are too coarse.
    fn lengthen(&mut self, point: &Operating) -> Option<Plan> {
        let shortest = Span(self.steps.steady_longest.0 * 2);
        if self.steps.quiet_longest < shortest {
            return None;
        }
        let wanted = self.quiet.next.clamp(shortest, self.steps.quiet_longest);
        let weather = self.heat.next_turn(self.now).map(|at| at - self.now);
        let ends = [weather, self.until_health()].into_iter().flatten();
        let whole = self.bounded(ends.fold(wanted, Span::min));
        let mut span = whole;
        if span < shortest {
            return None;
        }
        while span >= shortest {
            let plan = self.held_open(point, span);
            let apart = self.apart(point, &plan);
            if apart <= 1.0 {
                self.quiet.next = match span {
                    _ if span < whole => span,
                    _ if span == wanted && apart <= ROOM => Span(span.0 * 2),
                    _ => wanted,
                };
                return Some(plan);
            }
            span = Span(span.0 / 2);
        }
        (self.quiet.next, self.quiet.wait) = (Span(0), PATIENCE);
        None
    }

    /// A segment without current at the terminals.
    fn held_open(&mut self, point: &Operating, span: Span) -> Plan {
        let motion = Motion {
            current: Current::Steady(0.0),
            port: self.port_law(point),
            capacitor: CapacitorLaw::Held(point.capacitor_v),
            way: point.way,
            charger_a: 0.0,
            load_a: 0.0,
            ripple_a: 0.0,
        };
        let advanced = self.advance(steady_passage(0.0, 0.0, span));
        self.plan_with(motion, span, advanced)
    }

    /// How far a plan lies from its two halves, at its middle and at its end, in units of what is
    /// allowed. Something that would be noticed on the way is too far.
    fn apart(&mut self, point: &Operating, whole: &Plan) -> f64 {
        let history = std::mem::take(&mut self.history);
        let mut halves = self.clone();
        self.history = history;
        let noted = halves.events.len();
        let middle = SimTime(self.now.0 + (whole.segment.end - self.now).0 / 2);
        let apart = [middle, whole.segment.end].map(|at| {
            halves.run_open(point, at - halves.now);
            self.misses(whole, &halves)
        });
        let bows = whole.segment.cells.iter().map(|shape| shape.bow_v.abs() / APART_V);
        let apart = bows.chain(apart).fold(whole.advanced.drift, f64::max);
        if halves.events.len() == noted { apart } else { f64::INFINITY }
    }

    fn run_open(&mut self, point: &Operating, span: Span) {
        let plan = self.held_open(point, span);
        self.now = plan.segment.end;
        self.commit(plan);
    }

    /// How far `other` now lies from what `plan` says about this moment, in units of what is
    /// allowed.
    fn misses(&self, plan: &Plan, other: &Self) -> f64 {
        let t = plan.segment.offset_s(other.now);
        let share = t / plan.segment.span_s();
        let volts = other.string.terminals(0.0).into_iter().enumerate();
        let volts = volts
            .map(|(group, (volts, _))| (volts - plan.segment.terminal_v(group, t)).abs() / APART_V);
        let starts = self.string.states.iter().zip(&plan.advanced.states);
        let cells = starts.zip(&other.string.states).flat_map(|((from, to), other)| {
            let between = |from: f64, to: f64| from + (to - from) * share;
            let soc = between(from.soc, to.soc) - other.soc;
            let celsius = between(from.temperature_c, to.temperature_c) - other.temperature_c;
            [soc.abs() / (APART_SOC_PER_S * t), celsius.abs() / (APART_K_PER_S * t)]
        });
        let bank = (other.bank.temperature_c - self.bank.temperature_c).abs() / APART_K;
        volts.chain(cells).fold(bank, f64::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note::Note;
    use crate::parts::PackParts;
    use crate::setup::tests_support::board;
    use crate::setup::{Action, BoardSetup, CellSetup, Load, PackSetup, StepBounds};
    use crate::trace::{Switch, Truth};
    use crate::world::{World, WorldEvent};
    use cell_models::cell::CellParams;
    use cell_models::presets;
    use std::sync::Arc;

    const DAY_S: u64 = 86_400;

    fn pack(params: CellParams, soc: f64, cell_c: f64) -> PackSetup {
        let cell = CellSetup { params: Arc::new(params), soc, temperature_c: cell_c };
        let mut cells = vec![cell; 4];
        cells[0].soc -= 0.01;
        let parts = PackParts::default();
        PackSetup { cells, parallel: 1, parts, ambient_c: 25.0, thermal_tau_s: None }
    }

    fn plant(pack: &PackSetup, board: &BoardSetup, steps: StepBounds) -> Plant {
        Plant::with_steps(pack, board, 1, steps).expect("a sound pack")
    }

    /// No segment is longer than a steady one.
    fn short() -> StepBounds {
        StepBounds { quiet_longest: Span(0), ..StepBounds::default() }
    }

    fn run(plant: &mut Plant, seconds: u64) -> Truth {
        plant.run_until(SimTime::from_secs(seconds), &[]).expect("nothing breaks");
        plant.truth()
    }

    /// 2 % a month out of a straight line of 0.4 V: after 90 days 6 % of the charge and 24 mV.
    #[test]
    fn a_pack_on_the_shelf_is_where_its_self_discharge_takes_it() {
        let per_s = 0.02 / (30.0 * 86_400.0);
        let cell =
            CellParams { self_discharge_per_s: per_s, ..CellParams::linear(3.0, 3.4, 100.0, 1e-3) };
        let mut plant = plant(&pack(cell, 0.5, 25.0), &board(1e-4), StepBounds::default());
        let truth = run(&mut plant, 90 * DAY_S);
        for (soc, from) in truth.socs.iter().zip([0.49, 0.5, 0.5, 0.5]) {
            approx::assert_abs_diff_eq!(*soc, from - 0.06, epsilon = 1e-11);
        }
        approx::assert_abs_diff_eq!(truth.cells_v[1], 3.0 + 0.4 * 0.44, epsilon = 1e-11);
        assert!(plant.segment().span_s() > 1_000.0, "{}", plant.segment().span_s());
    }

    /// A warm pack after a charge: RC pairs relax, cells cool, the board takes 40 mA.
    #[test]
    fn long_segments_end_where_short_ones_do() {
        let board = BoardSetup { board_a: 0.04, ..board(1e-4) };
        let pack = pack(presets::lfp_100ah(), 0.3, 30.0);
        let [long, fine] = [StepBounds::default(), short()].map(|steps| {
            let mut plant = plant(&pack, &board, steps);
            let truth = run(&mut plant, DAY_S + 1_234);
            (truth, plant.ledger(), plant.segment().span_s())
        });
        assert!(long.2 > 20.0 && fine.2 <= 1.0, "{} s and {} s", long.2, fine.2);
        for cell in 0..4 {
            let (one, other) = (&long.0, &fine.0);
            approx::assert_abs_diff_eq!(one.socs[cell], other.socs[cell], epsilon = 1e-8);
            approx::assert_abs_diff_eq!(one.cells_v[cell], other.cells_v[cell], epsilon = 5e-6);
            approx::assert_abs_diff_eq!(one.cells_c[cell], other.cells_c[cell], epsilon = 1e-3);
        }
        approx::assert_relative_eq!(long.1.board_j, fine.1.board_j, max_relative = 1e-7);
        approx::assert_abs_diff_eq!(long.1.closure_j(), 0.0, epsilon = 1e-6 * long.1.board_j);
    }

    #[test]
    fn whoever_asks_in_between_changes_no_bit() {
        let pack = pack(presets::lfp_100ah(), 0.3, 25.0);
        let [mut once, mut often] =
            [(); 2].map(|()| plant(&pack, &board(1e-4), StepBounds::default()));
        for hour in 1..48 {
            run(&mut often, hour * 3_607);
        }
        assert_eq!(run(&mut once, 2 * DAY_S), run(&mut often, 2 * DAY_S));
    }

    #[test]
    fn a_load_ends_a_quiet_segment_at_its_moment_and_what_follows_is_short() {
        let pack = pack(presets::lfp_100ah(), 0.5, 25.0);
        let mut plant = plant(&pack, &board(1e-4), StepBounds::default());
        run(&mut plant, DAY_S);
        assert!(plant.segment().span_s() > 100.0);
        plant.apply(&Action::ConnectLoad(Load::Current(10.0)));
        plant.switch(Switch::Discharge, true);
        plant.switch(Switch::Charge, true);
        let truth = run(&mut plant, DAY_S + 3_600);
        approx::assert_abs_diff_eq!(truth.charge_c, -36_000.0, epsilon = 1e-6);
        assert!(plant.segment().span_s() <= 1.0);
    }

    /// A cell falls below its lowest voltage in the middle of the night:
    /// 0.35 % of 100 Ah, less 40 µV across its resistance, last at 40 mA for 8.75 h less a quarter.
    #[test]
    fn what_is_noticed_on_the_way_is_noticed_as_early_as_with_short_segments() {
        let board = BoardSetup { board_a: 0.04, ..board(1e-4) };
        let mut cell = CellParams::linear(3.0, 3.4, 100.0, 1e-3);
        cell.limits.min_v = 3.0;
        let mut pack = pack(cell, 0.02, 25.0);
        pack.cells[2].soc = 0.0035;
        let [long, fine] = [StepBounds::default(), short()].map(|steps| {
            let mut plant = plant(&pack, &board, steps);
            run(&mut plant, DAY_S);
            let events = plant.take_events();
            let noted = events.into_iter().find_map(|(at, event)| match event {
                WorldEvent::Noted(Note::Abused { cell: 2, .. }) => Some(at.as_secs_f64()),
                _ => None,
            });
            noted.expect("an empty cell is noticed")
        });
        assert!(
            (fine - 30_600.0).abs() <= 2.0 && (long - fine).abs() <= 2.0,
            "{long} s and {fine} s"
        );
    }
}
