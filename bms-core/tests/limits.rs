//! Every limit of both Powastone products on both sides of its value, its release, its delay and
//! its recovery. The numbers are typed from the requirement rows, not read from the parameters.

mod common;

use bms_core::afe::Sample;
use bms_core::bms::{Bms, Inputs};
use bms_core::params::Params;
use bms_core::protect::Reasons;
use bms_core::units::{Centicelsius, Microvolts, Milliamps, Picovolts};
use common::{CYCLE, SECOND, at, quiet_board, samples};

/// Where a value is put in.
#[derive(Clone, Copy, Debug)]
enum Input {
    /// One cell, microvolt; the others are at 3.300 V.
    Cell,
    /// The pack current, milliampere.
    Current,
    /// One cell sensor, hundredths of a degree.
    CellSensor,
}

/// A limit as the requirement states it.
#[derive(Clone, Copy, Debug)]
#[expect(dead_code, reason = "the ID is read in the message of a failed assertion")]
struct Row {
    id: &'static str,
    reason: Reasons,
    input: Input,
    /// The first value that trips.
    trip: i32,
    /// From the harmless to the harmful side: +1 for high limits, -1 for low ones.
    towards: i32,
    /// Microseconds.
    delay: u64,
    end: End,
}

#[derive(Clone, Copy, Debug)]
enum End {
    /// The first value that releases.
    Value(i32),
    /// Microseconds from the trip.
    Time(u64),
}

const fn mv(millivolts: i32) -> i32 {
    millivolts * 1_000
}

/// PS150-OV-1, PS200-OV-1, PS-AHV-1, AMB-PS-21, PS150-UV-1, PS200-UV-1, PS-LVC-1, AMB-PS-34,
/// PS150-COC-1, PS200-COC-1, PS150-DOC-1, PS200-DOC-1, PS-COC-2, PS-DOC-2.
fn electrical(product: Product) -> [Row; 6] {
    let (ov_uv_delay, coc, doc) = match product {
        Product::Ps150 => (1, 150_000, 155_000),
        Product::Ps200 => (4, 205_000, 205_000),
    };
    let cell = |id, reason, trip, towards, delay, release| Row {
        id,
        reason,
        input: Input::Cell,
        trip: mv(trip),
        towards,
        delay: delay * SECOND,
        end: End::Value(mv(release)),
    };
    let current = |id, reason, trip: i32, towards| Row {
        id,
        reason,
        input: Input::Current,
        trip,
        towards,
        delay: 8 * SECOND,
        end: End::Time(30 * SECOND),
    };
    [
        cell("PS-OV-1", Reasons::OVER_VOLTAGE, 3_750, 1, ov_uv_delay, 3_550),
        cell("PS-AHV-1", Reasons::ABNORMAL_HIGH_VOLTAGE, 3_900, 1, 8, 3_550),
        cell("PS-UV-1", Reasons::UNDER_VOLTAGE, 2_500, -1, ov_uv_delay, 2_700),
        cell("PS-LVC-1", Reasons::LOW_VOLTAGE_PROHIBIT, 2_000, -1, 1, 2_700),
        current("PS-COC-1", Reasons::CHARGE_OC, coc, 1),
        current("PS-DOC-1", Reasons::DISCHARGE_OC, -doc, -1),
    ]
}

/// PS-TMP-1 to PS-TMP-4, cells: 65/55, 2/5, 65/55, -5/-2 °C; strictly inside releases (AMB-X-01).
fn temperatures() -> [Row; 4] {
    let row = |id, reason, trip: i32, towards, release: i32| Row {
        id,
        reason,
        input: Input::CellSensor,
        trip: trip * 100,
        towards,
        delay: 0,
        end: End::Value(release * 100 - towards),
    };
    [
        row("PS-TMP-1", Reasons::CELL_CHARGE_HOT, 65, 1, 55),
        row("PS-TMP-2", Reasons::CELL_CHARGE_COLD, 2, -1, 5),
        row("PS-TMP-3", Reasons::CELL_DISCHARGE_HOT, 65, 1, 55),
        row("PS-TMP-4", Reasons::CELL_DISCHARGE_COLD, -5, -1, -2),
    ]
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Product {
    Ps150,
    Ps200,
}

fn rows() -> impl Iterator<Item = (Product, Row)> {
    [Product::Ps150, Product::Ps200].into_iter().flat_map(|product| {
        electrical(product).into_iter().chain(temperatures()).map(move |row| (product, row))
    })
}

/// The product with every limit switched on, and UV released by voltage alone.
fn params(product: Product) -> Params {
    let mut params = match product {
        Product::Ps150 => samples::ps_15016(),
        Product::Ps200 => samples::ps_20016s(),
    };
    params.system.low_voltage_prohibit = true;
    params.system.load_lock = false;
    params
}

/// A firmware that is stepped by hand.
struct Hand {
    bms: Bms,
    sample: Sample,
    now: u64,
    active: Reasons,
}

impl Hand {
    /// Up since 0 with quiet inputs; the first sample of the test comes at 1 s.
    fn new(product: Product) -> Self {
        let params = params(product);
        // A count of one milliampere: the limits are compared as printed.
        let step = Picovolts(i64::from(params.shunt_nano_ohm));
        let mut bms = Bms::new(&params, step).expect("the products are sound");
        bms.switch_on(at(0));
        let mut hand = Self { bms, sample: quiet_sample(), now: 0, active: Reasons::empty() };
        hand.step(true);
        hand.now = SECOND;
        hand
    }

    fn step(&mut self, fresh: bool) {
        (self.sample.fresh, self.sample.taken) = (fresh, at(self.now));
        let inputs = Inputs { sample: Ok(&self.sample), board: quiet_board() };
        self.active = self.bms.step(at(self.now), &inputs).active;
    }

    /// Puts in a value and samples it now.
    fn put(&mut self, input: Input, value: i32) {
        match input {
            Input::Cell => self.sample.cells[6] = Microvolts(value),
            Input::Current => self.sample.current = Milliamps(value),
            Input::CellSensor => {
                self.sample.temperatures[1] =
                    Centicelsius(value.try_into().expect("a temperature"));
            }
        }
        self.step(true);
    }

    /// Goes on sampling the same until `end`, where the timer, not a sample, calls.
    fn hold(&mut self, end: u64) {
        while self.now + CYCLE < end {
            self.now += CYCLE;
            self.step(true);
        }
        self.now = end;
        self.step(false);
    }

    fn is_active(&self, reason: Reasons) -> bool {
        self.active.contains(reason)
    }

    fn trip(product: Product, row: &Row) -> Self {
        let mut hand = Self::new(product);
        hand.put(row.input, row.trip);
        hand.hold(SECOND + row.delay);
        assert!(hand.is_active(row.reason), "{product:?} {row:?}");
        hand
    }
}

fn quiet_sample() -> Sample {
    Sample {
        taken: at(0),
        fresh: true,
        cells: [Microvolts(3_300_000); 16].into_iter().collect(),
        current: Milliamps(0),
        counted: None,
        temperatures: [Centicelsius(2_500); 3].into_iter().collect(),
        flags: bms_core::afe::AfeFlags::empty(),
    }
}

#[test]
fn one_count_short_of_the_limit_never_trips() {
    for (product, row) in rows() {
        let mut hand = Hand::new(product);
        hand.put(row.input, row.trip - row.towards);
        hand.hold(SECOND + row.delay + 10 * SECOND);
        assert!(!hand.is_active(row.reason), "{product:?} {row:?}");
    }
}

#[test]
fn the_limit_itself_and_one_count_beyond_trip() {
    for (product, row) in rows() {
        for beyond in [0, row.towards] {
            let mut hand = Hand::new(product);
            hand.put(row.input, row.trip + beyond);
            hand.hold(SECOND + row.delay + 1);
            assert!(hand.is_active(row.reason), "{product:?} {row:?}");
        }
    }
}

#[test]
fn the_delay_is_exact_to_the_microsecond_between_samples() {
    for (product, row) in rows().filter(|(_, row)| row.delay > 0) {
        for (offset, tripped) in [(-1, false), (0, true), (1, true)] {
            let mut hand = Hand::new(product);
            hand.put(row.input, row.trip);
            hand.hold((SECOND + row.delay).checked_add_signed(offset).unwrap());
            assert_eq!(hand.is_active(row.reason), tripped, "{product:?} {row:?} {offset} µs");
        }
    }
}

#[test]
fn a_limit_without_a_delay_trips_at_the_first_sample() {
    for (product, row) in rows().filter(|(_, row)| row.delay == 0) {
        let mut hand = Hand::new(product);
        assert!(!hand.is_active(row.reason));
        hand.put(row.input, row.trip);
        assert!(hand.is_active(row.reason), "{product:?} {row:?}");
    }
}

/// AMB-X-04: the danger must last without a break.
#[test]
fn one_harmless_sample_restarts_the_delay() {
    for (product, row) in rows().filter(|(_, row)| row.delay > 0) {
        let mut hand = Hand::new(product);
        hand.put(row.input, row.trip);
        hand.hold(SECOND + row.delay - 1);
        hand.put(row.input, row.trip - row.towards);
        hand.now += CYCLE;
        hand.put(row.input, row.trip);
        let again = hand.now;
        hand.hold(again + row.delay - 1);
        assert!(!hand.is_active(row.reason), "{product:?} {row:?}");
        hand.hold(again + row.delay);
        assert!(hand.is_active(row.reason), "{product:?} {row:?}");
    }
}

#[test]
fn a_value_releases_at_its_release_and_not_one_count_before() {
    for (product, row) in rows() {
        let End::Value(release) = row.end else { continue };
        let mut hand = Hand::trip(product, &row);
        for (value, active) in [(release + row.towards, true), (release, false)] {
            hand.now += SECOND;
            hand.put(row.input, value);
            assert_eq!(hand.is_active(row.reason), active, "{product:?} {row:?} {value}");
        }
    }
}

/// AMB-X-05: the recovery starts at the trip; what flows meanwhile does not matter.
#[test]
fn a_recovery_is_exact_to_the_microsecond_and_a_persisting_danger_trips_again() {
    for (product, row) in rows() {
        let End::Time(recovery) = row.end else { continue };
        let mut hand = Hand::trip(product, &row);
        let trip = hand.now;
        hand.hold(trip + recovery - 1);
        assert!(hand.is_active(row.reason), "{product:?} {row:?}");
        hand.hold(trip + recovery);
        assert!(!hand.is_active(row.reason), "{product:?} {row:?}");
        hand.hold(trip + recovery + row.delay - 1);
        assert!(!hand.is_active(row.reason), "{product:?} {row:?}");
        hand.hold(trip + recovery + row.delay);
        assert!(hand.is_active(row.reason), "{product:?} {row:?}");
    }
}

/// PS-TMP-5: each of the three sensors on the front end trips alone; release needs all inside.
#[test]
fn any_sensor_trips_and_all_must_be_back() {
    for sensor in 0..3 {
        let mut hand = Hand::new(Product::Ps150);
        hand.sample.temperatures[sensor] = Centicelsius(6_500);
        hand.step(true);
        assert!(hand.is_active(Reasons::CELL_CHARGE_HOT | Reasons::CELL_DISCHARGE_HOT));
        hand.now += SECOND;
        hand.sample.temperatures = [Centicelsius(5_400); 3].into_iter().collect();
        hand.sample.temperatures[(sensor + 1) % 3] = Centicelsius(5_500);
        hand.step(true);
        assert!(hand.is_active(Reasons::CELL_CHARGE_HOT), "another sensor holds it");
        hand.now += SECOND;
        hand.sample.temperatures[(sensor + 1) % 3] = Centicelsius(5_499);
        hand.step(true);
        assert!(!hand.is_active(Reasons::CELL_CHARGE_HOT));
    }
}

/// PS-TMP-1 to PS-TMP-4, MOSFETs: 100/70, -20/-10 °C. Published 103AT resistances: 0.9731, 2.228,
/// 67.77, 42.47 kΩ, which are 2905.9, 5970.5, 28554.6 and 26523.0 of 32 768 over 10 kΩ. One count
/// is
/// 0.015 to 0.04 °C; the edges are tried two counts away.
#[test]
fn each_mosfet_sensor_trips_and_releases_within_two_counts_of_its_limits() {
    let hot = Reasons::MOS_CHARGE_HOT | Reasons::MOS_DISCHARGE_HOT;
    let cold = Reasons::MOS_CHARGE_COLD | Reasons::MOS_DISCHARGE_COLD;
    for sensor in [1, 2] {
        let mut hand = Hand::new(Product::Ps200);
        let mut active = |ratio: u16| {
            hand.now += SECOND;
            let mut board = quiet_board();
            board.ntc[sensor] = ratio;
            (hand.sample.fresh, hand.sample.taken) = (true, at(hand.now));
            let inputs = Inputs { sample: Ok(&hand.sample), board };
            hand.bms.step(at(hand.now), &inputs).active
        };
        for (ratio, expected) in [
            (2_908, Reasons::empty()),
            (2_904, hot),
            (5_968, hot),
            (5_973, Reasons::empty()),
            (28_552, Reasons::empty()),
            (28_557, cold),
            (26_525, cold),
            (26_521, Reasons::empty()),
        ] {
            assert_eq!(active(ratio), expected, "sensor {sensor}, ratio {ratio}");
        }
    }
}

/// The fourth cell sensor sits on the microcontroller's converter: 70 °C are 2.228 kΩ (trips), 60
/// °C
/// 3.020 kΩ (does not).
#[test]
fn the_fourth_cell_sensor_trips_too() {
    for (ratio, tripped) in [(5_970, true), (7_600, false)] {
        let mut hand = Hand::new(Product::Ps200);
        let mut board = quiet_board();
        board.ntc[0] = ratio;
        (hand.sample.fresh, hand.sample.taken) = (true, at(hand.now));
        let inputs = Inputs { sample: Ok(&hand.sample), board };
        let active = hand.bms.step(at(hand.now), &inputs).active;
        assert_eq!(active.contains(Reasons::CELL_CHARGE_HOT), tripped);
    }
}

/// AMB-X-06: a limit without a delay may ask for more than one sample.
#[test]
fn three_samples_confirm_where_three_are_asked_for() {
    let mut params = params(Product::Ps150);
    params.system.confirm_samples = 3;
    let mut bms = Bms::new(&params, Picovolts(1)).expect("the product is sound");
    bms.switch_on(at(0));
    let mut sample = quiet_sample();
    sample.temperatures[0] = Centicelsius(6_500);
    let mut active = |second: u64, fresh: bool| {
        (sample.taken, sample.fresh) = (at(second * SECOND), fresh);
        let inputs = Inputs { sample: Ok(&sample), board: quiet_board() };
        bms.step(at(second * SECOND), &inputs).active.contains(Reasons::CELL_CHARGE_HOT)
    };
    assert!(!active(1, true));
    assert!(!active(2, true));
    assert!(!active(2, false), "a step without news is no sample");
    assert!(active(3, true));
}

/// PS-AHV-3, PS-LVC-3, AMB-PS-25: what is switched off has no row.
#[test]
fn limits_that_are_switched_off_are_not_in_the_table() {
    let reasons = |params: &Params| {
        let table = bms_core::limits::table(params, Picovolts(7_452_398));
        table.iter().fold(Reasons::empty(), |all, row| all | row.reason)
    };
    let mut params = samples::ps_20016s();
    let optional = Reasons::ABNORMAL_HIGH_VOLTAGE | Reasons::LOW_VOLTAGE_PROHIBIT;
    assert_eq!(reasons(&params) & optional, Reasons::ABNORMAL_HIGH_VOLTAGE);
    assert!(reasons(&params).contains(Reasons::CHARGE_OC));
    params.system.abnormal_high_enabled = false;
    params.system.low_voltage_prohibit = true;
    params.limiter.fitted = true;
    assert_eq!(reasons(&params) & optional, Reasons::LOW_VOLTAGE_PROHIBIT);
    assert!(!reasons(&params).contains(Reasons::CHARGE_OC));
}
