//! The page of a fit: a single file that needs no network.

use super::{Account, called, capital, charts, millivolts, sheet, significant};
use crate::plots::number;
use crate::{plots, provenance, show};
use fitting::report::{Figure, RecordFit, Score};
use minijinja::value::{Serde, Value as Given};
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior};
use serde_json::{Value, json};

const STYLE: &str = include_str!("../page/style.css");
const FRAME: &str = include_str!("../page/frame.html");
const FIT: &str = include_str!("fit.html");

/// The page.
pub(super) fn render(account: &Account<'_>) -> Result<String, Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_template("frame.html", FRAME)?;
    environment.add_template("fit.html", FIT)?;
    environment.get_template("fit.html")?.render(Given::from(Serde(view(account))))
}

fn view(account: &Account<'_>) -> Value {
    let report = &account.fitted.report;
    let drawn = charts::drawn(account);
    let svg = |chart: plots::Chart| chart.svg;
    json!({
        "style": STYLE,
        "version": provenance::version(),
        "name": account.fitted.params.name,
        "source": account.fitted.params.source,
        "facts": facts(account),
        "warnings": account.fitted.report.told(),
        "notes": account.notes,
        "records": report.records.iter().map(record).collect::<Vec<_>>(),
        "traces": drawn.iter().filter_map(|it| charts::comparison(&it.name, &it.trace)).map(svg).collect::<Vec<_>>(),
        "not_drawn": report.records.len() - drawn.len(),
        "over_soc": charts::over_soc(account).map(svg),
        "ocv": charts::ocv(account).map(svg),
        "tables": charts::tables(account).into_iter().map(svg).collect::<Vec<_>>(),
        "typical": typical(account),
        "figures": account.tables().into_iter().map(|it| figures(account, it)).collect::<Vec<_>>(),
        "cell": account.cell,
    })
}

fn facts(account: &Account<'_>) -> Vec<Value> {
    let fact = |name: &str, value: String| json!({"name": name, "value": value});
    let params = &account.fitted.params;
    let report = &account.fitted.report;
    let error = |score: Option<Score>| score.map_or("none".into(), |it| millivolts(it.rmse_v));
    vec![
        fact("Error of the fitted rows, RMS", error(account.fitted_score())),
        fact("Error of the held-out rows, RMS", error(account.held_out_score())),
        fact("Chemistry", params.chemistry.name().to_owned()),
        fact("Capacity", format!("{} Ah", significant(params.capacity_ah))),
        fact("Polarisation", show::counted(params.branches.len(), "pair")),
        fact("Records", report.records.len().to_string()),
        fact("Temperatures", span(report.temperature_c, 0, "°C")),
        fact("State of charge", span((100.0 * report.soc.0, 100.0 * report.soc.1), 1, "%")),
        fact(
            "Current up to",
            format!("{:.2}C charging, {:.2}C discharging", report.c_rate.0, report.c_rate.1),
        ),
        fact("Cell file", account.path.to_owned()),
    ]
}

fn span((low, high): (f64, f64), decimals: usize, unit: &str) -> String {
    let (low, high) = (number(low, decimals), number(high, decimals));
    if low == high { format!("{low} {unit}") } else { format!("{low} to {high} {unit}") }
}

fn record(it: &RecordFit) -> Value {
    let rows =
        |score: &Option<Score>| score.as_ref().map_or(String::new(), |it| it.rows.to_string());
    let error = |score: &Option<Score>, of: fn(&Score) -> f64| {
        score.as_ref().map_or(String::new(), |it| millivolts(of(it)))
    };
    json!({
        "name": it.name,
        "kind": it.kind.to_string(),
        "temperature": format!("{} °C", number(it.temperature_c, 1)),
        "start": format!("{} %", number(100.0 * it.soc_start, 1)),
        "rows": rows(&it.fitted),
        "rmse": error(&it.fitted, |it| it.rmse_v),
        "max": error(&it.fitted, |it| it.max_v),
        "held_rows": rows(&it.held_out),
        "held_rmse": error(&it.held_out, |it| it.rmse_v),
        "held_max": error(&it.held_out, |it| it.max_v),
        "counter": it.counter_error.map_or(String::new(), |it| format!("{} %", number(100.0 * it, 2))),
    })
}

/// Each table at half full and 25 °C, or as near as it has a figure.
fn typical(account: &Account<'_>) -> Vec<Value> {
    let tables = account.tables().into_iter();
    tables.filter_map(|table| Some(figure(account.typical(table)?))).collect()
}

fn figures(account: &Account<'_>, table: &str) -> Value {
    let figures = account.figures(table, None);
    let name = figures.first().map_or(String::new(), |it| capital(&called(it).0));
    let count = figures.len();
    let rows: Vec<_> = figures.into_iter().map(figure).collect();
    json!({"name": name, "table": table, "count": show::counted(count, "figure"), "rows": rows})
}

fn figure(it: &Figure) -> Value {
    let (name, factor, unit) = called(it);
    let text = |value: f64| significant(factor * value);
    json!({
        "name": name,
        "soc": it.soc.map_or(String::new(), |soc| format!("{} %", number(100.0 * soc, 1))),
        "temperature": it.temperature_c.map_or(String::new(), |it| format!("{} °C", number(it, 0))),
        "value": text(it.value),
        "unit": unit,
        "interval": format!("{} to {}", text(it.low), text(it.high)),
        "origin": sheet::origin(it.origin),
    })
}
