//! A quantity over SOC and temperature: a curve over SOC per temperature, straight in between.

use super::{Curve, Ends, Joint, TableError, check_axis};
use crate::thermal::REFERENCE_C;

/// Curves over SOC at one temperature or more (equation (1c)).
///
/// Between two temperatures the values are joined by straight lines, beyond the outermost ones
/// they are held. A surface of one curve holds at every temperature and costs no more than it.
#[derive(Clone, Debug, PartialEq)]
pub struct Surface {
    /// Temperatures of the rows, degree Celsius, strictly rising.
    temperatures_c: Vec<f64>,
    /// Reciprocal of the way to the next row, 1/kelvin.
    per_k: Vec<f64>,
    rows: Vec<Curve>,
    /// All rows have the same positions, so that one search serves two of them.
    aligned: bool,
}

/// Two neighbouring rows and the weight of the upper one.
struct Between<'a> {
    lower: &'a Curve,
    upper: &'a Curve,
    share: f64,
}

impl Surface {
    /// The same curve at every temperature.
    #[must_use]
    pub fn single(curve: Curve) -> Self {
        Self::of(vec![REFERENCE_C], vec![curve])
    }

    /// The same value everywhere.
    #[must_use]
    pub fn constant(value: f64) -> Self {
        Self::single(Curve::constant(value))
    }

    /// Rows of values over the SOC, one per temperature; smooth in SOC, held beyond its ends.
    ///
    /// # Errors
    /// [`TableError`], when an axis does not rise, rows do not fit the axes, or a number is not
    /// finite.
    pub fn new(
        soc: &[f64],
        temperatures_c: &[f64],
        rows: &[impl AsRef<[f64]>],
    ) -> Result<Self, TableError> {
        Self::through(soc, temperatures_c, rows, Joint::Cubic, Ends::Hold)
    }

    /// As [`Surface::new`], but beyond the ends of the SOC it goes on with the end slopes.
    ///
    /// # Errors
    /// As [`Surface::new`].
    pub fn extended(
        soc: &[f64],
        temperatures_c: &[f64],
        rows: &[impl AsRef<[f64]>],
    ) -> Result<Self, TableError> {
        Self::through(soc, temperatures_c, rows, Joint::Cubic, Ends::Extend)
    }

    /// Rows of values over the SOC, joined and ended as told.
    ///
    /// # Errors
    /// As [`Surface::new`].
    pub fn through(
        soc: &[f64],
        temperatures_c: &[f64],
        rows: &[impl AsRef<[f64]>],
        joint: Joint,
        ends: Ends,
    ) -> Result<Self, TableError> {
        let curves = rows.iter().map(|row| Curve::through(soc, row.as_ref(), joint, ends));
        Self::from_rows(temperatures_c, curves.collect::<Result<_, _>>()?)
    }

    /// A surface of ready-made curves, one per temperature.
    ///
    /// # Errors
    /// [`TableError`], when the temperatures do not rise or there is not one curve for each.
    pub fn from_rows(temperatures_c: &[f64], rows: Vec<Curve>) -> Result<Self, TableError> {
        check_axis(temperatures_c, rows.len())?;
        Ok(Self::of(temperatures_c.to_vec(), rows))
    }

    fn of(temperatures_c: Vec<f64>, rows: Vec<Curve>) -> Self {
        let per_k = temperatures_c.windows(2).map(|pair| 1.0 / (pair[1] - pair[0])).collect();
        let aligned = rows.windows(2).all(|pair| pair[0].positions() == pair[1].positions());
        Self { temperatures_c, per_k, rows, aligned }
    }

    /// The rows that count at a temperature; the surface has more than one.
    #[inline]
    fn between(&self, temperature_c: f64) -> Between<'_> {
        let inner = &self.temperatures_c[1..self.rows.len() - 1];
        let index = inner.iter().take_while(|&&row_c| row_c <= temperature_c).count();
        let above_k = temperature_c - self.temperatures_c[index];
        let share = (above_k * self.per_k[index]).clamp(0.0, 1.0);
        Between { lower: &self.rows[index], upper: &self.rows[index + 1], share }
    }

    /// Value at a SOC and a temperature, degree Celsius.
    #[inline]
    #[must_use]
    pub fn at(&self, soc: f64, temperature_c: f64) -> f64 {
        if let [row] = &self.rows[..] {
            return row.at(soc);
        }
        let between = self.between(temperature_c);
        if !self.aligned {
            return between.blend(|row| row.at(soc));
        }
        let (lower, upper) = between.lower.at_both(between.upper, soc);
        lower + between.share * (upper - lower)
    }

    /// Mean between two SOC at a temperature, exact for this surface (equation (2)).
    #[must_use]
    pub fn mean(&self, from_soc: f64, to_soc: f64, temperature_c: f64) -> f64 {
        if let [row] = &self.rows[..] {
            return row.mean(from_soc, to_soc);
        }
        self.between(temperature_c).blend(|row| row.mean(from_soc, to_soc))
    }

    /// Slope over the SOC at a temperature.
    #[must_use]
    pub fn slope(&self, soc: f64, temperature_c: f64) -> f64 {
        if let [row] = &self.rows[..] {
            return row.slope(soc);
        }
        self.between(temperature_c).blend(|row| row.slope(soc))
    }

    /// Whether it interpolates here. A single row covers every temperature.
    #[must_use]
    pub fn covers(&self, soc: f64, temperature_c: f64) -> bool {
        let last = self.rows.len() - 1;
        let within = self.temperatures_c[0]..=self.temperatures_c[last];
        (last == 0 || within.contains(&temperature_c))
            && self.rows.iter().all(|row| row.covers(soc))
    }

    /// Whether one row holds at every temperature.
    #[must_use]
    pub fn is_single(&self) -> bool {
        self.rows.len() == 1
    }

    /// The temperatures of the rows, degree Celsius, rising.
    #[must_use]
    pub fn temperatures_c(&self) -> &[f64] {
        &self.temperatures_c
    }

    /// The rows, from the coldest up.
    #[must_use]
    pub fn rows(&self) -> &[Curve] {
        &self.rows
    }

    /// The same surface, higher by `offset` everywhere.
    #[must_use]
    pub fn shifted(&self, offset: f64) -> Self {
        self.mapped(|row| row.shifted(offset))
    }

    /// The same surface, multiplied.
    #[must_use]
    pub fn scaled(&self, by: f64) -> Self {
        self.mapped(|row| row.scaled(by))
    }

    fn mapped(&self, change: impl Fn(&Curve) -> Curve) -> Self {
        let rows = self.rows.iter().map(change).collect();
        Self::of(self.temperatures_c.clone(), rows)
    }
}

impl Between<'_> {
    fn blend(&self, of: impl Fn(&Curve) -> f64) -> f64 {
        let lower = of(self.lower);
        lower + self.share * (of(self.upper) - lower)
    }
}
