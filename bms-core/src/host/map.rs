//! The settable registers: every parameter of the datasheets' setting tables, by address. A row
//! says where a parameter lives and what a count of its register is worth.

use super::modbus::Exception;
use crate::params::{CtlAction, Params};
use crate::time::Duration;
use crate::units::{BasisPoints, Centicelsius, Microvolts, Milliamps, Millivolts};

/// The pack's address on the link (PS-PAR-2).
pub const ADDRESS: u16 = 0x0031;
/// Code of the link's rate; 0 is 9600 baud, the only one.
pub const RATE: u16 = 0x0032;
/// Cells in series (PS-GEN-2).
pub const SERIES: u16 = 0x0033;
/// The switches of the system table, one bit each.
pub const SWITCHES: u16 = 0x0040;
/// Written state of charge, per cent (PS-PAR-4).
pub const SOC: u16 = 0x0044;

/// A value of the firmware as a whole number of its own unit.
trait Raw: Copy {
    fn raw(self) -> i64;
    fn made(raw: i64) -> Option<Self>;
}

macro_rules! raw {
    ($($name:ident($inner:ty)),*) => {$(
        impl Raw for $name {
            fn raw(self) -> i64 {
                i64::from(self.0)
            }
            fn made(raw: i64) -> Option<Self> {
                <$inner>::try_from(raw).ok().map(Self)
            }
        }
    )*};
}

raw!(Millivolts(i32), Microvolts(i32), Milliamps(i32), Centicelsius(i16), BasisPoints(i32));

impl Raw for Duration {
    fn raw(self) -> i64 {
        i64::try_from(self.as_micros()).unwrap_or(i64::MAX)
    }
    fn made(raw: i64) -> Option<Self> {
        u64::try_from(raw).ok().map(Self::from_micros)
    }
}

impl Raw for u32 {
    fn raw(self) -> i64 {
        i64::from(self)
    }
    fn made(raw: i64) -> Option<Self> {
        Self::try_from(raw).ok()
    }
}

impl Raw for u8 {
    fn raw(self) -> i64 {
        i64::from(self)
    }
    fn made(raw: i64) -> Option<Self> {
        Self::try_from(raw).ok()
    }
}

/// A register with a parameter in it.
#[derive(Clone, Copy, Debug)]
pub struct Register {
    /// Where it stands.
    pub address: u16,
    /// What a count is worth, in the firmware's unit of the parameter.
    pub per_count: i64,
    /// Its counts may be negative.
    pub signed: bool,
    get: fn(&Params) -> i64,
    set: fn(&mut Params, i64) -> Option<()>,
}

macro_rules! registers {
    ($($address:literal $sign:ident $per:literal $($path:ident).+;)*) => {
        &[$(Register {
            address: $address,
            per_count: $per,
            signed: $sign,
            get: |params| Raw::raw(params.$($path).+),
            set: |params, raw| {
                params.$($path).+ = Raw::made(raw)?;
                Some(())
            },
        }),*]
    };
}

const U: bool = false;
const S: bool = true;

/// Every parameter that has a register of its own; the unit of a count stands in the group's line.
#[rustfmt::skip]
pub const REGISTERS: &[Register] = registers! {
    // as they are; ms; µs; 0.1 Ah; %
    0x0031 U 1 address;
    0x0033 U 1 series;
    0x0041 U 1_000 system.load_release_delay;
    0x0042 U 1 system.mos_turn_on_delay;
    0x0043 U 100 capacity_mah;
    0x0044 U 100 soc;
    // mV; 0.1 s; µs; s; A
    0x0050 U 1 afe_current.discharge_oc1;
    0x0051 U 100_000 afe_current.discharge_oc1_delay;
    0x0052 U 1 afe_current.discharge_oc2;
    0x0053 U 100_000 afe_current.discharge_oc2_delay;
    0x0054 U 1 afe_current.short_circuit;
    0x0055 U 1 afe_current.short_circuit_delay;
    0x0056 U 1 afe_current.charge_oc;
    0x0057 U 100_000 afe_current.charge_oc_delay;
    0x0058 U 1_000_000 afe_current.auto_recovery;
    0x0059 U 1_000 mcu_current.charge_oc;
    0x005A U 1_000 mcu_current.discharge_oc;
    0x005B U 1_000_000 mcu_current.charge_oc_delay;
    0x005C U 1_000_000 mcu_current.discharge_oc_delay;
    0x005D U 1_000_000 mcu_current.recovery;
    0x005E U 1_000 limiter.activation;
    0x005F U 1_000_000 limiter.activation_delay;
    0x0060 U 1_000_000 limiter.recovery;
    // mV; s; µV; 0.1 V; 0.1 A; differences of balancing in mV
    0x0070 U 1 voltage.abnormal_high;
    0x0071 U 1_000_000 voltage.abnormal_high_delay;
    0x0072 U 1 voltage.over;
    0x0073 U 1 voltage.over_release;
    0x0074 U 1_000_000 voltage.over_delay;
    0x0075 U 1 voltage.under;
    0x0076 U 1 voltage.under_release;
    0x0077 U 1_000_000 voltage.under_delay;
    0x0078 U 1 voltage.balance_open;
    0x0079 U 1 voltage.precharge_turn_on;
    0x007A U 1 voltage.low_prohibit;
    0x007B U 1 voltage.state_detect;
    0x007C U 100 inverter.charge_voltage;
    0x007D U 100 inverter.discharge_voltage;
    0x007E U 100 inverter.charge_current;
    0x007F U 100 inverter.discharge_current;
    0x0080 U 1 balance.active_start;
    0x0081 U 1 balance.active_stop;
    0x0082 U 1 balance.passive_adjacent;
    // 0.1 °C
    0x0090 S 10 mos_temperature.charge_high;
    0x0091 S 10 mos_temperature.charge_high_release;
    0x0092 S 10 mos_temperature.charge_low;
    0x0093 S 10 mos_temperature.charge_low_release;
    0x0094 S 10 mos_temperature.discharge_high;
    0x0095 S 10 mos_temperature.discharge_high_release;
    0x0096 S 10 mos_temperature.discharge_low;
    0x0097 S 10 mos_temperature.discharge_low_release;
    0x0098 S 10 cell_temperature.charge_high;
    0x0099 S 10 cell_temperature.charge_high_release;
    0x009A S 10 cell_temperature.charge_low;
    0x009B S 10 cell_temperature.charge_low_release;
    0x009C S 10 cell_temperature.discharge_high;
    0x009D S 10 cell_temperature.discharge_high_release;
    0x009E S 10 cell_temperature.discharge_low;
    0x009F S 10 cell_temperature.discharge_low_release;
};

/// The value of a settable register; none if there is none at this address.
#[must_use]
pub fn read(address: u16, params: &Params) -> Option<u16> {
    match address {
        RATE => Some(0),
        SWITCHES => Some(switches(params)),
        _ => {
            let register = find(address)?;
            let counts = (register.get)(params) / register.per_count;
            // What does not fit the register shows as its end.
            Some(if register.signed {
                counts.clamp(i64::from(i16::MIN), i64::from(i16::MAX)) as i16 as u16
            } else {
                counts.clamp(0, i64::from(u16::MAX)) as u16
            })
        }
    }
}

/// Writes a register into `params`; whether the whole is sound is checked later.
///
/// # Errors
/// There is no such register, or it cannot hold the value.
pub fn write(address: u16, value: u16, params: &mut Params) -> Result<(), Exception> {
    match address {
        RATE => (value == 0).then_some(()).ok_or(Exception::Value),
        SWITCHES => set_switches(value, params),
        _ => {
            let register = find(address).ok_or(Exception::Address)?;
            let counts =
                if register.signed { i64::from(value.cast_signed()) } else { i64::from(value) };
            (register.set)(params, counts * register.per_count).ok_or(Exception::Value)
        }
    }
}

/// A share in per cent, 0 to 100.
#[must_use]
pub fn share(per_cent: u16) -> Option<BasisPoints> {
    (per_cent <= 100).then(|| BasisPoints(i32::from(per_cent) * 100))
}

fn find(address: u16) -> Option<&'static Register> {
    REGISTERS.iter().find(|register| register.address == address)
}

/// Bits 0 to 9 in the order of the datasheets' system table; the CTL input takes bits 7 and 10.
fn switches(params: &Params) -> u16 {
    let system = &params.system;
    let (charge, discharge) = match system.ctl {
        CtlAction::Nothing => (false, false),
        CtlAction::Charge => (true, false),
        CtlAction::Discharge => (false, true),
        CtlAction::Both => (true, true),
    };
    [
        system.low_cell_precharge,
        system.charge_mos_recovery,
        system.over_current_opens_both,
        system.balance_enabled,
        system.low_voltage_prohibit,
        system.under_voltage_opens_both,
        system.abnormal_high_enabled,
        charge,
        system.current_timed_recovery,
        system.load_lock,
        discharge,
        params.limiter.fitted,
        params.balance.passive_in_standby,
    ]
    .into_iter()
    .enumerate()
    .fold(0, |bits, (bit, on)| bits | u16::from(on) << bit)
}

fn set_switches(bits: u16, params: &mut Params) -> Result<(), Exception> {
    if bits >> 13 != 0 {
        return Err(Exception::Value);
    }
    let on = |bit: u16| bits >> bit & 1 != 0;
    let system = &mut params.system;
    system.low_cell_precharge = on(0);
    system.charge_mos_recovery = on(1);
    system.over_current_opens_both = on(2);
    system.balance_enabled = on(3);
    system.low_voltage_prohibit = on(4);
    system.under_voltage_opens_both = on(5);
    system.abnormal_high_enabled = on(6);
    system.current_timed_recovery = on(8);
    system.load_lock = on(9);
    system.ctl = match (on(7), on(10)) {
        (false, false) => CtlAction::Nothing,
        (true, false) => CtlAction::Charge,
        (false, true) => CtlAction::Discharge,
        (true, true) => CtlAction::Both,
    };
    params.limiter.fitted = on(11);
    params.balance.passive_in_standby = on(12);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::samples;

    /// Defaults of the setting table of the 51.2V150A data sheet (V6.0), in counts of the map.
    #[test]
    fn the_registers_show_the_values_of_the_data_sheet() {
        let params = samples::ps_15016();
        for (address, counts) in [
            (0x0031, 2),
            (0x0033, 16),
            (0x0041, 2_000),
            (0x0042, 128),
            (0x0043, 1_000),
            (0x0044, 100),
            (0x0050, 30),
            (0x0051, 40),
            (0x0052, 40),
            (0x0053, 20),
            (0x0054, 80),
            (0x0055, 192),
            (0x0056, 30),
            (0x0057, 10),
            (0x0058, 8),
            (0x0059, 150),
            (0x005A, 155),
            (0x005B, 8),
            (0x005C, 8),
            (0x005D, 30),
            (0x005E, 150),
            (0x005F, 5),
            (0x0060, 600),
            (0x0070, 3_900),
            (0x0071, 8),
            (0x0072, 3_750),
            (0x0073, 3_550),
            (0x0074, 1),
            (0x0075, 2_500),
            (0x0076, 2_700),
            (0x0077, 1),
            (0x0078, 3_500),
            (0x0079, 2_400),
            (0x007A, 2_000),
            (0x007B, 500),
            (0x007C, 576),
            (0x007D, 416),
            (0x007E, 1_000),
            (0x007F, 1_000),
            (0x0080, 150),
            (0x0081, 50),
            (0x0090, 1_000),
            (0x0091, 700),
            (0x0092, 65_336),
            (0x0093, 65_436),
            (0x0098, 650),
            (0x0099, 550),
            (0x009A, 20),
            (0x009B, 50),
            (0x009E, 65_486),
            (0x009F, 65_516),
        ] {
            assert_eq!(read(address, &params), Some(counts), "{address:#06x}");
        }
    }

    /// Every register takes what it shows, and another value changes that register alone.
    #[test]
    fn every_register_reads_back_what_was_written() {
        let before = samples::ps_20016s();
        for register in REGISTERS {
            let mut params = before.clone();
            let counts = read(register.address, &before).expect("it is there");
            assert_eq!(write(register.address, counts + 1, &mut params), Ok(()));
            for other in REGISTERS {
                let moved = u16::from(other.address == register.address);
                let shown = read(other.address, &params).expect("it is there");
                assert_eq!(Some(shown - moved), read(other.address, &before));
            }
        }
    }

    #[test]
    fn every_switch_has_its_bit() {
        let mut params = samples::ps_20016s();
        for bit in 0..13 {
            assert_eq!(write(SWITCHES, 1 << bit, &mut params), Ok(()));
            assert_eq!(read(SWITCHES, &params), Some(1 << bit));
        }
        assert_eq!(write(SWITCHES, 1 << 13, &mut params), Err(Exception::Value));
    }
}
