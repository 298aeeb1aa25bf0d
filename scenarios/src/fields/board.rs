//! The names of the board's constants in files, and where each one lives.

use crate::diagnostics::Problem;
use crate::quantity::Dimension;
use crate::section::{Leaf, Sink};
use sim::setup::BoardSetup;
use sim::time::Span;

/// Where a constant of the board lives.
#[derive(Clone, Copy)]
pub(crate) enum BoardSlot {
    Float(Dimension, fn(&mut BoardSetup) -> &mut f64),
    Time(fn(&mut BoardSetup) -> &mut Span),
}

macro_rules! board {
    ($($key:literal $dimension:ident $field:ident;)* / $($time_key:literal $time:ident;)*) => {
        &[
            $(($key, BoardSlot::Float(Dimension::$dimension, |board| &mut board.$field)),)*
            $(($time_key, BoardSlot::Time(|board| &mut board.$time)),)*
        ]
    };
}

/// Every constant of the board.
pub(crate) const BOARD: &[(&str, BoardSlot)] = board! {
    "shunt" Resistance shunt_ohm;
    "path" Resistance path_ohm;
    "body-diode" Voltage body_diode_v;
    "precharge" Resistance precharge_ohm;
    "low-cell-precharge" Resistance low_cell_precharge_ohm;
    "limiter" Current limiter_a;
    "transfer" Current transfer_a;
    "transfer-efficiency" Share transfer_efficiency;
    "bleed" Current bleed_a;
    "sense-wire" Resistance sense_wire_ohm;
    "consumption" Current board_a;
    "mos-heat-capacity" HeatCapacity mos_heat_j_k;
    "mos-to-ambient" Conductance mos_to_ambient_w_k;
    "display" Current display_a;
    /
    "discharge-fall" discharge_fall;
    "charge-fall" charge_fall;
    "sense-filter" sense_filter;
};

/// Reads the leaves of a `[board]` table; returns the names that were written.
pub(crate) fn set_board(board: &mut BoardSetup, leaves: &[Leaf<'_>], sink: &Sink) {
    for leaf in leaves {
        match BOARD.iter().find(|(key, _)| *key == leaf.name) {
            Some((_, BoardSlot::Float(dimension, at))) => {
                if let Some(quantity) = sink.quantity(leaf.value, *dimension) {
                    set_float(at(board), quantity.value(), leaf, sink);
                }
            }
            Some((_, BoardSlot::Time(at))) => {
                if let Some(time) = crate::section::time(sink, leaf.value) {
                    *at(board) = Span(time.0);
                }
            }
            None => {
                let known: Vec<_> = BOARD.iter().map(|(key, _)| *key).collect();
                sink.unknown("constant of the board", &leaf.name, leaf.key.clone(), &known);
            }
        }
    }
}

fn set_float(place: &mut f64, value: f64, leaf: &Leaf<'_>, sink: &Sink) {
    if value < 0.0 {
        let title = "a constant of the board cannot be negative";
        sink.report(Problem::new(title, leaf.value.span()).label("negative"));
    } else {
        *place = value;
    }
}
