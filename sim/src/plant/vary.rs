//! The cells of this very pack: what the data say, with the draws of its seed.

use super::spread::{Drawer, FACTOR_MIN};
use crate::parts::Spreading;
use crate::seed;
use crate::setup::{CellSetup, PackSetup};
use cell_models::cell::CellParams;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;
use std::sync::Arc;

/// Parameters and states of charge of all cells, spread applied.
pub(super) fn draw(pack: &PackSetup, seed: u64) -> (Vec<Arc<CellParams>>, Vec<f64>) {
    let mut plain = seed::stream(seed, "pack.spread");
    let mut drawers: Vec<Drawer> =
        pack.parts.spreads.iter().map(|spread| Drawer::new(spread, seed)).collect();
    let cell = |cell: &CellSetup| vary(cell, pack, &mut plain, &mut drawers);
    pack.cells.iter().map(cell).unzip()
}

/// A cell's parameters with its draws of the plain spread, made even where that is zero, so that
/// one spread does not disturb the other, and of the named ones.
fn vary(
    cell: &CellSetup,
    pack: &PackSetup,
    plain: &mut ChaCha8Rng,
    drawers: &mut [Drawer],
) -> (Arc<CellParams>, f64) {
    let mut capacity = plain_factor(pack.parts.capacity_spread, plain);
    let mut resistance = plain_factor(pack.parts.resistance_spread, plain);
    let is_plain = pack.parts.capacity_spread == 0.0 && pack.parts.resistance_spread == 0.0;
    if is_plain && drawers.is_empty() {
        return (Arc::clone(&cell.params), cell.soc);
    }
    let mut params = CellParams::clone(&cell.params);
    let mut soc = cell.soc;
    for drawer in drawers {
        let deviation = drawer.deviation();
        let factor = (1.0 + deviation).max(FACTOR_MIN);
        match drawer.what {
            Spreading::Capacity => capacity = factor,
            Spreading::Resistance => resistance = factor,
            Spreading::Soc => soc = (soc + deviation).clamp(0.0, 1.0),
            Spreading::OcvOffset => params.ocv = params.ocv.shifted(deviation),
            what => scale(&mut params, what, factor),
        }
    }
    params.capacity_ah *= capacity;
    scale(&mut params, Spreading::Resistance, resistance);
    (Arc::new(params), soc)
}

fn scale(params: &mut CellParams, what: Spreading, factor: f64) {
    match what {
        Spreading::Resistance => {
            scale(params, Spreading::SeriesResistance, factor);
            for pair in 0..params.branches.len() {
                scale(params, Spreading::PairResistance(pair), factor);
            }
        }
        Spreading::SeriesResistance => {
            params.r0_charge = params.r0_charge.clone().scaled(factor);
            params.r0_discharge = params.r0_discharge.clone().scaled(factor);
        }
        Spreading::PairResistance(pair) => {
            if let Some(branch) = params.branches.get_mut(pair) {
                *branch = branch.clone().scaled(factor);
            }
        }
        Spreading::PairTime(pair) => {
            if let Some(branch) = params.branches.get_mut(pair) {
                branch.tau = branch.tau.clone().scaled(factor);
            }
        }
        Spreading::SelfDischarge => params.self_discharge_per_s *= factor,
        Spreading::HeatCapacity => params.heat_capacity_j_k *= factor,
        Spreading::ToAmbient => params.to_ambient_w_k *= factor,
        Spreading::ToNeighbour => params.to_neighbour_w_k *= factor,
        Spreading::Capacity | Spreading::OcvOffset | Spreading::Soc => {}
    }
}

/// One plus `spread` times a nearly normal number: twelve uniform ones less six (variance 1, never
/// beyond 6), which needs no transcendental function.
fn plain_factor(spread: f64, stream: &mut ChaCha8Rng) -> f64 {
    let uniform = |stream: &mut ChaCha8Rng| f64::from(stream.next_u32()) / f64::from(u32::MAX);
    let sum: f64 = (0..12).map(|_| uniform(stream)).sum();
    (1.0 + spread * (sum - 6.0)).max(FACTOR_MIN)
}
