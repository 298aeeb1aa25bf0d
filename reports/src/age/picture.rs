//! The picture of a life: capacity above, resistance below, over the cycles, each beside its law.

use super::{Aged, WORN};
use crate::plots::LEFT;
use crate::plots::pen::{Ink, Pen, Side, WIDTH, cut, letters, picture as draw};
use crate::plots::{Scale, number, range};
use sim::cycling::{Across, Life, Record};

const HEIGHT: f64 = 580.0;
/// Right edge of the plotting areas; the names of the lines stand right of it.
const RIGHT: f64 = WIDTH - 190.0;
/// Top and bottom of the two plotting areas.
const CAPACITY: (f64, f64) = (84.0, 330.0);
const RESISTANCE: (f64, f64) = (378.0, 494.0);
/// A line of so many points is smooth.
const POINTS_MAX: usize = 240;
/// Names keep this distance.
const PITCH: f64 = 16.0;
/// Length of a dash and of the gap after it.
const DASH: (f64, f64) = (7.0, 5.0);

/// A line over the cycles with its name at the end. Laws come last, so that their dashes show on the
/// line of the cells.
struct Trace<'a> {
    name: String,
    ink: Ink,
    dashed: bool,
    of: &'a dyn Fn(&Record) -> f64,
}

/// One pair of axes.
struct Axes<'a> {
    records: &'a [Record],
    across: Scale,
    up: Scale,
}

/// The picture as an SVG document.
#[must_use]
pub fn picture(aged: &Aged<'_>) -> String {
    let life = thinned(aged.life);
    let aged = &Aged { life: &life, ..*aged };
    let title = format!("Capacity and resistance over {} cycles", aged.last().cycle);
    let chart = draw(&title, HEIGHT, |pen| {
        pen.title(&title);
        pen.text((0.0, 34.0), &cut(&aged.headline(), letters(WIDTH)), Side::Left, Ink::Muted);
        capacity(pen, aged);
        resistance(pen, aged);
        footer(pen, aged);
    });
    let placed =
        chart.replacen("<svg ", &format!("<svg width=\"{WIDTH}\" height=\"{HEIGHT}\" "), 1);
    let (wide, high) = (WIDTH + 40.0, HEIGHT + 30.0);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-20 -12 {wide} {high}\" \
         font-family=\"sans-serif\">\n\
         <rect x=\"-20\" y=\"-12\" width=\"{wide}\" height=\"{high}\" fill=\"#ffffff\"/>\n{placed}</svg>\n"
    )
}

/// The life with as many records as a line needs, first and last among them.
fn thinned(life: &Life) -> Life {
    let last = life.records.len() - 1;
    let points = last.clamp(1, POINTS_MAX);
    let records = (0..=points).map(|point| life.records[point * last / points]).collect();
    Life { records, ..life.clone() }
}

fn capacity(pen: &mut Pen<'_>, aged: &Aged<'_>) {
    let last = aged.last();
    let warm_c = aged.mean_c();
    let ambient_c = aged.cycling.ambient_c;
    let traces = [
        Trace {
            name: format!("cells, {:.1} %", 100.0 * last.capacity.mean),
            ink: Ink::Blue,
            dashed: false,
            of: &|record| record.capacity.mean,
        },
        Trace {
            name: format!("law, at {ambient_c:.0} °C"),
            ink: Ink::Green,
            dashed: true,
            of: &|record| record.law_capacity_at_ambient,
        },
        Trace {
            name: format!("law, cells at {warm_c:.0} °C"),
            ink: Ink::Orange,
            dashed: true,
            of: &|record| record.law_capacity,
        },
    ];
    let limit = (last.capacity.least < WORN + 0.05).then_some(WORN);
    panel(pen, aged, ("capacity, %", CAPACITY), &|record| record.capacity, &traces, limit);
}

fn resistance(pen: &mut Pen<'_>, aged: &Aged<'_>) {
    let last = aged.last();
    let traces = [
        Trace {
            name: format!("cells, {:.1} %", 100.0 * last.resistance.mean),
            ink: Ink::Blue,
            dashed: false,
            of: &|record| record.resistance.mean,
        },
        Trace {
            name: "law".into(),
            ink: Ink::Orange,
            dashed: true,
            of: &|record| record.law_resistance,
        },
    ];
    panel(pen, aged, ("resistance, %", RESISTANCE), &|record| record.resistance, &traces, None);
    let axes = Axes::new(&aged.life.records, (0.0, 1.0), RESISTANCE);
    let (ticks, decimals) = axes.across.ticks(8.0);
    for tick in ticks {
        let x = axes.across.place(tick);
        pen.text((x, RESISTANCE.1 + 15.0), &number(tick, decimals), Side::Middle, Ink::Muted);
    }
    let middle = 0.5 * (LEFT + RIGHT);
    pen.text((middle, RESISTANCE.1 + 33.0), "cycles", Side::Middle, Ink::Text);
}

fn footer(pen: &mut Pen<'_>, aged: &Aged<'_>) {
    for (index, source) in aged.life.sources.iter().enumerate() {
        let y = if index == 0 { HEIGHT - 28.0 } else { HEIGHT - 10.0 };
        let law = cut(&format!("Law of {source}"), letters(WIDTH));
        pen.text((0.0, y), &law, Side::Left, Ink::Muted);
    }
}

fn panel(
    pen: &mut Pen<'_>,
    aged: &Aged<'_>,
    (unit, paper): (&str, (f64, f64)),
    band: &dyn Fn(&Record) -> Across,
    traces: &[Trace<'_>],
    limit: Option<f64>,
) {
    let records = &aged.life.records;
    let band_values = records.iter().flat_map(|record| [band(record).least, band(record).most]);
    let trace_values = traces.iter().flat_map(|it| records.iter().map(|record| (it.of)(record)));
    let values = band_values.chain(trace_values).chain(limit).map(|share| 100.0 * share);
    let Some(ends) = range(values, 2.0) else { return };
    let axes = Axes::new(records, ends, paper);
    axes.grid(pen, unit);
    axes.band(pen, band);
    if let Some(limit) = limit {
        let y = axes.up.place(100.0 * limit);
        pen.line(&[(LEFT, y), (RIGHT, y)], Ink::Limit, 1.2);
    }
    for trace in traces {
        axes.trace(pen, trace);
    }
    axes.names(pen, traces);
}

impl<'a> Axes<'a> {
    fn new(records: &'a [Record], (low, high): (f64, f64), (top, bottom): (f64, f64)) -> Self {
        let cycles = records.last().map_or(0, |record| record.cycle).max(1);
        Self {
            records,
            across: Scale { low: 0.0, high: f64::from(cycles), start: LEFT, end: RIGHT },
            up: Scale { low, high, start: bottom, end: top },
        }
    }

    fn place(&self, record: &Record, share: f64) -> (f64, f64) {
        (self.across.place(f64::from(record.cycle)), self.up.place(100.0 * share))
    }

    fn grid(&self, pen: &mut Pen<'_>, unit: &str) {
        let (ticks, decimals) = self.up.ticks((self.up.start - self.up.end) / 34.0);
        for tick in ticks {
            let y = self.up.place(tick);
            pen.line(&[(LEFT, y), (RIGHT, y)], Ink::Grid, 1.0);
            pen.text((LEFT - 8.0, y), &number(tick, decimals), Side::Right, Ink::Muted);
        }
        for tick in self.across.ticks(8.0).0 {
            let x = self.across.place(tick);
            pen.line(&[(x, self.up.start), (x, self.up.end)], Ink::Grid, 1.0);
        }
        pen.text((0.0, self.up.end - 16.0), unit, Side::Left, Ink::Text);
        pen.text(
            (LEFT + 40.0, self.up.end - 16.0),
            "band: least to most of the cells",
            Side::Left,
            Ink::Muted,
        );
    }

    fn band(&self, pen: &mut Pen<'_>, of: &dyn Fn(&Record) -> Across) {
        let upper = self.records.iter().map(|record| self.place(record, of(record).most));
        let lower = self.records.iter().rev().map(|record| self.place(record, of(record).least));
        let outline: Vec<_> = upper.chain(lower).collect();
        pen.area(&outline, Ink::Blue, 0.22);
    }

    fn trace(&self, pen: &mut Pen<'_>, trace: &Trace<'_>) {
        let points: Vec<_> =
            self.records.iter().map(|record| self.place(record, (trace.of)(record))).collect();
        if trace.dashed {
            for dash in dashes(&points) {
                pen.line(&dash, trace.ink, 1.8);
            }
        } else {
            pen.line(&points, trace.ink, 2.2);
        }
    }

    /// Names at the right ends, pushed apart where lines end close together.
    fn names(&self, pen: &mut Pen<'_>, traces: &[Trace<'_>]) {
        let Some(last) = self.records.last() else { return };
        let mut ends: Vec<_> =
            traces.iter().map(|it| (self.place(last, (it.of)(last)).1, it)).collect();
        ends.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut free = self.up.end;
        for (y, trace) in ends {
            let at = y.max(free);
            free = at + PITCH;
            pen.text((RIGHT + 8.0, at), &trace.name, Side::Left, trace.ink);
        }
    }
}

/// A line through points in dashes of even length.
fn dashes(points: &[(f64, f64)]) -> Vec<Vec<(f64, f64)>> {
    let (mut all, mut dash) = (Vec::new(), Vec::new());
    let (mut left, mut down) = (DASH.0, true);
    for pair in points.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        loop {
            let (dx, dy) = (to.0 - from.0, to.1 - from.1);
            let way = (dx * dx + dy * dy).sqrt();
            if down && dash.is_empty() {
                dash.push(from);
            }
            if way < left {
                left -= way;
                if down {
                    dash.push(to);
                }
                break;
            }
            from = (from.0 + dx * left / way, from.1 + dy * left / way);
            if down {
                dash.push(from);
                all.push(std::mem::take(&mut dash));
            }
            (down, left) = (!down, if down { DASH.1 } else { DASH.0 });
        }
    }
    if dash.len() > 1 {
        all.push(dash);
    }
    all
}

impl Aged<'_> {
    /// Mean temperature of the cells over the whole life, °C.
    fn mean_c(&self) -> f64 {
        let records = self.life.records.get(1..).unwrap_or_default();
        if records.is_empty() {
            return self.cycling.ambient_c;
        }
        let sum: f64 = records.iter().map(|record| record.temperature_c.mean).sum();
        sum / records.len() as f64
    }
}
