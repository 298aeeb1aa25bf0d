//! Look-up tables: a curve over one axis, a temperature factor, and their product, a map.
//!
//! Every table is checked once, when it is made, and can then be asked without failing. Outside its
//! points a table answers by a stated rule, and `covers` tells whether that rule was needed.

use crate::thermal::kelvin;
use thiserror::Error;

/// Number of equal buckets over a curve's axis; each remembers where its search starts.
const BUCKETS: usize = 64;

/// Longest stretch that one cubic of a [`TemperatureFactor`] spans, kelvin.
///
/// With the steepest preset slope, 0.074/K, the cubic is then within 1e-8 of the exponential.
const CUBIC_SPAN_K: f64 = 0.5;

/// Why points do not make a table.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum TableError {
    /// There is no point at all.
    #[error("a table needs at least one point")]
    Empty,
    /// Both columns must have one entry per point.
    #[error("{positions} positions and {values} values do not pair up")]
    Lengths {
        /// Number of axis positions given.
        positions: usize,
        /// Number of values given.
        values: usize,
    },
    /// A number is infinite or not a number.
    #[error("point {index} is not finite")]
    NotFinite {
        /// Which point, from 0.
        index: usize,
    },
    /// The axis must rise strictly.
    #[error("the position of point {index} does not lie above the one before")]
    NotRising {
        /// Which point, from 0.
        index: usize,
    },
    /// A temperature factor must be above zero and its temperature above absolute zero.
    #[error("point {index} is not above zero")]
    NotPositive {
        /// Which point, from 0.
        index: usize,
    },
}

fn check_points(positions: &[f64], values: &[f64]) -> Result<(), TableError> {
    if positions.len() != values.len() {
        return Err(TableError::Lengths { positions: positions.len(), values: values.len() });
    }
    if positions.is_empty() {
        return Err(TableError::Empty);
    }
    let finite = |index: usize| positions[index].is_finite() && values[index].is_finite();
    if let Some(index) = (0..positions.len()).find(|&index| !finite(index)) {
        return Err(TableError::NotFinite { index });
    }
    match (1..positions.len()).find(|&index| positions[index] <= positions[index - 1]) {
        Some(index) => Err(TableError::NotRising { index }),
        None => Ok(()),
    }
}

/// What a curve does beyond its first and last point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// It keeps the value of the outermost point.
    Hold,
    /// It goes on with the slope of the outermost stretch.
    Extend,
}

/// One straight piece: through (`x`, `y`) with `slope`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Piece {
    x: f64,
    y: f64,
    slope: f64,
}

impl Piece {
    fn at(&self, x: f64) -> f64 {
        self.y + self.slope * (x - self.x)
    }
}

/// Values over one axis (here: SOC), joined by straight lines (equation (1)).
///
/// Rising points make a rising curve, and its integral is known exactly, which the energy ledger
/// rests on. A curve of one point is a constant and covers everything.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// Axis positions, strictly rising.
    knots: Vec<f64>,
    /// Piece `i` reigns from knot `i - 1` to knot `i`; the outermost two reach to infinity.
    pieces: Vec<Piece>,
    ends: Ends,
    /// First candidate piece of each bucket.
    starts: [u16; BUCKETS],
    buckets_per_unit: f64,
}

impl Curve {
    /// A curve through the points, which holds its end values.
    ///
    /// # Errors
    /// [`TableError`], when the points do not pair up, are not finite, or do not rise in position.
    pub fn new(positions: &[f64], values: &[f64]) -> Result<Self, TableError> {
        Self::with_ends(positions, values, Ends::Hold)
    }

    /// A curve through the points that goes on linearly beyond its ends.
    ///
    /// # Errors
    /// As [`Curve::new`].
    pub fn extended(positions: &[f64], values: &[f64]) -> Result<Self, TableError> {
        Self::with_ends(positions, values, Ends::Extend)
    }

    /// The same value everywhere. A value that is not finite is found by the check of the cell.
    #[must_use]
    pub fn constant(value: f64) -> Self {
        let piece = Piece { x: 0.0, y: value, slope: 0.0 };
        Self {
            knots: vec![0.0],
            pieces: vec![piece; 2],
            ends: Ends::Hold,
            starts: [1; BUCKETS],
            buckets_per_unit: 0.0,
        }
    }

    /// A straight line from `empty` at 0 to `full` at 1 that goes on beyond both.
    #[must_use]
    pub fn line(empty: f64, full: f64) -> Self {
        let slope = full - empty;
        let pieces = [(0.0, empty), (0.0, empty), (1.0, full)].map(|(x, y)| Piece { x, y, slope });
        Self {
            knots: vec![0.0, 1.0],
            pieces: pieces.to_vec(),
            ends: Ends::Extend,
            starts: [1; BUCKETS],
            buckets_per_unit: BUCKETS as f64,
        }
    }

    fn with_ends(positions: &[f64], values: &[f64], ends: Ends) -> Result<Self, TableError> {
        check_points(positions, values)?;
        if positions.len() == 1 {
            return Ok(Self { ends, ..Self::constant(values[0]) });
        }
        let pieces = pieces(positions, values, ends);
        let width = positions[positions.len() - 1] - positions[0];
        let buckets_per_unit = BUCKETS as f64 / width;
        let starts = core::array::from_fn(|bucket| {
            let edge = positions[0] + bucket as f64 / buckets_per_unit;
            positions.partition_point(|&knot| knot <= edge).min(positions.len() - 1) as u16
        });
        Ok(Self { knots: positions.to_vec(), pieces, ends, starts, buckets_per_unit })
    }

    /// The piece that reigns at `x`, or within rounding of a knot the one on its other side.
    fn piece_index(&self, x: f64) -> usize {
        let last = self.knots.len() - 1;
        if x < self.knots[0] {
            return 0;
        }
        if x >= self.knots[last] {
            return last + 1;
        }
        let bucket = ((x - self.knots[0]) * self.buckets_per_unit) as usize;
        let mut index = usize::from(self.starts[bucket.min(BUCKETS - 1)]);
        while x >= self.knots[index] {
            index += 1;
        }
        index
    }

    /// Value at `x`.
    #[must_use]
    pub fn at(&self, x: f64) -> f64 {
        self.pieces[self.piece_index(x)].at(x)
    }

    /// Mean value between `from` and `to`, in either order, exact for this curve (equation (2)).
    #[must_use]
    pub fn mean(&self, from: f64, to: f64) -> f64 {
        let (low, high) = if from <= to { (from, to) } else { (to, from) };
        let (first, last) = (self.piece_index(low), self.piece_index(high));
        if first == last {
            let piece = &self.pieces[first];
            return 0.5 * (piece.at(low) + piece.at(high));
        }
        self.area(low, high, first, last) / (high - low)
    }

    /// Integral from `low` in piece `first` to `high` in the later piece `last`.
    fn area(&self, low: f64, high: f64, first: usize, last: usize) -> f64 {
        let mut left = low;
        let mut area = 0.0;
        for index in first..=last {
            let right = if index == last { high } else { self.knots[index] };
            let piece = &self.pieces[index];
            area += 0.5 * (piece.at(left) + piece.at(right)) * (right - left);
            left = right;
        }
        area
    }

    /// Whether `x` lies within the points, so that [`Curve::at`] interpolates.
    #[must_use]
    pub fn covers(&self, x: f64) -> bool {
        self.knots.len() == 1 || (x >= self.knots[0] && x <= self.knots[self.knots.len() - 1])
    }

    /// What the curve does beyond its points.
    #[must_use]
    pub fn ends(&self) -> Ends {
        self.ends
    }

    /// The values at the points, in axis order.
    pub fn values(&self) -> impl Iterator<Item = f64> + '_ {
        self.pieces[1..].iter().map(|piece| piece.y)
    }

    /// The same curve, higher by `offset` everywhere.
    #[must_use]
    pub fn shifted(mut self, offset: f64) -> Self {
        self.pieces.iter_mut().for_each(|piece| piece.y += offset);
        self
    }
}

/// The straight pieces through the points, with one more at each end.
fn pieces(positions: &[f64], values: &[f64], ends: Ends) -> Vec<Piece> {
    let last = positions.len() - 1;
    let slope = |i: usize| (values[i + 1] - values[i]) / (positions[i + 1] - positions[i]);
    let beyond = |stretch: usize| if ends == Ends::Extend { slope(stretch) } else { 0.0 };
    let mut pieces = vec![Piece { x: positions[0], y: values[0], slope: beyond(0) }];
    pieces.extend((0..last).map(|i| Piece { x: positions[i], y: values[i], slope: slope(i) }));
    pieces.push(Piece { x: positions[last], y: values[last], slope: beyond(last - 1) });
    pieces
}

/// A stretch between two neighbouring points of a temperature factor.
#[derive(Clone, Debug, PartialEq)]
struct Stretch {
    from_c: f64,
    to_c: f64,
    cubics_per_k: f64,
    /// Coefficients of the local cubics, constant term first.
    cubics: Vec<[f64; 4]>,
}

impl Stretch {
    fn at(&self, temperature_c: f64) -> f64 {
        let position = (temperature_c - self.from_c) * self.cubics_per_k;
        let index = (position as usize).min(self.cubics.len() - 1);
        let local = position - index as f64;
        let [c0, c1, c2, c3] = self.cubics[index];
        c0 + local * (c1 + local * (c2 + local * c3))
    }

    /// Tabulates the exponential of equation (3) between two points as Hermite cubics.
    fn new((from_c, from): (f64, f64), (to_c, to): (f64, f64)) -> Self {
        let span = 1.0 / kelvin(to_c) - 1.0 / kelvin(from_c);
        let steepness = libm::log(to / from) / span;
        let value = |celsius: f64| {
            from * libm::exp(steepness * (1.0 / kelvin(celsius) - 1.0 / kelvin(from_c)))
        };
        let count = ((to_c - from_c) / CUBIC_SPAN_K).ceil().max(1.0) as usize;
        let step = (to_c - from_c) / count as f64;
        let rise = |c: f64| -steepness * value(c) / (kelvin(c) * kelvin(c)) * step;
        let cubics = (0..count).map(|index| {
            let (left, right) = (from_c + step * index as f64, from_c + step * (index + 1) as f64);
            hermite(value(left), value(right), rise(left), rise(right))
        });
        Self { from_c, to_c, cubics_per_k: 1.0 / step, cubics: cubics.collect() }
    }
}

/// The cubic on \[0, 1\] with the given end values and end slopes, constant term first.
fn hermite(left: f64, right: f64, left_slope: f64, right_slope: f64) -> [f64; 4] {
    let square = 3.0 * (right - left) - 2.0 * left_slope - right_slope;
    let cube = 2.0 * (left - right) + left_slope + right_slope;
    [left, left_slope, square, cube]
}

/// A factor over temperature whose logarithm is linear in 1/T between its points (equation (3)).
///
/// That is Arrhenius with one activation energy per stretch, as the cell presets ask for. The
/// exponentials are taken when the table is made; asking costs a cubic (within 1e-8 relative).
/// Beyond its points the factor holds its end value.
#[derive(Clone, Debug, PartialEq)]
pub struct TemperatureFactor {
    coldest: (f64, f64),
    hottest: (f64, f64),
    stretches: Vec<Stretch>,
}

impl TemperatureFactor {
    /// A factor through the points.
    ///
    /// # Errors
    /// [`TableError`], when the points do not pair up, do not rise in temperature, are not finite,
    /// or when a factor or an absolute temperature is not above zero.
    pub fn new(temperatures_c: &[f64], factors: &[f64]) -> Result<Self, TableError> {
        check_points(temperatures_c, factors)?;
        let points: Vec<_> = temperatures_c.iter().copied().zip(factors.iter().copied()).collect();
        let impossible = |&(celsius, factor): &(f64, f64)| factor <= 0.0 || kelvin(celsius) <= 0.0;
        if let Some(index) = points.iter().position(impossible) {
            return Err(TableError::NotPositive { index });
        }
        let stretches = points.windows(2).map(|pair| Stretch::new(pair[0], pair[1])).collect();
        Ok(Self { coldest: points[0], hottest: points[points.len() - 1], stretches })
    }

    /// 1 at every temperature.
    #[must_use]
    pub fn none() -> Self {
        Self { coldest: (25.0, 1.0), hottest: (25.0, 1.0), stretches: Vec::new() }
    }

    /// Factor at a temperature, degree Celsius.
    #[must_use]
    pub fn at(&self, temperature_c: f64) -> f64 {
        if temperature_c <= self.coldest.0 {
            return self.coldest.1;
        }
        match self.stretches.iter().find(|stretch| temperature_c < stretch.to_c) {
            Some(stretch) => stretch.at(temperature_c),
            None => self.hottest.1,
        }
    }

    /// Whether the temperature lies within the points. A factor of one point covers everything.
    #[must_use]
    pub fn covers(&self, temperature_c: f64) -> bool {
        self.stretches.is_empty()
            || (temperature_c >= self.coldest.0 && temperature_c <= self.hottest.0)
    }
}

/// A quantity over SOC and temperature: base × shape(SOC) × factor(temperature) (equation (4)).
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    /// Value where shape and factor are 1, in the unit of the quantity.
    pub base: f64,
    /// Multiplier over SOC.
    pub shape: Curve,
    /// Multiplier over temperature.
    pub factor: TemperatureFactor,
}

impl Map {
    /// The same value at every SOC and temperature.
    #[must_use]
    pub fn constant(value: f64) -> Self {
        Self { base: value, shape: Curve::constant(1.0), factor: TemperatureFactor::none() }
    }

    /// Value at a SOC (0 to 1) and a temperature, degree Celsius.
    #[must_use]
    pub fn at(&self, soc: f64, temperature_c: f64) -> f64 {
        self.base * self.shape.at(soc) * self.factor.at(temperature_c)
    }

    /// Whether both tables interpolate here; otherwise the value is held from their edge.
    #[must_use]
    pub fn covers(&self, soc: f64, temperature_c: f64) -> bool {
        self.shape.covers(soc) && self.factor.covers(temperature_c)
    }

    /// The same map with its base multiplied, for the spread between cells.
    #[must_use]
    pub fn scaled(mut self, by: f64) -> Self {
        self.base *= by;
        self
    }
}
