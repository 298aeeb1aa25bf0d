//! Voltages of groups and pack over a segment, from the states at its two ends (equation (13) of
//! `docs/physics-plant.md`).

use super::cells::{Advanced, CellString};
use super::segment::Shape;
use super::sense::Taps;
use cell_models::cell::CellState;
use nalgebra::DVector;

/// A pack current over a segment as a parabola with the right ends and the right charge, ampere.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parabola {
    /// At the start.
    pub(super) from_a: f64,
    /// At the end.
    pub(super) end_a: f64,
    /// Mean.
    pub(super) mean_a: f64,
}

impl CellString {
    /// Shapes of the groups and of the pack between now and what the cells will be.
    pub(super) fn shapes(&self, ends: &Advanced, mean_a: f64, span: f64) -> (Vec<Shape>, Shape) {
        let mut pack = Shape::default();
        let groups: Vec<Shape> = (0..self.count())
            .map(|group| self.pinned(group, self.shape(group, ends, mean_a, span)))
            .collect();
        for (shape, joint_ohm) in groups.iter().zip(&self.joints_ohm) {
            let joint_v = joint_ohm * self.drawn_a();
            pack.from_v += shape.from_v - joint_v;
            pack.to_v += shape.to_v - joint_v;
            pack.bow_v += shape.bow_v;
            pack.ohm += shape.ohm + joint_ohm;
        }
        (groups, pack)
    }

    /// With what the pins see besides: the joint, and the sense wires under balancing.
    fn pinned(&self, group: usize, shape: Shape) -> Shape {
        let joint_ohm = self.joints_ohm[group];
        let pins_v = self.balancing.sense_v(group) - joint_ohm * self.drawn_a();
        Shape { pins_v, pins_ohm: joint_ohm, ..shape }
    }

    /// Voltages of the taps over a segment of `span` seconds, equation (S4).
    pub(super) fn taps(&self, groups: &[Shape], passed: Parabola, span: f64) -> Taps {
        let Parabola { from_a, end_a, mean_a } = passed;
        let bow_a = 1.5 * (mean_a - 0.5 * (from_a + end_a));
        let zeros = DVector::zeros(groups.len() + 1);
        let mut taps = Taps { from: zeros.clone(), slope: zeros.clone(), curve: zeros };
        for (group, shape) in groups.iter().enumerate() {
            let joint_ohm = self.joints_ohm[group];
            let ohm = shape.ohm + joint_ohm;
            let offset_v = ohm * from_a - joint_ohm * self.drawn_a();
            let bow_v = 4.0 * (shape.bow_v + ohm * bow_a);
            let rise_v = shape.to_v - shape.from_v + ohm * (end_a - from_a);
            taps.from[group + 1] = taps.from[group] + shape.from_v + offset_v;
            taps.slope[group + 1] = taps.slope[group] + (rise_v + bow_v) / span;
            taps.curve[group + 1] = taps.curve[group] - bow_v / (span * span);
        }
        taps
    }

    fn shape(&self, group: usize, ends: &Advanced, mean_a: f64, span: f64) -> Shape {
        match &self.groups {
            Some(groups) => self.group_shape(groups, group, ends, mean_a, span),
            None => self.cell_shape(group, ends, mean_a, span),
        }
    }

    fn cell_shape(&self, cell: usize, ends: &Advanced, mean_a: f64, span: f64) -> Shape {
        let (start, end) = (&self.shown[cell], &ends.shown[cell]);
        let extra_a = self.extra_a(cell);
        let charging = mean_a + extra_a >= 0.0;
        let (ohm, end_ohm) = (start.ohm(charging), end.ohm(charging));
        Shape {
            from_v: start.emf_v + ohm * extra_a,
            to_v: end.emf_v + end_ohm * extra_a + (end_ohm - ohm) * mean_a,
            bow_v: self.bow_v(cell, &ends.states[cell], span),
            ohm,
            ..Shape::default()
        }
    }

    /// How far the middle of a cell's voltage lies off the chord, volt.
    pub(super) fn bow_v(&self, cell: usize, end: &CellState, span: f64) -> f64 {
        let (params, start) = (&self.params[cell], &self.states[cell]);
        let pairs = start.branch_v.iter().zip(&end.branch_v).take(params.branches.len());
        let bow_v = pairs.enumerate().map(|(branch, (from, to))| {
            -0.5 * (from - to) * tanh_small(span / (4.0 * params.tau_s(branch, start)))
        });
        bow_v.sum()
    }
}

/// Hyperbolic tangent by its continued fraction: within 1e-9 below 0.1, where spans are short of
/// time constants, and still sane above.
fn tanh_small(x: f64) -> f64 {
    if x < 0.1 { x * (15.0 + x * x) / (15.0 + 6.0 * x * x) } else { libm::tanh(x) }
}
