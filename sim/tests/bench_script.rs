//! Runs that a script leads: phases that end at the right moment, at both levels, the same each
//! time, and never without an end.

mod bench_common;

use bench_common::{LEVELS, at_both, held, ms, plant_common, samples, twenty_seconds};
use bms_core::mode::Mode;
use bms_core::protect::Reasons;
use cell_models::cell::CellParams;
use sim::display::Page;
use sim::fault::Fault;
use sim::observe::{Display, EventPattern, Signal, State};
use sim::reported::Reported;
use sim::script::{Condition, Every, Next, Phase, Relation, Script, Track, Trigger};
use sim::setup::{
    Action, Charger, ForcedChange, HmiKey, HostAction, Load, Profile, Setup, Shape, WorldSetup,
};
use sim::time::{SimTime, Span};
use sim::trace::{EventKind, Outcome, Switch, Trace};

/// A 200 A board whose sixteen cells rest at 3.3 V, without a current, for 20 s.
fn forced(script: Script) -> Setup {
    setup(WorldSetup::Forced(held(3.3, 0.0)), script)
}

fn setup(world: WorldSetup, script: Script) -> Setup {
    Setup { script, event_budget: 100_000, ..twenty_seconds(world) }
}

fn phase(name: &str, until: Option<Condition>) -> Phase {
    Phase {
        name: name.into(),
        actions: Vec::new(),
        until,
        timeout: None,
        next: Next::Following,
        unfinished: None,
    }
}

fn elapsed(millis: u64) -> Option<Condition> {
    Some(Condition::Elapsed(Span::from_millis(millis)))
}

fn one(phases: Vec<Phase>) -> Script {
    Script { tracks: vec![Track { name: "main".to_owned(), phases }], ..Script::default() }
}

fn at_least(signal: Signal, value: f64) -> Condition {
    Condition::Compare { signal, relation: Relation::AtLeast, value }
}

/// The run at both levels, which must tell the same story.
fn run(setup: &Setup) -> Trace {
    let [_, value] = at_both(setup);
    assert_eq!(
        sim::bench::run(&Setup { front_end: LEVELS[1], ..setup.clone() }).digest,
        value.digest
    );
    value
}

/// When phases began (`true`) and ended.
fn phases(trace: &Trace) -> Vec<(u64, String, bool)> {
    let mark = |event: &sim::trace::Event| match &event.kind {
        EventKind::Phase(name, begins) => Some((event.at.0, name.to_string(), *begins)),
        _ => None,
    };
    trace.events.iter().filter_map(mark).collect()
}

fn began(trace: &Trace, phase: &str) -> Vec<u64> {
    let marks = phases(trace).into_iter().filter(|(_, name, begins)| *begins && name == phase);
    marks.map(|(at, ..)| at).collect()
}

#[test]
fn phases_follow_each_other_at_their_moments_and_the_run_goes_on() {
    let script = one(vec![phase("one", elapsed(1_500)), phase("two", elapsed(2_000))]);
    let trace = run(&forced(script));
    assert_eq!(trace.outcome, Outcome::Completed);
    let exact = [
        (0, "one".to_owned(), true),
        (1_500_000_000, "one".to_owned(), false),
        (1_500_000_000, "two".to_owned(), true),
        (3_500_000_000, "two".to_owned(), false),
    ];
    assert_eq!(phases(&trace), exact);
}

/// Cell 7 is forced over its limit 1.25 s into the phase; the next phase begins at the very moment
/// at which the firmware enters over-voltage.
#[test]
fn an_event_is_answered_at_its_own_moment() {
    let high = Action::Force(ForcedChange::Cell(6, Profile::constant(3.85)));
    let event = EventPattern::Protection(Reasons::OVER_VOLTAGE, true);
    let script = one(vec![
        Phase {
            actions: vec![(Span::from_millis(1_250), high)],
            ..phase("raise", Some(Condition::Happened { event: event.clone(), times: 1 }))
        },
        phase("answer", elapsed(1)),
    ]);
    let trace = run(&forced(script));
    let entered = trace.events.iter().find(|it| event.matches(&it.kind)).expect("OV enters");
    assert!(entered.at > ms(1_250));
    assert_eq!(began(&trace, "answer"), [entered.at.0]);
}

/// A straight cell at 20 A: 1 Ah takes 180 s from empty to full, so the terminal voltage reaches
/// 3.25 V after `(3.25 - 20 A * 1 mohm - 3.2) / 0.2 * 180 s`.
#[test]
fn a_charge_until_a_voltage_ends_when_the_straight_line_gets_there() {
    let pack = plant_common::pack_of(CellParams::linear(3.2, 3.4, 1.0, 1e-3), 16, 0.0);
    let charge = Action::ConnectCharger(Charger::ideal(20.0, 60.0, 0.0));
    let script = one(vec![
        phase("start", elapsed(2_000)),
        Phase {
            actions: vec![(Span(0), charge)],
            ..phase("charge", Some(at_least(Signal::CellMax, 3.25)))
        },
        Phase {
            actions: vec![(Span(0), Action::DisconnectCharger)],
            next: Next::EndRun,
            ..phase("stop", None)
        },
    ]);
    let setup =
        Setup { duration: SimTime::from_secs(100), ..setup(WorldSetup::ClosedLoop(pack), script) };
    let trace = sim::bench::run(&setup);
    let exact = 2.0 + (3.25 - 0.02 - 3.2) / 0.2 * 180.0;
    let [reached] = began(&trace, "stop")[..] else { panic!("{:?}", phases(&trace)) };
    let late = SimTime(reached).as_secs_f64() - exact;
    assert!((0.0..=0.010_001).contains(&late), "{late} s after {exact} s");
    assert_eq!(trace.outcome, Outcome::Ended { at: SimTime(reached) });
    assert_eq!(trace.rows.last().map(|row| row.at), Some(SimTime(reached)));
}

/// 1 s of current and 1 s without, from 2 s on: `held` for 900 ms comes in the first second, for
/// 1100 ms never.
#[test]
fn what_must_be_held_begins_anew_after_each_break() {
    let points = (1..10).map(|second| (ms(second * 1_000), f64::from(second % 2 == 0) * 5.0));
    let current = Profile { points: points.collect(), shape: Shape::Step };
    for (millis, expected) in [(900, Some(2_900_000_000)), (1_100, None)] {
        let over = Box::new(at_least(Signal::Current, 4.0));
        let held = Condition::Held(over, Span::from_millis(millis));
        let late = (Span::from_millis(15_000), Next::EndTrack);
        let script = one(vec![
            Phase { timeout: Some(late), ..phase("wait", Some(held)) },
            phase("then", None),
        ]);
        let mut setup = forced(script);
        let WorldSetup::Forced(world) = &mut setup.world else { panic!("it is forced") };
        (world.current, world.gated) = (current.clone(), false);
        let trace = run(&setup);
        assert_eq!(began(&trace, "then").first().copied(), expected, "{millis} ms");
        let end = expected.unwrap_or(15_000_000_000);
        assert_eq!(phases(&trace)[1], (end, "wait".to_owned(), false));
    }
}

#[test]
fn a_timeout_fails_the_run_with_its_words_and_a_condition_at_its_moment_wins() {
    let run_with = |millis| {
        let late = (Span::from_millis(3_000), Next::Fail("`wait` timed out".to_owned()));
        run(&forced(one(vec![Phase { timeout: Some(late), ..phase("wait", elapsed(millis)) }])))
    };
    let failed = Outcome::Failed { at: ms(3_000), why: "`wait` timed out".to_owned() };
    assert_eq!(run_with(3_001).outcome, failed);
    assert_eq!(run_with(3_000).outcome, Outcome::Completed);
}

#[test]
fn a_phase_that_still_waits_at_the_end_fails_the_run_unless_it_may() {
    let never = || Some(at_least(Signal::CellMax, 9.0));
    let strict =
        Phase { unfinished: Some("`wait` has not ended".to_owned()), ..phase("wait", never()) };
    let why = "`wait` has not ended".to_owned();
    let trace = run(&forced(one(vec![strict])));
    assert_eq!(trace.outcome, Outcome::Failed { at: SimTime::from_secs(20), why });
    assert_eq!(run(&forced(one(vec![phase("wait", never())]))).outcome, Outcome::Completed);
}

#[test]
fn a_loop_goes_back_as_often_as_it_says() {
    let back = Next::Repeat { to: 0, times: 3 };
    let script = one(vec![
        phase("on", elapsed(100)),
        Phase { next: back, ..phase("off", elapsed(50)) },
        phase("done", None),
    ]);
    let trace = run(&forced(script));
    let on: Vec<u64> = [0, 150, 300, 450].map(|millis| millis * 1_000_000).to_vec();
    assert_eq!(began(&trace, "on"), on);
    assert_eq!(began(&trace, "done"), [600_000_000]);
}

#[test]
fn a_loop_that_takes_no_time_is_stopped_by_its_name() {
    let script = one(vec![
        phase("wait", elapsed(700)),
        phase("turn", None),
        Phase { next: Next::Phase(1), ..phase("again", None) },
    ]);
    let trace = sim::bench::run(&forced(script));
    let Outcome::Aborted { at, why } = &trace.outcome else { panic!("{:?}", trace.outcome) };
    assert_eq!(*at, ms(700));
    assert!(why.contains("phase `turn` of track `main`"), "{why}");
}

#[test]
fn a_trigger_that_brings_itself_about_is_stopped_by_its_name() {
    let event = EventPattern::Phase("go".into(), true);
    let short = Condition::Any(vec![
        Condition::Happened { event, times: 1 },
        Condition::Happened { event: EventPattern::Broken, times: 1 },
    ]);
    let refused = Action::Host(HostAction::Dip(3));
    let script = Script {
        triggers: vec![Trigger {
            name: "the first [[when]]".to_owned(),
            when: short,
            every: Every::Each,
            actions: vec![(Span(0), refused)],
        }],
        ..one(vec![phase("wait", elapsed(10)), phase("go", None)])
    };
    let trace = sim::bench::run(&forced(script));
    let Outcome::Aborted { at, why } = &trace.outcome else { panic!("{:?}", trace.outcome) };
    assert_eq!(*at, ms(10));
    assert!(why.contains("the first [[when]] fired more than"), "{why}");
}

/// A trigger that fires each time sees each of three; one that fires once, the first.
#[test]
fn a_trigger_fires_each_time_or_once() {
    let when = || Condition::Happened { event: EventPattern::Phase("on".into(), true), times: 1 };
    let script = |every| Script {
        triggers: vec![Trigger {
            name: "a trigger".to_owned(),
            when: when(),
            every,
            actions: vec![(Span::from_millis(30), Action::CtlLow(true))],
        }],
        ..one(vec![
            phase("on", elapsed(100)),
            Phase { next: Next::Repeat { to: 0, times: 2 }, ..phase("off", elapsed(100)) },
        ])
    };
    let acted = |every| {
        let trace = run(&forced(script(every)));
        let acts = trace.events.iter().filter(|it| matches!(it.kind, EventKind::Acted(_)));
        acts.map(|event| event.at.0 / 1_000_000).collect::<Vec<_>>()
    };
    assert_eq!(acted(Every::Each), [30, 230, 430]);
    assert_eq!(acted(Every::Once), [30]);
}

/// Both tracks wait for the same; both see it though the first takes it away at once, and the
/// trigger comes last.
#[test]
fn parallel_tracks_see_the_same_moment_in_the_order_of_the_script() {
    let over = || Some(at_least(Signal::Cell(0), 3.5));
    let low = Action::Force(ForcedChange::Cells(Profile::constant(3.3)));
    let high = Action::Force(ForcedChange::Cells(Profile::constant(3.55)));
    let track = |name: &str, phases| Track { name: name.to_owned(), phases };
    let script = Script {
        tracks: vec![
            track(
                "first",
                vec![
                    phase("a", over()),
                    Phase { actions: vec![(Span(0), low)], ..phase("lower", None) },
                ],
            ),
            track(
                "second",
                vec![
                    Phase { actions: vec![(Span::from_millis(1_000), high)], ..phase("b", over()) },
                    phase("seen", None),
                ],
            ),
        ],
        triggers: vec![Trigger {
            name: "a trigger".to_owned(),
            when: at_least(Signal::Cell(0), 3.5),
            every: Every::Once,
            actions: vec![(Span(0), Action::EmergencyOpen(true))],
        }],
        ..Script::default()
    };
    let trace = run(&forced(script));
    let at_once = trace.events.iter().filter(|it| it.at == ms(1_000));
    let story: Vec<String> = at_once
        .filter_map(|event| match &event.kind {
            EventKind::Phase(name, true) => Some(format!("{name} begins")),
            EventKind::Acted(action) => Some(action.to_string()),
            _ => None,
        })
        .collect();
    let exact = [
        "force all cells",
        "lower begins",
        "force all cells",
        "seen begins",
        "open the emergency stop",
    ];
    assert_eq!(story, exact);
}

/// What a phase would still do after its end is not done.
#[test]
fn the_end_of_a_phase_gives_up_what_it_has_not_done() {
    let press = |millis| (Span::from_millis(millis), Action::CtlLow(true));
    let actions = vec![press(100), press(300)];
    let script = one(vec![Phase { actions, ..phase("short", elapsed(200)) }]);
    let trace = run(&forced(script));
    let acts = trace.events.iter().filter(|it| matches!(it.kind, EventKind::Acted(_)));
    assert_eq!(acts.map(|event| event.at).collect::<Vec<_>>(), [ms(100)]);
}

/// How often rows are recorded is nothing that a run can feel.
#[test]
fn recording_changes_nothing_in_what_a_script_sees() {
    let ramp = Profile { points: vec![(ms(0), 0.0), (ms(10_000), 10.0)], shape: Shape::Linear };
    let script =
        one(vec![phase("wait", Some(at_least(Signal::Current, 4.0))), phase("then", None)]);
    let mut setup = forced(script);
    let WorldSetup::Forced(world) = &mut setup.world else { panic!("it is forced") };
    (world.current, world.gated) = (ramp, false);
    let coarse = began(&run(&setup), "then");
    setup.record_at = (3_990..4_010).map(|millis| SimTime(millis * 1_000_000 + 333)).collect();
    setup.record_period = Span(7_777_777);
    assert_eq!(began(&run(&setup), "then"), coarse);
    assert!((4_000_000_000..=4_010_000_000).contains(&coarse[0]), "{coarse:?}");
}

/// A load while the current is forced has no effect; a forced current of the firmware's concern
/// has: 20 A of discharge are counted from the moment of the change.
#[test]
fn a_forced_change_counts_from_its_moment() {
    let ramp = Profile { points: vec![(ms(0), 0.0), (ms(1_000), -20.0)], shape: Shape::Linear };
    let actions = vec![
        (Span::from_millis(2_000), Action::Force(ForcedChange::Current(ramp))),
        (Span::from_millis(2_000), Action::ConnectLoad(Load::Current(5.0))),
    ];
    let mut setup = forced(one(vec![Phase { actions, ..phase("ramp", elapsed(4_000)) }]));
    let WorldSetup::Forced(world) = &mut setup.world else { panic!("it is forced") };
    world.gated = false;
    let trace = run(&setup);
    let row = |millis| trace.rows.iter().find(|row| row.at == ms(millis)).expect("a row is there");
    approx::assert_abs_diff_eq!(row(2_500).truth.current_a, -10.0, epsilon = 1e-6);
    approx::assert_abs_diff_eq!(row(9_000).truth.current_a, -20.0, epsilon = 1e-9);
    // 10 As of the ramp, 20 A for the six seconds after it.
    approx::assert_abs_diff_eq!(row(9_000).truth.charge_c, -130.0, epsilon = 1e-6);
}

/// What a random script is drawn from.
mod random {
    use super::*;
    use proptest::prelude::*;

    fn event() -> impl Strategy<Value = EventPattern> {
        let phase = (0..3_usize, 0..3_usize, any::<bool>())
            .prop_map(|(track, phase, begins)| EventPattern::Phase(name(track, phase), begins));
        let over = Reasons::OVER_VOLTAGE;
        prop_oneof![
            3 => phase,
            1 => any::<bool>().prop_map(move |enters| EventPattern::Protection(over, enters)),
        ]
    }

    fn condition() -> impl Strategy<Value = Condition> {
        let leaf = prop_oneof![
            (0..400_u64).prop_map(|millis| Condition::Elapsed(Span::from_millis(millis))),
            (event(), 1..3_u32).prop_map(|(event, times)| Condition::Happened { event, times }),
            (any::<bool>(), 3.2..3.9_f64).prop_map(|(above, value)| {
                let relation = if above { Relation::AtLeast } else { Relation::Below };
                Condition::Compare { signal: Signal::CellMax, relation, value }
            }),
        ];
        leaf.prop_recursive(2, 6, 2, |inner| {
            let list = prop::collection::vec(inner.clone(), 1..3);
            prop_oneof![
                list.clone().prop_map(Condition::All),
                list.prop_map(Condition::Any),
                inner.clone().prop_map(|part| Condition::Not(Box::new(part))),
                (inner, 0..50_u64).prop_map(|(part, millis)| {
                    Condition::Held(Box::new(part), Span::from_millis(millis))
                }),
            ]
        })
    }

    fn actions() -> impl Strategy<Value = Vec<(Span, Action)>> {
        let force = (3.2..3.9_f64)
            .prop_map(|volts| Action::Force(ForcedChange::Cell(2, Profile::constant(volts))));
        let action = prop_oneof![force, Just(Action::PressButton), Just(Action::CtlLow(true))];
        let one = (prop_oneof![Just(0), 0..300_u64], action);
        let late = |(millis, action)| (Span::from_millis(millis), action);
        prop::collection::vec(one.prop_map(late), 0..3)
    }

    fn next() -> impl Strategy<Value = Next> {
        prop_oneof![
            4 => Just(Next::Following),
            2 => (0..3_usize).prop_map(Next::Phase),
            2 => (0..3_usize, 1..4_u32).prop_map(|(to, times)| Next::Repeat { to, times }),
            1 => Just(Next::EndTrack),
            1 => Just(Next::EndRun),
        ]
    }

    fn name(track: usize, phase: usize) -> std::sync::Arc<str> {
        format!("{track}.{phase}").into()
    }

    fn track(track: usize) -> impl Strategy<Value = Track> {
        let timeout = prop::option::of((1..500_u64, next()));
        let parts = (actions(), prop::option::of(condition()), timeout, next());
        prop::collection::vec(parts, 3).prop_map(move |phases| {
            let phase = |(index, (actions, until, timeout, next))| Phase {
                name: name(track, index),
                actions,
                until,
                timeout: Option::map(timeout, |(millis, next)| (Span::from_millis(millis), next)),
                next,
                unfinished: None,
            };
            let phases = phases.into_iter().enumerate().map(phase).collect();
            Track { name: format!("track {track}"), phases }
        })
    }

    pub(super) fn scripts() -> impl Strategy<Value = Script> {
        let trigger = (condition(), any::<bool>(), actions()).prop_map(|(when, each, actions)| {
            let every = if each { Every::Each } else { Every::Once };
            Trigger { name: "a trigger".to_owned(), when, every, actions }
        });
        let tracks = (track(0), track(1), track(2));
        (tracks, prop::collection::vec(trigger, 0..3), 1..40_u64).prop_map(
            |((a, b, c), triggers, millis)| Script {
                tracks: vec![a, b, c],
                triggers,
                check_every: Span::from_millis(millis),
            },
        )
    }
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config {
        cases: 64,
        failure_persistence: None,
        ..Default::default()
    })]

    /// Whatever a script says, a run of it comes to an end, is the same at both levels and each
    /// time, and in every track one phase ends before the next begins.
    #[test]
    fn no_script_hangs_and_each_is_one_run(script in random::scripts()) {
        let setup = Setup {
            duration: ms(2_000),
            event_budget: 20_000,
            ..forced(script)
        };
        let trace = run(&setup);
        let mut open = [false; 3];
        for (_, name, begins) in phases(&trace) {
            let track: usize = name[..1].parse().expect("a phase is called by its track");
            assert_ne!(open[track], begins, "{name}");
            open[track] = begins;
        }
        if let Outcome::Aborted { why, .. } = &trace.outcome {
            assert!(why.contains("at one moment"), "{why}");
        }
    }
}

/// Cell 7 jumps over its limit at 1.25 s; the firmware knows of it when its own sample comes, which
/// is when it first counts the violation.
#[test]
fn a_reported_value_is_waited_for_and_not_the_truth() {
    let high = Action::Force(ForcedChange::Cell(6, Profile::constant(3.85)));
    let limit = f64::from(samples::ps_20016s().voltage.over.0) * 1e-3;
    let script = one(vec![
        Phase {
            actions: vec![(Span::from_millis(1_250), high)],
            ..phase("raise", Some(at_least(Signal::Reported(Reported::CellMax), limit)))
        },
        phase("answer", elapsed(1)),
    ]);
    let trace = run(&forced(script));
    let counted = EventKind::Sampled(Reasons::OVER_VOLTAGE, true);
    let sampled = trace.events.iter().find(|event| event.kind == counted).expect("it is seen").at;
    assert!(sampled > ms(1_250));
    assert_eq!(began(&trace, "answer"), [sampled.0]);
}

/// What the firmware does and shows is waited for at the very moments at which it changes.
#[test]
fn states_are_answered_at_their_own_moments() {
    let is = |state| Some(Condition::Is(state));
    let overview = Display { page: Some(Page::Overview), lines: Vec::new() };
    let switches = vec![(Switch::Charge, true), (Switch::Discharge, true)];
    let script = one(vec![
        phase("starting", is(State::Mode(Mode::Standby))),
        phase("up", is(State::Switches(switches))),
        phase("on", is(State::Display(overview))),
        Phase {
            actions: vec![(Span(0), Action::CtlLow(true))],
            ..phase("shown", is(State::InForce(Reasons::CTL_LOW | Reasons::SENSOR)))
        },
        phase("stopped", is(State::Leds("---- # *".into()))),
        phase("over", elapsed(1)),
    ]);
    let mut setup = forced(script);
    setup.board.display_a = 5e-3;
    let trace = run(&setup);
    let at = |kind: EventKind| {
        let event = trace.events.iter().find(|event| event.kind == kind);
        event.unwrap_or_else(|| panic!("{kind:?} never came")).at.0
    };
    assert_eq!(began(&trace, "up"), [at(EventKind::Mode(Mode::Standby))]);
    assert_eq!(began(&trace, "on"), [at(EventKind::Switched(Switch::Discharge, true))]);
    let shown = trace.events.iter().find(|event| match &event.kind {
        EventKind::Shown(text) => text.starts_with("Voltage 52.8 V"),
        _ => false,
    });
    assert_eq!(began(&trace, "shown"), [shown.expect("16 cells of 3.3 V are shown").at.0]);
    assert_eq!(began(&trace, "stopped"), [at(EventKind::Protection(Reasons::CTL_LOW, true))]);
    assert_eq!(began(&trace, "over"), began(&trace, "stopped"), "the alarm LED is on with it");
}

/// The page changes from cells to temperatures within a second; both begin with "Cell 1".
#[test]
fn a_page_is_noted_when_it_is_turned_to() {
    let key = |millis| (Span::from_millis(millis), Action::Host(HostAction::HmiKey(HmiKey::Next)));
    let keys = Phase { actions: vec![key(8_000), key(8_100)], ..phase("keys", None) };
    let mut setup = forced(one(vec![keys]));
    setup.board.display_a = 5e-3;
    let trace = run(&setup);
    let turned = |page: Page| {
        let is_on = |kind: &EventKind| match kind {
            EventKind::Shown(text) => Page::of(text) == Some(page),
            _ => false,
        };
        trace.events.iter().find(|event| is_on(&event.kind)).map(|event| event.at)
    };
    assert_eq!(turned(Page::Cells), Some(ms(8_000)));
    assert_eq!(turned(Page::Temperatures), Some(ms(8_100)));
}

/// A script that ends what it did not begin changes nothing, and each beginning has one end.
#[test]
fn a_fault_ends_once_and_only_after_it_has_begun() {
    let fault = Fault::ChannelOffset { cell: 4, volts: -0.03 };
    let act = |millis, begins| (Span::from_millis(millis), Action::Fault(fault.clone(), begins));
    let actions = vec![act(2_000, false), act(3_000, true), act(5_000, false), act(6_000, false)];
    let script = one(vec![Phase { actions, ..phase("faults", None) }]);
    let trace = run(&forced(script));
    let told: Vec<_> = trace
        .events
        .iter()
        .filter_map(|event| match event.kind {
            EventKind::Fault(_, begins) => Some((event.at, begins)),
            _ => None,
        })
        .collect();
    assert_eq!(told, [(ms(3_000), true), (ms(5_000), false)]);
    let reported = |millis| {
        let row = trace.rows.iter().find(|row| row.at == ms(millis)).expect("a row stands there");
        Signal::Reported(Reported::Cell(4)).of(row).expect("the firmware reports")
    };
    assert!((reported(4_500) - 3.27).abs() < 1e-3 && (reported(7_000) - 3.3).abs() < 1e-3);
}
