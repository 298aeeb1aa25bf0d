//! The names under which testers and the Battery Data Format log each quantity.

use super::Quantity;
use super::units::Dimension;

/// What is known of a quantity: its name in `--map`, and the names of columns that hold it, best
/// first, in small letters and digits alone, parted by blanks.
pub(super) struct Known {
    pub(super) quantity: Quantity,
    pub(super) name: &'static str,
    pub(super) dimension: Dimension,
    headings: &'static str,
}

pub(super) const KNOWN: [Known; 10] = [
    Known {
        quantity: Quantity::Time,
        name: "time",
        dimension: Dimension::Time,
        headings: "testtime totaltime time elapsedtime timeelapsed relativetime reltime \
                   runtime progtime recordtime test t unixtime",
    },
    Known {
        quantity: Quantity::Current,
        name: "current",
        dimension: Dimension::Current,
        headings: "cellcurrent icell current i batterycurrent measuredcurrent \
                   currentmeasured amps amp amperes curr ibat ibatt",
    },
    Known {
        quantity: Quantity::Voltage,
        name: "voltage",
        dimension: Dimension::Voltage,
        headings: "cellvoltage ucell vcell ecell voltage u v terminalvoltage \
                   batteryvoltage measuredvoltage voltagemeasured ewe potential volts \
                   volt vbat vbatt",
    },
    Known {
        quantity: Quantity::Temperature,
        name: "temperature",
        dimension: Dimension::Temperature,
        headings: "celltemperature temperaturecell tcell surfacetemperature \
                   surfacetemperaturet1 casetemperature skintemperature \
                   batterytemperature temperature temp t temperaturet1 temperature1 temp1 \
                   t1 auxtemperature1 auxtemperature",
    },
    Known {
        quantity: Quantity::Ambient,
        name: "ambient",
        dimension: Dimension::Temperature,
        headings: "ambienttemperature ambient chambertemperature chamber ambienttemp \
                   chambertemp roomtemperature oventemperature environmenttemperature \
                   tamb tambient tchamber",
    },
    Known {
        quantity: Quantity::Charged,
        name: "charged",
        dimension: Dimension::Charge,
        headings: "chargingcapacity chargecapacity chgcapacity chgcap chg qcharge charged \
                   capacitycharge chargeah",
    },
    Known {
        quantity: Quantity::Discharged,
        name: "discharged",
        dimension: Dimension::Charge,
        headings: "dischargingcapacity dischargecapacity dchgcapacity dchgcap dchg \
                   dischgcap dis qdischarge discharged capacitydischarge dischargeah",
    },
    Known {
        quantity: Quantity::NetCharge,
        name: "net-charge",
        dimension: Dimension::Charge,
        headings: "netcapacity netcharge chargebalance",
    },
    Known {
        quantity: Quantity::Step,
        name: "step",
        dimension: Dimension::Number,
        headings: "stepcount stepid stepnumber stepno step ns stepindex",
    },
    Known {
        quantity: Quantity::Soc,
        name: "soc",
        dimension: Dimension::Share,
        headings: "soc stateofcharge socreported reportedsoc socpctreported",
    },
];

impl Known {
    /// The names of columns that hold it, best first.
    pub(super) fn headings(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.headings.split(' ')
    }
}
