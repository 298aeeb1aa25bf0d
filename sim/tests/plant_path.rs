//! The parts of the power path against closed forms: shunt, MOSFETs, fuse, resistors, limiter.

mod plant_common;

use approx::{assert_abs_diff_eq, assert_relative_eq};
use plant_common::{board, charge, closed, connect, happened, plant, run, secs, stiff_pack};
use sim::note::Note;
use sim::parts::{
    Fuse, Impedance, LimiterParts, MosfetLimits, MosfetParts, PathParts, ResistorParts, ShuntParts,
};
use sim::plant::Plant;
use sim::setup::{BoardSetup, Load, PackSetup};
use sim::time::{SimTime, Span};
use sim::trace::Switch;
use sim::world::{Nodes, World, WorldEvent};

const START: SimTime = SimTime::from_secs(1);

fn with(path: PathParts) -> BoardSetup {
    BoardSetup { path, ..board() }
}

fn at_ambient(ohm: f64, ambient_c: f64) -> PackSetup {
    PackSetup { ambient_c, ..stiff_pack(ohm) }
}

fn notes(plant: &mut Plant) -> Vec<(SimTime, Note)> {
    let note =
        |(at, event)| if let WorldEvent::Noted(note) = event { Some((at, note)) } else { None };
    plant.take_events().into_iter().filter_map(note).collect()
}

fn assert_closed(plant: &Plant, share: f64) {
    let ledger = plant.ledger();
    let turnover = ledger.chemical_j.abs() + ledger.port_j.abs();
    assert_abs_diff_eq!(ledger.closure_j(), 0.0, epsilon = share * turnover);
}

/// Half of 2 mohm is channel, which has 1.5 times its resistance at 100 °C.
#[test]
fn warm_channels_have_more_resistance() {
    let mosfets = MosfetParts { channel_share: 0.5, hot_ratio: 1.5, ..MosfetParts::default() };
    for (ambient_c, path_ohm) in [(25.0, 2e-3), (100.0, 2.5e-3)] {
        let board = with(PathParts { mosfets, ..PathParts::default() });
        let mut plant = closed(&at_ambient(0.5e-3, ambient_c), &board);
        connect(&mut plant, Load::Resistance(0.5));
        let exact = -52.8 / (0.5 + 8e-3 + path_ohm);
        assert_relative_eq!(plant.truth().current_a, exact, max_relative = 1e-9);
        run(&mut plant, secs(100.0));
        assert_closed(&plant, 1e-9);
    }
}

#[test]
fn the_sense_connection_has_gain_offset_and_drift_and_the_current_does_not_care() {
    let shunt = ShuntParts { gain: 0.01, offset_v: 2e-6, tempco_per_k: 75e-6, heating: None };
    let mut plant =
        closed(&at_ambient(0.5e-3, 65.0), &with(PathParts { shunt, ..PathParts::default() }));
    assert_relative_eq!(plant.shunt_filtered(), 2e-6, max_relative = 1e-12);
    connect(&mut plant, Load::Current(60.0));
    let exact = -0.01 * 1.01 * (1.0 + 75e-6 * 40.0) + 2e-6;
    assert_relative_eq!(plant.shunt_filtered(), exact, max_relative = 1e-9);
    let before = plant.now();
    // The bank stays where it is for the first millisecond.
    run(&mut plant, SimTime(1_000_000));
    let integral = plant.shunt_integral(before, plant.now());
    assert_relative_eq!(integral, exact * 1e-3, max_relative = 1e-6);
    assert_relative_eq!(plant.truth().current_a, -60.0);
}

/// 100 A in 1/6 mohm is 1.667 W; at 6 K/W the shunt is 10 K warmer than the bank.
#[test]
fn a_shunt_that_heats_itself_drifts() {
    let heating = Some(Impedance { k_w: 6.0, tau_s: 5.0 });
    let shunt = ShuntParts { tempco_per_k: 1e-3, heating, ..ShuntParts::default() };
    let board =
        BoardSetup { mos_heat_j_k: 1e9, ..with(PathParts { shunt, ..PathParts::default() }) };
    let mut plant = closed(&stiff_pack(0.5e-3), &board);
    connect(&mut plant, Load::Current(100.0));
    run(&mut plant, secs(60.0));
    // The rise raises the resistance and that the rise: x = 10 K (1 + x / 1000).
    let rise_k = 10.0 / (1.0 - 0.01);
    let exact = -100.0 / 6000.0 * (1.0 + 1e-3 * rise_k);
    assert_relative_eq!(plant.shunt_filtered(), exact, max_relative = 1e-5);
}

fn fused(melting_a2s: f64, cooling_s: f64) -> BoardSetup {
    let fuse = Some(Fuse { ohm: 1e-4, melting_a2s, cooling_s });
    with(PathParts { fuse, ..PathParts::default() })
}

#[test]
fn a_fuse_melts_at_constant_current_when_its_integral_says_and_opens_the_path() {
    let mut plant = closed(&stiff_pack(1e-4), &fused(6e5, 20.0));
    run(&mut plant, START);
    connect(&mut plant, Load::Current(500.0));
    run(&mut plant, secs(5.0));
    let exact = -20.0 * libm::log1p(-6e5 / (500.0 * 500.0 * 20.0));
    let blown = notes(&mut plant);
    assert_eq!(blown.len(), 1);
    assert!(matches!(blown[0].1, Note::FuseBlown { a2s } if (a2s / 6e5 - 1.0).abs() < 1e-6));
    assert_abs_diff_eq!(blown[0].0.seconds_since(START), exact, epsilon = 2e-9);
    assert_abs_diff_eq!(plant.truth().current_a, 0.0);
    assert_closed(&plant, 1e-9);
}

#[test]
fn a_fuse_carries_what_its_cooling_takes_away() {
    let mut plant = closed(&stiff_pack(1e-4), &fused(6e5, 20.0));
    connect(&mut plant, Load::Current(173.0));
    run(&mut plant, secs(1000.0));
    assert_eq!(notes(&mut plant), []);
    // sqrt(6e5 / 20) = 173.2 A.
    connect(&mut plant, Load::Current(173.5));
    run(&mut plant, secs(2000.0));
    assert_eq!(notes(&mut plant).len(), 1);
}

/// I = I_0 (1 - exp(-t/T)): its square adds up to
/// I_0² (t - 2 T (1 - exp(-t/T)) + T/2 (1 - exp(-2t/T))).
fn square_of_rise(end_a: f64, tau: f64, t: f64) -> f64 {
    let once = -libm::expm1(-t / tau);
    let twice = -libm::expm1(-2.0 * t / tau);
    end_a * end_a * (t - 2.0 * tau * once + 0.5 * tau * twice)
}

#[test]
fn a_fuse_melts_in_a_short_circuit_when_the_integral_of_its_exponential_says() {
    let mut plant = closed(&stiff_pack(1e-4), &fused(6e5, 1e6));
    run(&mut plant, START);
    // 1.6 mohm of cells, 2 of path, 0.1 of fuse and 6.3 outside: 10 mohm, 200 us.
    connect(&mut plant, Load::Short { ohm: 6.3e-3, henry: 2e-6 });
    run(&mut plant, secs(1.1));
    let (mut low, mut high) = (0.0, 0.1);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if square_of_rise(5280.0, 200e-6, middle) < 6e5 { low = middle } else { high = middle }
    }
    let blown = notes(&mut plant);
    assert_relative_eq!(blown[0].0.seconds_since(START), high, max_relative = 1e-4);
    assert_abs_diff_eq!(plant.truth().current_a, 0.0);
}

/// D: the short of 2 uH and 10 mohm, cut at a stroke 512 us later.
#[test]
fn a_short_circuit_lets_through_what_its_closed_form_says() {
    let path = PathParts { let_through_above_a: Some(400.0), ..PathParts::default() };
    let mut plant = closed(&stiff_pack(1e-4), &with(path));
    run(&mut plant, START);
    connect(&mut plant, Load::Short { ohm: 6.4e-3, henry: 2e-6 });
    let cut = START + Span::from_micros(512);
    run(&mut plant, cut);
    plant.switch(Switch::Discharge, false);
    run(&mut plant, secs(2.0));
    let (t, tau) = (512e-6, 200e-6);
    let seen = notes(&mut plant);
    let Note::LetThrough { a2s, joule, peak_a } = seen[0].1 else { panic!("{seen:?}") };
    assert_eq!(seen.len(), 1);
    assert_relative_eq!(peak_a, 5280.0 * -libm::expm1(-t / tau), max_relative = 1e-4);
    assert_relative_eq!(a2s, square_of_rise(5280.0, tau, t), max_relative = 1e-3);
    // The cells give V Q; 1.6 mohm of them keep their part.
    let charge = 5280.0 * (t - tau * -libm::expm1(-t / tau));
    assert_relative_eq!(joule, 52.8 * charge - 1.6e-3 * a2s, max_relative = 1e-3);
}

#[test]
fn a_gate_follows_its_driver_after_its_delay_and_then_falls() {
    let (delay, fall, on) = (Span::from_micros(40), Span::from_micros(300), Span::from_micros(200));
    let mosfets = MosfetParts { discharge_delay: delay, on_delay: on, ..MosfetParts::default() };
    let board =
        BoardSetup { discharge_fall: fall, ..with(PathParts { mosfets, ..PathParts::default() }) };
    let mut plant = plant(&stiff_pack(0.5e-3), &board);
    connect(&mut plant, Load::Resistance(0.5));
    plant.switch(Switch::Discharge, true);
    plant.switch(Switch::Charge, true);
    assert_eq!(plant.next_change(), Some(SimTime::ZERO + on));
    run(&mut plant, SimTime(on.0 - 1));
    assert_abs_diff_eq!(plant.truth().current_a, 0.0);
    run(&mut plant, START);
    let current = plant.truth().current_a;
    assert!(current < -100.0);
    plant.switch(Switch::Discharge, false);
    run(&mut plant, START + delay);
    assert_relative_eq!(plant.truth().current_a, current, max_relative = 1e-6);
    run(&mut plant, START + delay + Span(fall.0 / 2));
    assert_relative_eq!(plant.truth().current_a, 0.5 * current, max_relative = 1e-6);
    run(&mut plant, secs(2.0));
    let off = happened(&mut plant, WorldEvent::Switched(Switch::Discharge, false));
    assert_eq!(off, Some(START + delay + fall));
}

#[test]
fn a_driver_that_changes_its_mind_within_the_delay_moves_nothing() {
    let delay = Span::from_micros(40);
    let mosfets = MosfetParts { discharge_delay: delay, ..MosfetParts::default() };
    let mut plant =
        closed(&stiff_pack(0.5e-3), &with(PathParts { mosfets, ..PathParts::default() }));
    connect(&mut plant, Load::Resistance(0.5));
    run(&mut plant, START);
    let _ = plant.take_events();
    plant.switch(Switch::Discharge, false);
    run(&mut plant, START + Span(20_000));
    plant.switch(Switch::Discharge, true);
    run(&mut plant, secs(2.0));
    assert_eq!(plant.take_events(), []);
    assert!(plant.truth().current_a < -100.0);
}

/// 80 V against 52.8 V: the clamp takes L I² / 2 times 80 / 27.2.
#[test]
fn a_clamp_takes_the_energy_of_the_loop_and_what_the_cells_add() {
    let limits = Some(MosfetLimits { junction_c: 150.0, soa_w_root_s: 1e3, avalanche_j: 100.0 });
    let mosfets = MosfetParts { clamp_v: Some(80.0), limits, ..MosfetParts::default() };
    let board =
        BoardSetup { path_ohm: 1e-7, ..with(PathParts { mosfets, ..PathParts::default() }) };
    let mut plant = closed(&stiff_pack(1e-8), &board);
    run(&mut plant, START);
    connect(&mut plant, Load::Short { ohm: 1e-7, henry: 2e-6 });
    run(&mut plant, START + Span::from_micros(100));
    let current = plant.truth().current_a;
    assert_relative_eq!(current, -52.8 * 100e-6 / 2e-6, max_relative = 1e-3);
    let before = plant.ledger();
    plant.switch(Switch::Discharge, false);
    let span = 2e-6 * -current / 27.2;
    let ends = plant.next_change().unwrap();
    assert_abs_diff_eq!(ends.seconds_since(plant.now()), span, epsilon = 2e-9);
    run(&mut plant, ends);
    let exact = 0.5 * 2e-6 * current * current * 80.0 / 27.2;
    let heat_j = plant.ledger().path_heat_j - before.path_heat_j;
    assert_relative_eq!(heat_j, exact, max_relative = 1e-3);
    let seen = notes(&mut plant);
    let (_, Note::Avalanche { switch, joule, share }) = seen[0] else { panic!("{seen:?}") };
    assert_eq!(switch, Switch::Discharge);
    assert_relative_eq!(joule, heat_j, max_relative = 1e-9);
    assert_relative_eq!(share, heat_j / 100.0, max_relative = 1e-9);
}

/// Slower than the clamp: V I t / 2 and L I² / 2, in the linear region.
#[test]
fn a_slow_edge_is_measured_against_the_safe_operating_area() {
    let limits = Some(MosfetLimits { junction_c: 150.0, soa_w_root_s: 5e3, avalanche_j: 1.0 });
    let mosfets = MosfetParts { clamp_v: Some(80.0), limits, ..MosfetParts::default() };
    let fall = Span::from_micros(300);
    let board =
        BoardSetup { discharge_fall: fall, ..with(PathParts { mosfets, ..PathParts::default() }) };
    let mut plant = closed(&stiff_pack(1e-8), &board);
    connect(&mut plant, Load::Short { ohm: 48e-3, henry: 2e-6 });
    run(&mut plant, START);
    let current = plant.truth().current_a.abs();
    let _ = plant.take_events();
    plant.switch(Switch::Discharge, false);
    run(&mut plant, secs(2.0));
    let seen = notes(&mut plant);
    let (at, Note::EdgeHeat { switch, joule, share }) = seen[0] else { panic!("{seen:?}") };
    assert_eq!((at, switch), (START + fall, Switch::Discharge));
    let t = 300e-6;
    let exact = 0.5 * 52.8 * current * t + 0.5 * 2e-6 * current * current
        - 48e-3 * current * current * t / 3.0;
    assert_relative_eq!(joule, exact, max_relative = 1e-4);
    assert_relative_eq!(share, joule / (5e3 * libm::sqrt(t)), max_relative = 1e-9);
}

/// 100 A through the charge MOSFET's diode: 60 W at 2 K/W.
#[test]
fn a_conducting_diode_heats_its_junction_beyond_its_rating() {
    for (junction_c, is_beyond) in [(144.0, true), (147.0, false)] {
        let limits = Some(MosfetLimits { junction_c, soa_w_root_s: 1e3, avalanche_j: 1.0 });
        let junction = Some(Impedance { k_w: 2.0, tau_s: 5e-3 });
        let mosfets = MosfetParts { junction, limits, ..MosfetParts::default() };
        let board =
            BoardSetup { mos_heat_j_k: 1e9, ..with(PathParts { mosfets, ..PathParts::default() }) };
        let mut plant = plant(&stiff_pack(0.5e-3), &board);
        plant.switch(Switch::Discharge, true);
        connect(&mut plant, Load::Current(100.0));
        run(&mut plant, secs(1.0));
        let seen = notes(&mut plant);
        assert_eq!(seen.len(), usize::from(is_beyond), "{seen:?}");
        if let Some((_, Note::JunctionHot { switch, celsius, .. })) = seen.first() {
            assert_eq!(*switch, Switch::Charge);
            assert!((144.0..=145.0).contains(celsius), "{celsius}");
        }
    }
}

/// The heat in the resistor is C V² / 2 whatever its resistance: 27.9 J of 20 mF at 52.8 V.
#[test]
fn the_precharge_resistor_takes_the_energy_that_the_capacitor_gets() {
    let rise_k = 0.5 * 20e-3 * 52.8 * 52.8 / 2.0 * (10.0 / 10.02);
    for (limit_c, is_beyond) in [(25.0 + rise_k * 0.999, true), (25.0 + rise_k * 1.001, false)] {
        let precharge = Some(ResistorParts { heat_j_k: 2.0, to_ambient_w_k: 0.0, limit_c });
        let path = PathParts { precharge, ..PathParts::default() };
        let mut plant = plant(&stiff_pack(0.5e-3), &with(path));
        let (bleeder_ohm, watts, cut_off_v) = (f64::INFINITY, 0.0, 0.0);
        let (farad, ohm, henry, start_v) = (20e-3, 10e-3, 0.0, 0.0);
        connect(
            &mut plant,
            Load::Inverter { farad, ohm, henry, start_v, bleeder_ohm, watts, cut_off_v },
        );
        plant.switch(Switch::Precharge, true);
        // Three time constants: 52.8 V (1 - exp(-3)).
        run(&mut plant, secs(3.0 * 0.2004));
        let bus_v = plant.port_v() + 10e-3 * plant.truth().current_a;
        assert_relative_eq!(bus_v, 52.8 * -libm::expm1(-3.0), max_relative = 1e-3);
        run(&mut plant, secs(5.0));
        assert_eq!(notes(&mut plant).len(), usize::from(is_beyond));
        assert_closed(&plant, 1e-6);
    }
}

#[test]
fn the_limiter_starts_after_its_time_and_needs_its_headroom() {
    let start = Span::from_millis(300);
    let limiter = LimiterParts { efficiency: 0.9, headroom_v: 1.0, start };
    let board = with(PathParts { limiter, ..PathParts::default() });
    let mut plant = plant(&stiff_pack(0.5e-3), &board);
    charge(&mut plant, 160.0, 56.0, 0.0);
    plant.switch(Switch::Limiter, true);
    run(&mut plant, SimTime(start.0 - 1));
    assert_abs_diff_eq!(plant.truth().current_a, 0.0);
    run(&mut plant, secs(1.3));
    assert_relative_eq!(plant.truth().current_a, 10.0, max_relative = 1e-9);
    let into_pack_j = 10.0 * (52.8 + 10.0 * 10e-3);
    assert_relative_eq!(-plant.ledger().port_j, into_pack_j / 0.9, max_relative = 1e-9);
    charge(&mut plant, 160.0, 53.7, 0.0);
    assert_abs_diff_eq!(plant.truth().current_a, 0.0);
}

#[test]
fn parts_that_no_equation_takes_are_refused_by_name() {
    let refused = |path: PathParts| {
        let error = Plant::new(&stiff_pack(1e-3), &with(path), 1).unwrap_err();
        error.what
    };
    let fuse = Some(Fuse { ohm: 1e-4, melting_a2s: 0.0, cooling_s: 20.0 });
    let what = refused(PathParts { fuse, ..PathParts::default() });
    assert_eq!(what, "melting integral is 0, and must be positive");
    let limiter = LimiterParts { headroom_v: f64::NAN, ..LimiterParts::default() };
    let what = refused(PathParts { limiter, ..PathParts::default() });
    assert_eq!(what, "limiter headroom is NaN, and must not be negative");
}

/// MOSFETs and path take (V + V_d) I t / 2 and no energy of the loop, which decays through its own
/// resistance and the diode: zero after L / R ln(1 + I R / V_d).
#[test]
fn a_freewheeling_diode_keeps_the_loops_energy_out_of_the_mosfets() {
    for fall in [Span(0), Span::from_micros(10)] {
        let path = PathParts { freewheel_v: Some(0.8), ..PathParts::default() };
        let board = BoardSetup { discharge_fall: fall, ..with(path) };
        let mut plant = closed(&stiff_pack(1e-8), &board);
        let (henry, ohm) = (1e-3, 0.5);
        connect(&mut plant, Load::Short { ohm, henry });
        run(&mut plant, START);
        let from_a = plant.truth().current_a.abs();
        let before = plant.ledger();
        plant.switch(Switch::Discharge, false);
        let t = fall.as_secs_f64();
        run(&mut plant, START + fall);
        let bank_j = plant.ledger().path_heat_j - before.path_heat_j;
        // Beside it the diode takes over what the channel gives up.
        let exact = 0.5 * (52.8 + 0.8) * from_a * t + 0.5 * 0.8 * from_a * t;
        assert_relative_eq!(bank_j, exact, max_relative = 2e-3, epsilon = 1e-9);
        assert_relative_eq!(plant.port_v(), -0.8);
        let lasts = henry / ohm * libm::log1p(from_a * ohm / 0.8);
        run(&mut plant, START + Span(secs(lasts * 0.999).0));
        assert_relative_eq!(plant.port_v(), -0.8);
        run(&mut plant, secs(2.0));
        assert_abs_diff_eq!(plant.port_v(), 0.0);
        // L i' = -R i - V_d over the whole decay: R q = L I - V_d t.
        let charge = (henry * from_a - 0.8 * lasts) / ohm;
        let heat_j = plant.ledger().path_heat_j - before.path_heat_j;
        let mosfets_j = 0.5 * (52.8 + 0.8) * from_a * t;
        assert_relative_eq!(heat_j - mosfets_j, 0.8 * charge, max_relative = 0.02);
        assert_closed(&plant, 1e-6);
    }
}
