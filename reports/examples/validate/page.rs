//! The page of results: one table, and charts of model against measurement.

use fitting::report::{Score, TracePoint};
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

/// One line of the table.
pub(crate) struct Entry {
    /// What was measured.
    pub(crate) measure: String,
    /// What the cell was fitted to.
    pub(crate) fitted_to: String,
    /// The result, formatted by its unit.
    pub(crate) result: String,
    /// Root of the mean squared error in the unit of the bounds.
    pub(crate) rmse: f64,
    /// What must be reached and what is good, in the same unit; none where no bound exists.
    pub(crate) bounds: Option<(f64, f64)>,
    /// Largest error and its own bounds, in the same unit; none where it has none.
    pub(crate) largest: Option<(f64, (f64, f64))>,
    /// Name of the chart, if any.
    pub(crate) chart: Option<String>,
}

/// All results so far.
#[derive(Default)]
pub(crate) struct Page {
    entries: Vec<Entry>,
    charts: Vec<(String, String, Vec<TracePoint>)>,
    notes: Vec<String>,
}

impl Page {
    /// Adds a voltage score in millivolt.
    pub(crate) fn voltage(
        &mut self,
        measure: &str,
        fitted_to: &str,
        score: Option<Score>,
        bounds_mv: Option<(f64, f64)>,
    ) {
        let Some(score) = score else {
            self.notes.push(format!("{measure}: no row to score"));
            return;
        };
        // Zero is added so that nothing is rounded to "-0".
        let percent = |soc: f64| libm::round(100.0 * soc) + 0.0;
        let (low, high) = (percent(score.soc.0), percent(score.soc.1));
        let result = format!(
            "{:.1} mV, max {:.0} mV, {low:.0}-{high:.0} % SOC, {} rows",
            1e3 * score.rmse_v,
            1e3 * score.max_v,
            score.rows
        );
        self.entries.push(Entry {
            measure: measure.to_owned(),
            fitted_to: fitted_to.to_owned(),
            result,
            rmse: 1e3 * score.rmse_v,
            bounds: bounds_mv,
            largest: None,
            chart: None,
        });
    }

    /// Gives the last entry bounds for its largest error, which may be of another SOC window.
    pub(crate) fn largest(&mut self, score: Option<Score>, bounds_mv: (f64, f64)) {
        let (Some(entry), Some(score)) = (self.entries.last_mut(), score) else { return };
        entry.largest = Some((1e3 * score.max_v, bounds_mv));
    }

    /// Adds any other result.
    pub(crate) fn entry(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// Adds a chart to the last entry.
    pub(crate) fn chart(&mut self, name: &str, points: &[TracePoint]) {
        if let Some(entry) = self.entries.last_mut() {
            entry.chart = Some(name.to_owned());
            self.charts.push((name.to_owned(), entry.measure.clone(), points.to_vec()));
        }
    }

    /// Adds a sentence below the table.
    pub(crate) fn note(&mut self, sentence: String) {
        self.notes.push(sentence);
    }

    /// Writes page and charts.
    #[expect(clippy::print_stdout, reason = "the result of the program")]
    pub(crate) fn write(&self, out: &Path) -> Result<(), Box<dyn Error>> {
        for (name, title, points) in &self.charts {
            let chart = reports::fit::comparison(title, points).ok_or("a chart without points")?;
            std::fs::write(out.join(format!("{name}.svg")), chart.document())?;
        }
        let text = self.text();
        print!("{text}");
        std::fs::write(out.join("cells.md"), text)?;
        Ok(())
    }

    fn text(&self) -> String {
        let mut text = String::from(HEAD);
        for entry in &self.entries {
            let bounds = bounds(entry);
            let chart =
                entry.chart.as_ref().map_or(String::new(), |name| format!("[chart]({name}.svg)"));
            let line =
                [&entry.measure, &entry.fitted_to, &entry.result, &bounds, verdict(entry), &chart];
            let line: Vec<&str> = line.iter().map(|cell| cell.as_ref()).collect();
            writeln!(text, "| {} |", line.join(" | ")).expect("a string takes everything");
        }
        text.push('\n');
        for note in &self.notes {
            writeln!(text, "- {note}").expect("a string takes everything");
        }
        text
    }
}

/// Bounds as the table shows them.
fn bounds(entry: &Entry) -> String {
    let Some((must, good)) = entry.bounds else { return "-".to_owned() };
    let largest = entry.largest.map(|(value, (must, good))| {
        format!("; max {value:.0} of {must} / {good} from 10 to 90 %")
    });
    format!("{must} / {good}{}", largest.unwrap_or_default())
}

fn verdict(entry: &Entry) -> &'static str {
    let Some(bounds) = entry.bounds else { return "-" };
    let all = [Some((entry.rmse, bounds)), entry.largest];
    let within = |good: bool| {
        all.iter().flatten().all(|&(value, bounds)| value <= if good { bounds.1 } else { bounds.0 })
    };
    if within(true) {
        "good"
    } else if within(false) {
        "reached"
    } else {
        "missed"
    }
}

const HEAD: &str = "# Cells against measurement

Written by `cargo run --release -p reports --example validate -- DATA_DIR docs/validation`, which
fits each public set on part of its records and scores the rest with the plant's own cell model, at
the temperature and with the current of the record. The data are not part of this repository;
`docs/physics.md` says where they come from. Bounds: what must be reached / what is good. An error
is a root mean square over time unless it says otherwise. Rows of records that no fit uses are written
where such files lie in `DATA_DIR`; `docs/fitting.md` says how they are named.

| measure | fitted to | result | bounds | verdict | chart |
|---|---|---|---|---|---|
";

/// Writes a fitted cell over what is known of the cell besides: limits, range, thermal data, ageing,
/// and the words at the head of its file.
pub(crate) fn preset(
    task: &crate::Task,
    name: &str,
    fitted: &cell_models::cell::CellParams,
) -> Result<(), Box<dyn Error>> {
    let Some(folder) = &task.presets else { return Ok(()) };
    let known = cell_models::presets::by_name(name).ok_or("no preset of this name")?;
    let file = cell_models::presets::file(name).ok_or("no preset of this name")?;
    // Of records that do not return to full nothing is lost; then the known efficiency holds.
    let told = fitted.coulombic_efficiency < 1.0;
    let coulombic_efficiency =
        if told { fitted.coulombic_efficiency } else { known.coulombic_efficiency };
    let cell = cell_models::cell::CellParams {
        name: known.name.clone(),
        validated: known.validated.clone(),
        limits: known.limits,
        coulombic_efficiency,
        self_discharge_per_s: known.self_discharge_per_s,
        self_discharge_doubling_k: known.self_discharge_doubling_k,
        entropic_v_per_k: known.entropic_v_per_k.clone(),
        heat_capacity_j_k: known.heat_capacity_j_k,
        to_ambient_w_k: known.to_ambient_w_k,
        to_neighbour_w_k: known.to_neighbour_w_k,
        ageing: known.ageing.clone(),
        ..fitted.clone()
    };
    let mut sheet = cell_models::sheet::Sheet::new(cell);
    if let Some(data) = told_data(file) {
        sheet = sheet.note("data", data);
    }
    let sheet = sheet
        .note("method", "packtwin `fitting`: least squares over slow branches and drive records");
    let own =
        |line: &&str| line.starts_with('#') && !line.contains("A current above zero charges; SOC");
    let head: String = file
        .lines()
        .take_while(|line| line.starts_with('#'))
        .filter(own)
        .fold(String::new(), |head, line| head + line + "\n");
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join(format!("{name}.toml")), head + &sheet.write())?;
    Ok(())
}

/// What a cell file cites as its data.
fn told_data(file: &str) -> Option<&str> {
    let line = file.lines().find_map(|line| line.strip_prefix("data = \""))?;
    line.strip_suffix('"')
}
