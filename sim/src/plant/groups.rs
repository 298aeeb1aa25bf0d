//! The string where its groups are more than one sound cell each: what every cell carries, and the
//! advance in time with currents that move between parallel cells (equations (G5) to (G9) of
//! `docs/physics-plant.md`).

use super::cells::{Advanced, CellString, Passage, Source, StringEnergy, StringSource};
use super::group::{Bars, Reduced, Rung, RungCurrent};
use super::segment::Shape;
use super::thermal::CellHeat;
use crate::parts::Feed;
use cell_models::cell::{CellState, Terminals};

/// Currents that drift by less than this hold as they are, ampere.
const STILL_A: f64 = 1e-7;
/// Rounds of finding the direction of each cell's current.
const TURNS: usize = 8;

/// What groups are made of. A string of single cells without faults has none of this.
#[derive(Clone, Debug)]
pub(super) struct Groups {
    /// Cells in each group.
    pub(super) parallel: usize,
    /// Where the string is connected to the bars.
    pub(super) feed: Feed,
    /// Contact of each cell, ohm.
    pub(super) contacts_ohm: Vec<f64>,
    /// Each bar's stretch from a cell to the next of its group, ohm.
    pub(super) bars_ohm: Vec<f64>,
    /// A short inside each cell, ohm; infinite for none.
    pub(super) shorts_ohm: Vec<f64>,
    /// Heat that each cell gives off by itself, watt.
    pub(super) watts: Vec<f64>,
    /// No cell of the group is connected.
    pub(super) dead: Vec<bool>,
    /// Which cells are being charged.
    pub(super) charging: Vec<bool>,
    /// Which were before the directions were last looked for.
    pub(super) charged: Vec<bool>,
}

/// What one cell and its surroundings carry, ampere, charge positive.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Flow {
    /// Through the cell itself.
    pub(super) cell_a: f64,
    /// Through its contact.
    pub(super) rung_a: f64,
    /// Through the short inside it.
    pub(super) short_a: f64,
    /// The cell's share of a change of the group's current.
    pub(super) share: f64,
}

/// A cell as a source: alone, and with the short inside it.
#[derive(Clone, Copy, Debug)]
struct Inner {
    emf_v: f64,
    ohm: f64,
    short_ohm: f64,
    /// Share of the voltage that the short leaves, equation (G5).
    left: f64,
}

impl Inner {
    fn rung(&self, contact_ohm: f64) -> Rung {
        Rung { emf_v: self.emf_v * self.left, ohm: self.ohm * self.left + contact_ohm }
    }

    fn flow(&self, rung: RungCurrent, group_a: f64) -> Flow {
        let rung_a = rung.own_a + rung.share * group_a;
        let short_a = (self.emf_v + self.ohm * rung_a) * self.left / self.short_ohm;
        Flow { cell_a: rung_a - short_a, rung_a, short_a, share: rung.share * self.left }
    }
}

impl CellString {
    fn inner(groups: &Groups, cell: usize, shown: &Terminals) -> Inner {
        let (emf_v, ohm) = (shown.emf_v, shown.ohm(groups.charging[cell]));
        let short_ohm = groups.shorts_ohm[cell];
        let left = if short_ohm.is_finite() { short_ohm / (ohm + short_ohm) } else { 1.0 };
        Inner { emf_v, ohm, short_ohm, left }
    }

    fn inners(groups: &Groups, group: usize, shown: &[Terminals]) -> Vec<Inner> {
        groups.cells(group).map(|cell| Self::inner(groups, cell, &shown[cell])).collect()
    }

    fn reduced(groups: &Groups, group: usize, inners: &[Inner]) -> Reduced {
        let cells = groups.cells(group);
        let contacts = &groups.contacts_ohm[cells.clone()];
        let rungs: Vec<Rung> =
            inners.iter().zip(contacts).map(|(inner, contact)| inner.rung(*contact)).collect();
        Bars { ohm: &groups.bars_ohm[cells], feed: groups.feed }.reduce(&rungs)
    }

    /// A group between its terminals with the cells showing this.
    pub(super) fn group_source(groups: &Groups, group: usize, shown: &[Terminals]) -> Source {
        let reduced = Self::reduced(groups, group, &Self::inners(groups, group, shown));
        Source { emf_v: reduced.emf_v, ohm: reduced.ohm }
    }

    /// The string of groups as a source, equation (1). Directions of the cells' currents are those
    /// of the last [`CellString::turn`], so that both directions of the pack see one law.
    pub(super) fn groups_source(&self, groups: &Groups, shown: &[Terminals]) -> StringSource {
        let mut source = self.joints();
        for group in 0..self.count() {
            let Source { emf_v, ohm } = Self::group_source(groups, group, shown);
            source.emf_v += emf_v + ohm * self.extra_a(group);
            source.ohm += ohm;
        }
        StringSource { charge: source, discharge: source }
    }

    /// What every cell carries with this pack current.
    pub(super) fn flows(&self, groups: &Groups, shown: &[Terminals], pack_a: f64) -> Vec<Flow> {
        let mut flows = Vec::with_capacity(shown.len());
        for group in 0..self.count() {
            let inners = Self::inners(groups, group, shown);
            let reduced = Self::reduced(groups, group, &inners);
            let group_a = pack_a + self.extra_a(group);
            let pairs = inners.iter().zip(&reduced.currents);
            flows.extend(pairs.map(|(inner, rung)| inner.flow(*rung, group_a)));
        }
        flows
    }

    /// Current of every cell with this pack current, ampere.
    pub(super) fn currents_a(&self, shown: &[Terminals], pack_a: f64) -> Vec<f64> {
        match &self.groups {
            Some(groups) => {
                let flows = self.flows(groups, shown, pack_a);
                flows.into_iter().map(|flow| flow.cell_a).collect()
            }
            None => (0..self.count()).map(|group| pack_a + self.extra_a(group)).collect(),
        }
    }

    /// Whether the last [`CellString::turn`] found another direction for a cell; never without
    /// groups.
    pub(super) fn has_turned(&self) -> bool {
        self.groups.as_ref().is_some_and(|groups| groups.charged != groups.charging)
    }

    /// Finds the direction of every cell's current with this pack current, as resistance depends
    /// on it; whether any has changed.
    pub(super) fn turn(&mut self, shown: &[Terminals], pack_a: f64) -> bool {
        let Some(mut groups) = self.groups.take() else { return false };
        let Groups { charging, charged, .. } = &mut *groups;
        charged.clone_from(charging);
        for _ in 0..TURNS {
            let flows = self.flows(&groups, shown, pack_a);
            let pairs = groups.charging.iter_mut().zip(&flows);
            let settled = pairs.fold(true, |settled, (charging, flow)| {
                let before = std::mem::replace(charging, flow.cell_a >= 0.0);
                settled & (before == *charging)
            });
            if settled {
                break;
            }
        }
        self.groups = Some(groups);
        self.has_turned()
    }

    /// The cells after this passage: currents at the start, states at the end with them, currents
    /// there, and the passage again with the mean of both, equation (G7).
    pub(super) fn advance_groups(
        &mut self,
        groups: &Groups,
        passage: Passage,
        heat: &mut CellHeat,
    ) -> Advanced {
        let first = self.flows(groups, &self.shown, passage.mean_a);
        let cold = self.pass_groups(groups, passage, &first, None, heat);
        let last = self.flows(groups, &cold.shown, passage.mean_a);
        let moved = first.iter().zip(&last).map(|(from, to)| (to.cell_a - from.cell_a).abs());
        let hot = self.is_warmed(&cold.states);
        if moved.fold(0.0, f64::max) <= STILL_A && !hot {
            return cold;
        }
        let mean: Vec<Flow> = first.iter().zip(&last).map(|(a, b)| a.mean(b)).collect();
        let at = hot.then_some(&cold.states[..]);
        let advanced = self.pass_groups(groups, passage, &mean, at, heat);
        Advanced { drift: drift(&first, &last, self.drift_allowed), ..advanced }
    }

    /// One passage with these currents held; tables read half way to the temperatures of `ends`.
    fn pass_groups(
        &mut self,
        groups: &Groups,
        passage: Passage,
        flows: &[Flow],
        ends: Option<&[CellState]>,
        heat: &mut CellHeat,
    ) -> Advanced {
        let mut states = self.states.clone();
        let mut energy = StringEnergy::default();
        let (span, ripple) = (passage.span_s, passage.ripple_a2s());
        for (cell, state) in states.iter_mut().enumerate() {
            let (params, flow) = (&self.params[cell], flows[cell]);
            let start_c = state.temperature_c;
            state.temperature_c =
                ends.map_or(start_c, |ends| 0.5 * (start_c + ends[cell].temperature_c));
            let ripple_ohm = flow.share * flow.share * params.r0(state, flow.cell_a >= 0.0);
            let step = params.advance(state, flow.cell_a, span, &mut self.decay);
            state.temperature_c = start_c;
            let short_j = groups.short_w(cell, flow) * span;
            let loss_j = ripple * ripple_ohm + short_j;
            let given_j = groups.watts[cell] * span;
            energy.chemical_j += step.chemical_j + given_j;
            energy.stored_j += step.stored_j;
            energy.heat_j += step.heat_j() - step.entropic_j + loss_j + given_j;
            heat.cells_j[cell] = step.heat_j() + loss_j + given_j;
        }
        heat.forget_links();
        groups.links(flows, span, ripple, |cell, joule| {
            energy.links_j += joule;
            heat.take_link(cell, joule);
        });
        heat.advance(&mut states, span);
        Advanced { shown: self.show(&states), states, energy, drift: 0.0 }
    }

    /// Voltage of a group over a segment, equation (13) with equation (G8).
    pub(super) fn group_shape(
        &self,
        groups: &Groups,
        group: usize,
        ends: &Advanced,
        mean_a: f64,
        span: f64,
    ) -> Shape {
        let inners = Self::inners(groups, group, &self.shown);
        let start = Self::reduced(groups, group, &inners);
        let end = Self::group_source(groups, group, &ends.shown);
        let extra_a = self.extra_a(group);
        let bows = groups.cells(group).zip(inners.iter().zip(&start.currents));
        let bow_v = bows.map(|(cell, (inner, rung))| {
            rung.share * inner.left * self.bow_v(cell, &ends.states[cell], span)
        });
        Shape {
            from_v: start.emf_v + start.ohm * extra_a,
            to_v: end.emf_v + end.ohm * extra_a + (end.ohm - start.ohm) * mean_a,
            bow_v: bow_v.sum(),
            ohm: start.ohm,
            ..Shape::default()
        }
    }
}

impl Groups {
    /// The cells of a group.
    pub(super) fn cells(&self, group: usize) -> std::ops::Range<usize> {
        group * self.parallel..(group + 1) * self.parallel
    }

    fn short_w(&self, cell: usize, flow: Flow) -> f64 {
        let ohm = self.shorts_ohm[cell];
        if ohm.is_finite() { flow.short_a * flow.short_a * ohm } else { 0.0 }
    }

    /// Heat of contacts and bars, equation (G4), joule: at each cell its contact and half of each
    /// stretch of bar beside it.
    fn links(&self, flows: &[Flow], span: f64, ripple: f64, mut at: impl FnMut(usize, f64)) {
        let square =
            |flow: &Flow| flow.rung_a * flow.rung_a * span + flow.share * flow.share * ripple;
        for (cell, (flow, ohm)) in flows.iter().zip(&self.contacts_ohm).enumerate() {
            at(cell, ohm * square(flow));
        }
        let bars = flows.chunks(self.parallel).zip(self.bars_ohm.chunks(self.parallel));
        for (group, (flows, ohm)) in bars.enumerate() {
            let bars = Bars { ohm, feed: self.feed };
            let mean = bars.stretches_w(|cell| flows[cell].rung_a);
            let beyond = bars.stretches_w(|cell| flows[cell].share);
            for (stretch, (mean_w, beyond)) in mean.zip(beyond).enumerate() {
                let half_j = 0.5 * (mean_w * span + beyond * ripple);
                let below = group * self.parallel + stretch;
                at(below, half_j);
                at(below + 1, half_j);
            }
        }
    }
}

impl Flow {
    fn mean(&self, other: &Self) -> Self {
        let half = |a: f64, b: f64| 0.5 * (a + b);
        Self {
            cell_a: half(self.cell_a, other.cell_a),
            rung_a: half(self.rung_a, other.rung_a),
            short_a: half(self.short_a, other.short_a),
            share: half(self.share, other.share),
        }
    }
}

/// Largest drift of a cell's current in units of what is allowed.
fn drift(first: &[Flow], last: &[Flow], (allowed_a, share): (f64, f64)) -> f64 {
    let pairs = first.iter().zip(last);
    let units = pairs.map(|(from, to)| {
        (to.cell_a - from.cell_a).abs() / (allowed_a + share * from.cell_a.abs())
    });
    units.fold(0.0, f64::max)
}
