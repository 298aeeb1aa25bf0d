//! Files as they come: what is read, what is told, what is refused.

use super::{CurrentSign, Options, Reading, read};
use crate::columns::Mapping;
use std::fs;
use std::path::{Path, PathBuf};

/// A discharge pulse of 1 A over 50 milliohm between rests, with what a test puts around it.
const ROWS: [(f64, f64, f64); 6] = [
    (0.0, 0.0, 3.30),
    (1.0, -1.0, 3.25),
    (2.0, -1.0, 3.25),
    (3.0, 0.0, 3.30),
    (4.0, 1.0, 3.35),
    (5.0, 0.0, 3.30),
];

fn file(header: &str, row: impl Fn((f64, f64, f64)) -> String) -> String {
    ROWS.iter().fold(header.to_owned(), |text, it| text + "\n" + &row(*it))
}

fn at_25() -> Options {
    Options { temperature_c: Some(25.0), ..Options::default() }
}

fn reading(text: &str, options: &Options) -> Reading {
    read("a.csv", text.as_bytes(), options).unwrap_or_else(|wrong| panic!("{wrong}\n{text}"))
}

fn plain() -> String {
    file("time_s,current_a,voltage_v", |(t, i, v)| format!("{t},{i},{v}"))
}

#[track_caller]
fn same(text: &str) {
    let (found, wanted) = (reading(text, &at_25()), reading(&plain(), &at_25()));
    let (found, wanted) = (&found.records[0], &wanted.records[0]);
    assert_eq!(found.time_s.len(), wanted.time_s.len());
    for (a, b) in [
        (&found.time_s, &wanted.time_s),
        (&found.current_a, &wanted.current_a),
        (&found.voltage_v, &wanted.voltage_v),
    ] {
        assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-9), "{a:?} {b:?}");
    }
}

#[test]
fn a_plain_file_is_read_as_it_stands() {
    let reading = reading(&plain(), &at_25());
    let record = &reading.records[0];
    assert_eq!(record.name, "a.csv");
    assert_eq!(record.time_s, ROWS.map(|it| it.0));
    assert_eq!(record.current_a, ROWS.map(|it| it.1));
    assert_eq!(record.voltage_v, ROWS.map(|it| it.2));
    assert_eq!(record.temperature_c, [25.0; 6]);
    assert!(!record.temperature_measured);
    assert_eq!(reading.notes, Vec::<String>::new());
}

#[test]
fn delimiters_commas_marks_comments_and_units_are_found() {
    let comma = |value: f64| value.to_string().replace('.', ",");
    same(&file("time_s;current_a;voltage_v", |(t, i, v)| {
        format!("{};{};{}", comma(t), comma(i), comma(v))
    }));
    same(&file("\u{feff}Test Time / s\tCurrent / mA\tVoltage / mV", |(t, i, v)| {
        format!("{t}\t{}\t{}", 1e3 * i, 1e3 * v)
    }));
    same(&file("Tester 7\n\n# operator: x\nt [min],I,U [mV],remark", |(t, i, v)| {
        format!("{},{i},{},\"a, b\"", t / 60.0, 1e3 * v)
    }));
    same(&file("time;I;U\ns;mA;V", |(t, i, v)| format!("{t};{};{v}", 1e3 * i)));
    same(&file("# time_s,current_a,voltage_v", |(t, i, v)| format!("{t},{i},{v}")));
    same(&file("Time,Current,Voltage", |(t, i, v)| format!("0:00:0{t},{i},{v}")));
    same(&plain().replace('\n', "\r\n"));
    same(&plain().replace('\n', "\r"));
}

#[test]
fn unknown_names_above_numbers_are_still_a_header_for_the_map() {
    let text = file("a;b;c", |(t, i, v)| format!("{t};{i};{v}"));
    let map = ["time=a", "current=b", "voltage=c"];
    let map = map.iter().map(|text| Mapping::parse(text).unwrap()).collect();
    let found = reading(&text, &Options { map, ..at_25() });
    assert_eq!(found.records, reading(&plain(), &at_25()).records);
}

#[test]
fn of_rows_at_one_time_the_last_stays_and_it_is_told() {
    let text = plain().replace("\n1,-1,3.25", "\n1,0,3.3\n1,-1,3.25");
    let found = reading(&text, &at_25());
    assert_eq!(found.records, reading(&plain(), &at_25()).records);
    assert_eq!(
        found.notes,
        ["1 row has the time of the row before; the last of each stays (first in line 3)"]
    );
}

#[test]
fn a_blank_voltage_stays_blank_and_a_blank_temperature_takes_the_one_before() {
    let text = "time_s,current_a,voltage_v,temperature_c,chamber_c\n\
                0,0,3.3,,20\n1,-1,,21,20\n2,-1,3.2,,20\n3,0,3.3,22,20\n";
    let found = reading(text, &Options::default());
    let record = &found.records[0];
    assert!(record.voltage_v[1].is_nan() && record.temperature_measured);
    assert_eq!(record.temperature_c, [21.0, 21.0, 21.0, 22.0]);
    assert_eq!(record.ambient_c, [20.0; 4]);
    assert!(found.notes.contains(&"2 blank temperatures take the nearest one before".to_owned()));
}

#[test]
fn the_chambers_temperature_stands_for_the_cells() {
    let text = file("time_s,current_a,voltage_v,chamber_c", |(t, i, v)| format!("{t},{i},{v},-15"));
    let found = reading(&text, &at_25());
    assert_eq!(found.records[0].temperature_c, [-15.0; 6]);
    assert!(!found.records[0].temperature_measured);
}

#[test]
fn counters_become_the_net_charge_since_the_first_row() {
    let header = "time_s,current_a,voltage_v,chg_ah,dis_ah,step";
    let text = format!(
        "{header}\n0,0,3.3,1,2,1\n3600,-1,3.2,1,2,2\n7200,0,3.3,1,3,3\n10800,1,3.4,1,3,4\n"
    );
    let found = reading(&text, &Options { gap_max_s: 1e4, ..at_25() });
    let record = &found.records[0];
    assert_eq!(record.counter_ah, Some(vec![0.0, 0.0, -1.0, -1.0]));
    assert_eq!(record.step, Some(vec![1, 2, 3, 4]));
    let fresh = text.replace("7200,0,3.3,1,3", "7200,0,3.3,1,0");
    let found = reading(&fresh, &Options { gap_max_s: 1e4, ..at_25() });
    assert_eq!(found.records[0].counter_ah, None);
    assert!(found.notes.iter().any(|note| note.contains("counters begin anew")));
}

#[test]
fn series_are_split_where_time_and_label_begin_anew() {
    let mut text = "soc_pct,cell,time_s,current_a,voltage_v\n".to_owned();
    for (soc, cell) in [(90, 1), (90, 2), (50, 1)] {
        for (t, i, v) in ROWS {
            text += &format!("{soc},{cell},{t},{i},{v}\n");
        }
    }
    let found = reading(&text, &at_25());
    let names: Vec<_> = found.records.iter().map(|it| it.name.as_str()).collect();
    let wanted =
        ["a.csv [soc_pct 90, cell 1]", "a.csv [soc_pct 90, cell 2]", "a.csv [soc_pct 50, cell 1]"];
    assert_eq!(names, wanted);
    assert_eq!(found.soc_start, [Some(0.9), Some(0.9), Some(0.5)]);
    let by_hand = Options { split_by: vec!["soc_pct".into(), "cell".into()], ..at_25() };
    assert_eq!(reading(&text, &by_hand).records, found.records);
    // By the charge alone two cells fall into one series, whose time then goes back.
    let too_few = Options { split_by: vec!["soc_pct".into()], ..at_25() };
    let wrong = read("a.csv", text.as_bytes(), &too_few).unwrap_err().to_string();
    assert!(wrong.contains("the time goes back from 5 s to 0 s"), "{wrong}");
}

#[test]
fn a_current_of_the_other_sign_is_refused_and_with_the_flag_turned() {
    let turned = file("time_s,current_a,voltage_v", |(t, i, v)| format!("{t},{},{v}", -i));
    let wrong = read("a.csv", turned.as_bytes(), &at_25()).unwrap_err().to_string();
    assert!(wrong.contains("--current-sign discharge-positive"), "{wrong}");
    let flag = Options { current_sign: CurrentSign::DischargePositive, ..at_25() };
    let found = reading(&turned, &flag);
    assert_eq!(found.records[0].current_a, ROWS.map(|it| it.1));
    let wrong = read("a.csv", plain().as_bytes(), &flag).unwrap_err().to_string();
    assert!(wrong.contains("leave --current-sign discharge-positive away"), "{wrong}");
}

#[test]
fn a_slow_discharge_without_edges_tells_its_sign_by_the_drift() {
    let slow = |sign: f64| {
        let rows = (0..20_u32).map(f64::from);
        let row = |k: f64| format!("{},{},{}\n", 60.0 * k, -0.1 * sign, 3.4 - 0.01 * k);
        "t,I,U\n".to_owned() + &rows.map(row).collect::<String>()
    };
    assert_eq!(reading(&slow(1.0), &at_25()).notes, Vec::<String>::new());
    let wrong = read("a.csv", slow(-1.0).as_bytes(), &at_25()).unwrap_err().to_string();
    assert!(wrong.contains("wrong sign") && wrong.contains("correlation -1.00"), "{wrong}");
}

#[test]
fn a_gap_counts_only_while_current_flows_and_from_the_limit_on() {
    let text = |current: f64, gap: f64| {
        format!("t,I,U\n0,0,3.3\n10,-1,3.25\n20,{current},3.26\n{},0,3.3\n", 20.0 + gap)
    };
    let with = |gap_max_s| Options { gap_max_s, ..at_25() };
    let wrong = read("a.csv", text(-1.0, 601.0).as_bytes(), &at_25()).unwrap_err().to_string();
    assert!(wrong.contains("no row for 10.0 min while -1 A flows"), "{wrong}");
    assert!(wrong.contains("a.csv:5:1") && wrong.contains("--gap-max 601"), "{wrong}");
    reading(&text(-1.0, 600.0), &at_25());
    reading(&text(-1.0, 601.0), &with(601.0));
    let rest = reading(&text(0.0, 601.0), &at_25());
    assert!(rest.notes[0].starts_with("1 gap at rest, the longest 10.0 min before line 5"));
}

#[test]
fn a_last_row_that_was_cut_off_is_left_out_and_told() {
    let found = reading(&(plain() + "\n6,0"), &at_25());
    assert_eq!(found.records, reading(&plain(), &at_25()).records);
    assert_eq!(found.notes, ["line 8, the last, is cut off and left out"]);
    // In the middle it is a mistake.
    assert!(read("a.csv", (plain() + "\n6,0\n7,0,3.3").as_bytes(), &at_25()).is_err());
}

#[test]
fn counters_show_a_time_in_another_unit() {
    let text = "time,current_a,voltage_v,chg_ah,dis_ah\n0,0,3.3,0,0\n1,-1,3.2,0,0\n\
                2,-1,3.2,0,1\n3,1,3.4,0,2\n4,0,3.3,1,2\n";
    let wrong = read("a.csv", text.as_bytes(), &at_25()).unwrap_err().to_string();
    assert!(wrong.contains("a unit is wrong") && wrong.contains("time=time [h]"), "{wrong}");
    let map = vec![Mapping::parse("time=time [h]").unwrap()];
    reading(text, &Options { map, gap_max_s: 3600.0, ..at_25() });
}

fn bad_files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad");
    let entries = fs::read_dir(folder).expect("the folder of bad files is there");
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

#[test]
fn every_bad_file_is_refused_with_these_words() {
    let paths = bad_files();
    assert!(paths.len() >= 16, "{}", paths.len());
    for path in paths {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // What states no temperature is wrong for that alone.
        let options = if name.contains("temperature") { Options::default() } else { at_25() };
        match read(&name, &fs::read(&path).unwrap(), &options) {
            Ok(_) => panic!("{name} is wrong and must be refused"),
            Err(problems) => {
                let items = problems.items();
                assert!(items.iter().all(|it| !it.message.is_empty() && it.file == name));
                assert!(items.iter().any(|it| !it.hint.is_empty()), "{name} has no hint");
                insta::assert_snapshot!(name.trim_end_matches(".csv"), problems.to_string());
            }
        }
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
        let _ = read("a.csv", &bytes, &Options::default());
    }

    /// Bytes that look like a file go deeper than arbitrary ones.
    #[test]
    fn no_garbled_file_makes_it_panic(
        body in "[0-9.,;:\"\n\r\t#e|a-cTIU+-]{0,300}",
        header in proptest::sample::select(vec![
            "time_s,current_a,voltage_v", "t;I;U", "t\tI [mA]\tU [V]\tT", "# t|I|U", "",
            "soc_pct,cell,time_s,current_a,voltage_v,step,chg_ah,dis_ah,chamber_c",
        ]),
    ) {
        let text = format!("{header}\n{body}");
        for current_sign in [CurrentSign::ChargePositive, CurrentSign::DischargePositive] {
            let options = Options { current_sign, ..at_25() };
            if let Ok(found) = read("a.csv", text.as_bytes(), &options) {
                for record in &found.records {
                    let rows = record.time_s.len();
                    proptest::prop_assert!(rows >= 2);
                    proptest::prop_assert!(record.time_s.windows(2).all(|it| it[1] > it[0]));
                    proptest::prop_assert!(record.current_a.iter().all(|it| it.is_finite()));
                    proptest::prop_assert_eq!(record.voltage_v.len(), rows);
                    proptest::prop_assert_eq!(record.temperature_c.len(), rows);
                    proptest::prop_assert_eq!(record.ambient_c.len(), rows);
                }
            }
        }
    }

    /// A file cut anywhere is judged.
    #[test]
    fn no_cut_makes_it_panic(end in 0..200_usize) {
        let text = plain();
        let _ = read("a.csv", &text.as_bytes()[..end.min(text.len())], &at_25());
    }
}
