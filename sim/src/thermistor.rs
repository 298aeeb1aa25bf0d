//! Thermistors: what the converter sees of a temperature.
//!
//! The standard part is the 103AT: resistance by the maker's published points; between two of them
//! ln R is linear in 1/T. Another part follows the beta law. A bead lags its place, and may be open,
//! shorted, stuck or off (equations (19), (T8) and (T9) of `docs/physics-plant.md`).

use crate::fault::Fault;
use crate::parts::{ThermistorKind, Thermistors};
use std::cell::Cell;

/// Sensors of a board: four of cells, two of MOSFETs, one of the board itself (PS-GEN-7).
pub const SENSORS: usize = 7;

/// Resistance of every part here at 25 °C, ohm.
const NOMINAL_OHM: f64 = 10_000.0;
/// Past this many time constants a bead has nothing left to forget in double precision.
const FORGOTTEN: f64 = 45.0;

/// A thermistor that remembers its last answer: temperatures change slowly and are asked for often.
#[derive(Clone, Debug)]
pub struct Thermistor {
    kind: ThermistorKind,
    last: Cell<(f64, f64)>,
}

impl Default for Thermistor {
    fn default() -> Self {
        Self::of(ThermistorKind::At103)
    }
}

impl Thermistor {
    /// One of this kind.
    #[must_use]
    pub fn of(kind: ThermistorKind) -> Self {
        Self { kind, last: Cell::new((25.0, resistance(kind, 25.0))) }
    }

    /// Resistance at `celsius`, ohm; for the 103AT the same bits as [`ohm`].
    pub fn ohm(&self, celsius: f64) -> f64 {
        let (known, remembered) = self.last.get();
        if known.to_bits() == celsius.to_bits() {
            return remembered;
        }
        let ohm = resistance(self.kind, celsius);
        self.last.set((celsius, ohm));
        ohm
    }
}

fn resistance(kind: ThermistorKind, celsius: f64) -> f64 {
    match kind {
        ThermistorKind::At103 => ohm(celsius),
        ThermistorKind::Beta(beta_k) => beta_ohm(beta_k, celsius),
    }
}

/// Resistance of a 10 kΩ thermistor by the beta law, ohm, equation (T8).
#[must_use]
pub fn beta_ohm(beta_k: f64, celsius: f64) -> f64 {
    NOMINAL_OHM * libm::exp(beta_k * (1.0 / (celsius + KELVIN) - 1.0 / (25.0 + KELVIN)))
}

/// What is broken about a sensor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Defect {
    /// Its wire is open.
    Open,
    /// It is shorted.
    Shorted,
    /// It is another part, by the beta law with this beta, kelvin.
    Other(f64),
    /// It has come off and follows the ambient.
    Detached,
    /// It stays at the resistance that it had.
    Stuck,
}

impl Defect {
    /// The sensor and its defect, where a fault is one of a thermistor.
    #[must_use]
    pub fn of(fault: &Fault) -> Option<(usize, Self)> {
        match *fault {
            Fault::NtcOpen { sensor } => Some((sensor, Self::Open)),
            Fault::NtcShort { sensor } => Some((sensor, Self::Shorted)),
            Fault::NtcBeta { sensor, beta_k } => Some((sensor, Self::Other(beta_k))),
            Fault::NtcDetached { sensor } => Some((sensor, Self::Detached)),
            Fault::NtcStuck { sensor } => Some((sensor, Self::Stuck)),
            _ => None,
        }
    }
}

/// One sensor: its part, how its bead lags, what is broken.
#[derive(Clone, Debug)]
struct Sensor {
    thermistor: Thermistor,
    lag_s: f64,
    /// Temperature of the bead at the start of the running span, °C; followed only with a lag.
    bead_c: f64,
    is_open: bool,
    is_shorted: bool,
    is_detached: bool,
    other: Option<Thermistor>,
    stuck_ohm: Option<f64>,
}

/// A temperature that moves along a line: where a span began, where it will end, °C.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Course {
    /// At the start of the span, °C.
    pub from_c: f64,
    /// At its end, °C.
    pub to_c: f64,
    /// Its length, second.
    pub span_s: f64,
}

impl Course {
    /// A temperature that stays.
    #[must_use]
    pub fn steady(celsius: f64) -> Self {
        Self { from_c: celsius, to_c: celsius, span_s: 0.0 }
    }

    /// The temperature `t` seconds into the span, °C.
    #[must_use]
    pub fn at(&self, t: f64) -> f64 {
        if self.span_s > 0.0 {
            self.from_c + (self.to_c - self.from_c) * (t / self.span_s)
        } else {
            self.from_c
        }
    }

    /// What lags this course by a time constant and began at `bead_c`, after `t` seconds, °C,
    /// equation (T9): exact for a line.
    fn lagged(&self, lag_s: f64, bead_c: f64, t: f64) -> f64 {
        let slope = if self.span_s > 0.0 { (self.to_c - self.from_c) / self.span_s } else { 0.0 };
        let behind_c = slope * lag_s;
        let settled_c = self.from_c + slope * t - behind_c;
        if t > FORGOTTEN * lag_s {
            return settled_c;
        }
        settled_c + (bead_c - self.from_c + behind_c) * libm::exp(-t / lag_s)
    }
}

/// All sensors of a board.
#[derive(Clone, Debug)]
pub struct Sensors(Vec<Sensor>);

impl Default for Sensors {
    fn default() -> Self {
        Self::new(&Thermistors::default(), [25.0; SENSORS])
    }
}

impl Sensors {
    /// These parts, each bead at the temperature of its place, °C.
    #[must_use]
    pub fn new(parts: &Thermistors, places_c: [f64; SENSORS]) -> Self {
        let sensor = |index: usize| Sensor {
            thermistor: Thermistor::of(parts.kinds[index]),
            lag_s: parts.lag_s[index],
            bead_c: places_c[index],
            is_open: false,
            is_shorted: false,
            is_detached: false,
            other: None,
            stuck_ohm: None,
        };
        Self((0..SENSORS).map(sensor).collect())
    }

    /// Whether any bead has to be followed through time.
    #[must_use]
    pub fn any_lags(&self) -> bool {
        self.0.iter().any(|sensor| sensor.lag_s > 0.0)
    }

    /// Resistance seen at a sensor's pins, ohm, `t` seconds into a span in which its place and the
    /// ambient take these courses. Infinite for an open wire.
    #[must_use]
    pub fn ohm(&self, sensor: usize, place: Course, ambient: Course, t: f64) -> f64 {
        let sensor = &self.0[sensor];
        if sensor.is_open {
            return f64::INFINITY;
        }
        if sensor.is_shorted {
            return 0.0;
        }
        if let Some(stuck) = sensor.stuck_ohm {
            return stuck;
        }
        let thermistor = sensor.other.as_ref().unwrap_or(&sensor.thermistor);
        thermistor.ohm(sensor.bead_at(place, ambient, t))
    }

    /// Follows every bead through a span.
    pub fn follow(&mut self, course: impl Fn(usize) -> Course, ambient: Course, span_s: f64) {
        for (index, sensor) in self.0.iter_mut().enumerate().filter(|(_, it)| it.lag_s > 0.0) {
            sensor.bead_c = sensor.bead_at(course(index), ambient, span_s);
        }
    }

    /// A defect begins or is gone. What the sensor shows now, ohm, is what it stays at if stuck.
    /// Whether there is such a sensor.
    pub fn set(&mut self, sensor: usize, defect: Defect, begins: bool, shown_ohm: f64) -> bool {
        let Some(sensor) = self.0.get_mut(sensor) else { return false };
        match defect {
            Defect::Open => sensor.is_open = begins,
            Defect::Shorted => sensor.is_shorted = begins,
            Defect::Detached => sensor.is_detached = begins,
            Defect::Other(beta_k) => {
                let other = Thermistor::of(ThermistorKind::Beta(beta_k));
                sensor.other = begins.then_some(other);
            }
            Defect::Stuck => sensor.stuck_ohm = begins.then_some(shown_ohm),
        }
        true
    }
}

impl Sensor {
    fn bead_at(&self, place: Course, ambient: Course, t: f64) -> f64 {
        let course = if self.is_detached { ambient } else { place };
        if self.lag_s > 0.0 { course.lagged(self.lag_s, self.bead_c, t) } else { course.at(t) }
    }
}

const KELVIN: f64 = 273.15;

/// Temperature in °C and resistance in ohm.
const POINTS: [(f64, f64); 19] = [
    (-50.0, 329_500.0),
    (-40.0, 188_500.0),
    (-30.0, 111_300.0),
    (-20.0, 67_770.0),
    (-10.0, 42_470.0),
    (0.0, 27_280.0),
    (10.0, 17_960.0),
    (20.0, 12_090.0),
    (25.0, 10_000.0),
    (30.0, 8_313.0),
    (40.0, 5_827.0),
    (50.0, 4_160.0),
    (60.0, 3_020.0),
    (70.0, 2_228.0),
    (80.0, 1_668.0),
    (85.0, 1_451.0),
    (90.0, 1_266.0),
    (100.0, 973.1),
    (110.0, 757.6),
];

/// Resistance at `celsius`, ohm. Outside the table the end segments go on.
#[must_use]
pub fn ohm(celsius: f64) -> f64 {
    let above = POINTS.partition_point(|(c, _)| *c < celsius).clamp(1, POINTS.len() - 1);
    let ((c0, r0), (c1, r1)) = (POINTS[above - 1], POINTS[above]);
    let inverse = |c: f64| 1.0 / (c + KELVIN);
    let share = (inverse(celsius) - inverse(c0)) / (inverse(c1) - inverse(c0));
    libm::exp(libm::log(r0) + share * (libm::log(r1) - libm::log(r0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembering_changes_no_bit() {
        let thermistor = Thermistor::default();
        for celsius in [25.0, 60.1, 60.1, -20.0, 25.0] {
            assert_eq!(thermistor.ohm(celsius).to_bits(), ohm(celsius).to_bits());
        }
    }

    #[test]
    fn the_published_points_come_back() {
        for (celsius, resistance) in POINTS {
            approx::assert_relative_eq!(ohm(celsius), resistance, max_relative = 1e-12);
        }
    }

    /// The temperature that firmware made for the 103AT reads off a resistance, °C: the inverse of
    /// the maker's table, by bisection.
    fn decoded_as_103at(resistance: f64) -> f64 {
        let (mut low, mut high) = (-50.0, 110.0);
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if ohm(middle) > resistance { low = middle } else { high = middle }
        }
        0.5 * (low + high)
    }

    /// The maker states a beta of 3435 K between 25 °C and 85 °C for the 103AT (Semitec AT
    /// series); the law with it must meet the published point there, and lie above the table in the
    /// cold, where the part's beta falls.
    #[test]
    fn the_beta_law_meets_the_makers_table_where_the_maker_says_so() {
        approx::assert_relative_eq!(beta_ohm(3_435.0, 85.0), 1_451.0, max_relative = 2e-3);
        approx::assert_relative_eq!(beta_ohm(3_435.0, 25.0), 10_000.0, max_relative = 1e-15);
        for (celsius, published) in [(-20.0, 67_770.0), (0.0, 27_280.0)] {
            let law = beta_ohm(3_435.0, celsius);
            assert!((1.04 * published..1.16 * published).contains(&law), "{law} at {celsius}");
        }
    }

    /// The beta law by hand, in decades: R = 10 kΩ · 10^(B·log10(e)·(1/T − 1/298.15)).
    #[test]
    fn the_wrong_part_is_read_degrees_off() {
        let by_hand = |beta: f64, celsius: f64| {
            let decades =
                beta / std::f64::consts::LN_10 * (1.0 / (celsius + 273.15) - 1.0 / 298.15);
            1e4 * libm::pow(10.0, decades)
        };
        for (beta, celsius) in [(3_435.0, 65.0), (3_950.0, 65.0), (3_950.0, -10.0)] {
            let part = Thermistor::of(ThermistorKind::Beta(beta));
            approx::assert_relative_eq!(
                part.ohm(celsius),
                by_hand(beta, celsius),
                max_relative = 1e-12
            );
        }
        // B 3435 K is close to the 103AT where it is hot and 2 K off where it is cold.
        assert!((64.5..66.0).contains(&decoded_as_103at(beta_ohm(3_435.0, 65.0))));
        assert!((-12.2..-11.5).contains(&decoded_as_103at(beta_ohm(3_435.0, -10.0))));
        // B 3950 K reads 7 K too hot at 65 °C and 6 K too cold at -10 °C: 2.09 kΩ and 58.2 kΩ lie
        // between the published 2.228 kΩ (70 °C) and 1.668 kΩ (80 °C), 67.77 kΩ (-20 °C) and
        // 42.47 kΩ (-10 °C).
        assert!((71.5..73.0).contains(&decoded_as_103at(beta_ohm(3_950.0, 65.0))));
        assert!((-17.5..-16.0).contains(&decoded_as_103at(beta_ohm(3_950.0, -10.0))));
    }

    #[test]
    fn a_bead_settles_by_63_percent_in_its_time_constant_and_lags_a_ramp_by_it() {
        let warm = Course::steady(45.0);
        approx::assert_relative_eq!(
            warm.lagged(240.0, 25.0, 240.0),
            45.0 - 20.0 * libm::exp(-1.0),
            max_relative = 1e-14
        );
        let ramp = Course { from_c: 20.0, to_c: 80.0, span_s: 6_000.0 };
        let late = ramp.lagged(60.0, 20.0, 6_000.0);
        approx::assert_relative_eq!(late, 80.0 - 60.0 * 0.01, max_relative = 1e-12);
    }

    #[test]
    fn following_in_one_go_and_in_pieces_is_the_same_bead() {
        let ramp = |from: f64, to: f64| Course { from_c: from, to_c: to, span_s: to - from };
        let whole = ramp(10.0, 40.0).lagged(20.0, 0.0, 30.0);
        let half = ramp(10.0, 25.0).lagged(20.0, 0.0, 15.0);
        approx::assert_relative_eq!(
            ramp(25.0, 40.0).lagged(20.0, half, 15.0),
            whole,
            max_relative = 1e-13
        );
    }

    #[test]
    fn every_defect_shows_what_it_should_and_goes_away_again() {
        let (place, ambient) = (Course::steady(40.0), Course::steady(10.0));
        let mut sensors = Sensors::default();
        let sound = ohm(40.0);
        for (defect, shown) in [
            (Defect::Open, f64::INFINITY),
            (Defect::Shorted, 0.0),
            (Defect::Other(3_950.0), beta_ohm(3_950.0, 40.0)),
            (Defect::Detached, ohm(10.0)),
            (Defect::Stuck, 1_234.0),
        ] {
            assert!(sensors.set(2, defect, true, 1_234.0));
            assert_eq!(
                sensors.ohm(2, place, ambient, 0.0).to_bits(),
                shown.to_bits(),
                "{defect:?}"
            );
            assert_eq!(sensors.ohm(1, place, ambient, 0.0).to_bits(), sound.to_bits());
            assert!(sensors.set(2, defect, false, 0.0));
            assert_eq!(sensors.ohm(2, place, ambient, 0.0).to_bits(), sound.to_bits());
        }
        assert!(!sensors.set(SENSORS, Defect::Open, true, 0.0));
    }

    #[test]
    fn between_two_points_the_beta_law_holds() {
        let beta = libm::log(3_020.0 / 2_228.0) / (1.0 / 333.15 - 1.0 / 343.15);
        let expected = 3_020.0 * libm::exp(beta * (1.0 / 338.15 - 1.0 / 333.15));
        approx::assert_relative_eq!(ohm(65.0), expected, max_relative = 1e-9);
        assert!((2_560.0..2_600.0).contains(&ohm(65.0)));
    }
}
