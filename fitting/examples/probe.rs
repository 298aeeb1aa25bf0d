//! probe
use fitting::record::Record;
fn read(path: &str) -> Record {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let head: Vec<&str> = lines.next().unwrap().split(',').collect();
    let col = |n: &str| head.iter().position(|h| *h == n);
    let rows: Vec<Vec<f64>> =
        lines.map(|l| l.split(',').map(|x| x.parse().unwrap_or(f64::NAN)).collect()).collect();
    let get = |n: &str| col(n).map(|c| rows.iter().map(|r| r[c]).collect::<Vec<f64>>());
    let t = get("time_s").unwrap();
    let mut keep: Vec<usize> = vec![0];
    for i in 1..t.len() {
        if t[i] > t[*keep.last().unwrap()] {
            keep.push(i);
        }
    }
    let pick = |v: Vec<f64>| keep.iter().map(|&i| v[i]).collect::<Vec<f64>>();
    let amb = get("chamber_c").or(get("ambient_c")).map(&pick).unwrap_or(vec![25.0; keep.len()]);
    let temp = get("temperature_c").map(&pick);
    let counter = match (get("chg_ah"), get("dis_ah")) {
        (Some(c), Some(d)) => Some(pick(c.iter().zip(&d).map(|(c, d)| c - d).collect())),
        _ => None,
    };
    Record {
        name: path.rsplit('/').next().unwrap().to_owned(),
        time_s: pick(t),
        current_a: pick(get("current_a").unwrap()),
        voltage_v: pick(get("voltage_v").unwrap()),
        temperature_measured: temp.is_some(),
        temperature_c: temp.unwrap_or(amb.clone()),
        ambient_c: amb,
        counter_ah: counter,
        step: None,
    }
}
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let records: Vec<Record> = args.iter().map(|a| read(a)).collect();
    let options = fitting::FitOptions {
        pairs: std::env::var("PAIRS").ok().and_then(|p| p.parse().ok()).unwrap_or(3),
        ..Default::default()
    };
    let hold = std::env::var("HOLDT").unwrap_or_else(|_| "none".into());
    let (test, train): (Vec<Record>, Vec<Record>) =
        records.iter().cloned().partition(|r| r.name.contains(&hold));
    let t = std::time::Instant::now();
    let fitted = fitting::fit(&train, &options).expect("fits");
    println!(
        "capacity {} eff {} gamma {} iterations {} in {:?}",
        fitted.params.capacity_ah,
        fitted.params.coulombic_efficiency,
        fitted.params.hysteresis.gamma,
        fitted.report.iterations,
        t.elapsed()
    );
    for w in &fitted.report.warnings {
        println!("warning: {w}");
    }
    let show = |r: &fitting::report::RecordFit, tag: &str| {
        print!("{tag} {} {} Q {:.4} s0 {:.3}", r.name, r.kind, r.capacity_ah, r.soc_start);
        for (lo, hi) in [(0.1, 0.9), (0.05, 0.95), (-0.1, 1.1)] {
            if let Some(s) = fitting::predict::score(&r.trace, (lo, hi), false) {
                print!(" | {lo}-{hi}: {:.2} max {:.1}", 1e3 * s.rmse_v, 1e3 * s.max_v);
            }
        }
        println!();
    };
    for r in &fitted.report.records {
        show(r, "     ");
    }
    if !test.is_empty() {
        let report = fitting::check(&fitted.params, &test, &options).expect("checks");
        for r in &report.records {
            show(r, "TEST ");
        }
    }
    if std::env::var("V").is_ok() {
        for f in &fitted.report.figures {
            println!(
                "{} {:?} {:?} {:.5} [{:.5} {:.5}] {} {:?}",
                f.table, f.soc, f.temperature_c, f.value, f.low, f.high, f.unit, f.origin
            );
        }
    }
    for c in [-25.0, -15.0, -5.0, 5.0, 15.0, 25.0, 35.0, 45.0] {
        let p = &fitted.params;
        print!(
            "T {c:5.1} ocv50 {:.2} M {:.2} r0d {:.2} r0c {:.2}",
            1e3 * p.ocv.at(0.5, c),
            1e3 * p.hysteresis.half_width_v(0.5, c),
            1e3 * p.r0_discharge.at(0.5, c),
            1e3 * p.r0_charge.at(0.5, c)
        );
        for b in &p.branches {
            print!(
                " | d {:.2} c {:.2} tau {:.1}",
                1e3 * b.discharge.at(0.5, c),
                1e3 * b.charge.at(0.5, c),
                b.tau.at(0.5, c)
            );
        }
        println!();
    }
}
