//! What the front end and the converter can see: the recent past, read exactly.

use super::Plant;
use super::planner::Plan;
use super::segment::Segment;
use crate::setup::{CELL_SENSORS, MOS_SENSORS};
use crate::thermistor::Course;
use crate::time::SimTime;
use crate::trace::Switch;
use crate::world::Nodes;

/// The port counts as pulled down by a load this far below the pack, volt (load-detect pin).
const LOAD_DETECT_V: f64 = 1.0;
/// The port counts as lifted by a charger this far above the pack, volt (charger-detect pin).
const CHARGER_DETECT_V: f64 = 0.25;

/// Index of the board's sensor, behind those of cells and MOSFETs.
const BOARD_SENSOR: usize = CELL_SENSORS + MOS_SENSORS;

impl Plant {
    /// Sums `part` over the pieces of segments between two moments.
    fn sum(&self, from: SimTime, to: SimTime, part: impl Fn(&Segment, f64, f64) -> f64) -> f64 {
        let current = self.segment();
        if from >= current.start {
            return part(current, current.offset_s(from), current.offset_s(to));
        }
        let older = self.history.iter().rev().take_while(|segment| segment.end > from);
        let pieces = std::iter::once(current).chain(older).filter(|segment| segment.start < to);
        pieces
            .map(|segment| {
                let (begin, end) = (from.max(segment.start), to.min(segment.end));
                part(segment, segment.offset_s(begin), segment.offset_s(end))
            })
            .sum()
    }

    /// Temperature of a cell now, °C.
    fn cell_c(&self, cell: usize) -> f64 {
        let start_c = self.string.states[cell].temperature_c;
        let Some(plan) = &self.plan else { return start_c };
        let end_c = plan.advanced.states[cell].temperature_c;
        start_c + (end_c - start_c) * (self.offset_s() / plan.segment.span_s())
    }

    /// Temperature of each cell now, °C.
    pub(super) fn cells_c(&self) -> Vec<f64> {
        (0..self.string.states.len()).map(|cell| self.cell_c(cell)).collect()
    }

    /// How the temperature of a sensor's place runs through a segment.
    pub(super) fn place(&self, sensor: usize, plan: Option<&Plan>) -> Course {
        match self.sensor_cells.get(sensor) {
            Some(cell) => {
                let from_c = self.string.states[*cell].temperature_c;
                plan.map_or(Course::steady(from_c), |plan| Course {
                    from_c,
                    to_c: plan.advanced.states[*cell].temperature_c,
                    span_s: plan.segment.span_s(),
                })
            }
            None if sensor < BOARD_SENSOR => Course::steady(self.bank.temperature_c),
            None => self.ambient_course(plan),
        }
    }

    /// How ambient runs through a segment.
    pub(super) fn ambient_course(&self, plan: Option<&Plan>) -> Course {
        let from_c = self.heat.ambient_c;
        plan.map_or(Course::steady(from_c), |plan| Course {
            from_c,
            to_c: self.heat.ambient_at(plan.segment.end),
            span_s: plan.segment.span_s(),
        })
    }

    /// State of charge of a cell now. Within a segment it moves with the charge passed.
    pub(super) fn soc(&self, cell: usize) -> f64 {
        let start = self.string.states[cell].soc;
        let Some(plan) = &self.plan else { return start };
        let end = plan.advanced.states[cell].soc;
        start + (end - start) * (self.offset_s() / plan.segment.span_s())
    }

    /// Temperatures at the cell sensors now, °C.
    pub(super) fn sensors_c(&self) -> [f64; CELL_SENSORS] {
        let starts = &self.string.states;
        let Some(plan) = &self.plan else {
            return self.sensor_cells.map(|cell| starts[cell].temperature_c);
        };
        let share = self.offset_s() / plan.segment.span_s();
        self.sensor_cells.map(|cell| {
            let (from, to) = (&starts[cell], &plan.advanced.states[cell]);
            from.temperature_c + (to.temperature_c - from.temperature_c) * share
        })
    }

    /// Temperatures at the MOSFET sensors now, °C.
    pub(super) fn mos_c(&self) -> [f64; MOS_SENSORS] {
        [self.bank.temperature_c; MOS_SENSORS]
    }
}

impl Nodes for Plant {
    fn cell_mean(&self, cell: usize, from: SimTime, to: SimTime) -> f64 {
        if from == to {
            return self.sum(from, to, |segment, t, _| segment.pins_v(cell, t));
        }
        let integral = |segment: &Segment, a: f64, b: f64| segment.pins_integral(cell, a, b);
        self.sum(from, to, integral) / to.seconds_since(from)
    }

    fn shunt_mean(&self, from: SimTime, to: SimTime) -> f64 {
        self.shunt_integral(from, to) / to.seconds_since(from)
    }

    fn shunt_integral(&self, from: SimTime, to: SimTime) -> f64 {
        self.sum(from, to, Segment::sense_integral)
    }

    fn shunt_filtered(&self) -> f64 {
        self.segment().trajectory.filtered_v(self.offset_s())
    }

    fn ntc_ohm(&self, sensor: usize) -> f64 {
        let plan = self.plan.as_ref();
        let t = plan.map_or(0.0, |plan| plan.segment.offset_s(self.now));
        self.sensors.ohm(sensor, self.place(sensor, plan), self.ambient_course(plan), t)
    }

    fn port_v(&self) -> f64 {
        self.segment().port_v(self.offset_s())
    }

    fn pack_v(&self) -> f64 {
        self.segment().pack_v(self.offset_s())
    }

    fn load_present(&self) -> bool {
        if self.switches.is_on(Switch::Discharge) {
            return self.load.as_ref().is_some_and(|load| load.is_attached());
        }
        self.port_v() < self.pack_v() - LOAD_DETECT_V
    }

    fn charger_present(&self) -> bool {
        self.port_v() > self.pack_v() + CHARGER_DETECT_V
    }
}
