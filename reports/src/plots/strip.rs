//! What a person in front of the pack would see over the run: its mode, the six LEDs, the page of the
//! display; and beside it the phases of the script.

use super::Chart;
use super::panel::time_axis;
use super::pen::{Ink, Pen, Side, WIDTH, cut, letters, picture, text_width};
use super::scale::{Across, TimeScale};
use crate::Judged;
use crate::show;
use bms_core::indicate::{Led, Leds};
use bms_core::mode::Mode;
use sim::time::SimTime;
use sim::trace::{EventKind, Trace};

/// The names of the rows end here.
const NAMES: f64 = 200.0;
/// Height of a row.
const PITCH: f64 = 24.0;
/// The shortest stretch drawn.
const LEAST: f64 = 1.5;

/// Something that lasted.
struct Stretch {
    from: SimTime,
    to: SimTime,
    label: String,
    ink: Ink,
    opacity: f64,
}

/// A row of the strip.
struct Row {
    name: String,
    stretches: Vec<Stretch>,
}

/// The strip; none where nothing of it ever changed.
pub(super) fn chart(judged: &Judged<'_>) -> Option<Chart> {
    let trace = judged.trace;
    let end =
        trace.rows.iter().map(|row| row.at).chain(trace.events.iter().map(|it| it.at)).max()?;
    let mut rows = vec![row("mode", modes(trace), end, mode_shown)];
    rows.extend(leds(trace, end));
    rows.push(row("display", pages(trace), end, |text: &String| {
        Some((text.clone(), Ink::Purple, 0.35))
    }));
    rows.push(phases(trace, end));
    rows.retain(|row| !row.stretches.is_empty());
    if end == SimTime::ZERO || rows.is_empty() {
        return None;
    }
    Some(draw(&rows, end))
}

fn draw(rows: &[Row], end: SimTime) -> Chart {
    let title = "Mode, LEDs and display";
    let top = 40.0;
    let bottom = top + PITCH * f64::from(u32::try_from(rows.len()).unwrap_or(u32::MAX));
    let svg = picture(title, bottom + 44.0, |pen| {
        let time = TimeScale::new((SimTime::ZERO, end), SimTime::ZERO, (NAMES, WIDTH - 24.0));
        pen.title(title);
        for (x, _) in time.ticks() {
            pen.line(&[(x, top), (x, bottom)], Ink::Grid, 1.0);
        }
        let mut y = top + 0.5 * PITCH;
        for row in rows {
            draw_row(pen, &time, row, y);
            y += PITCH;
        }
        time_axis(pen, &time, bottom, "time");
    });
    Chart { title: title.into(), svg, data: None }
}

fn draw_row(pen: &mut Pen<'_>, time: &TimeScale, row: &Row, y: f64) {
    pen.text((NAMES - 12.0, y), &cut(&row.name, 28), Side::Right, Ink::Text);
    pen.line(&[(NAMES, y), (WIDTH - 24.0, y)], Ink::Grid, 1.0);
    let mut drawn = f64::NEG_INFINITY;
    for it in &row.stretches {
        let left = time.place(it.from);
        let right = time.place(it.to).max(left + LEAST);
        if right <= drawn {
            continue; // Many short stretches share one place on paper.
        }
        drawn = right;
        pen.rect((left, y - 8.0), (right, y + 8.0), it.ink, it.opacity);
        let room = right - left - 8.0;
        if room >= text_width("mm") {
            let label = cut(&it.label, letters(room));
            pen.text((left + 5.0, y), &label, Side::Left, Ink::Text);
        }
    }
}

/// A row of the values that held from each change to the next; `shown` says how, or that it is not.
fn row<T: PartialEq>(
    name: &str,
    changes: Vec<(SimTime, T)>,
    end: SimTime,
    shown: impl Fn(&T) -> Option<(String, Ink, f64)>,
) -> Row {
    let until = changes.iter().skip(1).map(|(at, _)| *at).chain([end]).collect::<Vec<_>>();
    let stretches = changes.iter().zip(until).filter_map(|((from, value), to)| {
        let (label, ink, opacity) = shown(value)?;
        Some(Stretch { from: *from, to, label, ink, opacity })
    });
    Row { name: name.into(), stretches: stretches.collect() }
}

fn modes(trace: &Trace) -> Vec<(SimTime, Mode)> {
    let first = trace.begun.iter().map(|begun| (SimTime::ZERO, begun.decision.mode));
    let changes = trace.events.iter().filter_map(|event| match event.kind {
        EventKind::Mode(mode) => Some((event.at, mode)),
        _ => None,
    });
    first.chain(changes).collect()
}

fn mode_shown(mode: &Mode) -> Option<(String, Ink, f64)> {
    let ink = match mode {
        Mode::Off => return None,
        Mode::Charge => Ink::Green,
        Mode::Discharge => Ink::Orange,
        _ => Ink::Mark,
    };
    Some((show::mode(*mode).to_owned(), ink, 0.35))
}

fn leds(trace: &Trace, end: SimTime) -> Vec<Row> {
    let first = trace.begun.iter().map(|begun| (SimTime::ZERO, begun.decision.leds));
    let changed = trace.events.iter().filter_map(|event| match event.kind {
        EventKind::Leds(leds) => Some((event.at, leds)),
        _ => None,
    });
    let changes: Vec<(SimTime, Leds)> = first.chain(changed).collect();
    let names = ["LED SOC 1", "LED SOC 2", "LED SOC 3", "LED SOC 4", "LED alarm", "LED run"];
    let one = |(index, name): (usize, &str)| {
        let of = |leds: &Leds| match index {
            4 => leds.alarm,
            5 => leds.run,
            soc => leds.soc[soc],
        };
        let mut own: Vec<_> = changes.iter().map(|(at, leds)| (*at, of(leds))).collect();
        own.dedup_by(|next, before| next.1 == before.1);
        let ink = if index == 4 { Ink::Limit } else { Ink::Blue };
        row(name, own, end, |led| match led {
            Led::Off => None,
            Led::On => Some((String::new(), ink, 0.9)),
            Led::Flash => Some(("flashes".to_owned(), ink, 0.3)),
        })
    };
    names.into_iter().enumerate().map(one).collect()
}

fn pages(trace: &Trace) -> Vec<(SimTime, String)> {
    let changes = trace.events.iter().filter_map(|event| match &event.kind {
        EventKind::Shown(text) => Some((event.at, text.to_string())),
        _ => None,
    });
    changes.collect()
}

/// The phases of all tracks, each from its begin to its end.
fn phases(trace: &Trace, end: SimTime) -> Row {
    let mut stretches: Vec<Stretch> = Vec::new();
    for event in &trace.events {
        let EventKind::Phase(name, begins) = &event.kind else { continue };
        if *begins {
            let label = name.to_string();
            let stretch =
                Stretch { from: event.at, to: end, label, ink: Ink::Green, opacity: 0.25 };
            stretches.push(stretch);
        } else if let Some(open) = stretches.iter_mut().rev().find(|it| it.label == **name) {
            open.to = event.at;
        }
    }
    Row { name: "phase".into(), stretches }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge;
    use crate::testbench::{at, lookup, ms, quiet, scenario};

    fn alarm(led: Led) -> Leds {
        Leds { alarm: led, run: Led::Flash, ..Leds::default() }
    }

    #[test]
    fn what_is_seen_is_drawn_and_what_never_was_is_not() {
        let wanted = scenario("strip", SimTime::from_secs(4));
        let mut trace = quiet();
        trace.events = vec![
            at(ms(0), EventKind::Mode(Mode::Starting)),
            at(ms(400), EventKind::Mode(Mode::Standby)),
            at(ms(400), EventKind::Leds(alarm(Led::Off))),
            at(ms(2_000), EventKind::Leds(alarm(Led::On))),
            at(ms(2_500), EventKind::Phase("charge".into(), true)),
            at(ms(4_000), EventKind::Phase("charge".into(), false)),
        ];
        let chart = chart(&judge(&wanted, &trace, &lookup)).expect("there is something to see");
        for shown in ["standby", "LED alarm", "LED run", "flashes", "charge"] {
            assert!(chart.svg.contains(shown), "{shown}");
        }
        for hidden in ["LED SOC 1", ">display<"] {
            assert!(!chart.svg.contains(hidden), "{hidden}");
        }
        let nothing = quiet();
        assert_eq!(super::chart(&judge(&wanted, &nothing, &lookup)), None);
    }

    #[test]
    fn a_value_lasts_until_the_next_and_the_last_to_the_end() {
        let changes = vec![(ms(0), 1), (ms(5), 0), (ms(7), 1)];
        let lit = |value: &i32| (*value == 1).then(|| (String::new(), Ink::Blue, 1.0));
        let row = row("led", changes, ms(9), lit);
        let ends: Vec<_> = row.stretches.iter().map(|it| (it.from, it.to)).collect();
        assert_eq!(ends, [(ms(0), ms(5)), (ms(7), ms(9))]);
    }
}
