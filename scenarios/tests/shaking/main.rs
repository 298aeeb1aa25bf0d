//! Threshold shaking: every number, time and switch of both products is moved by the smallest step
//! there is, up and down, and a battery of checks, whose numbers come from the requirement rows,
//! must notice. What no check notices could be wrong in a product without anybody seeing it.

mod balancing;
mod battery;
mod comparators;
mod currents;
mod hand;
mod options;
mod scene;
mod steps;
mod switches;
mod temperatures;
mod voltages;
mod walk;

use battery::{Check, Site, by_hand, complaining, loops};
use bms_core::drivers::sh367309::EepromImage;
use bms_core::params::Params;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use scenarios::product;
use sim::setup::FrontEndLevel;
use std::collections::BTreeSet;
use std::fmt::Write;
use walk::Mutant;

/// Values that nothing can notice, each with its reason. Empty, and meant to stay so.
const UNOBSERVABLE: &[(&str, &str)] = &[];

fn params(site: &Site) -> Params {
    product::load(site.id).expect("the product is embedded").params
}

/// Who noticed a mutant: names of checks.
#[derive(Clone)]
struct Noticed {
    gate: bool,
    whole_loop: Vec<&'static str>,
    by_hand: Vec<&'static str>,
}

impl Noticed {
    fn by(site: &Site, mutant: &Mutant) -> Self {
        let complaining = |checks: Vec<Check>| match mutant.accepted {
            true => complaining(&checks, site, &mutant.params),
            false => Vec::new(),
        };
        Self {
            gate: !mutant.accepted,
            whole_loop: complaining(loops()),
            by_hand: complaining(by_hand()),
        }
    }

    fn nobody(&self) -> bool {
        !self.gate && self.whole_loop.is_empty() && self.by_hand.is_empty()
    }
}

/// How many were noticed, by whom.
#[derive(Default)]
struct Score {
    moves: usize,
    gate: usize,
    whole_loop: usize,
    by_hand: usize,
    both: usize,
    survivors: usize,
}

impl Score {
    fn of(shaken: &[(Mutant, Noticed)]) -> Self {
        let mut score = Self { moves: shaken.len(), ..Self::default() };
        for (_, noticed) in shaken {
            match (noticed.gate, noticed.whole_loop.is_empty(), noticed.by_hand.is_empty()) {
                (true, ..) => score.gate += 1,
                (_, false, false) => score.both += 1,
                (_, false, true) => score.whole_loop += 1,
                (_, true, false) => score.by_hand += 1,
                (_, true, true) => score.survivors += 1,
            }
        }
        score
    }

    fn row(&self, id: &str, values: usize) -> String {
        let noticed = self.moves - self.survivors;
        let Self { moves, gate, whole_loop, by_hand, both, .. } = self;
        format!(
            "{id:<10} {values:>6} {moves:>6} {noticed:>8} {gate:>6} {both:>6} {whole_loop:>10} \
             {by_hand:>10}"
        )
    }
}

fn shake(site: &Site) -> Vec<(Mutant, Noticed)> {
    let mutants = walk::mutants(&params(site));
    let noticed: Vec<_> = mutants.par_iter().map(|mutant| Noticed::by(site, mutant)).collect();
    mutants.into_iter().zip(noticed).collect()
}

/// One line per value, in the order of the parameters: what was done to it and who noticed.
fn details(shaken: &[(Mutant, Noticed)]) -> String {
    let mut text = String::new();
    for (mutant, noticed) in shaken {
        let by = match noticed {
            Noticed { gate: true, .. } => "the gate".to_owned(),
            Noticed { whole_loop, by_hand, .. } => {
                format!("loop [{}] hand [{}]", whole_loop.join("; "), by_hand.join("; "))
            }
        };
        writeln!(text, "  {:<42} {:<22} {by}", mutant.name, mutant.change)
            .expect("a string takes every line");
    }
    text
}

/// Every complaint about the product as it is.
fn complaints(site: &Site, checks: &[Check]) -> Vec<String> {
    let params = params(site);
    let complaint = |(name, check): &Check| {
        check(site, &params).err().map(|complaint| format!("{}: {name}: {complaint}", site.id))
    };
    checks.iter().filter_map(complaint).collect()
}

#[test]
fn the_products_themselves_pass_every_check() {
    for site in Site::both() {
        let none: [&str; 0] = [];
        assert_eq!(complaints(&site, &[loops(), by_hand()].concat()), none);
    }
}

/// Without bytes and registers the same chip does the same.
#[test]
fn the_products_pass_every_loop_at_the_value_level_too() {
    for mut site in Site::both() {
        site.run.front_end = FrontEndLevel::Value;
        let none: [&str; 0] = [];
        assert_eq!(complaints(&site, &loops()), none);
    }
}

/// Prints the score, and with it every move and who noticed it.
#[test]
fn no_value_of_a_product_moves_unnoticed() {
    let mut table = format!(
        "{:<10} {:>6} {:>6} {:>8} {:>6} {:>6} {:>10} {:>10}\n",
        "product", "values", "moves", "noticed", "gate", "both", "loop alone", "hand alone"
    );
    let mut survivors = Vec::new();
    let mut idle: BTreeSet<_> =
        [loops(), by_hand()].concat().into_iter().map(|(name, _)| name).collect();
    for site in Site::both() {
        let shaken = shake(&site);
        let values = walk::names(&params(&site)).len();
        let row = Score::of(&shaken).row(site.id, values);
        writeln!(table, "{row}").expect("a string takes every line");
        println!("{}\n{}", site.id, details(&shaken));
        for (mutant, noticed) in &shaken {
            if noticed.nobody() {
                survivors.push((site.id, mutant.name, mutant.change.clone()));
            }
            idle.retain(|name| {
                !noticed.whole_loop.contains(name) && !noticed.by_hand.contains(name)
            });
        }
    }
    println!("{table}");
    survivors.retain(|(_, name, _)| !UNOBSERVABLE.iter().any(|(known, _)| known == name));
    assert!(survivors.is_empty(), "{table}nobody noticed: {survivors:#?}");
    assert!(idle.is_empty(), "checks that notice nothing could not fail: {idle:?}");
}

/// Each value that the chip's steps keep from moving by one unit moves by one step, unless there is
/// none on that side.
#[test]
fn every_value_is_moved_so_that_behaviour_must_notice() {
    for site in Site::both() {
        let mutants = walk::mutants(&params(&site));
        for name in walk::names(&params(&site)) {
            let accepted = mutants.iter().filter(|one| one.name == name && one.accepted).count();
            assert!(accepted >= 1, "{}: {name} cannot be moved", site.id);
        }
    }
}

/// The profile's own list of parameters is as long: what the walk forgets, the profile would name.
#[test]
fn the_walk_meets_every_parameter_of_the_profile() {
    for site in Site::both() {
        let profile = product::load(site.id).expect("the product is embedded").requirements;
        // The four SOC LEDs are one line there.
        assert_eq!(walk::names(&params(&site)).len(), profile.len() + 3, "{}", site.id);
    }
}

/// The chip's own code tables, written without a look at the driver's, agree on every shaken
/// product: both refuse it, or both make the same image of it.
#[test]
fn chip_and_driver_make_the_same_of_every_shaken_product() {
    for site in Site::both() {
        for Mutant { name, change, params, .. } in walk::mutants(&params(&site)) {
            if params.validate().is_err() {
                continue;
            }
            let driver = EepromImage::from_params(&params).ok().map(|image| *image.bytes());
            let chip = sim::afe::codes::image(&params).ok();
            assert_eq!(chip, driver, "{}: {name} {change}", site.id);
        }
    }
}

/// What the chip's image refuses, a scenario file is refused for, with the place and what is near.
#[test]
fn what_the_chip_cannot_be_set_to_is_refused_where_it_is_written() {
    for (key, value, near) in [
        ("voltage.cell_ov", "3751 mV", ["3750 mV", "3755 mV"]),
        ("voltage.cell_ov_release", "3549 mV", ["3545 mV", "3550 mV"]),
        ("voltage.cell_uv", "2501 mV", ["2500 mV", "2520 mV"]),
        ("voltage.cell_uv_release", "2699 mV", ["2680 mV", "2700 mV"]),
        ("voltage.balance_open", "3501 mV", ["3500 mV", "3520 mV"]),
        ("voltage.precharge_turn_on", "2399 mV", ["2380 mV", "2400 mV"]),
        ("voltage.low_voltage_prohibit", "1999 mV", ["1980 mV", "2000 mV"]),
        ("voltage.abnormal_high", "3899 mV", ["3880 mV", "3900 mV"]),
        ("voltage.cell_ov_delay", "1001 ms", ["1 s", "2 s"]),
        ("voltage.cell_uv_delay", "999 ms", ["0.8 s", "1 s"]),
        ("voltage.abnormal_high_delay", "8001 ms", ["8 s", "16 s"]),
        ("current.afe.auto_recovery", "8001 ms", ["8 s", "16 s"]),
    ] {
        let text = format!(
            "[scenario]\ntitle = \"off the steps\"\nproduct = \"ps-15016\"\nduration = \"10 s\"\n\
             [forced]\ncells = 16\nvoltage = \"3.3 V\"\n\
             [[expect]]\nrequirement = [\"PS-OV-1\"]\nnever = \"OV enters\"\n\
             [params]\n{key} = \"{value}\"\n"
        );
        let Err(told) = scenarios::load::parse("off.toml", "off", &text) else {
            panic!("{key} = {value} passed the gate");
        };
        let told = told.to_string();
        let whole = told.contains(key) && near.iter().all(|near| told.contains(near));
        assert!(whole, "{key}: {told}");
    }
}
