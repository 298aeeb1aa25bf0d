//! Checks of values: signals in bands, integrals, energies.

use super::Context;
use super::moments::read_when;
use crate::diagnostics::Problem;
use crate::expect::{Check, EnergyPart, Signal, When};
use crate::quantity::Dimension;
use crate::section::Section;
use crate::signals;
use sim::display::Displayed;
use sim::reported::Reported;
use toml::de::DeValue;

/// `value`: in a band, or in it for a time with `held`.
pub(super) fn read_value(section: &Section<'_>, context: &Context<'_>) -> Option<Check> {
    let (signal, dimension) = read_signal(section, "value", context)?;
    let when = read_when(section, context);
    let (low, high) = read_band(section, dimension)?;
    let when = when?;
    if section.has("held") {
        let at_least = section.time_span("held")?;
        return Some(Check::Held { signal, when, low, high, at_least });
    }
    Some(Check::Band { signal, when, low, high })
}

/// The signal that a key names, and how its values are written.
fn read_signal(
    section: &Section<'_>,
    key: &'static str,
    context: &Context<'_>,
) -> Option<(Signal, Dimension)> {
    let name = section.text(key)?;
    let found = signals::find(section.sink, name, section.span_of(key));
    if let Some((signal, _)) = found {
        report_absent_cell(section, key, signal, context);
    }
    found
}

fn report_absent_cell(
    section: &Section<'_>,
    key: &'static str,
    signal: Signal,
    context: &Context<'_>,
) {
    let signal = if let Signal::Size(inner) = signal { *inner } else { signal };
    let (Signal::Cell(cell)
    | Signal::Soc(cell)
    | Signal::Reported(Reported::Cell(cell))
    | Signal::Deviation(Reported::Cell(cell))
    | Signal::Displayed(Displayed::Cell(cell))) = signal
    else {
        return;
    };
    if cell >= usize::from(context.cells) {
        let title = format!("this pack has no cell {}", cell + 1);
        let problem = Problem::new(title, section.span_of(key));
        section.sink.report(problem.label(format!("it has {} cells", context.cells)));
    }
}

/// `low` and `high`, or `equals` and `within`, which is a share of the value or a quantity.
fn read_band(section: &Section<'_>, dimension: Dimension) -> Option<(f64, f64)> {
    if section.has("equals") {
        section.missing("within", "within = \"1 %\"");
        let middle = section.float("equals", dimension);
        let within = section.value("within")?;
        let share = within.get_ref().as_str().is_some_and(|text| text.ends_with('%'));
        let margin = if share && dimension != Dimension::Share {
            section.float("within", Dimension::Share).zip(middle).map(|(s, m)| s * m.abs())
        } else {
            section.float("within", dimension)
        };
        let (middle, margin) = (middle?, margin?);
        return Some((middle - margin, middle + margin));
    }
    if !section.has("low") && !section.has("high") {
        let title = "a value needs `low`, `high`, or `equals` with `within`";
        section.sink.report(Problem::new(title, section.span.clone()));
        return None;
    }
    read_limits(section, dimension)
}

fn read_limits(section: &Section<'_>, dimension: Dimension) -> Option<(f64, f64)> {
    let read = |key, open| match section.has(key) {
        true => section.float(key, dimension),
        false => Some(open),
    };
    let (low, high) = (read("low", f64::NEG_INFINITY), read("high", f64::INFINITY));
    let (low, high) = (low?, high?);
    if low > high {
        let problem = Problem::new("`low` lies above `high`", section.span_of("low"));
        section.sink.report(problem.other(section.span_of("high"), "this is lower"));
    }
    Some((low, high))
}

/// A band in a table of its own under `key`, one of whose ends must be written.
fn band_table(
    section: &Section<'_>,
    key: &'static str,
    dimension: Dimension,
    example: &str,
) -> Option<(f64, f64)> {
    let band = section.section(key)?;
    let limits = if band.has("low") || band.has("high") {
        read_limits(&band, dimension)
    } else {
        let title = format!("`{key}` needs `low` or `high`");
        let problem = Problem::new(title, section.span_of(key));
        section.sink.report(problem.help(format!("write `{key} = {{ high = \"{example}\" }}`")));
        None
    };
    band.finish();
    limits
}

/// `mean`: of a signal over time.
pub(super) fn read_mean(section: &Section<'_>, context: &Context<'_>) -> Option<Check> {
    let (signal, dimension) = read_signal(section, "mean", context)?;
    let when = read_lasting(section, "a mean", context);
    let (low, high) = read_band(section, dimension)?;
    Some(Check::Mean { signal, when: when?, low, high })
}

/// `change`: of a signal between two moments.
pub(super) fn read_change(section: &Section<'_>, context: &Context<'_>) -> Option<Check> {
    let (signal, dimension) = read_signal(section, "change", context)?;
    let when = read_lasting(section, "a change", context);
    let (low, high) = read_band(section, dimension)?;
    Some(Check::Change { signal, when: when?, low, high })
}

/// A span that takes time.
fn read_lasting(section: &Section<'_>, what: &str, context: &Context<'_>) -> Option<When> {
    if section.has("at") {
        let problem = Problem::new(format!("{what} is of a span"), section.span_of("at"));
        section.sink.report(problem.label("takes no time").help("write `from` and `to`"));
    }
    read_when(section, context)
}

/// `charge`: the integral of the current.
pub(super) fn read_charge(section: &Section<'_>, context: &Context<'_>) -> Option<Check> {
    let when = read_when(section, context);
    let band = section.section("charge")?;
    band.missing("low", "low = \"-0.68 C\"");
    band.missing("high", "high = \"0 C\"");
    let limits = read_limits(&band, Dimension::Charge);
    band.finish();
    let (low, high) = limits?;
    Some(Check::Charge { when: when?, low, high })
}

/// `i2t`: the integral of the squared current.
pub(super) fn read_square_time(section: &Section<'_>, context: &Context<'_>) -> Option<Check> {
    let when = read_when(section, context);
    let (low, high) = band_table(section, "i2t", Dimension::SquareTime, "3 kA2s")?;
    Some(Check::SquareTime { when: when?, low, high })
}

/// `energy`: a share that may be missing in the book, or an entry of it in a band.
pub(super) fn read_energy(section: &Section<'_>, context: &Context<'_>) -> Option<Check> {
    if !matches!(section.value("energy")?.get_ref(), DeValue::Table(_)) {
        return Some(Check::Energy { share: section.float("energy", Dimension::Share)? });
    }
    let table = section.section("energy")?;
    table.missing("part", "part = \"path heat\"");
    let part = table.choice("part", "entry of the energy book", &EnergyPart::NAMES);
    let limits = if table.has("low") || table.has("high") {
        read_limits(&table, Dimension::Energy)
    } else {
        let problem = Problem::new("an energy needs `low` or `high`", section.span_of("energy"));
        section.sink.report(problem.help("write `high = \"10 J\"`"));
        None
    };
    table.finish();
    let when = match ["at", "from", "to", "during"].iter().any(|key| section.has(key)) {
        true => Some(read_lasting(section, "an energy", context)?),
        false => None,
    };
    let (low, high) = limits?;
    Some(Check::Joules { when, part: part?, low, high })
}
