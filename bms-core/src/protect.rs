//! One state machine for every limit, and the set of reasons it produces.

use bitflags::bitflags;

bitflags! {
    /// Protections and faults, each a reason to keep a switch off.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub struct Reasons: u32 {
        /// Cell over-voltage (PS-OV-1).
        const OVER_VOLTAGE = 1 << 0;
        /// Abnormal high voltage (PS-AHV-1).
        const ABNORMAL_HIGH_VOLTAGE = 1 << 1;
        /// Cell under-voltage (PS-UV-1).
        const UNDER_VOLTAGE = 1 << 2;
        /// Low-voltage charge prohibition (PS-LVC-1).
        const LOW_VOLTAGE_PROHIBIT = 1 << 3;
        /// Charge over-current, ampere layer (PS-COC-1).
        const CHARGE_OC = 1 << 4;
        /// Discharge over-current, ampere layer (PS-DOC-1).
        const DISCHARGE_OC = 1 << 5;
        /// Charge over-current, front-end comparator (PS-COC-3).
        const AFE_CHARGE_OC = 1 << 6;
        /// Discharge over-current, front-end stage 1 (PS-DOC-3).
        const AFE_DISCHARGE_OC1 = 1 << 7;
        /// Discharge over-current, front-end stage 2 (PS-DOC-4).
        const AFE_DISCHARGE_OC2 = 1 << 8;
        /// Short circuit (PS-SCP-1).
        const SHORT_CIRCUIT = 1 << 9;
        /// A cell sensor is too hot to charge (PS-TMP-1).
        const CELL_CHARGE_HOT = 1 << 10;
        /// A cell sensor is too cold to charge (PS-TMP-2).
        const CELL_CHARGE_COLD = 1 << 11;
        /// A cell sensor is too hot to discharge (PS-TMP-3).
        const CELL_DISCHARGE_HOT = 1 << 12;
        /// A cell sensor is too cold to discharge (PS-TMP-4).
        const CELL_DISCHARGE_COLD = 1 << 13;
        /// A MOSFET sensor is too hot to charge (PS-TMP-1).
        const MOS_CHARGE_HOT = 1 << 14;
        /// A MOSFET sensor is too cold to charge (PS-TMP-2).
        const MOS_CHARGE_COLD = 1 << 15;
        /// A MOSFET sensor is too hot to discharge (PS-TMP-3).
        const MOS_DISCHARGE_HOT = 1 << 16;
        /// A MOSFET sensor is too cold to discharge (PS-TMP-4).
        const MOS_DISCHARGE_COLD = 1 << 17;
        /// The emergency-stop loop is open (PS-RPS-1).
        const EMERGENCY_STOP = 1 << 18;
        /// The CTL input is low (PS-CTL-1).
        const CTL_LOW = 1 << 19;
        /// The charge MOSFET does not do as it is told (PS-MOS-3).
        const CHARGE_MOS_FAULT = 1 << 20;
        /// The discharge MOSFET does not do as it is told (PS-MOS-3).
        const DISCHARGE_MOS_FAULT = 1 << 21;
        /// The front end is silent, doubtful, reset or frozen.
        const FRONT_END = 1 << 22;
        /// A temperature sensor is open or shorted.
        const SENSOR = 1 << 23;
    }
}
