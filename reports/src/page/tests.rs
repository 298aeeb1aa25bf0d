//! Tests.
use crate::testbench::*;
#[test]
fn look() {
    let (a, b) = (short_circuit(), cold_charge());
    let mut c = short_circuit();
    c.0.id = "x-unmet".into();
    c.1.events.retain(|e| !matches!(e.kind, sim::trace::EventKind::CurrentZero));
    c.1.outcome =
        sim::trace::Outcome::Aborted { at: ms(3900), why: "cell 3 is not a number".into() };
    let runs = [
        crate::judge(&a.0, &a.1, &lookup),
        crate::judge(&b.0, &b.1, &lookup),
        crate::judge(&c.0, &c.1, &lookup),
    ];
    crate::files::write(std::path::Path::new("/tmp/w/g-out"), &runs).unwrap();
    for l in crate::table::render(&runs) {
        println!("{l}");
    }
    for r in &runs {
        for l in crate::table::run(r) {
            println!("{l}");
        }
    }
    let v: Vec<f64> = (0..500)
        .map(|i| 192.0 + ((i * 7919) % 640) as f64 / 10.0 * ((i * 31) % 10) as f64 / 10.0)
        .collect();
    let d = crate::plots::distribution(
        "Trip time of the short circuit",
        "time after the crossing / µs",
        &v,
        192.0,
        256.0,
    )
    .unwrap();
    std::fs::write("/tmp/w/g-out/dist.html", format!("<body style='background:#fff'>{}", d))
        .unwrap();
}
