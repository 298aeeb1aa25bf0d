//! A positive quantity over SOC and temperature: constant, a product of two tables, or a grid.

use super::{Curve, TableError, TemperatureFactor, check_axis, check_points};
use crate::thermal::kelvin;
use std::sync::Arc;

/// A grid goes on with its outermost activation energy for this many kelvin beyond its rows.
pub const BEYOND_K: f64 = 20.0;

/// A resistance or a time constant over SOC and temperature.
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    scale: f64,
    law: Law,
}

/// Where a [`Map`] takes its values from.
#[derive(Clone, Debug, PartialEq)]
enum Law {
    Constant,
    Product(Arc<Product>),
    Grid(Arc<Grid>),
}

/// Shape over SOC times factor over temperature.
#[derive(Clone, Debug, PartialEq)]
pub struct Product {
    /// Multiplier over SOC.
    pub shape: Curve,
    /// Multiplier over temperature.
    pub factor: TemperatureFactor,
}

/// Measured values at some SOC and temperatures.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// Temperatures of the rows, degree Celsius, strictly rising.
    temperatures_c: Vec<f64>,
    /// Reciprocals of the absolute temperatures of the rows, 1/kelvin.
    inverse_k: Vec<f64>,
    /// Values as they were given, from the coldest row up.
    values: Vec<Vec<f64>>,
    /// Their natural logarithms over SOC.
    logs: Vec<Curve>,
}

/// What a [`Map`] is made of, for those that write it down.
#[derive(Clone, Copy, Debug)]
pub enum Kind<'a> {
    /// The scale everywhere.
    Constant,
    /// The scale times a shape times a factor.
    Product(&'a Product),
    /// The scale times the values of a grid.
    Grid(&'a Grid),
}

impl Map {
    /// The same value at every SOC and temperature.
    #[must_use]
    pub fn constant(value: f64) -> Self {
        Self { scale: value, law: Law::Constant }
    }

    /// `base` × shape(SOC) × factor(temperature) (equation (4)); `base` in the unit of the quantity.
    #[must_use]
    pub fn product(base: f64, shape: Curve, factor: TemperatureFactor) -> Self {
        Self { scale: base, law: Law::Product(Arc::new(Product { shape, factor })) }
    }

    /// Values at some SOC and temperatures (equation (4a)), one row per temperature.
    ///
    /// The logarithm is a monotone cubic in SOC, held beyond its ends, and linear in 1/T. Beyond
    /// the rows it goes on with the outermost activation energy for [`BEYOND_K`], then holds.
    ///
    /// # Errors
    /// [`TableError`], when an axis does not rise, rows do not fit the axes, or a value or an
    /// absolute temperature is not finite and above zero.
    pub fn grid(
        soc: &[f64],
        temperatures_c: &[f64],
        rows: &[impl AsRef<[f64]>],
    ) -> Result<Self, TableError> {
        let grid = Grid::new(soc, temperatures_c, rows)?;
        Ok(Self { scale: 1.0, law: Law::Grid(Arc::new(grid)) })
    }

    /// Value at a SOC (0 to 1) and a temperature, degree Celsius.
    #[inline]
    #[must_use]
    pub fn at(&self, soc: f64, temperature_c: f64) -> f64 {
        match &self.law {
            Law::Constant => self.scale,
            Law::Product(product) => {
                self.scale * product.shape.at(soc) * product.factor.at(temperature_c)
            }
            Law::Grid(grid) => self.scale * grid.at(soc, temperature_c),
        }
    }

    /// Whether the tables interpolate here; otherwise the value rests on the edge's.
    #[must_use]
    pub fn covers(&self, soc: f64, temperature_c: f64) -> bool {
        match &self.law {
            Law::Constant => true,
            Law::Product(product) => {
                product.shape.covers(soc) && product.factor.covers(temperature_c)
            }
            Law::Grid(grid) => grid.covers(soc, temperature_c),
        }
    }

    /// The value of a map that has no table.
    #[must_use]
    pub fn as_constant(&self) -> Option<f64> {
        matches!(self.law, Law::Constant).then_some(self.scale)
    }

    /// What the tables are multiplied by: the value itself without tables, the base of a product.
    #[must_use]
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// What the map is made of.
    #[must_use]
    pub fn kind(&self) -> Kind<'_> {
        match &self.law {
            Law::Constant => Kind::Constant,
            Law::Product(product) => Kind::Product(product),
            Law::Grid(grid) => Kind::Grid(grid),
        }
    }

    /// The same map, multiplied everywhere, for the spread between cells.
    #[must_use]
    pub fn scaled(mut self, by: f64) -> Self {
        self.scale *= by;
        self
    }
}

impl Grid {
    fn new(
        soc: &[f64],
        temperatures_c: &[f64],
        rows: &[impl AsRef<[f64]>],
    ) -> Result<Self, TableError> {
        check_axis(temperatures_c, rows.len())?;
        if let Some(index) = temperatures_c.iter().position(|&celsius| kelvin(celsius) <= 0.0) {
            return Err(TableError::NotPositive { index });
        }
        let values: Vec<Vec<f64>> = rows.iter().map(|row| row.as_ref().to_vec()).collect();
        let logs = values.iter().map(|row| log_row(soc, row)).collect::<Result<_, _>>()?;
        let inverse_k = temperatures_c.iter().map(|&celsius| 1.0 / kelvin(celsius)).collect();
        Ok(Self { temperatures_c: temperatures_c.to_vec(), inverse_k, values, logs })
    }

    fn at(&self, soc: f64, temperature_c: f64) -> f64 {
        let last = self.logs.len() - 1;
        if last == 0 {
            return libm::exp(self.logs[0].at(soc));
        }
        let coldest = self.temperatures_c[0] - BEYOND_K;
        let held_c = temperature_c.clamp(coldest, self.temperatures_c[last] + BEYOND_K);
        let inner = &self.temperatures_c[1..last];
        let index = inner.iter().take_while(|&&row_c| row_c <= held_c).count();
        let (from, to) = (self.inverse_k[index], self.inverse_k[index + 1]);
        let share = (1.0 / kelvin(held_c) - from) / (to - from);
        let lower = self.logs[index].at(soc);
        libm::exp(lower + share * (self.logs[index + 1].at(soc) - lower))
    }

    fn covers(&self, soc: f64, temperature_c: f64) -> bool {
        let last = self.logs.len() - 1;
        let within = self.temperatures_c[0]..=self.temperatures_c[last];
        (last == 0 || within.contains(&temperature_c)) && self.logs[0].covers(soc)
    }

    /// SOC of the columns.
    #[must_use]
    pub fn soc(&self) -> &[f64] {
        self.logs[0].positions()
    }

    /// Temperatures of the rows, degree Celsius.
    #[must_use]
    pub fn temperatures_c(&self) -> &[f64] {
        &self.temperatures_c
    }

    /// Values, from the coldest row up, without the scale of the map.
    #[must_use]
    pub fn values(&self) -> &[Vec<f64>] {
        &self.values
    }
}

fn log_row(soc: &[f64], row: &[f64]) -> Result<Curve, TableError> {
    check_points(soc, row)?;
    if let Some(index) = row.iter().position(|&value| value <= 0.0) {
        return Err(TableError::NotPositive { index });
    }
    let logs: Vec<f64> = row.iter().map(|&value| libm::log(value)).collect();
    Curve::new(soc, &logs)
}
