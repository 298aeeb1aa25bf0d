//! probe
use fitting::record::Record;
fn read(path: &str) -> Record {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let head: Vec<&str> = lines.next().unwrap().split(',').collect();
    let col = |n: &str| head.iter().position(|h| *h == n);
    let rows: Vec<Vec<f64>> = lines.map(|l| l.split(',').map(|x| x.parse().unwrap_or(f64::NAN)).collect()).collect();
    let get = |n: &str| col(n).map(|c| rows.iter().map(|r| r[c]).collect::<Vec<f64>>());
    let t = get("time_s").unwrap();
    let mut keep: Vec<usize> = vec![0];
    for i in 1..t.len() { if t[i] > t[*keep.last().unwrap()] { keep.push(i); } }
    let pick = |v: Vec<f64>| keep.iter().map(|&i| v[i]).collect::<Vec<f64>>();
    let amb = get("chamber_c").or(get("ambient_c")).map(&pick).unwrap_or(vec![25.0; keep.len()]);
    let temp = get("temperature_c").map(&pick);
    let counter = match (get("chg_ah"), get("dis_ah")) { (Some(c), Some(d)) => Some(pick(c.iter().zip(&d).map(|(c, d)| c - d).collect())), _ => None };
    Record { name: path.rsplit('/').next().unwrap().to_owned(), time_s: pick(t), current_a: pick(get("current_a").unwrap()), voltage_v: pick(get("voltage_v").unwrap()),
        temperature_measured: temp.is_some(), temperature_c: temp.unwrap_or(amb.clone()), ambient_c: amb, counter_ah: counter, step: None }
}
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let records: Vec<Record> = args.iter().map(|a| read(a)).collect();
    let options = fitting::FitOptions { pairs: std::env::var("PAIRS").ok().and_then(|p| p.parse().ok()).unwrap_or(3), ..Default::default() };
    fitting::fit::probe(&records, &options);
}
