//! What the account of a fit shows, held against an account made by hand.

use super::{Account, charts, files, page, sheet, significant, table, together};
use crate::table::WIDTH;
use cell_models::presets;
use fitting::report::{Figure, FitReport, Fitted, Origin, RecordFit, Score, TracePoint, Warning};
use fitting::segment::Kind;

/// A score of equal SOC range.
fn score(rows: usize, rmse_v: f64) -> Score {
    Score { rows, rmse_v, max_v: 3.0 * rmse_v, soc: (0.1, 0.9) }
}

fn record(name: &str, rmse_v: f64) -> RecordFit {
    let point = |step: u32| {
        let share = f64::from(step) / 400.0;
        let measured_v = if (100..140).contains(&step) { f64::NAN } else { 3.3 - 0.4 * share };
        TracePoint {
            time_s: 7200.0 * share,
            soc: 0.9 - 0.8 * share,
            current_a: -1.0,
            measured_v,
            model_v: 3.3 - 0.4 * share + rmse_v * libm::sin(40.0 * share),
            held_out: step >= 300,
        }
    };
    RecordFit {
        name: name.to_owned(),
        kind: Kind::Drive,
        temperature_c: 25.0,
        capacity_ah: 2.0,
        soc_start: 0.9,
        fitted: Some(score(300, rmse_v)),
        held_out: Some(score(100, 2.0 * rmse_v)),
        counter_error: Some(0.002),
        trace: (0..=400).map(point).collect(),
    }
}

fn figures() -> Vec<Figure> {
    let mut figures = Vec::new();
    for (row, celsius) in [-15.0, 5.0, 25.0, 45.0].into_iter().enumerate() {
        let cold = f64::from(1_u32 << (3 - row));
        for (table, unit, base) in [
            ("ocv", "V", 3.2),
            ("hysteresis.half_width", "V", 0.015),
            ("r0_discharge", "ohm", 0.01 * cold),
            ("r0_charge", "ohm", 0.011 * cold),
            ("branches[0].discharge", "ohm", 0.004 * cold),
        ] {
            for step in 0..=10_u32 {
                let soc = f64::from(step) / 10.0;
                let value = base * (1.0 + 0.1 * (soc - 0.5) * (soc - 0.5));
                let origin = if step == 0 { Origin::Assumed } else { Origin::Measured };
                figures.push(Figure {
                    table: table.to_owned(),
                    soc: Some(soc),
                    temperature_c: Some(celsius),
                    value,
                    low: 0.97 * value,
                    high: 1.03 * value,
                    unit,
                    origin,
                });
            }
        }
        figures.push(Figure {
            table: "branches[0].tau".to_owned(),
            soc: None,
            temperature_c: Some(celsius),
            value: 12.0 * cold,
            low: 10.0 * cold,
            high: 14.0 * cold,
            unit: "s",
            origin: Origin::Measured,
        });
    }
    figures
}

pub(super) fn fitted(records: Vec<RecordFit>) -> Fitted {
    let mut params = presets::by_name("lfp-100ah").expect("the preset is there");
    params.name = "made by hand".to_owned();
    let report = FitReport {
        figures: figures(),
        records,
        warnings: vec![
            Warning::ChargeFallsBack { temperature_c: 5.0 },
            Warning::SocNotReached { low: 0.05, high: 0.98 },
        ],
        soc: (0.05, 0.98),
        temperature_c: (-15.0, 45.0),
        c_rate: (1.0, 2.5),
        iterations: 17,
    };
    Fitted { params, report }
}

fn with<T>(records: Vec<RecordFit>, of: impl FnOnce(&Account<'_>) -> T) -> T {
    let fitted = fitted(records);
    let notes = ["a.csv: 2 rows have the time of the row before".to_owned()];
    of(&Account { fitted: &fitted, cell: "name = \"x\"\n", path: "out/cell.toml", notes: &notes })
}

fn two() -> Vec<RecordFit> {
    vec![record("drive.csv", 0.004), record("slow.csv", 0.001)]
}

#[test]
fn errors_of_records_add_by_their_rows() {
    let both = together([score(1, 0.001), score(3, 0.003)].iter()).expect("there are rows");
    // √((1·1² + 3·3²)/4) mV
    assert!((both.rmse_v - 0.001 * libm::sqrt(7.0)).abs() < 1e-12, "{}", both.rmse_v);
    assert!(both.rows == 4 && (both.max_v - 0.009).abs() < 1e-12, "{both:?}");
    assert_eq!(together([].iter()), None);
}

#[test]
fn the_table_shows_figures_errors_and_warnings_within_the_width() {
    let text = with(two(), |account| {
        let lines = table::render(account).into_iter().map(|line| line.to_string());
        lines.collect::<Vec<_>>()
    });
    assert!(text.iter().all(|line| line.chars().count() <= WIDTH), "{text:#?}");
    insta::assert_snapshot!(text.join("\n"));
}

#[test]
fn of_many_records_the_table_and_the_page_show_the_worst() {
    let many = (0..40_u32).map(|k| record(&format!("r{k}.csv"), 0.001 * f64::from(k + 1)));
    with(many.collect(), |account| {
        let lines: Vec<_> = table::render(account).iter().map(ToString::to_string).collect();
        assert!(lines.iter().any(|line| line.contains("r39.csv")));
        assert!(!lines.iter().any(|line| line.contains("r15.csv")));
        assert!(lines.iter().any(|line| line == "and 16 more with smaller errors"), "{lines:#?}");
        let drawn = charts::drawn(account);
        let names: Vec<_> = drawn.iter().map(|it| it.name.as_str()).collect();
        let wanted: Vec<_> = (28..40).map(|k| format!("r{k}.csv")).collect();
        assert_eq!(names, wanted);
        assert!(page::render(account).unwrap().contains("28 more are in the table"));
    });
}

#[test]
fn the_page_needs_no_network_and_shows_every_chart() {
    let page = with(two(), |account| page::render(account).unwrap());
    for foreign in ["http://", "https://", "<script", "<link", "@import", "url("] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    for shown in [
        "made by hand",
        "no charging measured",
        "<title>drive.csv</title>",
        "<title>slow.csv</title>",
        "<title>Model less measured voltage over state of charge</title>",
        "<title>R0, discharging, with the interval of 95 % confidence</title>",
        "<title>R1, discharging, with the interval of 95 % confidence</title>",
        "<title>Hysteresis, half width, with the interval of 95 % confidence</title>",
        "<title>Time constant 1 over temperature</title>",
        "4.00 mV",
        "counters differ by 0.20 %",
        "2 rows have the time",
    ] {
        assert!(page.contains(shown), "{shown}");
    }
}

#[test]
fn malice_in_any_text_stays_text() {
    let malice = "<img src=x onerror=alert(1)>";
    let mut fitted = fitted(vec![record(malice, 0.001)]);
    fitted.params.name = malice.into();
    fitted.params.source = malice.into();
    let notes = [malice.to_owned()];
    let account = Account { fitted: &fitted, cell: malice, path: malice, notes: &notes };
    let page = page::render(&account).unwrap();
    assert!(page.contains("&lt;img") && !page.contains("<img"));
}

#[test]
fn a_fit_without_points_figures_or_warnings_still_makes_a_page() {
    let mut fitted = fitted(Vec::new());
    fitted.report = FitReport::default();
    let account = Account { fitted: &fitted, cell: "", path: "", notes: &[] };
    let page = page::render(&account).unwrap();
    assert!(page.contains("No row could be compared") && !page.contains("NaN"), "{page}");
    assert!(!table::render(&account).is_empty());
}

#[test]
fn the_document_is_one_of_data_with_units_in_names() {
    with(two(), |account| {
        let document = sheet::document(account);
        assert_eq!(document["schema"], "packtwin.fit/1");
        assert_eq!(document["records"][0]["fitted"]["rmse_v"], 0.004);
        assert_eq!(document["records"][0]["held_out"]["rows"], 100);
        assert_eq!(document["figures"].as_array().unwrap().len(), 4 * (5 * 11 + 1));
        assert_eq!(document["cell"]["file"], "out/cell.toml");
    });
}

#[test]
fn a_folder_gets_page_document_and_tables() {
    let folder = tempfile::tempdir().unwrap();
    let page = with(two(), |account| files::write(folder.path(), account).unwrap());
    assert!(page.ends_with("fit.html"));
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(read("figures.csv").lines().count(), 1 + 4 * (5 * 11 + 1));
    let residuals = read("residuals.csv");
    assert_eq!(residuals.lines().count(), 1 + 2 * 401);
    // A voltage that was not measured has neither value nor error.
    let blank = residuals.lines().nth(1 + 100).unwrap();
    assert!(blank.contains(",,") && blank.ends_with(",,false"), "{blank}");
    assert!(read("fit.json").starts_with('{'));
}

#[test]
fn a_cell_file_replaces_or_fails_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("below/cell.toml");
    files::write_cell(&path, "one").unwrap();
    files::write_cell(&path, "two").unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "two");
    assert!(files::write_cell(&path.join("beneath"), "three").is_err());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "two");
}

#[test]
fn a_warning_of_many_records_is_said_once() {
    let mut fitted = fitted(two());
    let chamber = |record: &str| Warning::ChamberForCell { record: record.into() };
    fitted.report.warnings =
        vec![chamber("a.csv"), Warning::NotConverged { iterations: 3 }, chamber("b.csv")];
    let account = Account { fitted: &fitted, cell: "", path: "", notes: &[] };
    let said = account.fitted.report.told();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].contains("2 records") && said[0].ends_with("a.csv, b.csv"), "{said:?}");
    let text = |lines: Vec<crate::table::Line>| {
        lines.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(text(table::render(&account)).matches("in 2 records").count(), 1);
    assert_eq!(page::render(&account).unwrap().matches("in 2 records").count(), 1);
}

#[test]
fn residuals_that_stray_are_named_instead_of_flattening_the_others() {
    let mut strays = record("a.csv", 0.001);
    // Above 1 mV · sin 0.7, which the point has already.
    strays.trace[7].model_v += 0.5;
    let page = with(vec![strays], |account| page::render(account).unwrap());
    assert!(page.contains("beyond the picture: 0.3 % of the points, up to 501 mV"));
    assert!(!with(two(), |account| page::render(account).unwrap()).contains("beyond the picture"));
}

#[test]
fn numbers_have_four_digits() {
    for (value, text) in
        [(1234.5, "1234"), (123.45, "123.5"), (-12.345, "−12.35"), (0.01234, "0.0123")]
    {
        assert_eq!(significant(value), text, "{value}");
    }
}
