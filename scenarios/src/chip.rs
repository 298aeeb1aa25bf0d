//! What the front-end chip can be set to: its delays and levels come in steps.

use crate::diagnostics::Problem;
use crate::fields::Field;
use crate::section::{Leaf, Section};
use bms_core::params::Params;

/// The steps of the SH367309's comparators and delays (its data sheet's coding tables), in the
/// unit that the firmware holds the parameter in: mV and µs.
const STEPS: &[(&str, &[i64])] = &[
    ("current.afe.discharge_oc1", OC1_MV),
    ("current.afe.charge_oc", OC1_MV),
    ("current.afe.discharge_oc2", OC2_MV),
    ("current.afe.short_circuit", SC_MV),
    ("current.afe.discharge_oc1_delay", OC1_US),
    ("current.afe.discharge_oc2_delay", OC2_US),
    ("current.afe.charge_oc_delay", OC2_US),
    ("current.afe.short_circuit_delay", SC_US),
    ("current.afe.auto_recovery", &[8_000_000, 16_000_000, 32_000_000, 64_000_000]),
    ("voltage.state_detect", &[200, 500, 1_000, 2_000]),
    ("system.mos_turn_on_delay", &[64, 128, 256, 512]),
    ("system.load_release_delay", &[100_000, 500_000, 1_000_000, 2_000_000]),
];

const OC1_MV: &[i64] = &[20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 130, 140, 160, 180, 200];
const OC2_MV: &[i64] = &[30, 40, 50, 60, 70, 80, 90, 100, 120, 140, 160, 180, 200, 300, 400, 500];
const SC_MV: &[i64] =
    &[50, 80, 110, 140, 170, 200, 230, 260, 290, 320, 350, 400, 500, 600, 800, 1_000];
const OC1_US: &[i64] = &[
    50_000, 100_000, 200_000, 400_000, 600_000, 800_000, 1_000_000, 2_000_000, 4_000_000,
    6_000_000, 8_000_000, 10_000_000, 15_000_000, 20_000_000, 30_000_000, 40_000_000,
];
const OC2_US: &[i64] = &[
    10_000, 20_000, 40_000, 60_000, 80_000, 100_000, 200_000, 400_000, 600_000, 800_000, 1_000_000,
    2_000_000, 4_000_000, 8_000_000, 10_000_000, 20_000_000,
];
const SC_US: &[i64] =
    &[0, 64, 128, 192, 256, 320, 384, 448, 512, 576, 640, 704, 768, 832, 896, 960];

/// A parameter that lies between two steps of the chip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OffStep {
    key: &'static str,
    /// The nearest steps below and above, as they are written.
    nearest: Vec<String>,
}

/// Reports every parameter that the chip cannot be set to.
pub(crate) fn report_unrepresentable(params: &Params, leaves: &[Leaf<'_>], body: &Section<'_>) {
    for off in off_steps(params) {
        let leaf = leaves.iter().rev().find(|leaf| leaf.name == off.key);
        let span = leaf.map_or(body.span.clone(), |leaf| leaf.value.span());
        let title = format!("the SH367309 cannot be set to this `{}`", off.key);
        let help = format!("nearest: {}", off.nearest.join(", "));
        body.sink.report(Problem::new(title, span).label("between its steps").help(help));
    }
}

pub(crate) fn off_steps(params: &Params) -> Vec<OffStep> {
    let off = |(key, steps): &(&'static str, &[i64])| {
        let value = Field::find(key)?.read(params)?;
        let below = steps.iter().rev().find(|step| **step <= value);
        let above = steps.iter().find(|step| **step >= value);
        let written = |step: &i64| written(key, *step);
        (below != above).then(|| OffStep {
            key,
            nearest: below.into_iter().chain(above).map(written).collect(),
        })
    };
    STEPS.iter().filter_map(off).collect()
}

fn written(key: &str, step: i64) -> String {
    match key {
        "voltage.state_detect" => format!("\"{step} uV\""),
        _ if !key.ends_with("delay") && !key.ends_with("recovery") => format!("\"{step} mV\""),
        _ if step % 1_000 == 0 => format!("\"{} ms\"", step / 1_000),
        _ => format!("\"{step} us\""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bms_core::time::Duration;

    #[test]
    fn every_product_can_be_set() {
        for product in crate::product::names() {
            assert_eq!(off_steps(&crate::product::load(product).unwrap().params), []);
        }
    }

    #[test]
    fn a_delay_between_two_ticks_is_refused_with_both_neighbours() {
        let mut params = crate::product::load("ps-15016").unwrap().params;
        params.afe_current.short_circuit_delay = Duration::from_micros(200);
        let [off] = &off_steps(&params)[..] else { panic!("one parameter is off its steps") };
        assert_eq!(off.key, "current.afe.short_circuit_delay");
        assert_eq!(off.nearest, ["\"192 us\"", "\"256 us\""]);
    }
}
