//! Which column holds which quantity in which unit: by the names that testers and the Battery Data
//! Format (ontology 1.3) use, or as the user maps them.

mod known;
mod units;

use crate::problems::{Problem, did_you_mean};
use known::{KNOWN, Known};
pub(crate) use units::Unit;
use units::unit;

/// What a column may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quantity {
    /// Time, second.
    Time,
    /// Current, ampere.
    Current,
    /// Terminal voltage, volt.
    Voltage,
    /// Temperature of the cell, degree Celsius.
    Temperature,
    /// Temperature of chamber or room, degree Celsius.
    Ambient,
    /// The tester's counter of charge that went in, ampere-hour, never falling.
    Charged,
    /// The tester's counter of charge that came out, ampere-hour, never falling.
    Discharged,
    /// The tester's counter of both, ampere-hour.
    NetCharge,
    /// The tester's step number.
    Step,
    /// State of charge, 0 to 1, of which only the first of a series is used.
    Soc,
}

/// The names that `--map` knows, in the order of [`Quantity`].
pub const NAMES: [&str; KNOWN.len()] = [
    "time",
    "current",
    "voltage",
    "temperature",
    "ambient",
    "charged",
    "discharged",
    "net-charge",
    "step",
    "soc",
];

impl Quantity {
    /// Its name in `--map`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.known().name
    }

    fn known(self) -> &'static Known {
        let known = KNOWN.iter().find(|known| known.quantity == self);
        known.expect("every quantity is in the table")
    }

    /// Whether a record cannot be without it.
    fn is_required(self) -> bool {
        matches!(self, Self::Time | Self::Current | Self::Voltage)
    }

    /// What the column holds, as a sentence says it.
    pub(crate) fn phrase(self) -> &'static str {
        match self {
            Self::Time => "the time",
            Self::Current => "the current",
            Self::Voltage => "the voltage",
            Self::Temperature => "the cell's temperature",
            Self::Ambient => "the ambient temperature",
            Self::Charged => "the charge that went in",
            Self::Discharged => "the charge that came out",
            Self::NetCharge => "the net charge",
            Self::Step => "the step number",
            Self::Soc => "the state of charge",
        }
    }

    /// The heading that needs no `--map`.
    fn plain_heading(self) -> &'static str {
        match self {
            Self::Time => "time_s",
            Self::Current => "current_a",
            Self::Voltage => "voltage_v",
            Self::Temperature => "temperature_c",
            Self::Ambient => "ambient_c",
            Self::Charged => "chg_ah",
            Self::Discharged => "dis_ah",
            Self::NetCharge => "net_charge_ah",
            Self::Step => "step",
            Self::Soc => "soc",
        }
    }
}

/// A column that the user names for a quantity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// What it holds.
    pub quantity: Quantity,
    /// Its heading as the file writes it, with or without a unit in brackets; `none` leaves the
    /// quantity out.
    pub column: String,
}

impl Mapping {
    /// Reads `voltage=U_cell` or `voltage=U_cell [mV]`.
    ///
    /// # Errors
    /// What was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let Some((name, column)) = text.split_once('=') else {
            return Err("expected NAME=COLUMN, such as voltage=U_cell".to_owned());
        };
        let (name, column) = (name.trim().to_lowercase(), column.trim());
        let Some(known) = KNOWN.iter().find(|known| known.name == name) else {
            let near = did_you_mean(&name, NAMES);
            let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            return Err(format!("`{name}` is none of {}{hint}", NAMES.join(", ")));
        };
        if column.is_empty() {
            return Err(format!("name a column after `{name}=`"));
        }
        Ok(Self { quantity: known.quantity, column: column.to_owned() })
    }
}

/// A column that was recognised.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Column {
    /// Its place in a row, from 0.
    pub(crate) index: usize,
    /// What the file calls it.
    pub(crate) heading: String,
    /// What it holds.
    pub(crate) quantity: Quantity,
    /// In which unit.
    pub(crate) unit: Unit,
}

/// What is wrong with the headings, and at which column, if at one.
#[derive(Debug)]
pub(crate) struct Wrong {
    /// Problems of one kind are shown together.
    pub(crate) kind: &'static str,
    /// The column, if it is one.
    pub(crate) column: Option<usize>,
    /// What to say.
    pub(crate) problem: Problem,
}

/// How many different quantities some headings name by themselves.
pub(crate) fn recognised(headings: &[&str]) -> usize {
    let headings: Vec<_> = headings.iter().map(|text| Heading::of(text)).collect();
    let named = |known: &&Known| headings.iter().any(|it| it.rank(known).is_some());
    KNOWN.iter().filter(named).count()
}

/// Whether a heading is a unit alone, as in a row of units below the headings.
pub(crate) fn is_unit(text: &str) -> bool {
    let text = text.trim().trim_matches(['[', ']', '(', ')']);
    KNOWN.iter().any(|known| unit(known.dimension, text).is_some())
}

/// The columns that hold something, in the order of [`Quantity`]; `units` stand in a row of their
/// own below the headings, or are empty.
///
/// # Errors
/// Everything that is wrong with the headings.
pub(crate) fn resolve(
    headings: &[String],
    units: &[String],
    map: &[Mapping],
) -> Result<Vec<Column>, Vec<Wrong>> {
    let blank = String::new();
    let units = units.iter().chain(std::iter::repeat(&blank));
    let parsed = headings.iter().zip(units).map(|(text, unit)| Heading::with_unit(text, unit));
    let parsed: Vec<_> = parsed.collect();
    let mut columns = Vec::new();
    let mut wrong = Vec::new();
    for known in &KNOWN {
        let mapped = map.iter().rfind(|mapping| mapping.quantity == known.quantity);
        let found = match mapped {
            Some(mapping) => named(known, &mapping.column, headings, &parsed),
            None => best(known, headings, &parsed),
        };
        match found {
            Ok(Some(column)) => columns.push(column),
            Ok(None) if known.quantity.is_required() => {
                wrong.push(missing(known, headings, &parsed));
            }
            Ok(None) => {}
            Err(problem) => wrong.push(problem),
        }
    }
    if wrong.is_empty() { Ok(columns) } else { Err(wrong) }
}

/// A heading, taken apart.
struct Heading {
    /// Letters and digits of all of it.
    whole: String,
    /// Letters and digits without the unit.
    base: String,
    /// The unit as it is written.
    unit: Option<String>,
    /// Whether brackets or a stroke set the unit apart, so that it can be nothing else.
    is_set_apart: bool,
    is_capital: bool,
}

fn squashed(text: &str) -> String {
    text.chars().filter(|it| it.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl Heading {
    fn of(text: &str) -> Self {
        let text = text.trim();
        let (base, unit, is_set_apart) = match apart(text) {
            Some((base, unit)) => (base, Some(unit), true),
            None => match text.rsplit_once(['_', ' ']) {
                Some((base, unit)) => (base, Some(unit), false),
                None => (text, None, false),
            },
        };
        Self {
            whole: squashed(text),
            base: squashed(base),
            unit: unit.map(str::to_owned),
            is_set_apart,
            is_capital: text.starts_with(|letter: char| letter.is_uppercase()),
        }
    }

    /// As [`Self::of`], where a row of units says the unit.
    fn with_unit(text: &str, unit: &str) -> Self {
        let heading = Self::of(text);
        if unit.trim().is_empty() || heading.is_set_apart {
            return heading;
        }
        let unit = unit.trim().trim_matches(['[', ']', '(', ')']).to_owned();
        let base = squashed(text);
        Self { whole: String::new(), base, unit: Some(unit), is_set_apart: true, ..heading }
    }

    /// How well it fits a quantity, 0 best, and its unit; an unknown unit set apart fits too, as
    /// `None`.
    fn rank(&self, known: &Known) -> Option<(usize, Option<Unit>)> {
        let place = |key: &str| known.headings().position(|it| it == key);
        if let Some(rank) = place(&self.whole)
            && self.is_letter_of(known.quantity)
        {
            return Some((rank, Some(Unit::plain(known.dimension))));
        }
        let rank = place(&self.base)?;
        let written = self.unit.as_deref()?;
        match unit(known.dimension, written) {
            // The place of a point within its step, as the Battery Data Format has it.
            Some(_) if self.base == "stepindex" && written == "1" => None,
            Some(unit) => Some((rank, Some(unit))),
            None if self.is_set_apart && self.is_of_no_other(known) => Some((rank, None)),
            None => None,
        }
    }

    /// A lone `t` is a time and a lone `T` a temperature.
    fn is_letter_of(&self, quantity: Quantity) -> bool {
        self.whole != "t" || self.is_capital == (quantity == Quantity::Temperature)
    }

    fn is_of_no_other(&self, known: &Known) -> bool {
        let other = |it: &&Known| {
            it.quantity != known.quantity && it.headings().any(|name| name == self.base)
        };
        !KNOWN.iter().any(|it| other(&it))
    }

    fn dimension_fits(&self, known: &Known) -> bool {
        self.unit.as_deref().is_some_and(|it| unit(known.dimension, it).is_some())
    }
}

/// `Voltage (mV)`, `Voltage [mV]`, `Voltage / mV` in two.
fn apart(text: &str) -> Option<(&str, &str)> {
    for (open, close) in [('(', ')'), ('[', ']'), ('{', '}')] {
        if let Some((base, unit)) = text.strip_suffix(close).and_then(|it| it.rsplit_once(open)) {
            return Some((base, unit));
        }
    }
    text.rsplit_once('/')
}

/// The column that fits best.
fn best(known: &Known, headings: &[String], parsed: &[Heading]) -> Result<Option<Column>, Wrong> {
    let ranked = parsed.iter().enumerate().filter_map(|(index, it)| Some((index, it.rank(known)?)));
    let ranked: Vec<_> = ranked.collect();
    let Some(first) = ranked.iter().min_by_key(|(_, (rank, _))| *rank) else { return Ok(None) };
    let (index, (rank, ref unit)) = *first;
    let twin = ranked.iter().find(|(other, (same, _))| *other != index && *same == rank);
    if let Some((other, _)) = twin
        && known.quantity.is_required()
    {
        let (one, two) = (&headings[index], &headings[*other]);
        let title = format!("two columns may hold {}", known.quantity.phrase());
        let problem = Problem::new(title)
            .label(format!("beside `{one}`"))
            .help(format!("say which: --map {}={two:?}", known.name));
        return Err(Wrong { kind: known.name, column: Some(*other), problem });
    }
    match unit {
        Some(unit) => Ok(Some(column(known, index, headings, unit.clone()))),
        None => Err(unknown_unit(known, index, parsed[index].unit.as_deref().unwrap_or_default())),
    }
}

fn column(known: &Known, index: usize, headings: &[String], unit: Unit) -> Column {
    Column { index, heading: headings[index].trim().to_owned(), quantity: known.quantity, unit }
}

fn unknown_unit(known: &Known, column: usize, written: &str) -> Wrong {
    let problem = Problem::new(format!("`{written}` is no unit of {}", known.quantity.phrase()))
        .label("unit not known")
        .help(format!("known: {}", known.dimension.units().join(", ")));
    Wrong { kind: known.name, column: Some(column), problem }
}

/// The column that the user names.
fn named(
    known: &Known,
    wanted: &str,
    headings: &[String],
    parsed: &[Heading],
) -> Result<Option<Column>, Wrong> {
    let exactly = headings.iter().position(|it| it.trim() == wanted);
    let place = |name: &str| headings.iter().position(|it| it.trim().eq_ignore_ascii_case(name));
    if let Some(index) = exactly.or_else(|| place(wanted)) {
        let heading = &parsed[index];
        let unit = match heading.unit.as_deref() {
            Some(written) if heading.is_set_apart => {
                unit(known.dimension, written).ok_or_else(|| unknown_unit(known, index, written))?
            }
            Some(written) => {
                unit(known.dimension, written).unwrap_or_else(|| Unit::plain(known.dimension))
            }
            None => Unit::plain(known.dimension),
        };
        return Ok(Some(column(known, index, headings, unit)));
    }
    if let Some((name, written)) = apart(wanted)
        && let Some(index) = place(name.trim())
    {
        let unit =
            unit(known.dimension, written).ok_or_else(|| unknown_unit(known, index, written))?;
        return Ok(Some(column(known, index, headings, unit)));
    }
    if wanted.eq_ignore_ascii_case("none") && !known.quantity.is_required() {
        return Ok(None);
    }
    let title = format!("no column is called `{wanted}`, as --map {} says", known.name);
    let problem = Problem::new(title).label("the columns").help(suggestion(wanted, headings));
    Err(Wrong { kind: known.name, column: None, problem })
}

/// What to say where a quantity has no column: what it may be, and how to name it.
fn missing(known: &Known, headings: &[String], parsed: &[Heading]) -> Wrong {
    let phrase = known.quantity.phrase();
    let unclaimed = |index: usize| KNOWN.iter().all(|it| parsed[index].rank(it).is_none());
    let free: Vec<_> = (0..headings.len()).filter(|index| unclaimed(*index)).collect();
    let fits = |index: &&usize| parsed[**index].dimension_fits(known);
    let by_unit: Vec<_> = free.iter().filter(fits).map(|it| headings[*it].as_str()).collect();
    let near = free.iter().find(|index| {
        let base = &parsed[**index].base;
        // Slips of the pen seldom hit the first letter, and of short names everything is near.
        let alike = |name: &&str| name.len() > 3 && name.get(..1) == base.get(..1);
        did_you_mean(base, known.headings().filter(alike)).is_some()
    });
    let near = near.map(|index| headings[*index].as_str()).or(by_unit.first().copied());
    let plain = known.quantity.plain_heading();
    let help = match (near, by_unit.len()) {
        (Some(near), 0 | 1) => {
            format!("did you mean `{near}`? map it: --map {}={near:?}", known.name)
        }
        (Some(near), _) => {
            format!("choose one of {}: --map {}={near:?}", by_unit.join(", "), known.name)
        }
        (None, _) => format!("name it {plain}, or map it: --map {}=COLUMN", known.name),
    };
    let label = format!("expected a column such as `{plain}`");
    let problem = Problem::new(format!("no column holds {phrase}")).label(label).help(help);
    Wrong { kind: known.name, column: None, problem }
}

/// What may have been meant by a name that no column has.
pub(crate) fn suggestion(wanted: &str, headings: &[String]) -> String {
    let near = did_you_mean(wanted, headings.iter().map(String::as_str));
    near.map_or_else(
        || format!("the columns are: {}", listed(headings)),
        |near| format!("did you mean `{near}`?"),
    )
}

/// Some headings in one line.
fn listed(headings: &[String]) -> String {
    let shown: Vec<_> = headings.iter().take(12).map(|it| it.trim()).collect();
    let rest = if headings.len() > 12 { ", …" } else { "" };
    shown.join(", ") + rest
}

#[cfg(test)]
#[path = "columns/tests.rs"]
mod tests;
