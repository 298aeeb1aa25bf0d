//! The two products' parameters, and the EEPROM bytes that a manual reader would expect.

use bms_core::params::{
    AfeCurrent, Balance, CtlAction, Limiter, McuCurrent, MosFault, Params, Precharge, System,
    TemperatureLimits, Voltage,
};
use bms_core::time::Duration;
use bms_core::units::{BasisPoints, Centicelsius, Microvolts, Milliamps, Millivolts};

/// PS-20016S: afe.md A.0, with DIS_PF set, and the limits of 103AT cells moved 5 °C outwards.
pub(crate) const IMAGE_200: [u8; 25] = [
    0x70, 0x1F, 0x9E, 0xEE, 0x92, 0xC6, 0x7D, 0x87, 0xAF, 0x7D, 0x64, 0xC3, 0x18, 0x1B, 0x25, 0x1D,
    0x50, 0x5D, 0x77, 0x83, 0x77, 0x5D, 0x77, 0x9E, 0x93,
];

/// PS-15016: the same for its own limits.
pub(crate) const IMAGE_150: [u8; 25] = [
    0x70, 0x1F, 0x6E, 0xEE, 0x62, 0xC6, 0x7D, 0x87, 0xAF, 0x78, 0x64, 0xC3, 0x18, 0x1B, 0x13, 0x1A,
    0x50, 0x5D, 0x77, 0x83, 0x77, 0x5D, 0x77, 0x9E, 0x93,
];

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

const fn degrees(high: i16, high_release: i16, low: i16, low_release: i16) -> TemperatureLimits {
    TemperatureLimits {
        charge_high: Centicelsius::from_degrees(high),
        charge_high_release: Centicelsius::from_degrees(high_release),
        charge_low: Centicelsius::from_degrees(low),
        charge_low_release: Centicelsius::from_degrees(low_release),
        discharge_high: Centicelsius::from_degrees(high),
        discharge_high_release: Centicelsius::from_degrees(high_release),
        discharge_low: Centicelsius::from_degrees(low),
        discharge_low_release: Centicelsius::from_degrees(low_release),
    }
}

fn voltage() -> Voltage {
    Voltage {
        abnormal_high: Millivolts(3_900),
        abnormal_high_delay: secs(8),
        abnormal_high_release: Millivolts(3_550),
        abnormal_high_release_on_discharge: true,
        over: Millivolts(3_750),
        over_release: Millivolts(3_550),
        over_delay: secs(4),
        over_release_on_discharge: true,
        under: Millivolts(2_500),
        under_release: Millivolts(2_700),
        under_delay: secs(4),
        under_release_on_charge: true,
        balance_open: Millivolts(3_500),
        precharge_turn_on: Millivolts(2_500),
        low_prohibit: Millivolts(2_000),
        low_prohibit_release: Millivolts(2_700),
        low_prohibit_delay: secs(1),
        state_detect: Microvolts(500),
    }
}

fn system() -> System {
    System {
        low_cell_precharge: false,
        charge_mos_recovery: true,
        over_current_opens_both: true,
        balance_enabled: true,
        low_voltage_prohibit: false,
        under_voltage_opens_both: false,
        abnormal_high_enabled: true,
        ctl: CtlAction::Both,
        current_timed_recovery: true,
        short_circuit_timed_recovery: false,
        load_lock: true,
        load_release_delay: secs(2),
        mos_turn_on_delay: Duration::from_micros(128),
        confirm_samples: 1,
    }
}

pub(crate) fn ps_20016s() -> Params {
    let mut cell_temperature = degrees(65, 55, 2, 5);
    cell_temperature.discharge_low = Centicelsius::from_degrees(-5);
    cell_temperature.discharge_low_release = Centicelsius::from_degrees(-2);
    Params {
        series: 16,
        shunt_nano_ohm: 125_000,
        capacity_mah: 100_000,
        system: system(),
        voltage: voltage(),
        afe_current: AfeCurrent {
            discharge_oc1: Millivolts(30),
            discharge_oc1_delay: secs(4),
            discharge_oc2: Millivolts(40),
            discharge_oc2_delay: secs(2),
            short_circuit: Millivolts(110),
            short_circuit_delay: Duration::from_micros(320),
            charge_oc: Millivolts(30),
            charge_oc_delay: secs(8),
            auto_recovery: secs(8),
        },
        mcu_current: McuCurrent {
            charge_oc: Milliamps(205_000),
            charge_oc_delay: secs(8),
            discharge_oc: Milliamps(205_000),
            discharge_oc_delay: secs(8),
            recovery: secs(30),
        },
        limiter: Limiter {
            fitted: false,
            activation: Milliamps(205_000),
            activation_delay: secs(5),
            recovery: secs(600),
            output: Milliamps(10_000),
        },
        cell_temperature,
        mos_temperature: degrees(100, 70, -20, -10),
        balance: Balance {
            active_start: Millivolts(150),
            active_stop: Millivolts(50),
            passive_in_charge: true,
            passive_in_standby: true,
            passive_adjacent: Millivolts(30),
            inhibit_on_high_temperature: true,
        },
        precharge: Precharge { on_short_circuit: true, done: BasisPoints(9_500), timeout: secs(7) },
        mos_fault: MosFault { current: Milliamps(2_000), time: secs(1), drop: Millivolts(300) },
        soc_led_steps: [0, 2_500, 5_000, 7_500].map(BasisPoints),
    }
}

pub(crate) fn ps_15016() -> Params {
    let mut params = ps_20016s();
    params.shunt_nano_ohm = 166_667;
    params.voltage.over_delay = secs(1);
    params.voltage.under_delay = secs(1);
    params.voltage.precharge_turn_on = Millivolts(2_400);
    params.afe_current.short_circuit = Millivolts(80);
    params.afe_current.short_circuit_delay = Duration::from_micros(192);
    params.afe_current.charge_oc_delay = secs(1);
    params
}
