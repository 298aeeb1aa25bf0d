//! A curve over one axis: monotone cubics or straight lines between points, and their integral.

use super::{TableError, check_points};

/// Number of equal buckets over a curve's axis; each remembers where its search starts.
const BUCKETS: usize = 64;

/// What a curve does beyond its first and last point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// It keeps the value of the outermost point.
    Hold,
    /// It goes on with the slope it has at the outermost point.
    Extend,
}

/// How a curve joins its points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joint {
    /// By cubics that are smooth in value and slope and never overshoot (equations (1) and (1a)).
    Cubic,
    /// By straight lines (equation (1b)).
    Straight,
}

/// One piece: a cubic in the distance from `x`, constant term `y` first.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Piece {
    x: f64,
    y: f64,
    slope: f64,
    square: f64,
    cube: f64,
}

impl Piece {
    #[inline]
    fn at(&self, x: f64) -> f64 {
        let way = x - self.x;
        self.y + way * (self.slope + way * (self.square + way * self.cube))
    }

    fn slope_at(&self, x: f64) -> f64 {
        let way = x - self.x;
        self.slope + way * (2.0 * self.square + way * 3.0 * self.cube)
    }

    /// Mean from `low` to `high`: trapezium less a twelfth of the curvature in the middle, which
    /// is exact for a cubic and leaves a straight line untouched.
    fn mean(&self, low: f64, high: f64) -> f64 {
        let (width, middle) = (high - low, 0.5 * (low + high) - self.x);
        let bend = self.square * (1.0 / 6.0) + 0.5 * self.cube * middle;
        0.5 * (self.at(low) + self.at(high)) - width * width * bend
    }

    fn line(x: f64, y: f64, slope: f64) -> Self {
        Self { x, y, slope, square: 0.0, cube: 0.0 }
    }
}

/// Values over one axis, joined without overshoot.
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
    joint: Joint,
    /// First candidate piece of each bucket.
    starts: [u16; BUCKETS],
    buckets_per_unit: f64,
}

impl Curve {
    /// A smooth curve through the points, which holds its end values.
    ///
    /// # Errors
    /// [`TableError`], when the points do not pair up, are not finite, or do not rise in position.
    pub fn new(positions: &[f64], values: &[f64]) -> Result<Self, TableError> {
        Self::through(positions, values, Joint::Cubic, Ends::Hold)
    }

    /// A smooth curve through the points that goes on with its end slopes.
    ///
    /// # Errors
    /// As [`Curve::new`].
    pub fn extended(positions: &[f64], values: &[f64]) -> Result<Self, TableError> {
        Self::through(positions, values, Joint::Cubic, Ends::Extend)
    }

    /// A curve through the points, joined and ended as told.
    ///
    /// # Errors
    /// As [`Curve::new`].
    pub fn through(
        positions: &[f64],
        values: &[f64],
        joint: Joint,
        ends: Ends,
    ) -> Result<Self, TableError> {
        check_points(positions, values)?;
        Ok(Self::build(positions, values, joint, ends))
    }

    /// The same value everywhere. A value that is not finite is found by the check of the cell.
    #[must_use]
    pub fn constant(value: f64) -> Self {
        Self::build(&[0.0], &[value], Joint::Cubic, Ends::Hold)
    }

    /// A straight line from `empty` at 0 to `full` at 1 that goes on beyond both.
    #[must_use]
    pub fn line(empty: f64, full: f64) -> Self {
        Self::build(&[0.0, 1.0], &[empty, full], Joint::Straight, Ends::Extend)
    }

    fn build(positions: &[f64], values: &[f64], joint: Joint, ends: Ends) -> Self {
        let (first, last) = (positions[0], positions.len() - 1);
        let pieces = pieces(positions, values, joint, ends);
        let width = positions[last] - first;
        let buckets_per_unit = if last == 0 { 0.0 } else { BUCKETS as f64 / width };
        let starts = core::array::from_fn(|bucket| {
            let edge = if last == 0 { first } else { first + bucket as f64 / buckets_per_unit };
            positions.partition_point(|&knot| knot <= edge).min(last.max(1)) as u16
        });
        Self { knots: positions.to_vec(), pieces, ends, joint, starts, buckets_per_unit }
    }

    /// The piece that reigns at `x`, or within rounding of a knot the one on its other side.
    #[inline]
    fn piece_index(&self, x: f64) -> usize {
        let last = self.knots.len() - 1;
        if x < self.knots[0] {
            return 0;
        }
        if x >= self.knots[last] {
            return last + 1;
        }
        // By way of 32 bits, which the processor converts in fewer steps.
        let bucket = ((x - self.knots[0]) * self.buckets_per_unit) as u32 as usize;
        let mut index = usize::from(self.starts[bucket.min(BUCKETS - 1)]);
        while x >= self.knots[index] {
            index += 1;
        }
        index
    }

    /// Value at `x`.
    #[inline]
    #[must_use]
    pub fn at(&self, x: f64) -> f64 {
        if let [constant, _] = &self.pieces[..] {
            return constant.y;
        }
        self.pieces[self.piece_index(x)].at(x)
    }

    /// Values of this curve and of one over the same positions, at `x`, for one search.
    #[inline]
    pub(super) fn at_both(&self, other: &Self, x: f64) -> (f64, f64) {
        let index = self.piece_index(x);
        (self.pieces[index].at(x), other.pieces[index].at(x))
    }

    /// Slope at `x`, per unit of the axis; at a knot of straight lines that of the stretch above.
    #[must_use]
    pub fn slope(&self, x: f64) -> f64 {
        self.pieces[self.piece_index(x)].slope_at(x)
    }

    /// Mean value between `from` and `to`, in either order, exact for this curve (equation (2)).
    #[must_use]
    pub fn mean(&self, from: f64, to: f64) -> f64 {
        if let [constant, _] = &self.pieces[..] {
            return constant.y;
        }
        let (low, high) = if from <= to { (from, to) } else { (to, from) };
        let first = self.piece_index(low);
        // Most steps end in the piece where they begin, which needs no second search.
        if self.knots.get(first).is_none_or(|&knot| high < knot) {
            return self.pieces[first].mean(low, high);
        }
        let last = self.piece_index(high);
        self.area(low, high, first, last) / (high - low)
    }

    /// Integral from `low` in piece `first` to `high` in the later piece `last`.
    fn area(&self, low: f64, high: f64, first: usize, last: usize) -> f64 {
        let mut left = low;
        let mut area = 0.0;
        for index in first..=last {
            let right = if index == last { high } else { self.knots[index] };
            area += self.pieces[index].mean(left, right) * (right - left);
            left = right;
        }
        area
    }

    /// Whether `x` lies within the points, so that [`Curve::at`] interpolates.
    #[must_use]
    pub fn covers(&self, x: f64) -> bool {
        self.is_constant() || (x >= self.knots[0] && x <= self.knots[self.knots.len() - 1])
    }

    /// Whether the curve has one point, and so one value.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        self.knots.len() == 1
    }

    /// What the curve does beyond its points.
    #[must_use]
    pub fn ends(&self) -> Ends {
        self.ends
    }

    /// How the curve joins its points.
    #[must_use]
    pub fn joint(&self) -> Joint {
        self.joint
    }

    /// The positions of the points, rising.
    #[must_use]
    pub fn positions(&self) -> &[f64] {
        &self.knots
    }

    /// The values at the points, in axis order.
    pub fn values(&self) -> impl Iterator<Item = f64> + '_ {
        self.pieces[1..].iter().map(|piece| piece.y)
    }

    /// The same curve, higher by `offset` everywhere.
    #[must_use]
    pub fn shifted(&self, offset: f64) -> Self {
        self.mapped(|value| value + offset)
    }

    /// The same curve, multiplied.
    #[must_use]
    pub fn scaled(&self, by: f64) -> Self {
        self.mapped(|value| value * by)
    }

    /// Built again from its points, so that a curve is always what its points say.
    fn mapped(&self, change: impl Fn(f64) -> f64) -> Self {
        let values: Vec<f64> = self.values().map(change).collect();
        Self::build(&self.knots, &values, self.joint, self.ends)
    }
}

/// The pieces through the points, with one more at each end.
fn pieces(positions: &[f64], values: &[f64], joint: Joint, ends: Ends) -> Vec<Piece> {
    let last = positions.len() - 1;
    if last == 0 {
        return vec![Piece::line(positions[0], values[0], 0.0); 2];
    }
    let widths: Vec<f64> = positions.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let rises: Vec<f64> =
        values.windows(2).zip(&widths).map(|(pair, width)| (pair[1] - pair[0]) / width).collect();
    let slopes = match joint {
        Joint::Cubic => monotone_slopes(&widths, &rises),
        Joint::Straight => rises.iter().copied().chain([rises[last - 1]]).collect(),
    };
    let beyond = |point: usize| if ends == Ends::Extend { slopes[point] } else { 0.0 };
    let between = |i: usize| match joint {
        Joint::Straight => Piece::line(positions[i], values[i], rises[i]),
        Joint::Cubic => Piece {
            x: positions[i],
            y: values[i],
            slope: slopes[i],
            square: (3.0 * rises[i] - 2.0 * slopes[i] - slopes[i + 1]) / widths[i],
            cube: (slopes[i] + slopes[i + 1] - 2.0 * rises[i]) / (widths[i] * widths[i]),
        },
    };
    let mut pieces = vec![Piece::line(positions[0], values[0], beyond(0))];
    pieces.extend((0..last).map(between));
    pieces.push(Piece::line(positions[last], values[last], beyond(last)));
    pieces
}

/// Slopes at the points that keep a cubic monotone (equation (1a)): the weighted harmonic mean of
/// the neighbouring rises, zero at a turning point (Fritsch and Butland, SIAM J. Sci. Stat. Comput.
/// 5 (1984) 300).
fn monotone_slopes(widths: &[f64], rises: &[f64]) -> Vec<f64> {
    let count = rises.len();
    if count == 1 {
        return vec![rises[0]; 2];
    }
    let mut slopes = vec![end_slope(widths[0], widths[1], rises[0], rises[1])];
    slopes.extend((1..count).map(|i| {
        let (left, right) = (rises[i - 1], rises[i]);
        if left * right <= 0.0 {
            return 0.0;
        }
        let heavy = 2.0 * widths[i] + widths[i - 1];
        let light = widths[i] + 2.0 * widths[i - 1];
        (heavy + light) / (heavy / left + light / right)
    }));
    let (last, before) = (count - 1, count - 2);
    slopes.push(end_slope(widths[last], widths[before], rises[last], rises[before]));
    slopes
}

/// The slope of the parabola through three points at an end, limited so that the end stays
/// monotone (Moler, Numerical Computing with MATLAB, 2004, section 3.6).
fn end_slope(width: f64, next_width: f64, rise: f64, next_rise: f64) -> f64 {
    let parabola = ((2.0 * width + next_width) * rise - width * next_rise) / (width + next_width);
    if parabola * rise <= 0.0 {
        0.0
    } else if rise * next_rise <= 0.0 && parabola.abs() > 3.0 * rise.abs() {
        3.0 * rise
    } else {
        parabola
    }
}
