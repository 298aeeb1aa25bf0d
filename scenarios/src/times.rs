//! Times in files: read to the nanosecond, and written as people do.

use crate::diagnostics::Problem;
use crate::quantity::{Dimension, Quantity};
use crate::section::Sink;
use sim::time::SimTime;
use std::ops::Range;
use toml::Spanned;
use toml::de::DeValue;

/// A time as people write it, without the zeros that say nothing; days from two
/// of them on.
pub(crate) fn shown(at: SimTime) -> String {
    if let Some(days) = at.in_days() {
        return days;
    }
    let text = format!("{}.{:09}", at.0 / 1_000_000_000, at.0 % 1_000_000_000);
    format!("{} s", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A time that is not negative, on the nanosecond.
pub(crate) fn time(sink: &Sink, value: &Spanned<DeValue<'_>>) -> Option<SimTime> {
    on_the_nanosecond(sink, sink.quantity(value, Dimension::Time)?, value.span())
}

/// The same for a text, or a part of one, that stands at `span`.
pub(crate) fn time_text(sink: &Sink, text: &str, span: Range<usize>) -> Option<SimTime> {
    let quantity = sink.quantity_text(text, span.clone(), Dimension::Time)?;
    on_the_nanosecond(sink, quantity, span)
}

fn on_the_nanosecond(sink: &Sink, quantity: Quantity, span: Range<usize>) -> Option<SimTime> {
    let nanos = quantity.whole(-9).and_then(|nanos| u64::try_from(nanos).ok());
    if nanos.is_none() {
        let title = "expected a time from 0, not finer than 1 ns";
        let help = "times are written from `0 s` on, down to `1 ns`";
        sink.report(Problem::new(title, span).label("out of range").help(help));
    }
    nanos.map(SimTime)
}
