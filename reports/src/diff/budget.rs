//! What may move between two results, and by how much: a TOML file, nothing by default.

use super::Place;
use super::words::Vocabulary;
use crate::show;
use globset::{Glob, GlobMatcher};
use scenarios::quantity::{Dimension, Quantity};
use serde::Deserialize;
use sim::time::Span;
use std::borrow::Cow;
use std::fmt;
use toml::Spanned;

/// How far an event may move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowed {
    /// Earlier, at most.
    pub early: Span,
    /// Later, at most.
    pub late: Span,
}

impl Allowed {
    /// Whether a shift lies within; the edges belong to it.
    #[must_use]
    pub fn covers(&self, by_ns: i128) -> bool {
        (-i128::from(self.early.0)..=i128::from(self.late.0)).contains(&by_ns)
    }
}

impl fmt::Display for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.early == self.late {
            return write!(f, "±{}", show::span(self.late));
        }
        write!(f, "−{} +{}", show::span(self.early), show::span(self.late))
    }
}

/// Why a budget cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{name}{place}: {what}\nhint: {hint}")]
pub struct BudgetError {
    name: String,
    place: String,
    what: String,
    hint: Cow<'static, str>,
}

/// What events are called.
const EVENTS: &str = "events are called as in scenarios, such as \"SC enters\", \"OV exits\", \
                      \"charge MOSFET off\", \"UV latched\" (docs/scenarios.md)";

/// What may move.
#[derive(Clone, Debug, Default)]
pub struct Budget {
    rules: Vec<Rule>,
    digest_equal: bool,
    strict: bool,
}

/// One `[[allow]]`.
#[derive(Clone, Debug)]
struct Rule {
    scenario: Option<GlobMatcher>,
    requirement: Option<GlobMatcher>,
    event: Option<GlobMatcher>,
    allowed: Allowed,
    margin: f64,
    come_and_go: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    #[serde(default)]
    digest: Digest,
    #[serde(default)]
    allow: Vec<Words>,
}

#[derive(Clone, Copy, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum Digest {
    #[default]
    Any,
    Equal,
}

/// A rule as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Words {
    scenario: Option<Spanned<String>>,
    requirement: Option<Spanned<String>>,
    event: Option<Spanned<String>>,
    shift: Option<Spanned<String>>,
    early: Option<Spanned<String>>,
    late: Option<Spanned<String>>,
    margin: Option<Spanned<String>>,
    #[serde(default)]
    come_and_go: bool,
    #[serde(default, rename = "why")]
    _why: String,
}

/// A text being read, for its places.
struct Source<'a> {
    name: &'a str,
    text: &'a str,
}

impl Budget {
    /// Reads one; `name` is the file's, for messages.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn read(name: &str, text: &str) -> Result<Self, BudgetError> {
        let source = Source { name, text };
        let file: File = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            source.wrong(at, error.message(), "docs/ci.md shows every key")
        })?;
        let rules: Result<_, _> = file.allow.iter().map(|words| source.rule(words)).collect();
        Ok(Self { rules: rules?, digest_equal: file.digest == Digest::Equal, strict: false })
    }

    /// The same, with every change counted.
    #[must_use]
    pub fn strict(self) -> Self {
        Self { strict: true, ..self }
    }

    pub(super) fn is_strict(&self) -> bool {
        self.strict
    }

    pub(super) fn digests_count(&self) -> bool {
        self.digest_equal || self.strict
    }

    /// How far an event may move: as the first rule says that names it.
    pub(super) fn shift(&self, place: &Place, event: &str) -> Allowed {
        self.rule(place, Some(event)).map_or(Allowed::default(), |rule| rule.allowed)
    }

    /// By which share of itself a margin may shrink.
    pub(super) fn margin(&self, place: &Place) -> f64 {
        self.rule(place, None).map_or(0.0, |rule| rule.margin)
    }

    /// Whether an event may be new or gone.
    pub(super) fn may_come_and_go(&self, place: &Place, event: &str) -> bool {
        self.rule(place, Some(event)).is_some_and(|rule| rule.come_and_go)
    }

    fn rule(&self, place: &Place, event: Option<&str>) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.names(place, event))
    }
}

impl Rule {
    fn names(&self, place: &Place, event: Option<&str>) -> bool {
        let is = |glob: &Option<GlobMatcher>, name: Option<&str>| {
            glob.as_ref().is_none_or(|glob| name.is_some_and(|name| glob.is_match(name)))
        };
        let requirement = self
            .requirement
            .as_ref()
            .is_none_or(|glob| place.requirements.iter().any(|id| glob.is_match(id)));
        is(&self.scenario, Some(&place.run)) && is(&self.event, event) && requirement
    }
}

impl Source<'_> {
    fn wrong(&self, at: usize, what: &str, hint: impl Into<Cow<'static, str>>) -> BudgetError {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let place = format!(":{line}:{column}");
        BudgetError { name: self.name.into(), place, what: what.trim().into(), hint: hint.into() }
    }

    fn rule(&self, words: &Words) -> Result<Rule, BudgetError> {
        let shift = self.span(words.shift.as_ref())?;
        let [early, late] = [self.span(words.early.as_ref())?, self.span(words.late.as_ref())?];
        if let (Some(_), Some(both)) = (early.or(late), &words.shift) {
            let hint = "write `shift` for both ways, or `early` and `late`";
            return Err(self.wrong(
                both.span().start,
                "`shift` stands beside `early` or `late`",
                hint,
            ));
        }
        let side = |one: Option<Span>| one.or(shift).unwrap_or(Span(0));
        Ok(Rule {
            scenario: self.glob(words.scenario.as_ref())?,
            requirement: self.glob(words.requirement.as_ref())?,
            event: self.event(words.event.as_ref())?,
            allowed: Allowed { early: side(early), late: side(late) },
            margin: self.share(words.margin.as_ref())?,
            come_and_go: words.come_and_go,
        })
    }

    /// A glob that some event can fit.
    fn event(&self, text: Option<&Spanned<String>>) -> Result<Option<GlobMatcher>, BudgetError> {
        let (Some(text), Some(glob)) = (text, self.glob(text)?) else { return Ok(None) };
        match Vocabulary::new().judge(&glob) {
            Ok(()) => Ok(Some(glob)),
            Err(meant) => {
                let what = format!("no event is called `{}`", text.get_ref());
                let hint: Cow<'static, str> = match meant {
                    Some(meant) => format!("did you mean `{meant}`?").into(),
                    None => EVENTS.into(),
                };
                Err(self.wrong(text.span().start, &what, hint))
            }
        }
    }

    fn glob(&self, text: Option<&Spanned<String>>) -> Result<Option<GlobMatcher>, BudgetError> {
        let compiled = text.map(|text| {
            let glob = Glob::new(text.get_ref()).map(|glob| glob.compile_matcher());
            let hint = "a glob such as s02-* or PS-SCP-?";
            glob.map_err(|error| self.wrong(text.span().start, &error.to_string(), hint))
        });
        compiled.transpose()
    }

    fn span(&self, text: Option<&Spanned<String>>) -> Result<Option<Span>, BudgetError> {
        let hint = "a time with its unit, not finer than 1 ns, such as \"64 us\" or \"1.5 ms\"";
        let read = text.map(|text| {
            let wrong = |what: &str| self.wrong(text.span().start, what, hint);
            let quantity = Quantity::parse(text.get_ref(), Dimension::Time);
            let quantity = quantity.map_err(|error| wrong(&error.what))?;
            let nanos = quantity.whole(-9).and_then(|nanos| u64::try_from(nanos).ok());
            nanos.map(Span).ok_or_else(|| wrong("expected a time from 0"))
        });
        read.transpose()
    }

    fn share(&self, text: Option<&Spanned<String>>) -> Result<f64, BudgetError> {
        let Some(text) = text else { return Ok(0.0) };
        let percent = text.get_ref().strip_suffix('%').map(str::trim).map(str::parse::<f64>);
        match percent {
            Some(Ok(percent)) if (0.0..=100.0).contains(&percent) => Ok(percent * 0.01),
            _ => Err(self.wrong(
                text.span().start,
                "expected a share from 0 % to 100 %",
                "a share of the margin, such as \"5 %\"",
            )),
        }
    }
}
