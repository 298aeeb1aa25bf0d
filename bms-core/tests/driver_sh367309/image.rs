//! From parameters to EEPROM bytes and back.

use crate::products::{IMAGE_150, IMAGE_200, ps_15016, ps_20016s};
use bms_core::drivers::sh367309::EepromImage;
use bms_core::drivers::sh367309::codes;
use bms_core::drivers::sh367309::codes::{Grid, Table};
use bms_core::drivers::sh367309::settings::Threshold;
use bms_core::drivers::sh367309::thermistor::Reference;
use bms_core::params::{CtlAction, Params};
use bms_core::time::Duration;
use bms_core::units::{Centicelsius, Microvolts, Millivolts};
use proptest::prelude::{Strategy, any, prop, proptest};

fn bytes(params: &Params) -> [u8; 25] {
    *EepromImage::from_params(params).expect("the change is representable").bytes()
}

fn changed(change: impl FnOnce(&mut Params)) -> Params {
    let mut params = ps_20016s();
    change(&mut params);
    params
}

/// Everything that is refused, as the user reads it.
fn refusals(change: impl FnOnce(&mut Params)) -> Vec<String> {
    EepromImage::refusals(&changed(change)).map(|refusal| refusal.to_string()).collect()
}

#[test]
fn both_products_come_out_byte_by_byte() {
    assert_eq!(bytes(&ps_20016s()), IMAGE_200);
    assert_eq!(bytes(&ps_15016()), IMAGE_150);
}

#[test]
fn with_the_chips_permanent_failure_the_manuals_bytes_come_out_literally() {
    let literal_200 = [
        0x70, 0x0F, 0x9E, 0xEE, 0x92, 0xC6, 0x7D, 0x87, 0xAF, 0x7D, 0x64, 0xC3, 0x18, 0x1B, 0x25,
        0x1D, 0x50,
    ];
    let literal_150 = [
        0x70, 0x0F, 0x6E, 0xEE, 0x62, 0xC6, 0x7D, 0x87, 0xAF, 0x78, 0x64, 0xC3, 0x18, 0x1B, 0x13,
        0x1A, 0x50,
    ];
    for (params, literal) in [(ps_20016s(), literal_200), (ps_15016(), literal_150)] {
        let image = EepromImage::from_params(&params).expect("products are representable");
        assert_eq!(image.with_permanent_failure().bytes()[..0x11], literal);
        assert!(image.with_permanent_failure().settings().permanent_failure_enabled);
        assert!(!image.settings().permanent_failure_enabled);
    }
}

/// 512·RT/(RREF+RT) and less 256, computed by hand from the published resistances: 70 °C 2.228 kΩ,
/// 60 °C 3.020 kΩ, 0 °C 27.28 kΩ, −10 °C 42.47 kΩ; −3 °C and −7 °C by ln R linear in 1/T.
#[test]
fn temperature_codes_follow_the_trimmed_reference() {
    let trimmed = [
        (64, [93, 119, 131, 119, 93, 119, 158, 147]),
        (90, [84, 108, 119, 106, 84, 108, 148, 136]),
    ];
    for (trim, expected) in trimmed {
        let image = EepromImage::for_chip(&ps_20016s(), Reference::from_trim(trim))
            .expect("products are representable");
        assert_eq!(image.settings().temperature_codes, expected, "TR = {trim}");
    }
}

#[test]
fn the_reference_runs_from_6_8_kiloohms_by_50_ohms_and_ignores_bit_7() {
    let ohms = |trim| Reference::from_trim(trim).ohms();
    assert_eq!((ohms(0), ohms(64), ohms(127)), (6_800, 10_000, 13_150));
    assert_eq!(ohms(0x80 | 64), 10_000);
    assert_eq!(Reference::NOMINAL.ohms(), 10_000);
}

/// Ends of the allowed ranges by the same hand arithmetic: 80 °C 1.668 kΩ is 73.2, 70 °C 93.3,
/// −20 °C 67.77 kΩ 190.1, −40 °C 188.5 kΩ 230.2.
#[test]
fn temperature_limits_are_clipped_to_what_the_chip_allows() {
    let image = bytes(&changed(|params| {
        let cells = &mut params.cell_temperature;
        cells.charge_high = Centicelsius::from_degrees(90);
        cells.discharge_high = Centicelsius::from_degrees(90);
        cells.charge_low = Centicelsius::from_degrees(-50);
        cells.discharge_low = Centicelsius::from_degrees(-50);
    }));
    assert_eq!([image[0x11], image[0x13], image[0x15], image[0x17]], [93, 190, 73, 230]);
}

/// The inner ends, for RREF = 11.3 kΩ: 45 °C 4.911 kΩ is 155.1, 40 °C 5.827 kΩ 174.2, 10 °C
/// 17.96 kΩ 58.3, 15 °C 14.69 kΩ 33.4.
#[test]
fn temperature_limits_are_clipped_at_the_inner_ends_too() {
    let params = changed(|params| {
        let cells = &mut params.cell_temperature;
        cells.charge_high = Centicelsius::from_degrees(20);
        cells.charge_high_release = Centicelsius::from_degrees(20);
        cells.charge_low = Centicelsius::from_degrees(30);
        cells.charge_low_release = Centicelsius::from_degrees(30);
        cells.discharge_high = Centicelsius::from_degrees(20);
        cells.discharge_high_release = Centicelsius::from_degrees(20);
        cells.discharge_low = Centicelsius::from_degrees(30);
        cells.discharge_low_release = Centicelsius::from_degrees(30);
    });
    let image = EepromImage::for_chip(&params, Reference::from_trim(90))
        .expect("temperatures are clipped, not refused");
    let expected = [155, 174, 58, 33, 155, 174, 58, 33];
    assert_eq!(image.settings().temperature_codes, expected);
}

#[test]
fn each_option_is_its_own_bit() {
    let mut base = ps_20016s();
    let system = &mut base.system;
    system.charge_mos_recovery = false;
    system.over_current_opens_both = false;
    system.balance_enabled = false;
    system.current_timed_recovery = false;
    system.load_lock = false;
    system.ctl = CtlAction::Nothing;
    assert_eq!(bytes(&base)[..2], [0x00, 0x10]);
    let with = |change: fn(&mut bms_core::params::System)| {
        let mut params = base.clone();
        change(&mut params.system);
        let image = bytes(&params);
        [image[0], image[1]]
    };
    assert_eq!(with(|system| system.low_cell_precharge = true), [0x80, 0x10]);
    assert_eq!(with(|system| system.charge_mos_recovery = true), [0x40, 0x10]);
    assert_eq!(with(|system| system.over_current_opens_both = true), [0x20, 0x10]);
    assert_eq!(with(|system| system.balance_enabled = true), [0x10, 0x10]);
    assert_eq!(with(|system| system.under_voltage_opens_both = true), [0x00, 0x30]);
    assert_eq!(with(|system| system.ctl = CtlAction::Charge), [0x00, 0x14]);
    assert_eq!(with(|system| system.ctl = CtlAction::Discharge), [0x00, 0x18]);
    assert_eq!(with(|system| system.ctl = CtlAction::Both), [0x00, 0x1C]);
    assert_eq!(with(|system| system.current_timed_recovery = true), [0x00, 0x12]);
    assert_eq!(with(|system| system.load_lock = true), [0x00, 0x11]);
}

/// The chip's prohibition has no release; the product's releases at 2700 mV (PS-LVC-2).
#[test]
fn the_low_voltage_prohibition_stays_with_the_firmware() {
    let enabled = changed(|params| params.system.low_voltage_prohibit = true);
    assert_eq!(bytes(&enabled), IMAGE_200);
}

#[test]
fn sixteen_cells_are_coded_as_zero_and_fewer_literally() {
    for (series, code) in [(16, 0x70), (15, 0x7F), (5, 0x75)] {
        let params = changed(|params| params.series = series);
        assert_eq!(bytes(&params)[0], code);
        let image = EepromImage::from_params(&params).expect("the chip measures 5 to 16 cells");
        assert_eq!(image.settings().series, series);
    }
}

#[test]
fn cell_counts_beyond_5_to_16_are_refused() {
    let four = refusals(|params| params.series = 4);
    assert_eq!(four, ["pack.series = 4 is not a value of the SH367309; the smallest is 5"]);
    let seventeen = refusals(|params| params.series = 17);
    assert_eq!(seventeen, ["pack.series = 17 is not a value of the SH367309; the largest is 16"]);
}

#[test]
fn a_voltage_off_the_grid_names_its_neighbours() {
    let off = refusals(|params| params.voltage.over = Millivolts(3_753));
    let message = "voltage.cell_ov_mv = 3753 mV is not a value of the SH367309; \
                   nearest are 3750 mV and 3755 mV";
    assert_eq!(off, [message]);
    assert!(refusals(|params| params.voltage.over = Millivolts(3_755)).is_empty());
}

#[test]
fn an_over_voltage_below_3600_millivolts_is_refused() {
    let low = refusals(|params| {
        params.voltage.over = Millivolts(3_520);
        params.voltage.over_release = Millivolts(3_400);
    });
    let message =
        "voltage.cell_ov_mv = 3520 mV is not a value of the SH367309; the smallest is 3600 mV";
    assert_eq!(low, [message]);
}

#[test]
fn delays_are_refused_in_the_unit_of_the_profile() {
    let delay = refusals(|params| params.voltage.over_delay = Duration::from_millis(1_500));
    let message = "voltage.cell_ov_delay_s = 1.5 s is not a value of the SH367309; \
                   nearest are 1 s and 2 s";
    assert_eq!(delay, [message]);
    let short = refusals(|params| {
        params.afe_current.short_circuit_delay = Duration::from_micros(300);
    });
    let message = "current.afe.short_circuit_delay_us = 300 µs is not a value of the SH367309; \
                   nearest are 256 µs and 320 µs";
    assert_eq!(short, [message]);
    let load = refusals(|params| params.system.load_release_delay = Duration::from_millis(50));
    let message = "system.load_release_delay_s = 0.05 s is not a value of the SH367309; \
                   the smallest is 0.1 s";
    assert_eq!(load, [message]);
}

#[test]
fn a_shunt_too_small_for_the_units_is_refused() {
    let shunt = refusals(|params| params.shunt_nano_ohm = 999);
    let message =
        "assumed.shunt_uohm = 0.999 µΩ is not a value of the SH367309; the smallest is 1 µΩ";
    assert_eq!(shunt, [message]);
    assert!(refusals(|params| params.shunt_nano_ohm = 1_000).is_empty());
}

#[test]
fn every_value_that_is_wrong_is_reported_and_the_first_is_the_error() {
    let params = changed(|params| {
        params.voltage.state_detect = Microvolts(600);
        params.afe_current.discharge_oc1 = Millivolts(35);
    });
    let fields: Vec<_> = EepromImage::refusals(&params).map(|r| r.to_string()).collect();
    assert_eq!(fields.len(), 2);
    assert!(fields[0].starts_with("current.afe.discharge_oc1_mv = 35 mV"));
    assert!(fields[1].starts_with("voltage.state_detect_uv = 600 µV"));
    let first = EepromImage::from_params(&params).expect_err("two values have no code");
    assert_eq!(first.to_string(), fields[0]);
}

/// A product with every checked value wrong: nothing is dropped, nothing panics.
#[test]
fn a_wholly_impossible_set_is_refused_in_full() {
    let all = refusals(|params| {
        params.series = 0;
        params.shunt_nano_ohm = 0;
        let volts = &mut params.voltage;
        for value in [
            &mut volts.abnormal_high,
            &mut volts.over,
            &mut volts.over_release,
            &mut volts.under,
            &mut volts.under_release,
            &mut volts.balance_open,
            &mut volts.precharge_turn_on,
            &mut volts.low_prohibit,
        ] {
            *value = Millivolts(-1);
        }
        volts.state_detect = Microvolts(1);
        let never = Duration::from_micros(u64::MAX);
        volts.abnormal_high_delay = never;
        volts.over_delay = never;
        volts.under_delay = never;
        params.system.load_release_delay = never;
        params.system.mos_turn_on_delay = never;
        let current = &mut params.afe_current;
        current.discharge_oc1 = Millivolts(1);
        current.discharge_oc2 = Millivolts(1);
        current.short_circuit = Millivolts(1);
        current.charge_oc = Millivolts(1);
        current.discharge_oc1_delay = never;
        current.discharge_oc2_delay = never;
        current.short_circuit_delay = never;
        current.charge_oc_delay = never;
        current.auto_recovery = never;
    });
    // 25 fields and the 5 neighbours of the order.
    assert_eq!(all.len(), 30);
}

#[test]
fn each_pair_out_of_order_is_refused() {
    type Change = fn(&mut Params);
    let pairs: [(Change, &str); 5] = [
        (
            |params| params.voltage.over = Millivolts(3_900),
            "voltage.abnormal_high_mv = 3900 mV must be above voltage.cell_ov_mv = 3900 mV",
        ),
        (
            |params| params.voltage.over_release = Millivolts(3_750),
            "voltage.cell_ov_mv = 3750 mV must be above voltage.cell_ov_release_mv = 3750 mV",
        ),
        (
            |params| params.voltage.under_release = Millivolts(3_560),
            "voltage.cell_ov_release_mv = 3550 mV must be above \
             voltage.cell_uv_release_mv = 3560 mV",
        ),
        (
            |params| params.voltage.under = Millivolts(2_700),
            "voltage.cell_uv_release_mv = 2700 mV must be above voltage.cell_uv_mv = 2700 mV",
        ),
        (
            |params| {
                params.voltage.under = Millivolts(2_000);
            },
            "voltage.cell_uv_mv = 2000 mV must be above voltage.low_voltage_prohibit_mv = 2000 mV",
        ),
    ];
    for (change, message) in pairs {
        assert_eq!(refusals(change), [message]);
    }
}

#[test]
fn the_closest_values_in_order_are_accepted() {
    let tight = refusals(|params| {
        let volts = &mut params.voltage;
        volts.abnormal_high = Millivolts(3_800);
        volts.over = Millivolts(3_795);
        volts.over_release = Millivolts(3_300);
        volts.under_release = Millivolts(3_100);
        volts.under = Millivolts(3_080);
    });
    assert!(tight.is_empty(), "{tight:?}");
}

#[test]
fn the_precharge_order_is_a_warning_for_both_products() {
    let warnings = |params| -> Vec<String> {
        EepromImage::warnings(&params).map(|warning| warning.to_string()).collect()
    };
    let message = |precharge| {
        format!(
            "voltage.cell_uv_mv less 200 = 2300 mV must be above \
             voltage.precharge_turn_on_mv = {precharge} mV"
        )
    };
    assert_eq!(warnings(ps_20016s()), [message(2_500)]);
    assert_eq!(warnings(ps_15016()), [message(2_400)]);
    let at = |value| changed(|params| params.voltage.precharge_turn_on = Millivolts(value));
    assert_eq!(warnings(at(2_300)), [message(2_300)]);
    assert!(warnings(at(2_280)).is_empty());
}

fn on_grid(grid: Grid) -> impl Strategy<Value = Millivolts> {
    (grid.min / grid.step..=grid.max / grid.step)
        .prop_map(move |count| Millivolts((count * grid.step) as i32))
}

fn of_table(table: Table) -> impl Strategy<Value = i64> {
    prop::sample::select(table.values)
}

fn delay_of(table: Table) -> impl Strategy<Value = Duration> {
    of_table(table).prop_map(|micros| Duration::from_micros(micros as u64))
}

fn shunt_of(table: Table) -> impl Strategy<Value = Millivolts> {
    of_table(table).prop_map(|millivolts| Millivolts(millivolts as i32))
}

proptest! {
    #[test]
    fn what_was_encoded_is_decoded_voltages(
        series in 5_u8..=16,
        over in on_grid(Grid { step: 5, min: 3_705, max: 3_795 }),
        over_release in on_grid(Grid { step: 5, min: 3_605, max: 3_700 }),
        under_release in on_grid(Grid { step: 20, min: 3_120, max: 3_600 }),
        under in on_grid(Grid { step: 20, min: 2_020, max: 3_100 }),
        low in on_grid(codes::LOW_VOLTAGE),
        balance in on_grid(codes::BALANCE),
        precharge in on_grid(codes::PRECHARGE),
        failure in on_grid(codes::PERMANENT_FAILURE),
        delays in (delay_of(codes::VOLTAGE_DELAY), delay_of(codes::VOLTAGE_DELAY)),
    ) {
        let params = changed(|params| {
            params.series = series;
            let volts = &mut params.voltage;
            (volts.over, volts.over_release) = (over, over_release);
            (volts.under, volts.under_release) = (under, under_release);
            (volts.balance_open, volts.precharge_turn_on) = (balance, precharge);
            (volts.low_prohibit, volts.abnormal_high) = (low, failure);
            (volts.over_delay, volts.under_delay) = delays;
        });
        let settings = EepromImage::from_params(&params).expect("all on their grids").settings();
        assert_eq!(settings.series, series);
        assert_eq!(settings.over_voltage, Threshold { value: over, delay: delays.0 });
        assert_eq!(settings.over_voltage_release, over_release);
        assert_eq!(settings.under_voltage, Threshold { value: under, delay: delays.1 });
        assert_eq!(settings.under_voltage_release, under_release);
        assert_eq!((settings.balance, settings.precharge), (balance, precharge));
        assert_eq!(settings.low_voltage, low);
        assert_eq!(settings.permanent_failure.value, failure);
    }

    #[test]
    fn what_was_encoded_is_decoded_currents(
        oc1 in (shunt_of(codes::OVER_CURRENT_1), delay_of(codes::OVER_CURRENT_1_DELAY)),
        oc2 in (shunt_of(codes::OVER_CURRENT_2), delay_of(codes::OVER_CURRENT_2_DELAY)),
        short in (shunt_of(codes::SHORT_CIRCUIT), delay_of(codes::SHORT_CIRCUIT_DELAY)),
        charge in (shunt_of(codes::OVER_CURRENT_1), delay_of(codes::OVER_CURRENT_2_DELAY)),
        recovery in (delay_of(codes::RECOVERY), delay_of(codes::RECOVERY)),
        load in delay_of(codes::LOAD_RELEASE),
        turn_on in delay_of(codes::TURN_ON_DELAY),
        state in of_table(codes::STATE_DETECT),
    ) {
        let state = Microvolts(state as i32);
        let params = changed(|params| {
            let limits = &mut params.afe_current;
            (limits.discharge_oc1, limits.discharge_oc1_delay) = oc1;
            (limits.discharge_oc2, limits.discharge_oc2_delay) = oc2;
            (limits.short_circuit, limits.short_circuit_delay) = short;
            (limits.charge_oc, limits.charge_oc_delay) = charge;
            (limits.auto_recovery, params.voltage.abnormal_high_delay) = recovery;
            params.system.load_release_delay = load;
            params.system.mos_turn_on_delay = turn_on;
            params.voltage.state_detect = state;
        });
        let settings = EepromImage::from_params(&params).expect("all in their tables").settings();
        let threshold = |(value, delay)| Threshold { value, delay };
        assert_eq!(settings.discharge_oc1, threshold(oc1));
        assert_eq!(settings.discharge_oc2, threshold(oc2));
        assert_eq!(settings.short_circuit, threshold(short));
        assert_eq!(settings.charge_oc, threshold(charge));
        assert_eq!(settings.recovery, recovery.0);
        assert_eq!(settings.permanent_failure.delay, recovery.1);
        assert_eq!(settings.load_release_delay, load);
        assert_eq!(settings.mos_turn_on_delay, turn_on);
        assert_eq!(settings.state_detect, state);
    }

    #[test]
    fn what_was_encoded_is_decoded_options(
        flags in any::<[bool; 7]>(),
        ctl in prop::sample::select(
            &[CtlAction::Nothing, CtlAction::Charge, CtlAction::Discharge, CtlAction::Both][..],
        ),
    ) {
        let params = changed(|params| {
            let system = &mut params.system;
            system.low_cell_precharge = flags[0];
            system.charge_mos_recovery = flags[1];
            system.over_current_opens_both = flags[2];
            system.balance_enabled = flags[3];
            system.under_voltage_opens_both = flags[4];
            system.current_timed_recovery = flags[5];
            system.load_lock = flags[6];
            system.ctl = ctl;
        });
        let settings = EepromImage::from_params(&params).expect("options are bits").settings();
        assert_eq!(
            [
                settings.low_cell_precharge,
                settings.charge_mos_recovery,
                settings.over_current_opens_both,
                settings.balance_by_host,
                settings.under_voltage_opens_both,
                settings.timed_recovery,
                settings.load_lock,
            ],
            flags
        );
        assert_eq!(settings.ctl, ctl);
        assert!(!settings.low_voltage_prohibit);
    }
}
