//! A factor over temperature whose logarithm is linear in 1/T between its points.

use super::{TableError, check_points};
use crate::thermal::kelvin;

/// Longest stretch that one cubic of a [`TemperatureFactor`] spans, kelvin.
///
/// With the steepest preset slope, 0.074/K, the cubic is then within 1e-8 of the exponential.
const CUBIC_SPAN_K: f64 = 0.5;

/// Equal parts of the temperatures, each of which remembers where its search starts.
const BUCKETS: usize = 32;

/// Most points of a factor, so that a stretch is numbered by a byte.
const POINTS_MAX: usize = 256;

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
        let index = (position as u32 as usize).min(self.cubics.len() - 1);
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
    points: Vec<(f64, f64)>,
    stretches: Vec<Stretch>,
    /// First candidate stretch of each of the equal parts of the temperatures.
    starts: [u8; BUCKETS],
    buckets_per_k: f64,
}

impl TemperatureFactor {
    /// A factor through the points.
    ///
    /// # Errors
    /// [`TableError`], when the points do not pair up, do not rise in temperature, are not finite,
    /// or when a factor or an absolute temperature is not above zero.
    pub fn new(temperatures_c: &[f64], factors: &[f64]) -> Result<Self, TableError> {
        check_points(temperatures_c, factors)?;
        if factors.len() > POINTS_MAX {
            return Err(TableError::TooMany { points: factors.len(), most: POINTS_MAX });
        }
        let points: Vec<_> = temperatures_c.iter().copied().zip(factors.iter().copied()).collect();
        let impossible = |&(celsius, factor): &(f64, f64)| factor <= 0.0 || kelvin(celsius) <= 0.0;
        if let Some(index) = points.iter().position(impossible) {
            return Err(TableError::NotPositive { index });
        }
        let stretches = points.windows(2).map(|pair| Stretch::new(pair[0], pair[1])).collect();
        Ok(Self::of(points, stretches))
    }

    /// 1 at every temperature.
    #[must_use]
    pub fn none() -> Self {
        Self::of(vec![(25.0, 1.0)], Vec::new())
    }

    fn of(points: Vec<(f64, f64)>, stretches: Vec<Stretch>) -> Self {
        let (coldest, hottest) = (points[0], points[points.len() - 1]);
        let width_k = (hottest.0 - coldest.0) / BUCKETS as f64;
        let starts = core::array::from_fn(|bucket| {
            let edge_c = coldest.0 + width_k * bucket as f64;
            stretches.iter().take_while(|stretch| stretch.to_c <= edge_c).count() as u8
        });
        let buckets_per_k = if stretches.is_empty() { 0.0 } else { 1.0 / width_k };
        Self { coldest, hottest, points, stretches, starts, buckets_per_k }
    }

    /// Factor at a temperature, degree Celsius.
    #[inline]
    #[must_use]
    pub fn at(&self, temperature_c: f64) -> f64 {
        if temperature_c <= self.coldest.0 {
            return self.coldest.1;
        }
        if temperature_c >= self.hottest.0 {
            return self.hottest.1;
        }
        let bucket = ((temperature_c - self.coldest.0) * self.buckets_per_k) as u32 as usize;
        let first = usize::from(self.starts[bucket.min(BUCKETS - 1)]);
        match self.stretches[first..].iter().find(|stretch| temperature_c < stretch.to_c) {
            Some(stretch) => stretch.at(temperature_c),
            None => self.hottest.1,
        }
    }

    /// The points: temperature, degree Celsius, and factor.
    #[must_use]
    pub fn points(&self) -> &[(f64, f64)] {
        &self.points
    }

    /// Whether the temperature lies within the points. A factor of one point covers everything.
    #[must_use]
    pub fn covers(&self, temperature_c: f64) -> bool {
        self.stretches.is_empty()
            || (temperature_c >= self.coldest.0 && temperature_c <= self.hottest.0)
    }
}
