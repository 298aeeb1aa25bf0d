//! Every number of both product profiles against the requirements catalogue, typed by hand.

use bms_core::params::{CtlAction, Params, TemperatureLimits};
use bms_core::time::Duration;
use bms_core::units::{BasisPoints, Centicelsius, Microvolts, Milliamps, Millivolts};
use scenarios::product;

const PRODUCTS: [&str; 2] = ["ps-15016", "ps-20016s"];

fn params(id: &str) -> Params {
    product::load(id).expect("the product is embedded").params
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// PS-PAR-1, PS-PAR-3, AMB-PS-06, PS-PCG-3, PS-MOS-1, PS-OCM-1, PS-BAL-8, PS-LVC-3, PS-UV-5,
/// PS-AHV-3, PS-CTL-1, PS-COC-4, AMB-PS-08, PS-UV-4, PS-SCP-2, PS-MOS-2, AMB-X-06.
#[test]
fn system_options_are_those_of_the_data_sheets() {
    for (id, shunt) in [("ps-15016", 166_667), ("ps-20016s", 125_000)] {
        let params = params(id);
        assert_eq!((params.series, params.capacity_mah), (16, 100_000));
        assert_eq!(params.shunt_nano_ohm, shunt);
        let system = params.system;
        assert!(!system.low_cell_precharge && !system.low_voltage_prohibit);
        assert!(system.charge_mos_recovery && system.over_current_opens_both);
        assert!(system.balance_enabled && system.abnormal_high_enabled && system.load_lock);
        assert!(system.current_timed_recovery && !system.short_circuit_timed_recovery);
        assert!(!system.under_voltage_opens_both);
        assert_eq!(system.ctl, CtlAction::Both);
        assert_eq!(system.load_release_delay, Duration::from_millis(2_000));
        assert_eq!(system.mos_turn_on_delay, Duration::from_micros(128));
        assert_eq!(system.confirm_samples, 1);
    }
}

/// PS150-OV-1, PS200-OV-1, PS150-UV-1, PS200-UV-1 (delays 1 s and 4 s), PS-PCG-4 (2400, 2500 mV),
/// PS-AHV-1, PS-BAL-9, PS-LVC-1, PS-STA-1, AMB-PS-21, AMB-PS-34.
#[test]
fn voltage_limits_are_those_of_the_data_sheets() {
    for (id, delay, precharge) in [("ps-15016", 1, 2_400), ("ps-20016s", 4, 2_500)] {
        let v = params(id).voltage;
        assert_eq!((v.abnormal_high, v.abnormal_high_delay), (Millivolts(3_900), seconds(8)));
        assert_eq!(v.abnormal_high_release, Millivolts(3_550));
        assert_eq!((v.over, v.over_release), (Millivolts(3_750), Millivolts(3_550)));
        assert_eq!((v.under, v.under_release), (Millivolts(2_500), Millivolts(2_700)));
        assert_eq!((v.over_delay, v.under_delay), (seconds(delay), seconds(delay)));
        assert!(v.over_release_on_discharge && v.under_release_on_charge);
        assert!(v.abnormal_high_release_on_discharge);
        assert_eq!(v.balance_open, Millivolts(3_500));
        assert_eq!(v.precharge_turn_on, Millivolts(precharge));
        assert_eq!((v.low_prohibit, v.low_prohibit_delay), (Millivolts(2_000), seconds(1)));
        assert_eq!(v.low_prohibit_release, Millivolts(2_700));
        assert_eq!(v.state_detect, Microvolts(500));
    }
}

/// PS-DOC-3, PS-DOC-4, PS-COC-3, PS-COC-4, PS150-SCP-1, PS200-SCP-1, PS150-COC-1, PS200-COC-1,
/// PS150-DOC-1, PS200-DOC-1, PS-COC-2, PS-DOC-2.
#[test]
fn current_limits_are_those_of_the_data_sheets() {
    let rows =
        [("ps-15016", 80, 192, 1, 150_000, 155_000), ("ps-20016s", 110, 320, 8, 205_000, 205_000)];
    for (id, short, short_us, charge_s, charge_ma, discharge_ma) in rows {
        let afe = params(id).afe_current;
        assert_eq!((afe.discharge_oc1, afe.discharge_oc1_delay), (Millivolts(30), seconds(4)));
        assert_eq!((afe.discharge_oc2, afe.discharge_oc2_delay), (Millivolts(40), seconds(2)));
        assert_eq!(afe.short_circuit, Millivolts(short));
        assert_eq!(afe.short_circuit_delay, Duration::from_micros(short_us));
        assert_eq!((afe.charge_oc, afe.charge_oc_delay), (Millivolts(30), seconds(charge_s)));
        assert_eq!(afe.auto_recovery, seconds(8));
        let mcu = params(id).mcu_current;
        assert_eq!((mcu.charge_oc, mcu.charge_oc_delay), (Milliamps(charge_ma), seconds(8)));
        let discharge = (Milliamps(discharge_ma), seconds(8));
        assert_eq!((mcu.discharge_oc, mcu.discharge_oc_delay), discharge);
        assert_eq!(mcu.recovery, seconds(30));
    }
}

/// PS150-LIM-1, PS200-LIM-1, PS-LIM-1, PS-LIM-2, AMB-PS-25.
#[test]
fn limiter_values_are_those_of_the_data_sheets() {
    for (id, activation) in [("ps-15016", 150_000), ("ps-20016s", 205_000)] {
        let limiter = params(id).limiter;
        assert_eq!(
            (limiter.activation, limiter.output),
            (Milliamps(activation), Milliamps(10_000))
        );
        assert_eq!((limiter.activation_delay, limiter.recovery), (seconds(5), seconds(600)));
        assert!(!limiter.fitted);
    }
}

/// PS-TMP-1 to PS-TMP-4.
#[test]
fn temperature_limits_are_those_of_the_data_sheets() {
    let limits = |high, high_release, cold: [i16; 4]| TemperatureLimits {
        charge_high: Centicelsius(high),
        charge_high_release: Centicelsius(high_release),
        charge_low: Centicelsius(cold[0]),
        charge_low_release: Centicelsius(cold[1]),
        discharge_high: Centicelsius(high),
        discharge_high_release: Centicelsius(high_release),
        discharge_low: Centicelsius(cold[2]),
        discharge_low_release: Centicelsius(cold[3]),
    };
    for id in PRODUCTS {
        let params = params(id);
        assert_eq!(params.cell_temperature, limits(6_500, 5_500, [200, 500, -500, -200]));
        let mos = limits(10_000, 7_000, [-2_000, -1_000, -2_000, -1_000]);
        assert_eq!(params.mos_temperature, mos);
    }
}

/// PS-BAL-1 to PS-BAL-7, AMB-PS-11, PS-PCG-1, AMB-PS-35, AMB-PS-37, AMB-PS-14.
#[test]
fn balancing_precharge_fault_and_led_values_are_those_of_the_catalogue() {
    for id in PRODUCTS {
        let params = params(id);
        let b = params.balance;
        assert_eq!((b.active_start, b.active_stop), (Millivolts(150), Millivolts(50)));
        assert!(b.passive_in_charge && b.passive_in_standby && b.inhibit_on_high_temperature);
        assert_eq!(b.passive_adjacent, Millivolts(30));
        assert!(params.precharge.on_short_circuit);
        assert_eq!(params.precharge.done, BasisPoints(9_500));
        assert_eq!(params.precharge.timeout, seconds(7));
        let fault = params.mos_fault;
        assert_eq!((fault.current, fault.time), (Milliamps(2_000), seconds(1)));
        assert_eq!(fault.drop, Millivolts(300));
        assert_eq!(params.soc_led_steps, [0, 2_500, 5_000, 7_500].map(BasisPoints));
    }
}

/// PS-ENV-7, AMB-X-11, AMB-PS-35, AMB-PS-25, PS-GEN-11, PS-BAL-3, AMB-PS-11, PS-PWR-6.
#[test]
fn board_constants_are_within_the_requirements() {
    for (id, shunt) in [("ps-15016", 166.667e-6), ("ps-20016s", 125e-6)] {
        let board = product::load(id).unwrap().board;
        assert!((board.shunt_ohm - shunt).abs() < 1e-12);
        assert!(board.path_ohm <= 0.002 && board.path_ohm > board.shunt_ohm);
        assert!((board.body_diode_v - 0.6).abs() < 1e-12);
        assert!((board.precharge_ohm - 10.0).abs() < 1e-12);
        assert!((board.limiter_a - 10.0).abs() < 1e-12);
        assert!((board.transfer_a - 1.0).abs() < 1e-12);
        assert!(board.transfer_efficiency > 0.0 && board.transfer_efficiency < 1.0);
        assert!((board.bleed_a - 0.05).abs() < 1e-12);
        assert!(board.board_a <= 0.04);
    }
}

#[test]
fn every_parameter_names_a_known_requirement_or_an_assumption() {
    for id in PRODUCTS {
        let product = product::load(id).unwrap();
        assert_eq!((product.series_min, product.series_max), (8, 16));
        for (parameter, ids) in &product.requirements {
            assert!(!ids.is_empty(), "{parameter}");
            for id in ids {
                let known = scenarios::requirements::find(id).is_some();
                assert!(known || id.starts_with("AMB-"), "{parameter}: {id}");
            }
        }
    }
}

#[test]
fn both_profiles_back_the_same_parameters() {
    let [a, b] = PRODUCTS.map(|id| product::load(id).unwrap().requirements);
    assert!(a.keys().eq(b.keys()));
    assert!(a.contains_key("voltage.cell_ov") && a.len() > 70);
}
