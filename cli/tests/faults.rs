//! The catalogue of faults holds what it says: every building block is used, every fault can be
//! injected at both seams, and the reactions that it claims come in time and are over in time.

use scenarios::expect::EventPattern;
use scenarios::faults::primitives::{PRIMITIVES, Primitive};
use scenarios::faults::{self, Entry, Piece, Scene, Status};
use scenarios::{names, requirements};
use sim::fault::{Fault, Place};
use sim::setup::{Action, FrontEndLevel, Setup};
use sim::time::SimTime;
use sim::trace::{Event, EventKind, Outcome, Trace};
use std::collections::BTreeSet;
use std::path::Path;

const LEVELS: [FrontEndLevel; 2] = [FrontEndLevel::Register, FrontEndLevel::Value];

/// A pack of the PS-20016S with this in its timeline.
fn scenario(duration: &str, steps: &str) -> String {
    format!(
        "[scenario]\ntitle = \"t\"\nproduct = \"ps-20016s\"\nduration = \"{duration}\"\n\
         [pack]\ncells = 16\ncell = \"reference-100ah\"\nsoc = \"50 %\"\n{steps}\n\
         [[expect]]\nrequirement = \"PS-OV-1\"\nnever = \"OV enters\"\n"
    )
}

fn setup(text: &str) -> Setup {
    match scenarios::load::parse("t.toml", "t", text) {
        Ok(mut scenarios) => scenarios.remove(0).setup,
        Err(wrong) => panic!("{wrong}\n{text}"),
    }
}

fn placed(name: &str, at: &str, until: &str) -> String {
    format!("[[fault]]\nname = \"{name}\"\nat = \"{at}\"\nuntil = \"{until}\"\n")
}

fn run(setup: &Setup) -> Trace {
    let trace = sim::bench::run(setup);
    assert_eq!(trace.outcome, Outcome::Completed);
    trace
}

fn broken(trace: &Trace) -> Vec<String> {
    let what = |event: &Event| match &event.kind {
        EventKind::Broken(what) => Some(what.clone()),
        _ => None,
    };
    trace.events.iter().filter_map(what).collect()
}

fn faults_of(pieces: &[Piece]) -> Vec<Fault> {
    let fault = |piece: &Piece| match piece.actions().0 {
        Action::Fault(fault, _) => Some(fault),
        _ => None,
    };
    pieces.iter().filter_map(fault).collect()
}

#[test]
fn the_catalogue_counts_to_100_and_every_entry_says_everything() {
    let numbers: Vec<_> = faults::all().iter().map(|entry| entry.number).collect();
    assert_eq!(numbers, (1..=100).collect::<Vec<_>>());
    let building_blocks: BTreeSet<_> = PRIMITIVES.iter().map(|it| it.name).collect();
    let mut seen = BTreeSet::new();
    for entry in faults::all() {
        let name = &entry.name;
        assert!(seen.insert(name), "{name} stands there twice");
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{name}");
        for text in [&entry.breaks, &entry.sees, &entry.reaction, &entry.bound] {
            assert!(text.ends_with('.') && text.len() > 3, "{name}: {text}");
        }
        let pieces = entry.pieces();
        let same = pieces.len() == 1 && pieces[0].name == *name;
        assert!(same || !building_blocks.contains(&**name), "{name} means two things");
        let injected = !entry.made.is_empty();
        assert!(injected || !entry.instead.is_empty() || !entry.waiting.is_empty(), "{name}");
        assert!(!injected || entry.instead.is_empty(), "{name}");
        let is_shown = !entry.shown.is_empty();
        assert!(entry.status() == Status::Waiting || is_shown, "{name} is shown by nothing");
        assert!(entry.acceptance.is_none() || entry.status() == Status::Available, "{name}");
        for id in &entry.requirements {
            assert!(requirements::find(id).is_some(), "{name} cites {id}");
        }
    }
}

/// What shows a reaction is a file of this repository, or a scenario of the suite.
#[test]
fn whatever_shows_a_reaction_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for entry in faults::all() {
        for shown in &entry.shown {
            let suite =
                scenarios::suite::FILES.iter().any(|(name, _)| *name == format!("{shown}.toml"));
            let file = root.join(shown).exists() || root.join("scenarios").join(shown).exists();
            assert!(suite || file, "{}: {shown}", entry.name);
        }
    }
}

/// Every primitive fault can be named, and is part of an entry or stands for itself below.
#[test]
fn every_building_block_is_part_of_an_entry_or_stands_for_itself() {
    // What one would add to an entry rather than find alone.
    let alone = [
        "taps-shorted",
        "cell-open",
        "cell-resistance",
        "balancer-shorted",
        "slow-gate",
        "limiter-stuck-on",
        "limiter-current",
        "chip-brown-out",
        "chip-clock",
        "ctl-stuck-high",
        "bus-duplicate",
    ];
    let used: BTreeSet<String> =
        faults::all().iter().flat_map(Entry::pieces).map(|piece| piece.name).collect();
    for primitive in PRIMITIVES {
        assert_ne!(
            used.contains(primitive.name),
            alone.contains(&primitive.name),
            "{}",
            primitive.name
        );
    }
}

/// A source of the enumeration says what is a fault; the building blocks are the same set.
#[test]
fn every_fault_of_the_simulator_has_a_building_block() {
    let kind = |fault: &Fault| {
        let text = format!("{fault:?}");
        text.split([' ', '(', '{']).next().unwrap_or_default().to_owned()
    };
    let built: BTreeSet<String> = PRIMITIVES
        .iter()
        .filter_map(|primitive| match primitive.actions(&primitive.defaults()).0 {
            Action::Fault(fault, _) => Some(kind(&fault)),
            _ => None,
        })
        .collect();
    let source = include_str!("../../sim/src/fault.rs");
    let body = source.split("pub enum Fault {").nth(1).and_then(|rest| rest.split("\n}").next());
    let variants: BTreeSet<String> = body
        .expect("the enumeration is there")
        .lines()
        .filter(|line| line.starts_with("    ") && !line.starts_with("     "))
        .filter_map(|line| line.trim().split([' ', '(', ',', '{']).next())
        .filter(|word| word.starts_with(|c: char| c.is_ascii_uppercase()))
        .map(str::to_owned)
        .collect();
    assert!(variants.len() > 55, "{}", variants.len());
    assert_eq!(built, variants);
}

/// What no part of the run can carry out is told as a broken invariant.
fn is_carried_out(trace: &Trace) -> bool {
    !broken(trace).iter().any(|what| what.contains("nothing in this run can break so"))
}

/// One second at both seams, with the end of the fault within: no panic, no abort, nothing left out.
#[test]
fn every_entry_can_be_injected_and_taken_away_at_both_seams() {
    let injected = faults::all().iter().filter(|entry| !entry.made.is_empty());
    for entry in injected {
        let steps = fitted(entry).to_owned() + &placed(&entry.name, "500 ms", "800 ms");
        let setup = setup(&scenario("1 s", &steps));
        for front_end in LEVELS {
            let bytes = faults_of(&entry.pieces())
                .iter()
                .any(|fault| fault.refusal(&Setup { front_end, ..setup.clone() }).is_some());
            let trace = run(&Setup { front_end, ..setup.clone() });
            assert!(bytes || is_carried_out(&trace), "{}", entry.name);
        }
    }
}

fn breaks(entry: &Entry, part: &str) -> bool {
    entry.pieces().iter().any(|piece| piece.name.starts_with(part))
}

/// What an option of the board needs to be there to be broken.
fn fitted(entry: &Entry) -> &'static str {
    match (breaks(entry, "limiter"), breaks(entry, "heater")) {
        (true, _) => "[params]\nlimiter.fitted = true\n",
        (_, true) => {
            "[heat.heater]\npower = \"200 W\"\nat = \"52.8 V\"\nfilm = \"500 J/K\"\n\
             to-cells = \"20 W/K\"\nsupply = \"pack\"\n"
        }
        _ => "",
    }
}

/// A pack without a heater has none that could break.
#[test]
fn what_is_not_fitted_is_refused() {
    for (name, why) in
        [("heater-open", "no heater is fitted"), ("limiter-stuck", "`limiter.fitted`")]
    {
        let text = scenario("1 s", &placed(name, "500 ms", "800 ms"));
        let wrong = scenarios::load::parse("t.toml", "t", &text).expect_err("it is refused");
        assert!(wrong.to_string().contains(why), "{wrong}");
    }
}

/// A cell with 1 % of its capacity, half full: 20 A empty it in 90 s.
#[test]
fn a_cell_driven_towards_reversal_is_saved_by_under_voltage() {
    let text = scenario(
        "150 s",
        "[[fault]]\nname = \"cell-driven-towards-reversal\"\nat = \"10 s\"\nto = \"1 %\"\n",
    );
    let trace = run(&setup(&text));
    let entered = first(&trace, "UV enters", BEGINS).expect("the cell runs empty");
    assert_eq!(broken(&trace), Vec::<String>::new());
    let off = first(&trace, "discharge MOSFET commanded off", BEGINS).expect("it opens");
    assert!(off.0 <= entered.0 + 200_000_000, "{entered} {off}");
    let lowest = |row: &sim::trace::Row| row.truth.cells_v.iter().copied().fold(f64::MAX, f64::min);
    let rows = trace.rows.iter().filter(|row| row.at < off);
    assert!(rows.map(lowest).all(|volts| volts > 0.0), "no cell was reversed");
}

#[test]
fn every_fault_of_chip_bus_and_processor_is_carried_out() {
    for primitive in PRIMITIVES {
        let (begin, _) = primitive.actions(&primitive.defaults());
        let Action::Fault(fault, _) = &begin else { continue };
        if fault.place() == Place::Plant {
            continue;
        }
        let setup = setup(&scenario("1 s", &placed(primitive.name, "500 ms", "800 ms")));
        let trace = run(&setup);
        assert!(is_carried_out(&trace), "{}", primitive.name);
        let seen = trace.events.iter().filter(|event| matches!(event.kind, EventKind::Fault(..)));
        assert_eq!(seen.count(), 2, "{}", primitive.name);
    }
}

fn pattern(name: &str) -> EventPattern {
    let found = names::events().into_iter().find(|(known, _)| known == name);
    found.unwrap_or_else(|| panic!("`{name}` is no event")).1
}

fn matches(pattern: &EventPattern, kind: &EventKind) -> bool {
    match (pattern, kind) {
        (EventPattern::Protection(one, on), EventKind::Protection(other, was)) => {
            other.contains(*one) && on == was
        }
        (EventPattern::Commanded(one, on), EventKind::Commanded(other, was)) => {
            one == other && on == was
        }
        _ => false,
    }
}

/// The first such event from `from` on.
fn first(trace: &Trace, name: &str, from: SimTime) -> Option<SimTime> {
    let wanted = pattern(name);
    let mut later = trace.events.iter().filter(|event| event.at >= from);
    later.find(|event| matches(&wanted, &event.kind)).map(|event| event.at)
}

/// The last such event.
fn last(trace: &Trace, name: &str) -> Option<SimTime> {
    let wanted = pattern(name);
    trace.events.iter().rev().find(|event| matches(&wanted, &event.kind)).map(|event| event.at)
}

fn span(text: &str) -> u64 {
    let time = scenarios::quantity::Quantity::parse(text, scenarios::quantity::Dimension::Time);
    (time.expect("a time").value() * 1e9).round() as u64
}

const BEGINS: SimTime = SimTime::from_secs(10);
const ENDS: SimTime = SimTime::from_secs(20);

/// Puts an entry to its own test; what is wrong with it.
fn judge(entry: &Entry, front_end: FrontEndLevel) -> Vec<String> {
    let acceptance = entry.acceptance.as_ref().expect("only entries with a test are judged");
    let scene = match acceptance.scene {
        Scene::Rest => "",
        Scene::Discharge => "[[step]]\nat = \"1 s\"\ndo.connect-load = { current = \"20 A\" }\n",
        Scene::Charge => {
            "[[step]]\nat = \"1 s\"\ndo.connect-charger = { current = \"20 A\", voltage = \"56 V\" }\n"
        }
    };
    let recovered = acceptance.recovered.as_deref().map_or(0, span);
    let seconds = 22 + recovered / 1_000_000_000;
    let steps = scene.to_owned() + &placed(&entry.name, "10 s", "20 s");
    let setup = setup(&scenario(&format!("{seconds} s"), &steps));
    let trace = run(&Setup { front_end, ..setup });
    let mut wrong = broken(&trace);
    match (&acceptance.event, &acceptance.within) {
        (Some(event), Some(within)) => match first(&trace, event, BEGINS) {
            Some(at) if at.0 <= BEGINS.0 + span(within) => {}
            other => wrong.push(format!("{event} at {other:?}, wanted within {within}")),
        },
        _ => {
            let entered = |event: &&Event| {
                event.at >= BEGINS && matches!(event.kind, EventKind::Protection(_, true))
            };
            wrong.extend(trace.events.iter().find(entered).map(|event| format!("{event:?}")));
        }
    }
    if let (Some(event), Some(recovered)) = (&acceptance.recovery, &acceptance.recovered) {
        match last(&trace, event) {
            Some(at) if at > BEGINS && at.0 <= ENDS.0 + span(recovered) => {}
            other => {
                wrong.push(format!("{event} at {other:?}, wanted within {recovered} of the end"));
            }
        }
    }
    wrong
}

/// Reaction within its bound, recovery after the fault, no hazard in between.
#[test]
fn every_entry_that_claims_a_reaction_shows_it_at_both_seams() {
    let mut wrong = Vec::new();
    let judged: Vec<_> = faults::all().iter().filter(|entry| entry.acceptance.is_some()).collect();
    assert!(judged.len() >= 15, "{}", judged.len());
    for entry in judged {
        for front_end in LEVELS {
            let told = judge(entry, front_end);
            wrong.extend(told.iter().map(|it| format!("{} ({front_end:?}): {it}", entry.name)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_page_of_the_documentation_is_what_the_program_prints() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/faults.md");
    let written = std::fs::read_to_string(path).expect("the page is there");
    let said = packtwin(&["faults", "--markdown"]);
    assert_eq!(said.0, written, "`packtwin faults --markdown > docs/faults.md` writes it anew");
}

fn packtwin(arguments: &[&str]) -> (String, Option<i32>) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_packtwin"));
    let output = command.args(arguments).env_remove("PACKTWIN_FORMAT").output();
    let output = output.expect("the program starts");
    (String::from_utf8(output.stdout).expect("results are UTF-8"), output.status.code())
}

#[test]
fn a_list_can_be_narrowed_by_word_and_by_group() {
    let rows = |arguments: &[&str]| {
        let (text, code) = packtwin(arguments);
        assert_eq!(code, Some(0), "{text}");
        text.lines().filter(|line| line.contains("available") || line.contains("waiting")).count()
    };
    assert_eq!(rows(&["faults"]), 100);
    assert_eq!(rows(&["faults", "--group", "temperature"]), 8);
    let pre_charge = rows(&["faults", "pre-charge"]);
    assert!((3..20).contains(&pre_charge), "{pre_charge}");
}

#[test]
fn the_example_of_a_fault_passes_the_gate() {
    for name in ["channel-offset", "51", "chip-clock", "bus-stuck"] {
        let (text, code) = packtwin(&["faults", name]);
        assert_eq!(code, Some(0));
        let example = text.split("in a scenario file\n").nth(1).expect("there is an example");
        setup(&scenario("30 s", example));
    }
}

#[test]
fn nothing_of_that_name_is_an_error_with_a_hint() {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_packtwin"));
    let output = command.args(["faults", "chanel-ofset"]).output().expect("the program starts");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("did you mean `channel-offset`?"), "{said}");
}

#[test]
fn json_carries_every_entry_with_its_status_and_pieces() {
    let (text, _) = packtwin(&["faults", "--json"]);
    let document: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    let faults = document["faults"].as_array().expect("a list");
    assert_eq!(faults.len(), 100);
    assert_eq!(faults[24]["name"], "channel-offset");
    assert_eq!(faults[24]["status"], "waiting");
    assert_eq!(faults[24]["pieces"][0]["keys"][1]["value"], "30 mV");
    assert!(Primitive::find("channel-offset").is_some_and(Primitive::is_fault));
}
