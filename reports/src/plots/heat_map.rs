//! The thermal map of the pack: every cell's temperature over time, as colour.

use super::Chart;
use super::panel::{LEFT, time_axis};
use super::pen::{Ink, Pen, Side, WIDTH, picture};
use super::scale::{Across, Scale, TimeScale, number};
use crate::Judged;
use sim::time::SimTime;
use sim::trace::Row;

/// Drawn where two cells ever differ by more than this, kelvin.
const WORTH_A_MAP_K: f64 = 1.0;
/// Most columns of the map: about four units of paper each.
const COLUMNS_MAX: usize = 180;
/// Shades between the coldest and the hottest; neighbours of one shade are drawn as one tile.
const SHADES: u32 = 24;
/// Height of all cells together.
const MAP_HEIGHT: f64 = 240.0;
/// Room right of the map for the scale.
const SCALE_ROOM: f64 = 90.0;
/// Top of the map.
const TOP: f64 = 46.0;

/// Cells over time.
struct Map {
    /// Moments at which a column begins, and the end of the last.
    edges: Vec<SimTime>,
    /// Temperatures by column and cell, °C.
    columns: Vec<Vec<f64>>,
    low: f64,
    high: f64,
}

/// The map, where temperatures differ from cell to cell by more than a kelvin.
pub(super) fn chart(judged: &Judged<'_>) -> Option<Chart> {
    let map = Map::of(&judged.trace.rows)?;
    let title = "Thermal map of the pack";
    let svg = picture(title, TOP + MAP_HEIGHT + 54.0, |pen| {
        pen.title(title);
        map.draw(pen);
    });
    Some(Chart { title: title.into(), svg, data: None })
}

impl Map {
    fn of(rows: &[Row]) -> Option<Self> {
        let cells = rows.iter().map(|row| row.truth.cells_c.len()).max().filter(|it| *it > 0)?;
        let rows: Vec<_> = rows.iter().filter(|row| is_whole(row, cells)).collect();
        if !rows.iter().any(|row| spread(&row.truth.cells_c) > WORTH_A_MAP_K) {
            return None;
        }
        let per_column = rows.len().div_ceil(COLUMNS_MAX);
        let chunks: Vec<_> = rows.chunks(per_column).collect();
        let mut edges: Vec<_> = chunks.iter().map(|chunk| chunk[0].at).collect();
        edges.push(rows.last()?.at);
        let columns: Vec<_> = chunks.iter().map(|chunk| means(chunk, cells)).collect();
        let all = || columns.iter().flatten().copied();
        let low = all().fold(f64::INFINITY, f64::min);
        let high = all().fold(f64::NEG_INFINITY, f64::max);
        (edges.first() < edges.last() && high > low).then_some(Self { edges, columns, low, high })
    }

    fn right() -> f64 {
        WIDTH - SCALE_ROOM
    }

    fn time(&self) -> TimeScale {
        let span = (self.edges[0], self.edges[self.edges.len() - 1]);
        TimeScale::new(span, SimTime::ZERO, (LEFT, Self::right()))
    }

    fn shade(&self, celsius: f64) -> u32 {
        let share = (celsius - self.low) / (self.high - self.low);
        let shade = (share * f64::from(SHADES)).floor().clamp(0.0, f64::from(SHADES - 1));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
        let shade = shade as u32;
        shade
    }

    fn draw(&self, pen: &mut Pen<'_>) {
        let (time, cells) = (self.time(), self.columns[0].len());
        let height = MAP_HEIGHT / count(cells);
        for cell in 0..cells {
            // The first cell is the lowest of the stack, as it is the most negative.
            let bottom = TOP + MAP_HEIGHT - height * count(cell);
            self.draw_cell(pen, &time, cell, (bottom - height, bottom));
        }
        self.name_cells(pen, cells, height);
        self.draw_scale(pen);
        time_axis(pen, &time, TOP + MAP_HEIGHT, "time");
    }

    /// One cell's row, neighbours of one shade as one tile.
    fn draw_cell(
        &self,
        pen: &mut Pen<'_>,
        time: &TimeScale,
        cell: usize,
        (top, bottom): (f64, f64),
    ) {
        let shades: Vec<_> = self.columns.iter().map(|column| self.shade(column[cell])).collect();
        let mut from = 0;
        for run in shades.chunk_by(|a, b| a == b) {
            let to = from + run.len();
            let (left, right) = (time.place(self.edges[from]), time.place(self.edges[to]));
            pen.tile((left, top), (right, bottom), share_of(run[0]));
            from = to;
        }
    }

    /// Numbers of the cells left of the map, as many as have room.
    fn name_cells(&self, pen: &mut Pen<'_>, cells: usize, height: f64) {
        let every = (1..=cells).find(|every| count(*every) * height >= 14.0).unwrap_or(cells);
        for cell in (0..cells).step_by(every) {
            let y = TOP + MAP_HEIGHT - height * (count(cell) + 0.5);
            pen.text((LEFT - 8.0, y), &(cell + 1).to_string(), Side::Right, Ink::Muted);
        }
        pen.text((LEFT - 8.0, TOP - 14.0), "cell", Side::Right, Ink::Text);
    }

    /// The colours with their temperatures.
    fn draw_scale(&self, pen: &mut Pen<'_>) {
        let (left, right) = (Self::right() + 20.0, Self::right() + 34.0);
        let scale = Scale { low: self.low, high: self.high, start: TOP + MAP_HEIGHT, end: TOP };
        let step = MAP_HEIGHT / f64::from(SHADES);
        for shade in 0..SHADES {
            let bottom = TOP + MAP_HEIGHT - step * f64::from(shade);
            pen.tile((left, bottom - step), (right, bottom), share_of(shade));
        }
        let (ticks, decimals) = scale.ticks(MAP_HEIGHT / 34.0);
        for tick in ticks {
            let y = scale.place(tick);
            pen.text((right + 6.0, y), &number(tick, decimals), Side::Left, Ink::Muted);
        }
        pen.text((left, TOP - 14.0), "°C", Side::Left, Ink::Text);
    }
}

/// Whether a row knows every cell, and nothing in it is no number.
fn is_whole(row: &Row, cells: usize) -> bool {
    let celsius = &row.truth.cells_c;
    celsius.len() == cells && celsius.iter().all(|it| it.is_finite())
}

fn spread(values: &[f64]) -> f64 {
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    high - values.iter().copied().fold(f64::INFINITY, f64::min)
}

/// Mean of each cell over some rows.
fn means(rows: &[&Row], cells: usize) -> Vec<f64> {
    let sum = |cell: usize| rows.iter().map(|row| row.truth.cells_c[cell]).sum::<f64>();
    (0..cells).map(|cell| sum(cell) / count(rows.len())).collect()
}

fn share_of(shade: u32) -> f64 {
    (f64::from(shade) + 0.5) / f64::from(SHADES)
}

#[expect(clippy::cast_precision_loss, reason = "rows and cells are few")]
fn count(number: usize) -> f64 {
    number as f64
}
