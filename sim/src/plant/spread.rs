//! How parameters differ from cell to cell: named distributions, each drawn by its inverse from one
//! uniform number of a stream of its own (equations (D1) to (D5) of `docs/physics-plant.md`).
//!
//! Our own inverses instead of a crate's samplers: those may change their algorithm, and with it
//! every drawn pack, in a minor version.

use crate::parts::{Distribution, Spread, Spreading};
use crate::seed;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

/// The smallest factor that a spread may make of a parameter.
pub(super) const FACTOR_MIN: f64 = 0.05;

/// One named spread with its stream.
pub(super) struct Drawer {
    /// What it draws.
    pub(super) what: Spreading,
    by: Distribution,
    stream: ChaCha8Rng,
}

impl Drawer {
    pub(super) fn new(spread: &Spread, seed: u64) -> Self {
        let stream = seed::stream(seed, &format!("pack.spread.{}", name(spread.what)));
        Self { what: spread.what, by: spread.by, stream }
    }

    /// The next deviation from what the data say.
    pub(super) fn deviation(&mut self) -> f64 {
        deviation(self.by, uniform(&mut self.stream))
    }
}

fn name(what: Spreading) -> String {
    match what {
        Spreading::Capacity => "capacity".to_owned(),
        Spreading::Resistance => "resistance".to_owned(),
        Spreading::SeriesResistance => "series-resistance".to_owned(),
        Spreading::PairResistance(pair) => format!("pair-resistance-{}", pair + 1),
        Spreading::PairTime(pair) => format!("pair-time-{}", pair + 1),
        Spreading::OcvOffset => "ocv-offset".to_owned(),
        Spreading::Soc => "soc".to_owned(),
        Spreading::SelfDischarge => "self-discharge".to_owned(),
        Spreading::HeatCapacity => "heat-capacity".to_owned(),
        Spreading::ToAmbient => "to-ambient".to_owned(),
        Spreading::ToNeighbour => "to-neighbour".to_owned(),
    }
}

/// A number between 0 and 1, never either: 53 bits and a half.
pub(crate) fn uniform(stream: &mut ChaCha8Rng) -> f64 {
    const STEP: f64 = 1.0 / 9_007_199_254_740_992.0;
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    let whole = (stream.next_u64() >> 11) as f64;
    ((whole + 0.5) * STEP).clamp(STEP, 1.0 - STEP)
}

/// The deviation below which a share `u` of all draws lies.
pub(crate) fn deviation(by: Distribution, u: f64) -> f64 {
    match by {
        Distribution::Normal { sigma } => sigma * normal(u),
        Distribution::TruncatedNormal { sigma, within } if sigma > 0.0 => {
            let beyond = 0.5 * libm::erfc(within / (sigma * core::f64::consts::SQRT_2));
            (sigma * normal(beyond + u * (1.0 - 2.0 * beyond))).clamp(-within, within)
        }
        Distribution::TruncatedNormal { .. } => 0.0,
        Distribution::Uniform { half_width } => half_width * (2.0 * u - 1.0),
        Distribution::Triangular { half_width } if u < 0.5 => {
            half_width * (libm::sqrt(2.0 * u) - 1.0)
        }
        Distribution::Triangular { half_width } => half_width * (1.0 - libm::sqrt(2.0 * (1.0 - u))),
        Distribution::LogNormal { sigma } => libm::expm1(sigma * normal(u)),
    }
}

/// Where a normal variable's distribution function is `p`: algorithm AS 241 (PPND16) of Wichura,
/// Applied Statistics 37 (1988) 477; relative error about 1e-16.
fn normal(p: f64) -> f64 {
    const SPLIT: f64 = 0.425;
    const SPLIT_SQUARE: f64 = 0.180_625;
    const FAR: f64 = 5.0;
    const FAR_SHIFT: f64 = 1.6;
    let q = p - 0.5;
    if q.abs() <= SPLIT {
        let r = SPLIT_SQUARE - q * q;
        return q * polynomial(&MIDDLE_UP, r) / polynomial(&MIDDLE_DOWN, r);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    let r = libm::sqrt(-libm::log(tail));
    let size = if r <= FAR {
        polynomial(&TAIL_UP, r - FAR_SHIFT) / polynomial(&TAIL_DOWN, r - FAR_SHIFT)
    } else {
        polynomial(&FAR_UP, r - FAR) / polynomial(&FAR_DOWN, r - FAR)
    };
    if q < 0.0 { -size } else { size }
}

/// Horner's rule, lowest coefficient first.
fn polynomial(coefficients: &[f64; 8], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

const MIDDLE_UP: [f64; 8] = [
    3.387_132_872_796_366_5,
    1.331_416_678_917_843_8e2,
    1.971_590_950_306_551_3e3,
    1.373_169_376_550_946e4,
    4.592_195_393_154_987e4,
    6.726_577_092_700_87e4,
    3.343_057_558_358_813e4,
    2.509_080_928_730_122_7e3,
];
const MIDDLE_DOWN: [f64; 8] = [
    1.0,
    4.231_333_070_160_091e1,
    6.871_870_074_920_579e2,
    5.394_196_021_424_751e3,
    2.121_379_430_158_659_7e4,
    3.930_789_580_009_271e4,
    2.872_908_573_572_194_3e4,
    5.226_495_278_852_855e3,
];
const TAIL_UP: [f64; 8] = [
    1.423_437_110_749_683_5,
    4.630_337_846_156_546,
    5.769_497_221_460_691,
    3.647_848_324_763_204_5,
    1.270_458_252_452_368_4,
    2.417_807_251_774_506e-1,
    2.272_384_498_926_918_4e-2,
    7.745_450_142_783_414e-4,
];
const TAIL_DOWN: [f64; 8] = [
    1.0,
    2.053_191_626_637_759,
    1.676_384_830_183_803_8,
    6.897_673_349_851e-1,
    1.481_039_764_274_800_8e-1,
    1.519_866_656_361_645_7e-2,
    5.475_938_084_995_345e-4,
    1.050_750_071_644_416_9e-9,
];
const FAR_UP: [f64; 8] = [
    6.657_904_643_501_103,
    5.463_784_911_164_114,
    1.784_826_539_917_291_3,
    2.965_605_718_285_048_7e-1,
    2.653_218_952_657_612_4e-2,
    1.242_660_947_388_078_4e-3,
    2.711_555_568_743_487_6e-5,
    2.010_334_399_292_288_1e-7,
];
const FAR_DOWN: [f64; 8] = [
    1.0,
    5.998_322_065_558_88e-1,
    1.369_298_809_227_358e-1,
    1.487_536_129_085_061_5e-2,
    7.868_691_311_456_133e-4,
    1.846_318_317_510_054_7e-5,
    1.421_511_758_316_446e-7,
    2.044_263_103_389_939_8e-15,
];

#[cfg(test)]
mod tests {
    use super::*;

    const DRAWS: usize = 4000;

    /// Kolmogorov-Smirnov distance from a distribution function; 1 % level: 1.63 / sqrt(n).
    fn distance(by: Distribution, cumulative: impl Fn(f64) -> f64) -> f64 {
        let mut drawer = Drawer::new(&Spread { what: Spreading::Capacity, by }, 7);
        let mut draws: Vec<f64> = (0..DRAWS).map(|_| drawer.deviation()).collect();
        draws.sort_by(f64::total_cmp);
        let count = DRAWS as f64;
        let off = |(index, x): (usize, &f64)| {
            let share = cumulative(*x);
            (share - index as f64 / count).abs().max((share - (index + 1) as f64 / count).abs())
        };
        draws.iter().enumerate().map(off).fold(0.0, f64::max)
    }

    fn phi(x: f64) -> f64 {
        0.5 * libm::erfc(-x / core::f64::consts::SQRT_2)
    }

    #[test]
    fn draws_follow_their_named_distribution() {
        let limit = 1.63 / libm::sqrt(DRAWS as f64);
        let normal = distance(Distribution::Normal { sigma: 0.02 }, |x| phi(x / 0.02));
        let truncated = Distribution::TruncatedNormal { sigma: 0.02, within: 0.03 };
        let (low, high) = (phi(-1.5), phi(1.5));
        let truncated = distance(truncated, |x| (phi(x / 0.02) - low) / (high - low));
        let uniform = Distribution::Uniform { half_width: 0.05 };
        let uniform = distance(uniform, |x| 0.5 + x / 0.1);
        let triangular = distance(Distribution::Triangular { half_width: 0.05 }, |x| {
            let u = x / 0.05;
            if u < 0.0 { 0.5 * (1.0 + u) * (1.0 + u) } else { 1.0 - 0.5 * (1.0 - u) * (1.0 - u) }
        });
        let log_normal = Distribution::LogNormal { sigma: 0.3 };
        let log_normal = distance(log_normal, |x| phi(libm::log1p(x) / 0.3));
        for (name, found) in [
            ("normal", normal),
            ("truncated", truncated),
            ("uniform", uniform),
            ("triangular", triangular),
            ("lognormal", log_normal),
        ] {
            assert!(found < limit, "{name}: {found} is beyond {limit}");
        }
        // The test can tell them apart: a uniform one of the same variance is no normal one.
        let wrong = Distribution::Uniform { half_width: 0.02 * libm::sqrt(3.0) };
        assert!(distance(wrong, |x| phi(x / 0.02)) > limit);
    }

    /// Quantiles of the normal distribution to nine decimals and more, from published tables.
    #[test]
    fn the_inverse_of_the_normal_distribution_has_the_published_quantiles() {
        for (p, quantile) in [
            (0.5, 0.0),
            (0.975, 1.959_963_984_540_054),
            (0.995, 2.575_829_303_548_901),
            (0.9995, 3.290_526_731_491_926),
            (1e-10, -6.361_340_902_404_056),
            (1e-20, -9.262_340_089_798_409),
        ] {
            approx::assert_relative_eq!(normal(p), quantile, epsilon = 1e-15, max_relative = 1e-13);
        }
        for x in [-4.0, -1.7, -0.3, 0.9, 2.2] {
            approx::assert_relative_eq!(normal(phi(x)), x, max_relative = 1e-11);
        }
    }

    #[test]
    fn a_truncated_draw_stays_within_and_a_wide_one_is_the_plain_normal() {
        let cut = Distribution::TruncatedNormal { sigma: 1.0, within: 0.2 };
        assert!((1..100).all(|i| deviation(cut, f64::from(i) / 100.0).abs() <= 0.2));
        let wide = Distribution::TruncatedNormal { sigma: 1.0, within: 12.0 };
        for u in [0.01, 0.4, 0.99] {
            approx::assert_relative_eq!(deviation(wide, u), normal(u), max_relative = 1e-14);
        }
        let none = Distribution::TruncatedNormal { sigma: 0.0, within: 0.2 };
        assert_eq!(deviation(none, 0.9).to_bits(), 0.0_f64.to_bits());
    }

    #[test]
    fn each_parameter_has_a_stream_of_its_own() {
        let by = Distribution::Uniform { half_width: 1.0 };
        let first = |what| Drawer::new(&Spread { what, by }, 3).deviation().to_bits();
        let kinds = [Spreading::Capacity, Spreading::PairTime(0), Spreading::PairTime(1)];
        let [a, b, c] = kinds.map(first);
        assert!(a != b && b != c && a != c);
        assert_eq!(a, first(Spreading::Capacity));
    }
}
