//! A progress bar on standard error, when that is a terminal and nobody asked for quiet.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;

/// A bar over `total` runs; invisible where nobody would see it.
pub(crate) fn bar(total: usize, quiet: bool) -> ProgressBar {
    let visible = !quiet && std::io::stderr().is_terminal();
    let target = if visible { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let total = u64::try_from(total).unwrap_or(u64::MAX);
    let bar = ProgressBar::with_draw_target(Some(total), target);
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} runs  {elapsed}  {wide_msg}");
    bar.with_style(style.expect("the template is well-formed"))
}
