//! The string of cells: its voltage as a source with a resistance, and its advance in time
//! (equations (1) to (3) of `docs/physics-plant.md`).

use super::balance::Balancing;
use super::groups::Groups;
use super::thermal::CellHeat;
use super::vary;
use crate::setup::{CellSetup, PackSetup};
use cell_models::cell::{CellParams, CellState, Decay, Terminals};
use nalgebra::DVector;
use std::sync::Arc;

/// A cell whose state of charge lies further than this beyond empty or full is no longer one.
const SOC_BEYOND: f64 = 0.5;
/// A rise of temperature within a step that the tables need not see, kelvin.
const FROZEN_K: f64 = 2e-4;

/// A voltage behind a resistance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Source {
    /// Voltage at zero pack current, volt.
    pub(super) emf_v: f64,
    /// Resistance, ohm.
    pub(super) ohm: f64,
}

/// The string for either direction of current.
#[derive(Clone, Copy, Debug)]
pub(super) struct StringSource {
    /// While the pack current charges.
    pub(super) charge: Source,
    /// While it discharges.
    pub(super) discharge: Source,
}

/// Cells in series.
#[derive(Clone, Debug)]
pub(super) struct CellString {
    /// Parameters from the most negative cell upwards, spread applied.
    pub(super) params: Vec<Arc<CellParams>>,
    /// States at the start of the running segment.
    pub(super) states: Vec<CellState>,
    /// What the cells show in these states: looked up once, as many ask.
    pub(super) shown: Vec<Terminals>,
    /// What balancing and the board do to the cells.
    pub(super) balancing: Balancing,
    /// Resistance of each group's joint, ohm.
    pub(super) joints_ohm: Vec<f64>,
    /// All joints together, ohm.
    pub(super) joints_sum_ohm: f64,
    /// A joint or a whole group is open: the board gets nothing.
    pub(super) is_interrupted: bool,
    /// Consumption of the board, ampere.
    pub(super) board_a: f64,
    /// Drift of a cell's current over a segment that parallel cells may have: ampere, and share.
    pub(super) drift_allowed: (f64, f64),
    /// What groups are beyond one sound cell each.
    pub(super) groups: Option<Box<Groups>>,
    pub(super) decay: Decay,
}

/// What cells became over a span.
#[derive(Clone, Debug)]
pub(super) struct Advanced {
    /// States at the end.
    pub(super) states: Vec<CellState>,
    /// What the cells show in them.
    pub(super) shown: Vec<Terminals>,
    /// Energies of all cells together.
    pub(super) energy: StringEnergy,
    /// Largest drift of a cell's current between parallel cells, in units of what is allowed.
    pub(super) drift: f64,
}

/// Energies of a string over a span, joule.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct StringEnergy {
    /// Taken out of the chemistry.
    pub(super) chemical_j: f64,
    /// Stored in RC branches and hysteresis.
    pub(super) stored_j: f64,
    /// Irreversible heat.
    pub(super) heat_j: f64,
    /// Heat of contacts and bars within the groups.
    pub(super) links_j: f64,
}

/// A pack current over a span.
#[derive(Clone, Copy, Debug)]
pub(super) struct Passage {
    /// Mean, ampere.
    pub(super) mean_a: f64,
    /// Integral of the square, A²s.
    pub(super) square_a2s: f64,
    /// Length, second.
    pub(super) span_s: f64,
}

impl Passage {
    /// What the square has beyond the mean's, A²s.
    pub(super) fn ripple_a2s(&self) -> f64 {
        (self.square_a2s - self.mean_a * self.mean_a * self.span_s).max(0.0)
    }
}

impl CellString {
    pub(super) fn new(pack: &PackSetup, balancing: Balancing, board_a: f64, seed: u64) -> Self {
        let (params, socs) = vary::draw(pack, seed);
        let rested = |(cell, soc): (&CellSetup, f64)| CellState::rested(soc, cell.temperature_c);
        let mut string = Self {
            params,
            states: pack.cells.iter().zip(socs).map(rested).collect(),
            shown: Vec::new(),
            balancing,
            joints_ohm: Vec::new(),
            joints_sum_ohm: 0.0,
            is_interrupted: false,
            board_a,
            drift_allowed: (0.0, 0.0),
            groups: None,
            decay: Decay::default(),
        };
        string.look_again();
        string
    }

    /// What the cells show in these states.
    pub(super) fn show(&self, states: &[CellState]) -> Vec<Terminals> {
        let cells = self.params.iter().zip(states);
        cells.map(|(params, state)| params.terminals(state)).collect()
    }

    /// The states have been changed from outside.
    pub(super) fn look_again(&mut self) {
        self.shown = self.show(&self.states);
    }

    /// Number of groups in series.
    pub(super) fn count(&self) -> usize {
        self.joints_ohm.len()
    }

    /// Cells in each group.
    pub(super) fn parallel(&self) -> usize {
        self.groups.as_ref().map_or(1, |groups| groups.parallel)
    }

    /// Whether no cell of this group is connected.
    fn is_dead(&self, group: usize) -> bool {
        self.groups.as_ref().is_some_and(|groups| groups.dead[group])
    }

    /// What the board takes from the string, ampere.
    pub(super) fn drawn_a(&self) -> f64 {
        if self.is_interrupted { 0.0 } else { self.board_a }
    }

    /// Current of balancing into a group, ampere.
    pub(super) fn balance_a(&self, group: usize) -> f64 {
        if self.is_dead(group) { 0.0 } else { self.balancing.cell_a(group) }
    }

    /// Current of a group besides the pack current, ampere.
    pub(super) fn extra_a(&self, group: usize) -> f64 {
        self.balance_a(group) - self.drawn_a()
    }

    /// Terminal voltages of the groups at the start of the segment, volt, and the sources behind.
    pub(super) fn terminals(&self, pack_a: f64) -> Vec<(f64, Source)> {
        let terminal = |group: usize| {
            let current_a = pack_a + self.extra_a(group);
            let source = match &self.groups {
                Some(groups) => Self::group_source(groups, group, &self.shown),
                None => self.cell_source(group, current_a),
            };
            (source.emf_v + current_a * source.ohm, source)
        };
        (0..self.count()).map(terminal).collect()
    }

    fn cell_source(&self, cell: usize, current_a: f64) -> Source {
        let shown = &self.shown[cell];
        Source { emf_v: shown.emf_v, ohm: shown.ohm(current_a >= 0.0) }
    }

    /// Voltages of the taps at the start of the segment, volt; tap 0 is the zero.
    pub(super) fn taps_v(&self, pack_a: f64) -> DVector<f64> {
        let mut taps_v = DVector::zeros(self.count() + 1);
        for (group, (volts, _)) in self.terminals(pack_a).iter().enumerate() {
            let joint_v = self.joints_ohm[group] * (pack_a - self.drawn_a());
            taps_v[group + 1] = taps_v[group] + volts + joint_v;
        }
        taps_v
    }

    /// The string with its cells showing this, as a source, equation (1).
    pub(super) fn source(&self, shown: &[Terminals]) -> StringSource {
        if let Some(groups) = &self.groups {
            return self.groups_source(groups, shown);
        }
        let (mut charge, mut discharge) = (self.joints(), self.joints());
        for (cell, shown) in shown.iter().enumerate() {
            let extra = self.extra_a(cell);
            for (source, ohm) in
                [(&mut charge, shown.charge_ohm), (&mut discharge, shown.discharge_ohm)]
            {
                source.emf_v += shown.emf_v + ohm * extra;
                source.ohm += ohm;
            }
        }
        StringSource { charge, discharge }
    }

    pub(super) fn joints(&self) -> Source {
        let ohm = self.joints_sum_ohm;
        Source { emf_v: -ohm * self.drawn_a(), ohm }
    }

    /// The cells after this passage, equations (2) and (3). `self.states` stay.
    ///
    /// Where the heat matters, the tables are read at the temperature half way: without that the
    /// books of a short circuit would miss what the resistances lose by warming up.
    pub(super) fn advance(&mut self, passage: Passage, heat: &mut CellHeat) -> Advanced {
        if let Some(groups) = self.groups.take() {
            let advanced = self.advance_groups(&groups, passage, heat);
            self.groups = Some(groups);
            return advanced;
        }
        let (mut states, mut energy) = self.pass(passage, heat, |start| start.temperature_c);
        if self.is_warmed(&states) {
            let mut ends = states.iter();
            (states, energy) = self.pass(passage, heat, |start| {
                let end_c = ends.next().map_or(start.temperature_c, |end| end.temperature_c);
                0.5 * (start.temperature_c + end_c)
            });
        }
        Advanced { shown: self.show(&states), states, energy, drift: 0.0 }
    }

    /// Whether a cell has warmed or cooled by more than its tables need not see.
    pub(super) fn is_warmed(&self, ends: &[CellState]) -> bool {
        let pairs = self.states.iter().zip(ends);
        let rise_k = pairs.map(|(from, to)| (to.temperature_c - from.temperature_c).abs());
        rise_k.fold(0.0, f64::max) >= FROZEN_K
    }

    /// One pass with the tables read at the temperatures that `at_c` names, cell by cell.
    fn pass(
        &mut self,
        passage: Passage,
        heat: &mut CellHeat,
        mut at_c: impl FnMut(&CellState) -> f64,
    ) -> (Vec<CellState>, StringEnergy) {
        let mut states = self.states.clone();
        let mut energy = StringEnergy::default();
        let span = passage.span_s;
        let ripple = passage.ripple_a2s();
        for (cell, state) in states.iter_mut().enumerate() {
            let params = &self.params[cell];
            let current = passage.mean_a + self.balancing.cell_a(cell) - self.board_a;
            let start_c = state.temperature_c;
            state.temperature_c = at_c(state);
            let ripple_j =
                if ripple > 0.0 { ripple * params.r0(state, current >= 0.0) } else { 0.0 };
            let step = params.advance(state, current, span, &mut self.decay);
            state.temperature_c = start_c;
            energy.chemical_j += step.chemical_j;
            energy.stored_j += step.stored_j;
            energy.heat_j += step.heat_j() - step.entropic_j + ripple_j;
            heat.cells_j[cell] = step.heat_j() + ripple_j;
        }
        heat.advance(&mut states, span);
        (states, energy)
    }

    /// The first cell that the model cannot describe any more, and why.
    pub(super) fn first_lost(&self, ends: &Advanced) -> Option<String> {
        let why = |(shown, state): (&Terminals, &CellState)| {
            if !state.is_finite() || !shown.emf_v.is_finite() {
                Some("has a state that is not a finite number")
            } else if !(-SOC_BEYOND..=1.0 + SOC_BEYOND).contains(&state.soc) {
                Some("is charged or discharged beyond what its model describes")
            } else {
                None
            }
        };
        let mut cells = ends.shown.iter().zip(&ends.states).map(why).enumerate();
        let parallel = self.parallel();
        cells.find_map(|(cell, why)| {
            let why = why?;
            Some(match parallel {
                1 => format!("cell {} {why}", cell + 1),
                m => format!("cell {} of group {} {why}", cell % m + 1, cell / m + 1),
            })
        })
    }
}
