//! The whole loop, firmware at register level and at value level. Throughput is in simulated
//! seconds per second of wall time for the day and for storage, in handled events per second, and
//! in runs per second for the suite.

use benches::{DAY_S, day, scenario};
use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use scenarios::Scenario;
use scenarios::runner::run_all;
use sim::setup::FrontEndLevel;
use std::hint::black_box;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

const LEVELS: [(&str, FrontEndLevel); 2] =
    [("register level", FrontEndLevel::Register), ("value level", FrontEndLevel::Value)];

/// Read `elem/s` as simulated seconds per second: the factor over real time.
fn simulated_seconds(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("day of a 16S pack, simulated seconds");
    group.sampling_mode(SamplingMode::Flat).sample_size(10).throughput(Throughput::Elements(DAY_S));
    group.measurement_time(Duration::from_secs(60));
    for (name, level) in LEVELS {
        let setup = day(level);
        group.bench_function(name, |bencher| bencher.iter(|| sim::bench::run(black_box(&setup))));
    }
    group.finish();
}

/// Read `elem/s` as events per second.
fn events(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ten minutes of a 16S pack, events");
    for (name, level) in LEVELS {
        let mut setup = day(level);
        setup.duration = sim::time::SimTime::from_secs(600);
        let handled = sim::bench::run(&setup).stats.events;
        group.throughput(Throughput::Elements(handled));
        group.bench_function(name, |bencher| bencher.iter(|| sim::bench::run(black_box(&setup))));
    }
    group.finish();
}

fn short_circuit(criterion: &mut Criterion) {
    let setup = scenario("s02-hard-short-150-real");
    criterion.bench_function("bolted short, 40 s with a 7 s pre-charge attempt", |bencher| {
        bencher.iter(|| sim::bench::run(black_box(&setup)));
    });
}

/// Read `elem/s` as simulated seconds per second: ninety days of a pack that is off, its firmware
/// looking at the port once a minute.
fn storage(criterion: &mut Criterion) {
    let setup = scenario("s17-power-and-storage-150-stored");
    let mut group = criterion.benchmark_group("ninety days off, simulated seconds");
    group.sample_size(10).throughput(Throughput::Elements(90 * DAY_S));
    group.bench_function("value level", |bencher| {
        bencher.iter(|| sim::bench::run(black_box(&setup)));
    });
    group.finish();
}

/// Read `elem/s` as runs per second.
fn suite(criterion: &mut Criterion) {
    let runs: Vec<Scenario> = scenarios::suite().into_iter().filter(Scenario::runs).collect();
    let mut group = criterion.benchmark_group("the acceptance suite, runs");
    group.sampling_mode(SamplingMode::Flat).sample_size(10);
    group.throughput(Throughput::Elements(runs.len() as u64));
    let goes_on = AtomicBool::new(false);
    for threads in [1, 2] {
        group.bench_function(format!("{threads} threads"), |bencher| {
            bencher.iter(|| run_all(black_box(&runs), threads, |_| (), &goes_on));
        });
    }
    group.finish();
}

criterion_group!(whole_loop, simulated_seconds, events, short_circuit, storage, suite);
criterion_main!(whole_loop);
