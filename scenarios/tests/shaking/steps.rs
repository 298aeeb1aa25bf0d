//! Checks of the firmware alone: one microvolt, milliampere, hundredth of a degree or microsecond
//! to either side.

use crate::battery::{Check, Site};
use crate::hand::Hand;
use crate::scene::{SECOND, Verdict, ensure};
use bms_core::afe::{AfeFlags, Counted};
use bms_core::host::Host;
use bms_core::host::modbus::sealed;
use bms_core::indicate::Led;
use bms_core::params::Params;
use bms_core::protect::Reasons;
use bms_core::time::Instant;
use bms_core::units::{BasisPoints, Centicelsius, Microcoulombs, Milliamps, Millivolts};
use bms_core::upgrade::Version;

/// Limits of the table.
pub(crate) const CHECKS: &[Check] = &[
    ("PS-OV-1", |site, params| {
        let delay = site.cell_delay;
        let limit = Cell(Reasons::OVER_VOLTAGE, 3_750_000, 3_550_000, delay);
        limit.check(site, params)
    }),
    ("PS-AHV-1", |site, params| {
        Cell(Reasons::ABNORMAL_HIGH_VOLTAGE, 3_900_000, 3_550_000, 8).check(site, params)
    }),
    ("PS-UV-1", |site, params| {
        let delay = site.cell_delay;
        Cell(Reasons::UNDER_VOLTAGE, 2_500_000, 2_700_000, delay).check(site, params)
    }),
    ("PS-LVC-1", |site, params| {
        let mut params = params.clone();
        params.system.low_voltage_prohibit = true;
        Cell(Reasons::LOW_VOLTAGE_PROHIBIT, 2_000_000, 2_700_000, 1).check(site, &params)
    }),
    ("PS-COC-1", |site, params| amperes(site, params, Reasons::CHARGE_OC, site.charge_ma)),
    ("PS-DOC-1", |site, params| amperes(site, params, Reasons::DISCHARGE_OC, -site.discharge_ma)),
    ("PS-TMP-1", |site, params| cells(site, params, Reasons::CELL_CHARGE_HOT, 6_500, 5_500)),
    ("PS-TMP-2", |site, params| cells(site, params, Reasons::CELL_CHARGE_COLD, 200, 500)),
    ("PS-TMP-3", |site, params| cells(site, params, Reasons::CELL_DISCHARGE_HOT, 6_500, 5_500)),
    ("PS-TMP-4", |site, params| cells(site, params, Reasons::CELL_DISCHARGE_COLD, -500, -200)),
    ("PS-TMP-1 MOS", |site, params| mos(site, params, Reasons::MOS_CHARGE_HOT, HOT)),
    ("PS-TMP-2 MOS", |site, params| mos(site, params, Reasons::MOS_CHARGE_COLD, COLD)),
    ("PS-TMP-3 MOS", |site, params| mos(site, params, Reasons::MOS_DISCHARGE_HOT, HOT)),
    ("PS-TMP-4 MOS", |site, params| mos(site, params, Reasons::MOS_DISCHARGE_COLD, COLD)),
];

/// What is not a row of the table.
pub(crate) const MORE_CHECKS: &[Check] = &[
    ("PS-MOS-3 stuck on", a_charge_mosfet_stuck_on),
    ("PS-MOS-3 stuck off", a_discharge_mosfet_stuck_off),
    ("PS-LIM-1, PS-LIM-2", limiter),
    ("AMB-PS-25", the_limiter_gives_less_than_it_begins_at),
    ("PS-PCG-1, PS-PCG-2", precharge_ends_when_the_port_is_up),
    ("AMB-PS-35, AMB-PS-08", precharge_gives_up_and_only_the_load_ends_it),
    ("PS-PCG-4", low_cell_path),
    ("PS-LED-3, PS-PAR-4", soc_leds),
    ("PS-PAR-3", capacity),
    ("PS-PAR-2", the_pack_answers_at_its_address),
    ("PS150-INV-1, PS200-INV-1", inverter_limits),
];

/// A cell limit: trip and release in microvolt, delay in seconds.
struct Cell(Reasons, i32, i32, u64);

impl Cell {
    /// At the limit and one count beyond.
    fn check(&self, site: &Site, params: &Params) -> Verdict {
        let Self(reason, limit, release, delay) = *self;
        let outwards = (limit - release).signum();
        Cell(reason, limit + outwards, release, delay).trips(site, params, 2)?;
        self.trips(site, params, 1)
    }

    /// Not this many counts short of `trip`, but at it.
    fn trips(&self, site: &Site, params: &Params, short: i32) -> Verdict {
        let Self(reason, trip, release, delay) = *self;
        let inwards = (release - trip).signum();
        let mut hand = Hand::new(site, params)?;
        hand.cell(trip + short * inwards);
        hand.sample_at(2 * SECOND);
        let start = hand.now + (delay + 1) * SECOND;
        hand.hold(start);
        hand.expect(reason, false)?;
        hand.cell(trip);
        hand.step(true);
        delayed(&mut hand, reason, delay)?;
        hand.sample.flags = AfeFlags::empty();
        // The port stands at the pack's voltage: the load counts as gone 2 s after the opening.
        hand.hold(start + (delay + 3) * SECOND);
        hand.cell(release - inwards);
        hand.step(true);
        hand.expect(reason, true)?;
        hand.cell(release);
        hand.step(true);
        hand.expect(reason, false)
    }
}

/// From now on exactly this many seconds.
fn delayed(hand: &mut Hand, reason: Reasons, seconds: u64) -> Verdict {
    let end = hand.now + seconds * SECOND;
    hand.hold(end - 1);
    hand.expect(reason, false)?;
    hand.hold(end);
    hand.expect(reason, true)
}

/// Trip after 8 s, release 30 s later, both to the microsecond; at the limit and one count beyond.
fn amperes(site: &Site, params: &Params, reason: Reasons, limit: i32) -> Verdict {
    let outwards = limit.signum();
    one_current(site, params, reason, [limit - outwards, limit])?;
    one_current(site, params, reason, [limit - outwards, limit + outwards])
}

fn one_current(
    site: &Site,
    params: &Params,
    reason: Reasons,
    [harmless, harmful]: [i32; 2],
) -> Verdict {
    let mut hand = Hand::new(site, params)?;
    hand.current(harmless);
    hand.sample_at(2 * SECOND);
    hand.hold(12 * SECOND);
    hand.expect(reason, false)?;
    hand.current(harmful);
    hand.step(true);
    delayed(&mut hand, reason, 8)?;
    let end = hand.now + 30 * SECOND;
    hand.hold(end - 1);
    hand.expect(reason, true)?;
    hand.hold(end);
    hand.expect(reason, false)
}

/// At the first reading, one per second; release strictly inside (AMB-X-01). In hundredths of a
/// degree.
fn cells(site: &Site, params: &Params, reason: Reasons, trip: i16, release: i16) -> Verdict {
    let inwards = (release - trip).signum();
    let mut hand = Hand::new(site, params)?;
    let way = [(trip + inwards, false), (trip, true), (release, true), (release + inwards, false)];
    for (second, (centicelsius, active)) in (2..).zip(way) {
        hand.sample.temperatures[1] = Centicelsius(centicelsius);
        hand.sample_at(second * SECOND);
        hand.expect(reason, active)?;
    }
    Ok(())
}

/// Dividers of a 103AT under 10 kOhm, in 32 768ths, on both sides of each value: 0.9731 kOhm at
/// 100 °C are 2905.9, 2.228 kOhm at 70 °C 5970.5. In order: short of the trip, tripping, short of
/// the release, releasing.
const HOT: [u16; 4] = [2_907, 2_905, 5_970, 5_972];

/// The same: 67.77 kOhm at -20 °C are 28 554.6, 42.47 kOhm at -10 °C 26 522.9.
const COLD: [u16; 4] = [28_553, 28_556, 26_523, 26_521];

fn mos(site: &Site, params: &Params, reason: Reasons, way: [u16; 4]) -> Verdict {
    for sensor in [1, 2] {
        let mut hand = Hand::new(site, params)?;
        for (second, (ratio, active)) in (2..).zip(way.into_iter().zip([false, true, true, false]))
        {
            hand.board.ntc[sensor] = ratio;
            hand.sample_at(second * SECOND);
            hand.expect(reason, active)?;
        }
    }
    Ok(())
}

/// AMB-PS-37: charge current of more than 2 A for 1 s while the charge MOSFET is off.
fn a_charge_mosfet_stuck_on(site: &Site, params: &Params) -> Verdict {
    let mut hand = Hand::new(site, params)?;
    hand.board.ctl_low = true;
    hand.step(true);
    hand.current(2_000);
    hand.sample_at(2 * SECOND);
    hand.hold(4 * SECOND);
    hand.expect(Reasons::CHARGE_MOS_FAULT, false)?;
    hand.current(2_001);
    hand.step(true);
    delayed(&mut hand, Reasons::CHARGE_MOS_FAULT, 1)
}

/// AMB-PS-37: 300 mV between pack and port beyond what 2 mohm explain, at more than 2 A: the charge
/// current of 10 A takes the diode of the discharge MOSFET.
fn a_discharge_mosfet_stuck_off(site: &Site, params: &Params) -> Verdict {
    let mut hand = Hand::new(site, params)?;
    hand.current(10_000);
    for (drop, fault) in [(299, false), (300, true)] {
        hand.board.port = Millivolts(52_800 + 20 + drop);
        hand.step(true);
        let end = hand.now + 2 * SECOND;
        hand.hold(end);
        hand.expect(Reasons::DISCHARGE_MOS_FAULT, fault)?;
    }
    Ok(())
}

fn limiter(site: &Site, params: &Params) -> Verdict {
    let mut params = params.clone();
    params.limiter.fitted = true;
    let mut hand = Hand::new(site, &params)?;
    hand.current(site.charge_ma - 1);
    hand.sample_at(2 * SECOND);
    hand.hold(12 * SECOND);
    hand.told(!hand.last.gates.limiter, "limiting")?;
    hand.current(site.charge_ma);
    hand.step(true);
    let begin = hand.now + 5 * SECOND;
    for (time, limiting) in [(begin - 1, false), (begin, true), (begin + 600 * SECOND - 1, true)] {
        hand.hold(time);
        hand.told(hand.last.gates.limiter == limiting, "the limiter")?;
        hand.told(hand.last.gates.charge != limiting, "the charge MOSFET")?;
    }
    hand.hold(begin + 600 * SECOND);
    hand.told(!hand.last.gates.limiter, "still limiting")?;
    hand.expect(Reasons::CHARGE_OC, false)
}

/// 10 A: nothing observes the limiter's current in the firmware but the order it must keep.
fn the_limiter_gives_less_than_it_begins_at(site: &Site, params: &Params) -> Verdict {
    let mut params = params.clone();
    params.limiter.fitted = true;
    for (activation, sound) in [(10_000, false), (10_001, true)] {
        params.limiter.activation = Milliamps(activation);
        let accepted = Hand::new(site, &params).is_ok();
        ensure(accepted == sound, || format!("activation {activation} mA: {accepted}"))?;
    }
    Ok(())
}

/// The short-circuit latch at 2 s with a load that holds the port at nothing.
fn shorted(site: &Site, params: &Params) -> Result<Hand, String> {
    let mut hand = Hand::new(site, params)?;
    hand.board.port = Millivolts(0);
    hand.hold(2 * SECOND);
    hand.sample.flags.insert(AfeFlags::SHORT_CIRCUIT);
    hand.step(false);
    hand.expect(Reasons::SHORT_CIRCUIT, true)?;
    Ok(hand)
}

/// 95 % of 16 * 3.300 V = 52.800 V is 50.160 V (AMB-PS-35).
fn precharge_ends_when_the_port_is_up(site: &Site, params: &Params) -> Verdict {
    let mut hand = shorted(site, params)?;
    hand.told(hand.last.gates.precharge, "no pre-charge path")?;
    hand.sample.flags.remove(AfeFlags::SHORT_CIRCUIT);
    hand.board.port = Millivolts(50_159);
    hand.hold(3 * SECOND);
    hand.expect(Reasons::SHORT_CIRCUIT, true)?;
    hand.board.port = Millivolts(50_160);
    hand.hold(3 * SECOND + 1_000);
    hand.expect(Reasons::SHORT_CIRCUIT, false)?;
    hand.told(!hand.last.gates.precharge && hand.last.gates.discharge, "no return to normal")
}

/// 7 s of pre-charge; no time ends the short circuit, but 2 s without a load.
fn precharge_gives_up_and_only_the_load_ends_it(site: &Site, params: &Params) -> Verdict {
    let mut hand = shorted(site, params)?;
    hand.sample.flags.remove(AfeFlags::SHORT_CIRCUIT);
    hand.hold(9 * SECOND - 1);
    hand.told(hand.last.gates.precharge, "given up early")?;
    hand.hold(9 * SECOND);
    hand.told(!hand.last.gates.precharge, "not given up")?;
    hand.hold(40 * SECOND);
    hand.expect(Reasons::SHORT_CIRCUIT, true)?;
    hand.board.port = Millivolts(52_800);
    hand.step(true);
    hand.hold(42 * SECOND - 1);
    hand.expect(Reasons::SHORT_CIRCUIT, true)?;
    hand.hold(42 * SECOND);
    hand.expect(Reasons::SHORT_CIRCUIT, false)
}

/// Below the value the path, at it the MOSFET (AMB-PS-09).
fn low_cell_path(site: &Site, params: &Params) -> Verdict {
    let mut params = params.clone();
    params.system.low_cell_precharge = true;
    let mut hand = Hand::new(site, &params)?;
    for (microvolts, path) in [(0, false), (-1, true)] {
        hand.cell(site.low_cell_mv * 1_000 + microvolts);
        hand.step(true);
        let gates = hand.last.gates;
        hand.told((gates.charge, gates.low_cell_precharge) == (!path, path), "the path")?;
    }
    Ok(())
}

/// AMB-PS-14: each lights above 0, 25, 50 and 75 %.
fn soc_leds(site: &Site, params: &Params) -> Verdict {
    let mut hand = Hand::new(site, params)?;
    for (led, step) in [0, 2_500, 5_000, 7_500].into_iter().enumerate() {
        for (soc, lit) in [(step, led), (step + 1, led + 1)] {
            hand.bms.set_soc(BasisPoints(soc));
            hand.step(false);
            let shown = hand.last.leds.soc.map(|led| led == Led::On);
            let expected: [bool; 4] = std::array::from_fn(|place| place < lit);
            hand.told(shown == expected, &format!("{shown:?} at {soc}"))?;
        }
    }
    Ok(())
}

/// 100 Ah: 36 000 C less than full are 90.00 %, and one microcoulomb more are less.
/// A request for the address register of slave 2 (checksum by the Modbus polynomial).
fn the_pack_answers_at_its_address(site: &Site, params: &Params) -> Verdict {
    let mut hand = Hand::new(site, params)?;
    let mut host = Host::new(params, Version::OWN);
    let request = sealed([2, 3, 0, 0x31, 0, 1].into_iter().collect());
    host.receive(Instant::from_micros(hand.now), &request);
    host.serve(Instant::from_micros(hand.now + 4_000), &mut hand.bms, |_| true);
    let reply = sealed([2, 3, 2, 0, 2].into_iter().collect());
    hand.told(host.take_reply() == reply, "no answer as slave 2")
}

fn inverter_limits(site: &Site, params: &Params) -> Verdict {
    let hand = Hand::new(site, params)?;
    let told = &hand.bms.params().inverter;
    let [charge, discharge] = site.inverter_mv.map(Millivolts);
    let current = Milliamps(site.inverter_ma);
    let voltages = told.charge_voltage == charge && told.discharge_voltage == discharge;
    let currents = told.charge_current == current && told.discharge_current == current;
    hand.told(voltages && currents, &format!("{told:?}"))
}

fn capacity(site: &Site, params: &Params) -> Verdict {
    for (beyond, soc) in [(0, 9_000), (1, 8_999)] {
        let mut hand = Hand::new(site, params)?;
        let charge = Microcoulombs(-36_000_000_000 - beyond);
        hand.sample.counted = Some(Counted { charge, current: Milliamps(-10_000) });
        hand.step(true);
        hand.told(hand.last.soc == BasisPoints(soc), &format!("{:?}", hand.last.soc))?;
    }
    Ok(())
}
