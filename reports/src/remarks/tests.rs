//! Rules beside rows: edges, spans, what is not known.

use super::*;
use crate::testbench::{quiet, row, scenario};
use bms_core::mode::Mode;
use scenarios::assembly::Assembly;
use scenarios::expect::{Check, When};
use sim::observe::{Signal, State};
use sim::script::Relation;

/// Rows a second apart, with the ambient temperature of each.
fn rows(ambient_c: &[f64]) -> Trace {
    let mut trace = quiet();
    trace.rows = ambient_c
        .iter()
        .enumerate()
        .map(|(second, celsius)| {
            let mut row = row(SimTime::from_secs(second as u64), 0.0, 3.3);
            row.truth.ambient_c = *celsius;
            row
        })
        .collect();
    trace
}

fn above(value: f64) -> Condition {
    Condition::Compare { signal: Signal::Ambient, relation: Relation::Above, value }
}

#[test]
fn a_rule_speaks_beyond_its_edge_and_not_at_it() {
    let whole = scenario("it", SimTime::from_secs(3));
    for (celsius, spoken) in [(75.0, false), (75.01, true), (-20.0, false), (-20.01, true)] {
        let remarks = of(&whole, &rows(&[25.0, celsius, celsius, 25.0]));
        let found = remarks.iter().find(|it| it.requirement == "PS-ENV-1");
        assert_eq!(found.map(|it| it.since), spoken.then_some(SimTime::from_secs(1)), "{celsius}");
        let words = format!("ambient temperature {celsius:.2} °C").replace('-', "−");
        assert!(found.is_none_or(|it| it.found == words), "{found:?}");
    }
}

#[test]
fn what_has_held_counts_from_the_first_row_without_a_break() {
    let trace = rows(&[80.0, 25.0, 80.0, 80.0, 80.0, 25.0]);
    let held = |seconds: u64| Condition::Held(Box::new(above(75.0)), Span(seconds * 1_000_000_000));
    let at = |seconds| course(&held(seconds), &trace).iter().position(|it| *it == Some(true));
    assert_eq!((at(1), at(2), at(3)), (Some(3), Some(4), None));
}

#[test]
fn what_is_not_known_decides_nothing_but_what_is_known_may() {
    let trace = rows(&[80.0]);
    let unknown =
        Condition::Compare { signal: Signal::Humidity, relation: Relation::Below, value: 0.1 };
    let of = |condition: &Condition| course(condition, &trace)[0];
    assert_eq!(of(&unknown), None);
    let both = |value| vec![unknown.clone(), above(value)];
    assert_eq!(of(&Condition::Any(both(75.0))), Some(true));
    assert_eq!(of(&Condition::Any(both(85.0))), None);
    assert_eq!(of(&Condition::All(both(85.0))), Some(false));
    assert_eq!(of(&Condition::All(both(75.0))), None);
    assert_eq!(of(&Condition::Not(Box::new(above(85.0)))), Some(true));
    assert_eq!(of(&Condition::Elapsed(Span(1))), Some(false));
    assert_eq!(of(&Condition::Is(State::Mode(Mode::Standby))), Some(true));
}

/// The verdict on `remark = wanted` for PS-ENV-1 or another, in a run of ten seconds of which the
/// rows tell.
fn verdict(trace: &Trace, id: &str, span: (u64, u64), wanted: bool) -> crate::Grade {
    let mut whole = scenario("it", SimTime::from_secs(10));
    whole.assembly = Some(Assembly { connected: vec!["JA1".into()], disconnected: Vec::new() });
    let mut expectation = crate::testbench::short_circuit().0.expectations[0].clone();
    let when = When::between(SimTime::from_secs(span.0), SimTime::from_secs(span.1));
    let requirements = vec![id.to_owned()];
    expectation.check = Check::Remark { when, requirements, wanted };
    whole.expectations = vec![expectation];
    let judged = crate::judge(&whole, trace, &|_| None);
    judged.findings[0].verdict.grade()
}

#[test]
fn a_remark_is_looked_for_where_the_expectation_says() {
    use crate::Grade::{Fail, Pass, Untested};
    let trace = rows(&[25.0, 80.0, 25.0]);
    assert_eq!(verdict(&trace, "PS-ENV-1", (0, 2), true), Pass);
    assert_eq!(verdict(&trace, "PS-ENV-1", (0, 2), false), Fail);
    assert_eq!(verdict(&trace, "PS-ENV-1", (2, 2), true), Fail);
    assert_eq!(verdict(&trace, "PS-ENV-1", (2, 2), false), Pass);
    // Nothing says how humid it is.
    assert_eq!(verdict(&trace, "PS-ENV-3", (0, 2), false), Untested);
    // Wired in the wrong order before the run.
    assert_eq!(verdict(&trace, "PS-IF-3", (0, 2), true), Pass);
    assert_eq!(verdict(&trace, "PS-IF-3", (1, 2), true), Fail);
}

#[test]
fn remarks_of_a_suite_are_summed_up_by_rule() {
    let one = scenario("one", SimTime::from_secs(3));
    let (hot, cold) = (rows(&[80.0]), rows(&[25.0]));
    let judge = |trace| crate::judge(&one, trace, &|_| None);
    let runs = [judge(&hot), judge(&cold), judge(&hot)];
    let told = told(&runs);
    let env = told.iter().find(|it| it.remark.requirement == "PS-ENV-1").expect("it was hot");
    assert_eq!((env.run, env.runs), ("one", 2));
    assert_eq!(summary(&runs).as_deref(), Some("2 runs with remarks: PS-ENV-1"));
    assert_eq!(summary(&runs[1..2]), None);
}

/// What a rule is tried with: rows an hour apart, all alike but for their time.
struct Try {
    product: &'static str,
    requirement: &'static str,
    /// How long, in hours.
    hours: u64,
    set: fn(&mut sim::trace::Row, f64),
    /// Values that are kept, and values that are not.
    kept: &'static [f64],
    broken: &'static [f64],
}

impl Try {
    fn speaks(&self, value: f64) -> bool {
        let mut trace = quiet();
        let hour = |hour| {
            let mut row = row(SimTime::from_secs(3_600 * hour), 0.0, 3.3);
            (self.set)(&mut row, value);
            row
        };
        trace.rows = (0..=self.hours).map(hour).collect();
        let mut run = scenario("it", SimTime::from_secs(3_600 * self.hours));
        run.product = self.product.into();
        of(&run, &trace).iter().any(|it| it.requirement == self.requirement)
    }
}

fn ambient(row: &mut sim::trace::Row, celsius: f64) {
    row.truth.ambient_c = celsius;
}

fn pack(row: &mut sim::trace::Row, volts: f64) {
    row.truth.pack_v = volts;
}

fn humidity(row: &mut sim::trace::Row, share: f64) {
    row.truth.humidity = Some(share);
}

fn off(row: &mut sim::trace::Row) {
    row.decision.mode = Mode::Off;
}

/// A current at a temperature of the cells.
fn flowing(row: &mut sim::trace::Row, current_a: f64, celsius: f64) {
    row.truth.current_a = current_a;
    row.truth.cell_c = [celsius; 4];
}

macro_rules! tries {
    ($($product:literal $requirement:literal $hours:literal h, $set:expr,
       $kept:expr, $broken:expr;)*) => {
        [$(Try {
            product: $product, requirement: $requirement, hours: $hours, set: $set,
            kept: &$kept, broken: &$broken,
        }),*]
    };
}

/// Typed from the rows of the data sheets: JK B manual L187-189, L853-861; JK-B2A8S20P L417-418,
/// L784-786, L806; Deriy L80-82, L96-102, L257-259; JK-PB L841-845; 12100-1203 L202-206, L355.
#[test]
fn the_rules_of_products_that_wait_speak_beyond_the_printed_edges() {
    let stored = |row: &mut sim::trace::Row, celsius| {
        off(row);
        ambient(row, celsius);
    };
    let wet = |row: &mut sim::trace::Row, share| {
        off(row);
        humidity(row, share);
    };
    let charging = |row: &mut sim::trace::Row, volts| {
        row.decision.mode = Mode::Charge;
        row.truth.pack_v = 13.2;
        row.truth.port_v = volts;
    };
    let at_26_volts = |row: &mut sim::trace::Row, celsius| {
        pack(row, 26.0);
        ambient(row, celsius);
    };
    let tries = tries! {
        "jk-b1a24s15p" "JKB-ENV-1" 1 h, ambient, [-40.0, 70.0], [-40.1, 70.1];
        "jk-b1a24s15p" "JKB-ENV-2" 1 h, pack, [20.0, 100.0], [19.9, 100.1];
        "jk-b1a24s15p" "JKB-ENV-3" 24 h, stored, [0.0, 35.0], [-0.1, 35.1];
        "jk-b1a24s15p" "JKB-ENV-3" 24 h, wet, [0.8], [0.801];
        "jk-b1a24s15p" "JKB-ENV-3" 23 h, stored, [-0.1, 35.1], [];
        "jk-b1a8s20p" "JK8-ENV-1" 1 h, at_26_volts, [-20.0, 70.0], [-20.1, 70.1];
        "jk-b1a8s20p" "JK8-ENV-1" 1 h, pack, [10.0, 40.0], [9.9, 40.1];
        "dy-n8s24280a" "JK8-ENV-2" 24 h, ambient, [0.0, 35.0], [-0.1, 35.1];
        "dy-n8s24280a" "JK8-ENV-2" 24 h, humidity, [0.8], [0.801];
        "dy-n8s24280a" "JK8-CUT-1" 1 h, |row, it| flowing(row, 20.0, it), [0.0, 10.0], [-0.1];
        "dy-n8s24280a" "JK8-CUT-1" 1 h, |row, it| flowing(row, it, -1.0), [-20.0, 0.0], [20.0];
        "dy-n8s24280a" "DY-CEL-6" 1 h, |row, it| flowing(row, 280.0, it), [10.0], [9.9];
        "dy-n8s24280a" "DY-CEL-6" 1 h, |row, it| flowing(row, it, 5.0), [140.0], [141.0];
        "bare-cell" "DY-CEL-8" 1 h, |row, it| flowing(row, -280.0, it), [0.0], [-0.1];
        "dy-n8s24280a" "DY-CEL-8" 1 h, |row, it| flowing(row, it, -5.0), [-140.0], [-141.0];
        "dy-n8s24280a" "DY-PCK-9" 1 h, |row, it| flowing(row, it, 9.9),
            [56.0, -140.0], [200.0, -200.0];
        "dy-n8s24280a" "DY-PCK-9" 1 h, |row, it| flowing(row, 200.0, it), [10.0], [9.9];
        "dy-n8s24280a" "DY-PCK-11" 192 h, ambient, [-10.0, 45.0, 35.1], [-10.1, 45.1];
        "dy-n8s24280a" "DY-PCK-11" 120 h, ambient, [-10.1, 45.1], [];
        "dy-n8s24280a" "DY-PCK-11" 2160 h, ambient, [35.0], [35.1];
        "dy-n8s24280a" "DY-STO-1" 2160 h, |row, it| row.truth.current_a = it, [5.0], [0.0, -0.05];
        "dy-n8s24280a" "DY-STO-1" 2159 h, |row, it| row.truth.current_a = it, [0.0], [];
        "jk-pbxa16s-10p" "PB-ENV-1" 1 h, ambient, [-30.0, 70.0], [-30.1, 70.1];
        "jk-pbxa16s-10p" "PB-ENV-2" 1 h, humidity, [0.1, 0.8], [0.099, 0.801];
        "jk-pbxa16s-10p" "PB-ENV-3" 1 h, pack, [20.0, 70.0], [19.9, 70.1];
        "e12-12100-1203" "E12-ELE-1" 1 h, pack, [8.0, 15.0], [7.9, 15.1];
        "e12-12100-1203" "E12-ELE-1" 1 h, charging, [11.6, 14.0], [11.5];
        "e12-12100-1203" "E12-ELE-2" 1 h, ambient, [-20.0, 70.0], [-20.1, 70.1];
        "e12-12100-1203" "E12-ELE-2" 1 h, stored, [-20.1, -40.0, 85.0], [-40.1, 85.1];
        "e12-12100-1203" "E12-ELE-2" 1 h, humidity, [0.1, 0.85], [0.099, 0.851];
    };
    for it in &tries {
        for value in it.kept {
            assert!(!it.speaks(*value), "{} {value}", it.requirement);
        }
        for value in it.broken {
            assert!(it.speaks(*value), "{} {value}", it.requirement);
        }
    }
}
