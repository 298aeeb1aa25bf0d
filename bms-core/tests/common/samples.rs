//! The two Powastone products as parameter sets for tests: the values of the datasheets (51.2V150A
//! BMS V6.0 and PS-20016S V6.0 of 2024-03-27), and the AMB-* assumptions where they print none.

use bms_core::params::{
    AfeCurrent, Balance, CtlAction, Inverter, Limiter, McuCurrent, MosFault, Params, Precharge,
    System, TemperatureLimits, Voltage,
};
use bms_core::time::Duration;
use bms_core::units::{BasisPoints, Centicelsius, Microvolts, Milliamps, Millivolts};

/// The 51.2V150A BMS.
pub(crate) fn ps_15016() -> Params {
    let second = Duration::from_secs(1);
    let mut params = ps_20016s();
    params.shunt_nano_ohm = 166_667;
    params.voltage.over_delay = second;
    params.voltage.under_delay = second;
    params.voltage.precharge_turn_on = Millivolts(2_400);
    params.afe_current.short_circuit = Millivolts(80);
    params.afe_current.short_circuit_delay = Duration::from_micros(192);
    params.afe_current.charge_oc_delay = second;
    params.mcu_current.charge_oc = Milliamps(150_000);
    params.mcu_current.discharge_oc = Milliamps(155_000);
    params.limiter.activation = Milliamps(150_000);
    params.inverter = inverter([57_600, 41_600], 100_000);
    params
}

/// The PS-20016S.
pub(crate) fn ps_20016s() -> Params {
    Params {
        series: 16,
        shunt_nano_ohm: 125_000,
        capacity_mah: 100_000,
        soc: BasisPoints(10_000),
        address: 2,
        system: system(),
        voltage: voltage(),
        afe_current: afe_current(),
        mcu_current: mcu_current(),
        limiter: limiter(),
        cell_temperature: temperatures([65, 55, 2, 5, 65, 55, -5, -2]),
        mos_temperature: temperatures([100, 70, -20, -10, 100, 70, -20, -10]),
        balance: balance(),
        precharge: Precharge {
            on_short_circuit: true,
            done: BasisPoints(9_500),
            timeout: Duration::from_secs(7),
        },
        mos_fault: MosFault {
            current: Milliamps(2_000),
            time: Duration::from_secs(1),
            drop: Millivolts(300),
        },
        inverter: inverter([56_000, 40_000], 200_000),
        soc_led_steps: [0, 2_500, 5_000, 7_500].map(BasisPoints),
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
        load_release_delay: Duration::from_millis(2_000),
        mos_turn_on_delay: Duration::from_micros(128),
        confirm_samples: 1,
    }
}

fn voltage() -> Voltage {
    Voltage {
        abnormal_high: Millivolts(3_900),
        abnormal_high_delay: Duration::from_secs(8),
        abnormal_high_release: Millivolts(3_550),
        abnormal_high_release_on_discharge: true,
        over: Millivolts(3_750),
        over_release: Millivolts(3_550),
        over_delay: Duration::from_secs(4),
        over_release_on_discharge: true,
        under: Millivolts(2_500),
        under_release: Millivolts(2_700),
        under_delay: Duration::from_secs(4),
        under_release_on_charge: true,
        balance_open: Millivolts(3_500),
        precharge_turn_on: Millivolts(2_500),
        low_prohibit: Millivolts(2_000),
        low_prohibit_release: Millivolts(2_700),
        low_prohibit_delay: Duration::from_secs(1),
        state_detect: Microvolts(500),
    }
}

fn afe_current() -> AfeCurrent {
    AfeCurrent {
        discharge_oc1: Millivolts(30),
        discharge_oc1_delay: Duration::from_secs(4),
        discharge_oc2: Millivolts(40),
        discharge_oc2_delay: Duration::from_secs(2),
        short_circuit: Millivolts(110),
        short_circuit_delay: Duration::from_micros(320),
        charge_oc: Millivolts(30),
        charge_oc_delay: Duration::from_secs(8),
        auto_recovery: Duration::from_secs(8),
    }
}

fn mcu_current() -> McuCurrent {
    McuCurrent {
        charge_oc: Milliamps(205_000),
        charge_oc_delay: Duration::from_secs(8),
        discharge_oc: Milliamps(205_000),
        discharge_oc_delay: Duration::from_secs(8),
        recovery: Duration::from_secs(30),
    }
}

/// Not fitted unless a test fits it.
fn limiter() -> Limiter {
    Limiter {
        fitted: false,
        activation: Milliamps(205_000),
        activation_delay: Duration::from_secs(5),
        recovery: Duration::from_secs(600),
        output: Milliamps(10_000),
    }
}

/// In the order of the datasheet's table.
fn temperatures(degrees: [i16; 8]) -> TemperatureLimits {
    let [charge_high, charge_high_release, charge_low, charge_low_release, ..] =
        degrees.map(Centicelsius::from_degrees);
    let [.., discharge_high, discharge_high_release, discharge_low, discharge_low_release] =
        degrees.map(Centicelsius::from_degrees);
    TemperatureLimits {
        charge_high,
        charge_high_release,
        charge_low,
        charge_low_release,
        discharge_high,
        discharge_high_release,
        discharge_low,
        discharge_low_release,
    }
}

fn balance() -> Balance {
    Balance {
        active_start: Millivolts(150),
        active_stop: Millivolts(50),
        passive_in_charge: true,
        passive_in_standby: true,
        passive_adjacent: Millivolts(30),
        inhibit_on_high_temperature: true,
    }
}

fn inverter([charge, discharge]: [i32; 2], current: i32) -> Inverter {
    Inverter {
        charge_voltage: Millivolts(charge),
        discharge_voltage: Millivolts(discharge),
        charge_current: Milliamps(current),
        discharge_current: Milliamps(current),
    }
}
