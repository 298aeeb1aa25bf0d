//! The published JSON Schemas of what the program writes; `docs/schema/` holds them as files.

use serde_json::Value;

/// The schema of the result of one run, as text.
pub const RESULT: &str = include_str!("../../docs/schema/result.json");

/// The schema of the result of a suite, as text.
pub const SUITE: &str = include_str!("../../docs/schema/suite.json");

/// The schema of two results compared, as text.
pub const DIFF: &str = include_str!("../../docs/schema/diff.json");

/// The schema of the result of one run.
///
/// # Panics
/// Never: the schema is part of the program and a test reads it.
#[must_use]
pub fn result() -> Value {
    read(RESULT)
}

/// The schema of the result of a suite.
///
/// # Panics
/// As [`result`].
#[must_use]
pub fn suite() -> Value {
    read(SUITE)
}

/// The schema of two results compared.
///
/// # Panics
/// As [`result`].
#[must_use]
pub fn diff() -> Value {
    read(DIFF)
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).expect("the schema is well-formed")
}

#[cfg(test)]
mod tests {
    use super::{diff, result, suite};
    use crate::diff::{Budget, Record, compare, sheet};
    use crate::result as document;
    use crate::testbench::{cold_charge, lookup, quiet, scenario, short_circuit};
    use crate::{Judged, Suite, files, judge};
    use serde_json::{Value, json};
    use sim::time::SimTime;
    use sim::trace::Trace;

    fn holds(schema: &Value, document: &Value) {
        let validator = jsonschema::draft202012::new(schema).expect("it can be used");
        let wrong: Vec<_> = validator
            .iter_errors(document)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    fn refuses(schema: &Value, document: &Value) {
        let validator = jsonschema::draft202012::new(schema).expect("it can be used");
        assert!(!validator.is_valid(document), "{document}");
    }

    fn with_runs(test: impl Fn(&[Judged<'_>])) {
        let (short, cold) = (short_circuit(), cold_charge());
        let idle = (scenario("idle", SimTime::from_secs(1)), quiet());
        let aborted = Trace::aborted(SimTime(7), "too many events".into());
        test(&[
            judge(&short.0, &short.1, &lookup),
            judge(&cold.0, &cold.1, &lookup),
            judge(&idle.0, &idle.1, &lookup),
            judge(&idle.0, &aborted, &lookup),
            judge(&idle.0, &Trace::refused(), &lookup),
        ]);
    }

    #[test]
    fn what_is_written_is_what_the_schemas_say() {
        with_runs(|runs| {
            for run in runs {
                holds(&result(), &document::run(run));
            }
            let mut whole = Suite::of(runs.to_vec());
            let mut waiting = runs[0].scenario.clone();
            waiting.waiting = vec!["a product that is not served yet".into()];
            whole.waiting = vec![&waiting];
            whole.not_run = vec![runs[1].scenario];
            holds(&suite(), &document::suite(&whole));
        });
    }

    #[test]
    fn a_comparison_is_what_its_schema_says() {
        let (base, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (wanted, mut trace) = short_circuit();
        files::write(base.path(), &[judge(&wanted, &trace, &lookup)]).unwrap();
        trace.events.iter_mut().for_each(|event| event.at.0 += 1);
        trace.events.pop();
        files::write(new.path(), &[judge(&wanted, &trace, &lookup)]).unwrap();
        let [base, new] = [base, new].map(|dir| Record::read(dir.path()).unwrap());
        let found = compare(&base, &new, &Budget::default());
        assert!(!found.shifts.is_empty() && !found.presence.is_empty());
        holds(&diff(), &sheet::document(&found));
    }

    #[test]
    fn the_schemas_refuse_what_is_not_so() {
        with_runs(|runs| {
            let good = document::run(&runs[0]);
            for (field, wrong) in [
                ("verdict", json!("passed")),
                ("id", json!(1)),
                ("findings", json!([{}])),
                ("outcome", json!({"completed": false})),
                ("schema", json!("packtwin.result/2")),
            ] {
                let mut bad = good.clone();
                bad[field] = wrong;
                refuses(&result(), &bad);
            }
            let mut bad = good.clone();
            bad["findings"][0]["measured"] = json!({"at_s": 1});
            refuses(&result(), &bad);
            refuses(&suite(), &good);
        });
    }
}
