//! From quantities to places on the paper, and the round numbers in between.

use sim::time::{SimTime, Span};

/// A straight map of a range onto a stretch of paper.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scale {
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) start: f64,
    pub(crate) end: f64,
}

impl Scale {
    /// The place of a value; outside values stick to the ends.
    pub(crate) fn place(&self, value: f64) -> f64 {
        let share = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        self.start + share * (self.end - self.start)
    }

    /// Where the scale holds logarithms to base 10: round values, at most about `count` of them, and
    /// their places in the range.
    pub(crate) fn logarithmic_ticks(&self, count: f64) -> Vec<(f64, f64)> {
        let decades: Vec<_> = (-9_i32..=9).map(|power| libm::pow(10.0, f64::from(power))).collect();
        let within = |factors: &[f64]| -> Vec<(f64, f64)> {
            let values = decades.iter().flat_map(|ten| factors.iter().map(move |it| it * ten));
            let placed = values.map(|value| (value, libm::log10(value)));
            placed.filter(|(_, log)| (self.low..=self.high).contains(log)).collect()
        };
        let choices: [&[f64]; 4] = [
            &[1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0],
            &[1.0, 2.0, 3.0, 5.0],
            &[1.0, 2.0, 5.0],
            &[1.0],
        ];
        let fits = |ticks: &Vec<(f64, f64)>| {
            f64::from(u32::try_from(ticks.len()).unwrap_or(u32::MAX)) <= count.max(2.0)
        };
        choices.into_iter().map(within).find(fits).unwrap_or_default()
    }

    /// Round values in the range, about `count` of them, and the decimals they need.
    pub(crate) fn ticks(&self, count: f64) -> (Vec<f64>, usize) {
        let step = round_step((self.high - self.low) / count);
        (multiples(self.low, self.high, step), decimals(step))
    }
}

/// What runs along the lower edge of a panel: time, or a plain quantity.
pub(crate) trait Across {
    /// A place on it before it is on paper.
    type At: Copy;
    /// Where it starts on paper.
    fn start(&self) -> f64;
    /// The place on paper; what lies outside sticks to the ends.
    fn place(&self, at: Self::At) -> f64;
    /// Places and labels of round values.
    fn ticks(&self) -> Vec<(f64, String)>;
    /// The unit's name.
    fn unit_name(&self) -> &'static str;
}

/// A plain quantity on paper.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Axis {
    pub(crate) scale: Scale,
    pub(crate) unit: &'static str,
}

impl Across for Axis {
    type At = f64;

    fn start(&self) -> f64 {
        self.scale.start
    }

    fn place(&self, at: f64) -> f64 {
        self.scale.place(at)
    }

    fn ticks(&self) -> Vec<(f64, String)> {
        let (ticks, decimals) = self.scale.ticks((self.scale.end - self.scale.start) / 90.0);
        ticks.into_iter().map(|tick| (self.scale.place(tick), number(tick, decimals))).collect()
    }

    fn unit_name(&self) -> &'static str {
        self.unit
    }
}

/// The range of some values, widened so that nothing lies on the edge; at least `least` wide.
pub(crate) fn range(values: impl Iterator<Item = f64>, least: f64) -> Option<(f64, f64)> {
    let finite = values.filter(|value| value.is_finite());
    let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    if low > high {
        return None;
    }
    let lack = (least - (high - low)).max(0.0);
    let margin = 0.06 * (high - low) + 0.5 * lack;
    Some((low - margin, high + margin))
}

/// The next of 1, 2, 5, 10, … times a power of ten that is not well below `step`.
fn round_step(step: f64) -> f64 {
    let step = 0.75 * step;
    let mut power = 1.0;
    while power > step {
        power /= 10.0;
    }
    while power * 10.0 <= step {
        power *= 10.0;
    }
    let factors = [1.0, 2.0, 5.0];
    factors.into_iter().map(|it| it * power).find(|it| *it >= step).unwrap_or(10.0 * power)
}

fn multiples(low: f64, high: f64, step: f64) -> Vec<f64> {
    let first = (low / step).ceil();
    let steps = (0..=40_u32).map(|index| (first + f64::from(index)) * step);
    // A hair beyond the end still counts, or rounding would lose the last tick.
    steps.take_while(|tick| *tick <= high + 1e-9 * step).collect()
}

fn decimals(step: f64) -> usize {
    let mut scaled = step;
    let mut count = 0;
    while (scaled - scaled.round()).abs() > 1e-6 * scaled && count < 9 {
        scaled *= 10.0;
        count += 1;
    }
    count
}

/// A number with a real minus; no minus before zero.
pub(crate) fn number(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(zero) if zero.chars().all(|it| it == '0' || it == '.') => zero.into(),
        Some(rest) => format!("−{rest}"),
        None => text,
    }
}

/// A stretch of time on paper, counted from an origin, in the unit that suits it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct TimeScale {
    from: SimTime,
    to: SimTime,
    origin: SimTime,
    start: f64,
    end: f64,
}

/// Unit, its nanoseconds, and up to which span it is used.
const UNITS: [(&str, f64, f64); 5] = [
    ("µs", 1e3, 3e6),
    ("ms", 1e6, 3e9),
    ("s", 1e9, 600e9),
    ("min", 60e9, 6.0 * 3600e9),
    ("h", 3600e9, f64::INFINITY),
];

impl TimeScale {
    /// From one moment to a later one, onto a stretch of paper.
    pub(crate) fn new((from, to): (SimTime, SimTime), origin: SimTime, paper: (f64, f64)) -> Self {
        Self { from, to: to.max(SimTime(from.0 + 1)), origin, start: paper.0, end: paper.1 }
    }

    fn unit(&self) -> (&'static str, f64) {
        let span = nanos(Span(self.to.0 - self.from.0));
        let unit = UNITS.iter().find(|(_, _, most)| span <= *most);
        unit.map_or(("h", 3600e9), |(name, nanos, _)| (*name, *nanos))
    }
}

impl Across for TimeScale {
    type At = SimTime;

    fn start(&self) -> f64 {
        self.start
    }

    fn place(&self, at: SimTime) -> f64 {
        let at = at.clamp(self.from, self.to);
        let share = nanos(at - self.from) / nanos(self.to - self.from);
        self.start + share * (self.end - self.start)
    }

    fn ticks(&self) -> Vec<(f64, String)> {
        let (_, unit) = self.unit();
        let scale = Scale {
            low: signed(self.from, self.origin) / unit,
            high: signed(self.to, self.origin) / unit,
            start: self.start,
            end: self.end,
        };
        let (ticks, decimals) = scale.ticks((self.end - self.start) / 90.0);
        ticks.into_iter().map(|tick| (scale.place(tick), number(tick, decimals))).collect()
    }

    fn unit_name(&self) -> &'static str {
        self.unit().0
    }
}

fn nanos(span: Span) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a place on paper needs no more")]
    let nanos = span.0 as f64;
    nanos
}

fn signed(at: SimTime, origin: SimTime) -> f64 {
    if at >= origin { nanos(at - origin) } else { -nanos(origin - at) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(low: f64, high: f64) -> Scale {
        Scale { low, high, start: 0.0, end: 100.0 }
    }

    #[test]
    fn ticks_are_round_and_reach_both_ends() {
        assert_eq!(
            scale(0.0, 1.0).ticks(5.0),
            (vec![0.0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0], 1)
        );
        assert_eq!(scale(-3000.0, 100.0).ticks(4.0).0, [-3000.0, -2000.0, -1000.0, 0.0]);
        assert_eq!(scale(3.28, 3.29).ticks(4.0).1, 3);
    }

    #[test]
    fn a_flat_line_gets_room_above_and_below() {
        let (low, high) = range([3.3, 3.3].into_iter(), 0.02).expect("there are values");
        assert!(
            (3.3 - low - 0.01).abs() < 1e-9 && (high - 3.3 - 0.01).abs() < 1e-9,
            "{low} {high}"
        );
        assert_eq!(range([f64::NAN].into_iter(), 1.0), None);
    }

    #[test]
    fn the_unit_of_time_follows_the_span() {
        let unit =
            |to| TimeScale::new((SimTime::ZERO, to), SimTime::ZERO, (0.0, 800.0)).unit_name();
        assert_eq!(unit(SimTime::from_micros(3_000)), "µs");
        assert_eq!(unit(SimTime::from_micros(3_001)), "ms");
        assert_eq!(unit(SimTime::from_secs(3)), "ms");
        assert_eq!(unit(SimTime::from_secs(4)), "s");
        assert_eq!(unit(SimTime::from_secs(4_000)), "min");
        assert_eq!(unit(SimTime::from_secs(6 * 3_600 + 1)), "h");
    }

    #[test]
    fn negative_zero_has_no_minus() {
        assert_eq!(number(-0.0001, 2), "0.00");
        assert_eq!(number(-0.01, 2), "−0.01");
    }
}
