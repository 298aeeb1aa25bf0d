//! The errors of one chip: seeded draws within the datasheet's tolerances, constant over its life
//! (SH367309 datasheet V1.2, p77-82). A typical chip has none.

use crate::seed;
use crate::setup::Tolerance;
use crate::time::Span;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

/// What this chip does otherwise than a typical one.
#[derive(Clone, Debug, PartialEq)]
pub struct Errors {
    /// The chip's clock runs slow (spans come out longer) by this, parts per million.
    pub clock_ppm: i64,
    /// The clock runs this many times faster than that, because of a fault.
    pub clock_fault: Option<f64>,
    /// When the first conversion cycle starts, as a share of a cycle after warm-up.
    pub phase: f64,
    /// Offset of each cell's reading, nV.
    pub cell_nv: [i64; 16],
    /// OV, OVR, UV, UVR, BALV, PREV, L0V, PFV: counts of the cell registers (156.25 µV).
    pub levels: [i32; 8],
    /// SC, OCD1, OCD2, OCC: error of the level, −1 to 1 of its tolerance.
    pub comparators: [f64; 4],
    /// OCD1, OCD2, OCC: error of the delay, ppm; the short circuit's place is 0.
    pub delays_ppm: [i64; 4],
    /// The short-circuit comparator looks once per 64 µs, this long after the run's start; `None`
    /// for a delay that is exact.
    pub short_grid: Option<Span>,
    /// Offset of the fast current, nV.
    pub current_nv: i64,
    /// Offset of the coulomb counter, counts.
    pub counter: i64,
    /// Error of the charge and discharge detection, nV.
    pub state_nv: i64,
    /// From the charger's absence to the release of charge over-current.
    pub charger_release: Span,
    /// Wake level, nV.
    pub wake_nv: i64,
    /// How long the wake level must be exceeded.
    pub wake_delay: Span,
    /// Error of the turn-on delay, ns.
    pub turn_on_ns: i64,
    /// Error of the thermistor readings, as a factor on the resistance: ±6 % is ±2 °C at 65 °C.
    pub thermistors: [f64; 3],
}

impl Errors {
    /// The errors of the chip with this seed.
    #[must_use]
    pub fn draw(tolerance: Tolerance, seed: u64) -> Self {
        match tolerance {
            Tolerance::Nominal => Self::none(),
            Tolerance::Datasheet => Self::within_datasheet(seed),
        }
    }

    fn none() -> Self {
        Self {
            clock_ppm: 0,
            clock_fault: None,
            phase: 0.0,
            cell_nv: [0; 16],
            levels: [0; 8],
            comparators: [0.0; 4],
            delays_ppm: [0; 4],
            short_grid: None,
            current_nv: 0,
            counter: 0,
            state_nv: 0,
            charger_release: Span::from_millis(500),
            wake_nv: 1_400_000,
            wake_delay: Span::from_millis(15),
            turn_on_ns: 0,
            thermistors: [1.0; 3],
        }
    }

    fn within_datasheet(seed: u64) -> Self {
        let stream = |what: &str| seed::stream(seed, &format!("afe.{what}"));
        let single = |what: &str, range: i64| whole(&mut stream(what), range);
        let (mut cells, mut levels) = (stream("cells"), stream("levels"));
        let (mut comparators, mut delays) = (stream("comparators"), stream("delays"));
        let mut thermistors = stream("thermistors");
        let mut delays_ppm = core::array::from_fn(|_| whole(&mut delays, 50_000));
        delays_ppm[0] = 0;
        Self {
            clock_ppm: single("clock", 50_000),
            clock_fault: None,
            phase: (signed_unit(&mut stream("phase")) + 1.0) / 2.0,
            cell_nv: core::array::from_fn(|_| whole(&mut cells, 5_000_000)),
            levels: core::array::from_fn(|_| counts(&mut levels, 160)),
            comparators: core::array::from_fn(|_| signed_unit(&mut comparators)),
            delays_ppm,
            short_grid: Some(nanos(32_000 + single("short_grid", 32_000))),
            current_nv: single("current", 150_000),
            counter: single("counter", 3),
            state_nv: single("state", 150_000),
            charger_release: nanos(500_000_000 + single("charger_release", 100_000_000)),
            wake_nv: 1_550_000 + single("wake", 1_050_000),
            wake_delay: nanos(15_000_000 + single("wake_delay", 5_000_000)),
            turn_on_ns: single("turn_on", 64_000),
            thermistors: core::array::from_fn(|_| 1.0 + 0.06 * signed_unit(&mut thermistors)),
        }
    }

    /// How long the chip takes for what it thinks is `span`.
    #[must_use]
    pub fn stretched(&self, span: Span) -> Span {
        self.timed(scaled(span, self.clock_ppm))
    }

    /// Level of comparator `index` with a nominal level of `mv`: ±10 mV below 100 mV, ±10 % from
    /// there, nV, positive.
    #[must_use]
    pub fn comparator_nv(&self, index: usize, mv: u32) -> i64 {
        let tolerance = if mv < 100 { 10.0 } else { f64::from(mv) / 10.0 };
        i64::from(mv) * 1_000_000 + rounded(self.comparators[index] * tolerance * 1e6)
    }

    /// Delay of comparator `index`.
    #[must_use]
    pub fn comparator_delay(&self, index: usize, delay: Span) -> Span {
        self.timed(scaled(delay, self.delays_ppm[index]))
    }

    /// What the clock's fault makes of a span.
    fn timed(&self, span: Span) -> Span {
        let Some(faster) = self.clock_fault else { return span };
        #[expect(clippy::cast_precision_loss, reason = "the chip's spans are below 2^53 ns")]
        let nanos = span.0 as f64 / faster;
        Span(rounded(nanos).unsigned_abs())
    }

    /// The turn-on delay of the drivers.
    #[must_use]
    pub fn turn_on(&self, nominal: Span) -> Span {
        Span(nominal.0.saturating_add_signed(self.turn_on_ns))
    }
}

fn scaled(span: Span, ppm: i64) -> Span {
    let error = i128::from(span.0) * i128::from(ppm) / 1_000_000;
    Span(u64::try_from(i128::from(span.0) + error).expect("a clock error is a few per cent"))
}

fn nanos(value: i64) -> Span {
    Span(value.unsigned_abs())
}

/// Uniform in [−1, 1).
fn signed_unit(stream: &mut ChaCha8Rng) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
    let unit = (stream.next_u64() >> 11) as f64;
    unit / 4_503_599_627_370_496.0 - 1.0
}

/// Uniform whole number in ±`range`, ends included.
fn whole(stream: &mut ChaCha8Rng, range: i64) -> i64 {
    let width = 2 * range.unsigned_abs() + 1;
    (stream.next_u64() % width).cast_signed() - range
}

fn counts(stream: &mut ChaCha8Rng, range: i64) -> i32 {
    i32::try_from(whole(stream, range)).expect("the range is a few hundred counts")
}

/// The nearest whole number; halves away from zero. Saturates.
#[must_use]
pub(crate) fn rounded(value: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "saturates, and NaN reads as 0 V")]
    let whole = value.round() as i64;
    whole
}
