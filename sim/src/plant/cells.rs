//! The string of cells: its voltage as a source with a resistance, and its advance in time
//! (equations (1) to (3) of `docs/physics-plant.md`).

use super::balance::Balancing;
use super::thermal::CellHeat;
use crate::seed;
use crate::setup::{CellSetup, PackSetup};
use cell_models::cell::{CellParams, CellState, Decay};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;
use std::sync::Arc;

/// The smallest factor that a spread may make of a capacity or resistance.
const SPREAD_FACTOR_MIN: f64 = 0.05;
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
    /// What balancing and the board do to the cells.
    pub(super) balancing: Balancing,
    /// Resistance of each cell's joint, ohm.
    pub(super) joint_ohm: f64,
    /// Consumption of the board, ampere.
    pub(super) board_a: f64,
    decay: Decay,
}

/// What cells became over a span.
#[derive(Clone, Debug)]
pub(super) struct Advanced {
    /// States at the end.
    pub(super) states: Vec<CellState>,
    /// Energies of all cells together.
    pub(super) energy: StringEnergy,
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

impl CellString {
    pub(super) fn new(pack: &PackSetup, balancing: Balancing, board_a: f64, seed: u64) -> Self {
        let mut spread = seed::stream(seed, "pack.spread");
        let params = pack.cells.iter().map(|cell| vary(cell, pack, &mut spread)).collect();
        let rested = |cell: &CellSetup| CellState::rested(cell.soc, cell.temperature_c);
        Self {
            params,
            states: pack.cells.iter().map(rested).collect(),
            balancing,
            joint_ohm: pack.parts.joint_ohm,
            board_a,
            decay: Decay::default(),
        }
    }

    /// Current of a cell besides the pack current, ampere.
    pub(super) fn extra_a(&self, cell: usize) -> f64 {
        self.balancing.cell_a(cell) - self.board_a
    }

    /// Terminal voltage of a cell, volt.
    pub(super) fn terminal_v(&self, cell: usize, state: &CellState, pack_a: f64) -> f64 {
        self.params[cell].voltage(state, pack_a + self.extra_a(cell))
    }

    /// The string in these states as a source, equation (1).
    pub(super) fn source(&self, states: &[CellState]) -> StringSource {
        let (mut charge, mut discharge) = (self.joints(), self.joints());
        for (cell, (params, state)) in self.params.iter().zip(states).enumerate() {
            let emf = params.emf(state);
            let extra = self.extra_a(cell);
            for (source, charging) in [(&mut charge, true), (&mut discharge, false)] {
                let ohm = params.r0(state, charging);
                source.emf_v += emf + ohm * extra;
                source.ohm += ohm;
            }
        }
        StringSource { charge, discharge }
    }

    fn joints(&self) -> Source {
        #[expect(clippy::cast_precision_loss, reason = "a few dozen cells")]
        let ohm = self.params.len() as f64 * self.joint_ohm;
        Source { emf_v: -ohm * self.board_a, ohm }
    }

    /// The cells after this passage, equations (2) and (3). `self.states` stay.
    ///
    /// Where the heat matters, the tables are read at the temperature half way: without that the
    /// books of a short circuit would miss what the resistances lose by warming up.
    pub(super) fn advance(&mut self, passage: Passage, heat: &mut CellHeat) -> Advanced {
        let cold = self.pass(passage, heat, |start| start.temperature_c);
        let pairs = self.states.iter().zip(&cold.states);
        let rise_k = pairs.map(|(from, to)| (to.temperature_c - from.temperature_c).abs());
        if rise_k.fold(0.0, f64::max) < FROZEN_K {
            return cold;
        }
        let mut ends = cold.states.iter();
        self.pass(passage, heat, |start| {
            let end_c = ends.next().map_or(start.temperature_c, |end| end.temperature_c);
            0.5 * (start.temperature_c + end_c)
        })
    }

    /// One pass with the tables read at the temperatures that `at_c` names, cell by cell.
    fn pass(
        &mut self,
        passage: Passage,
        heat: &mut CellHeat,
        mut at_c: impl FnMut(&CellState) -> f64,
    ) -> Advanced {
        let mut states = self.states.clone();
        let mut energy = StringEnergy::default();
        let span = passage.span_s;
        let ripple = (passage.square_a2s - passage.mean_a * passage.mean_a * span).max(0.0);
        for (cell, state) in states.iter_mut().enumerate() {
            let params = &self.params[cell];
            let current = passage.mean_a + self.balancing.cell_a(cell) - self.board_a;
            let start_c = state.temperature_c;
            state.temperature_c = at_c(state);
            let ripple_j = ripple * params.r0(state, current >= 0.0);
            let step = params.advance(state, current, span, &mut self.decay);
            state.temperature_c = start_c;
            energy.chemical_j += step.chemical_j;
            energy.stored_j += step.stored_j;
            energy.heat_j += step.heat_j() - step.entropic_j + ripple_j;
            heat.cells_j[cell] = step.heat_j() + ripple_j;
        }
        heat.advance(&mut states, span);
        Advanced { states, energy }
    }

    /// The first cell that the model cannot describe any more, and why.
    pub(super) fn first_lost(&self, states: &[CellState]) -> Option<String> {
        let why = |(params, state): (&Arc<CellParams>, &CellState)| {
            if !state.is_finite() || !params.emf(state).is_finite() {
                Some("has a state that is not a finite number")
            } else if !(-SOC_BEYOND..=1.0 + SOC_BEYOND).contains(&state.soc) {
                Some("is charged or discharged beyond what its model describes")
            } else {
                None
            }
        };
        let mut cells = self.params.iter().zip(states).map(why).enumerate();
        cells.find_map(|(cell, why)| Some(format!("cell {} {}", cell + 1, why?)))
    }
}

/// A cell's parameters with its draw of the seeded spread; drawn even where the spread is zero, so
/// that one spread does not disturb the other.
fn vary(cell: &CellSetup, pack: &PackSetup, stream: &mut ChaCha8Rng) -> Arc<CellParams> {
    let capacity = spread_factor(pack.parts.capacity_spread, stream);
    let resistance = spread_factor(pack.parts.resistance_spread, stream);
    if pack.parts.capacity_spread == 0.0 && pack.parts.resistance_spread == 0.0 {
        return Arc::clone(&cell.params);
    }
    let mut params = CellParams::clone(&cell.params);
    params.capacity_ah *= capacity;
    params.r0_charge = params.r0_charge.scaled(resistance);
    params.r0_discharge = params.r0_discharge.scaled(resistance);
    for branch in &mut params.branches {
        *branch = branch.clone().scaled(resistance);
    }
    Arc::new(params)
}

/// One plus `spread` times a nearly normal number: twelve uniform ones less six (variance 1, never
/// beyond 6), which needs no transcendental function.
fn spread_factor(spread: f64, stream: &mut ChaCha8Rng) -> f64 {
    let uniform = |stream: &mut ChaCha8Rng| f64::from(stream.next_u32()) / f64::from(u32::MAX);
    let sum: f64 = (0..12).map(|_| uniform(stream)).sum();
    (1.0 + spread * (sum - 6.0)).max(SPREAD_FACTOR_MIN)
}
