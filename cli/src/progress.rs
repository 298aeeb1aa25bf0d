//! Progress on standard error: a bar or wheel where that is a terminal, now and then a line where it
//! is not, nothing if somebody asked for quiet.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use reports::Grade;
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Time between two lines where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// A bar over `total` runs; invisible where nobody would see it.
pub(crate) fn bar(total: usize, quiet: bool) -> ProgressBar {
    let visible = !quiet && std::io::stderr().is_terminal();
    let target = if visible { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let total = u64::try_from(total).unwrap_or(u64::MAX);
    let bar = ProgressBar::with_draw_target(Some(total), target);
    let style = ProgressStyle::with_template(
        "{bar:30} {pos}/{len} runs  {elapsed}, {eta} left  {wide_msg}",
    );
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

/// The progress of a suite: how far it is, what has gone wrong, how long it will take.
pub(crate) struct Progress {
    bar: ProgressBar,
    lines: bool,
    pace: Mutex<Pace>,
}

impl Progress {
    /// Over `total` runs.
    pub(crate) fn over(total: usize, quiet: bool) -> Self {
        let lines = !quiet && !std::io::stderr().is_terminal();
        let pace = Mutex::new(Pace::new(total, now()));
        Self { bar: bar(total, quiet), lines, pace }
    }

    /// A run has ended; from any thread.
    pub(crate) fn ended(&self, id: &str, grade: Grade) {
        let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        pace.count(grade);
        if grade != Grade::Pass {
            self.bar.println(format!("{:<9} {id}", grade.word().to_uppercase()));
        }
        self.bar.set_message(pace.wrong().map_or(id.to_owned(), |wrong| format!("{wrong}  {id}")));
        self.bar.inc(1);
        if let Some(line) = pace.line(now()).filter(|_| self.lines) {
            crate::output::message(&line);
        }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

#[expect(clippy::disallowed_methods, reason = "the command line may read the clock")]
fn now() -> Instant {
    Instant::now()
}

/// Counts, and when the next line is due.
struct Pace {
    total: usize,
    done: usize,
    bad: usize,
    begun: Instant,
    told: Instant,
}

impl Pace {
    fn new(total: usize, now: Instant) -> Self {
        Self { total, done: 0, bad: 0, begun: now, told: now }
    }

    fn count(&mut self, grade: Grade) {
        self.done += 1;
        self.bad += usize::from(grade != Grade::Pass);
    }

    fn wrong(&self) -> Option<String> {
        (self.bad > 0).then(|| format!("{} not passed", self.bad))
    }

    /// The line, if one is due and something is left to wait for.
    fn line(&mut self, now: Instant) -> Option<String> {
        if now.duration_since(self.told) < LINE_EVERY || self.done >= self.total {
            return None;
        }
        self.told = now;
        let (done, left) = (self.done, self.total - self.done);
        let each = now.duration_since(self.begun) / u32::try_from(done.max(1)).unwrap_or(u32::MAX);
        let left = each.saturating_mul(u32::try_from(left).unwrap_or(u32::MAX)).as_secs();
        let wrong = self.wrong().map(|wrong| format!(", {wrong}")).unwrap_or_default();
        Some(format!("{done} of {} runs{wrong}, about {left} s left", self.total))
    }
}

#[cfg(test)]
mod tests {
    use super::{LINE_EVERY, Pace, now};
    use reports::Grade;
    use std::time::Duration;

    #[test]
    fn a_line_comes_when_it_is_due_and_not_before_and_tells_what_is_left() {
        let begun = now();
        let mut pace = Pace::new(40, begun);
        (0..9).for_each(|_| pace.count(Grade::Pass));
        pace.count(Grade::Fail);
        let just_before = begun + LINE_EVERY - Duration::from_millis(1);
        assert_eq!(pace.line(just_before), None);
        let due = begun + LINE_EVERY;
        // Ten runs in ten seconds: thirty more take thirty.
        let wanted = "10 of 40 runs, 1 not passed, about 30 s left";
        assert_eq!(pace.line(due).as_deref(), Some(wanted));
        assert_eq!(pace.line(due + Duration::from_secs(1)), None, "it was just said");
    }

    #[test]
    fn nothing_is_said_once_nothing_is_left() {
        let mut pace = Pace::new(1, now());
        pace.count(Grade::Pass);
        assert_eq!(pace.line(now() + LINE_EVERY), None);
    }
}
