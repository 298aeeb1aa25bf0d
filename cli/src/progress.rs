//! A progress bar or wheel on standard error, when that is a terminal and nobody asked for quiet.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::time::Duration;

/// A bar over `total` runs; invisible where nobody would see it.
pub(crate) fn bar(total: usize, quiet: bool) -> ProgressBar {
    let visible = !quiet && std::io::stderr().is_terminal();
    let target = if visible { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let total = u64::try_from(total).unwrap_or(u64::MAX);
    let bar = ProgressBar::with_draw_target(Some(total), target);
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} runs  {elapsed}  {wide_msg}");
    bar.with_style(style.expect("the template is well-formed"))
}

/// A turning wheel beside what is being done; invisible where nobody would see it.
pub(crate) fn wheel(what: &str, quiet: bool) -> ProgressBar {
    let visible = !quiet && std::io::stderr().is_terminal();
    let target = if visible { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let wheel = ProgressBar::with_draw_target(None, target);
    let style = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}");
    let wheel = wheel.with_style(style.expect("the template is well-formed"));
    wheel.set_message(what.to_owned());
    wheel.enable_steady_tick(Duration::from_millis(120));
    wheel
}
