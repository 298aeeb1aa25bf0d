//! Product profiles: data, with the requirement behind every parameter. No product has code.

use crate::diagnostics::{Diagnostics, Problem};
use crate::fields::board::BOARD;
use crate::fields::{FIELDS, set_board, set_params};
use crate::section::{Leaf, Section, Sink};
use crate::sheets;
use bms_core::params::{
    AfeCurrent, Balance, CtlAction, Inverter, Limiter, McuCurrent, MosFault, Params, Precharge,
    System, TemperatureLimits, Voltage,
};
use bms_core::time::Duration;
use bms_core::units::{BasisPoints, Centicelsius, Microvolts, Milliamps, Millivolts};
use sim::parts::{HeatParts, PathParts};
use sim::setup::BoardSetup;
use sim::time::Span;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use toml::de::DeTable;

/// A product: what its firmware is configured with, and the board around it.
#[derive(Clone, Debug)]
pub struct Product {
    /// Its ID, such as `ps-15016`.
    pub id: String,
    /// Its name on the data sheet.
    pub name: String,
    /// Factory parameters.
    pub params: Params,
    /// The circuit board.
    pub board: BoardSetup,
    /// Fewest cells in series (PS-GEN-1).
    pub series_min: u8,
    /// Most cells in series (PS-GEN-1).
    pub series_max: u8,
    /// The requirements (`PS-*`) and notes (`AMB-*`) behind each parameter, by its name.
    pub requirements: BTreeMap<String, Vec<String>>,
}

const PRODUCTS: &[(&str, &str)] = &[
    ("ps-15016", include_str!("../products/ps-15016.toml")),
    ("ps-20016s", include_str!("../products/ps-20016s.toml")),
];

/// The IDs of all products.
#[must_use]
pub fn names() -> Vec<&'static str> {
    PRODUCTS.iter().map(|(id, _)| *id).collect()
}

/// The product called `id`.
///
/// # Errors
/// There is no such product.
pub fn load(id: &str) -> Result<Product, Diagnostics> {
    // Every scenario names one: each is read once.
    static READ: LazyLock<Vec<Result<Product, Diagnostics>>> = LazyLock::new(|| {
        PRODUCTS.iter().map(|(id, text)| parse(&format!("{id}.toml"), text)).collect()
    });
    let Some(place) = PRODUCTS.iter().position(|(name, _)| *name == id) else {
        let known = format!("known: {}", names().join(", "));
        return Err(Diagnostics::of_path(id, "there is no such product", &known));
    };
    READ[place].clone()
}

/// Reads a product profile.
///
/// # Errors
/// Everything that is wrong with it.
pub fn parse(file: &str, text: &str) -> Result<Product, Diagnostics> {
    let sink = Sink::default();
    let document = sheets::document(text, &sink);
    let product = read(document.get_ref(), &sink);
    let problems = sink.into_problems();
    match product {
        Some(product) if problems.is_empty() => Ok(product),
        _ => Err(Diagnostics::of_file(file, text, problems)),
    }
}

const GROUPS: &[&str] = &[
    "pack",
    "system",
    "voltage",
    "current",
    "limiter",
    "temperature",
    "balance",
    "precharge",
    "mos_fault",
    "inverter",
    "leds",
];

fn read<'a>(document: &'a DeTable<'a>, sink: &'a Sink) -> Option<Product> {
    let root = Section::new("the product", vec![document], 0..0, sink);
    let mut params = blank();
    let mut written = Vec::new();
    for &group in GROUPS {
        root.missing(group, &format!("[{group}]"));
        let leaves: Vec<_> = root.section(group).iter().flat_map(Section::leaves).collect();
        written.extend(
            leaves.into_iter().map(|leaf| Leaf { name: format!("{group}.{}", leaf.name), ..leaf }),
        );
    }
    set_params(&mut params, &written, sink);
    report_missing(FIELDS.iter().map(|field| field.key), &written, sink);
    let mut board = blank_board();
    let constants = root.section("board").map(|section| section.leaves()).unwrap_or_default();
    set_board(&mut board, &constants, sink);
    report_missing(BOARD.iter().map(|(key, _)| *key), &constants, sink);
    let requirements = read_requirements(&root);
    let head = root.section("product")?;
    let product = Product {
        id: head.text("id")?.to_owned(),
        name: head.text("name")?.to_owned(),
        series_min: u8::try_from(head.count("series-min")?).ok()?,
        series_max: u8::try_from(head.count("series-max")?).ok()?,
        params,
        board,
        requirements,
    };
    head.finish();
    root.finish();
    Some(product)
}

fn report_missing<'k>(keys: impl Iterator<Item = &'k str>, written: &[Leaf<'_>], sink: &Sink) {
    for key in keys.filter(|key| !written.iter().any(|leaf| leaf.name == *key)) {
        sink.report(Problem::new(format!("`{key}` is missing in the product"), 0..0));
    }
}

fn read_requirements(root: &Section<'_>) -> BTreeMap<String, Vec<String>> {
    let Some(section) = root.section("requirements") else { return BTreeMap::new() };
    let ids = |leaf: &Leaf<'_>| {
        let items = leaf.value.get_ref().as_array().into_iter().flat_map(|items| items.iter());
        items.filter_map(|item| item.get_ref().as_str().map(str::to_owned)).collect()
    };
    section.leaves().iter().map(|leaf| (leaf.name.clone(), ids(leaf))).collect()
}

/// Every parameter at nothing; each is then read from the file.
fn blank() -> Params {
    let v = Millivolts(0);
    let t = Duration::ZERO;
    let temperature = || TemperatureLimits {
        charge_high: Centicelsius(0),
        charge_high_release: Centicelsius(0),
        charge_low: Centicelsius(0),
        charge_low_release: Centicelsius(0),
        discharge_high: Centicelsius(0),
        discharge_high_release: Centicelsius(0),
        discharge_low: Centicelsius(0),
        discharge_low_release: Centicelsius(0),
    };
    Params {
        series: 0,
        shunt_nano_ohm: 0,
        capacity_mah: 0,
        soc: BasisPoints(0),
        address: 0,
        system: blank_system(),
        voltage: blank_voltage(),
        afe_current: AfeCurrent {
            discharge_oc1: v,
            discharge_oc1_delay: t,
            discharge_oc2: v,
            discharge_oc2_delay: t,
            short_circuit: v,
            short_circuit_delay: t,
            charge_oc: v,
            charge_oc_delay: t,
            auto_recovery: t,
        },
        mcu_current: McuCurrent {
            charge_oc: Milliamps(0),
            charge_oc_delay: t,
            discharge_oc: Milliamps(0),
            discharge_oc_delay: t,
            recovery: t,
        },
        limiter: Limiter {
            fitted: false,
            activation: Milliamps(0),
            activation_delay: t,
            recovery: t,
            output: Milliamps(0),
        },
        cell_temperature: temperature(),
        mos_temperature: temperature(),
        balance: Balance {
            active_start: v,
            active_stop: v,
            passive_in_charge: false,
            passive_in_standby: false,
            passive_adjacent: v,
            inhibit_on_high_temperature: false,
        },
        precharge: Precharge { on_short_circuit: false, done: BasisPoints(0), timeout: t },
        mos_fault: MosFault { current: Milliamps(0), time: t, drop: v },
        inverter: Inverter {
            charge_voltage: v,
            discharge_voltage: v,
            charge_current: Milliamps(0),
            discharge_current: Milliamps(0),
        },
        soc_led_steps: [BasisPoints(0); 4],
    }
}

fn blank_system() -> System {
    System {
        low_cell_precharge: false,
        charge_mos_recovery: false,
        over_current_opens_both: false,
        balance_enabled: false,
        low_voltage_prohibit: false,
        under_voltage_opens_both: false,
        abnormal_high_enabled: false,
        ctl: CtlAction::Nothing,
        current_timed_recovery: false,
        short_circuit_timed_recovery: false,
        load_lock: false,
        load_release_delay: Duration::ZERO,
        mos_turn_on_delay: Duration::ZERO,
        confirm_samples: 0,
    }
}

fn blank_voltage() -> Voltage {
    let v = Millivolts(0);
    let t = Duration::ZERO;
    Voltage {
        abnormal_high: v,
        abnormal_high_delay: t,
        abnormal_high_release: v,
        abnormal_high_release_on_discharge: false,
        over: v,
        over_release: v,
        over_delay: t,
        over_release_on_discharge: false,
        under: v,
        under_release: v,
        under_delay: t,
        under_release_on_charge: false,
        balance_open: v,
        precharge_turn_on: v,
        low_prohibit: v,
        low_prohibit_release: v,
        low_prohibit_delay: t,
        state_detect: Microvolts(0),
    }
}

fn blank_board() -> BoardSetup {
    BoardSetup {
        shunt_ohm: 0.0,
        path_ohm: 0.0,
        body_diode_v: 0.0,
        discharge_fall: Span(0),
        charge_fall: Span(0),
        sense_filter: Span(0),
        precharge_ohm: 0.0,
        low_cell_precharge_ohm: 0.0,
        limiter_a: 0.0,
        transfer_a: 0.0,
        transfer_efficiency: 0.0,
        bleed_a: 0.0,
        sense_wire_ohm: 0.0,
        board_a: 0.0,
        mos_heat_j_k: 0.0,
        mos_to_ambient_w_k: 0.0,
        display_a: 0.0,
        path: PathParts::default(),
        heat: HeatParts::default(),
    }
}
