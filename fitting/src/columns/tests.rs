//! Headings of testers and formats, and what is made of them.

use super::{KNOWN, Mapping, NAMES, Quantity, is_unit, recognised, resolve};

fn headings(line: &str) -> Vec<String> {
    line.split(';').map(str::to_owned).collect()
}

/// Quantity, column and factor of what was recognised.
fn found(line: &str) -> Vec<(Quantity, usize, f64)> {
    let columns =
        resolve(&headings(line), &[], &[]).unwrap_or_else(|wrong| panic!("{line}: {wrong:?}"));
    columns.iter().map(|it| (it.quantity, it.index, it.unit.factor)).collect()
}

fn basics(line: &str) -> [(usize, f64); 3] {
    let found = found(line);
    [Quantity::Time, Quantity::Current, Quantity::Voltage].map(|wanted| {
        let column = found.iter().find(|(quantity, ..)| *quantity == wanted).unwrap();
        (column.1, column.2)
    })
}

#[test]
fn the_names_of_the_map_are_those_of_the_table() {
    assert_eq!(KNOWN.map(|known| known.name), NAMES);
}

#[test]
fn the_battery_data_format_is_read_by_label_and_by_machine_name() {
    let label = "Test Time / s;Voltage / V;Current / A;Unix Time / s;Cycle Count / 1;\
                 Step Count / 1;Ambient Temperature / degC;Step Index / 1;Charging Capacity / Ah;\
                 Discharging Capacity / Ah;Net Capacity / Ah;Surface Temperature T1 / degC";
    let machine = "test_time_second;voltage_volt;current_ampere;unix_time_second;cycle_count;\
                   step_count;ambient_temperature_celsius;step_index;charging_capacity_ah;\
                   discharging_capacity_ah;net_capacity_ah;temperature_t1_celsius";
    let wanted = [
        (Quantity::Time, 0, 1.0),
        (Quantity::Current, 2, 1.0),
        (Quantity::Voltage, 1, 1.0),
        (Quantity::Temperature, 11, 1.0),
        (Quantity::Ambient, 6, 1.0),
        (Quantity::Charged, 8, 1.0),
        (Quantity::Discharged, 9, 1.0),
        (Quantity::NetCharge, 10, 1.0),
        (Quantity::Step, 5, 1.0),
    ];
    assert_eq!(found(label), wanted);
    assert_eq!(found(machine), wanted);
}

#[test]
fn headings_of_common_testers_are_read() {
    for (line, wanted) in [
        ("Test_Time(s);Step_Index;Current(A);Voltage(V)", [(0, 1.0), (2, 1.0), (3, 1.0)]),
        ("time/s;Ewe/V;<I>/mA;Ns", [(0, 1.0), (2, 1e-3), (1, 1.0)]),
        ("~Time[h];I[A];U[V];T1[°C]", [(0, 3600.0), (1, 1.0), (2, 1.0)]),
        ("Test (Sec);Step;Amps;Volts", [(0, 1.0), (2, 1.0), (3, 1.0)]),
        ("Run Time (h);Potential (V);Current (A)", [(0, 3600.0), (2, 1.0), (1, 1.0)]),
        ("Time;Total Time;Current(mA);Voltage(mV)", [(1, 1.0), (2, 1e-3), (3, 1e-3)]),
        ("Time [s];Current [A];Terminal voltage [V]", [(0, 1.0), (1, 1.0), (2, 1.0)]),
        ("t;I;U", [(0, 1.0), (1, 1.0), (2, 1.0)]),
        ("time_min;current_ma;voltage_mv", [(0, 60.0), (1, 1e-3), (2, 1e-3)]),
    ] {
        assert_eq!(basics(line), wanted, "{line}");
    }
}

#[test]
fn a_small_t_is_a_time_and_a_capital_one_a_temperature() {
    let columns = found("T;t;I;U");
    assert_eq!((columns[0].0, columns[0].1), (Quantity::Time, 1));
    assert_eq!((columns[3].0, columns[3].1), (Quantity::Temperature, 0));
    let columns = found("T/K;t/s;I/A;U/V");
    assert_eq!((columns[3].0, columns[3].1), (Quantity::Temperature, 0));
}

#[test]
fn kelvin_and_fahrenheit_become_celsius() {
    let columns = |line| resolve(&headings(line), &[], &[]).unwrap();
    let kelvin = columns("t/s;I/A;U/V;T/K");
    assert!((kelvin[3].unit.convert(298.15) - 25.0).abs() < 1e-9);
    let fahrenheit = columns("t/s;I/A;U/V;T/degF");
    assert!((fahrenheit[3].unit.convert(212.0) - 100.0).abs() < 1e-9);
}

#[test]
fn the_users_map_goes_before_the_names() {
    let headings = headings("time_s;I;U;U_cell;x [mV]");
    let map = |text| vec![Mapping::parse(text).unwrap()];
    let voltage = |map: Vec<Mapping>| {
        let columns = resolve(&headings, &[], &map).unwrap();
        let column = columns.iter().find(|it| it.quantity == Quantity::Voltage).unwrap();
        (column.index, column.unit.factor)
    };
    // The default prefers the column that names the cell.
    assert_eq!(voltage(vec![]), (3, 1.0));
    assert_eq!(voltage(map("voltage=U")), (2, 1.0));
    assert_eq!(voltage(map("voltage=u")), (2, 1.0));
    assert_eq!(voltage(map("voltage=U [mV]")), (2, 1e-3));
    assert_eq!(voltage(map("voltage=x [mV]")), (4, 1e-3));
}

#[test]
fn an_optional_quantity_can_be_left_out_and_a_required_one_cannot() {
    let headings = headings("t;I;U;step");
    let map = |text| resolve(&headings, &[], &[Mapping::parse(text).unwrap()]);
    assert_eq!(map("step=none").unwrap().len(), 3);
    assert!(map("current=none").is_err());
}

#[test]
fn a_map_that_names_nothing_known_is_refused() {
    for (text, words) in [
        ("voltage", "expected NAME=COLUMN"),
        ("volage=U", "did you mean `voltage`?"),
        ("voltage=", "name a column"),
    ] {
        let error = Mapping::parse(text).unwrap_err();
        assert!(error.contains(words), "{text}: {error}");
    }
}

#[test]
fn a_row_of_units_is_known_from_names() {
    assert!(["s", "[mV]", "degC", "Ah"].iter().all(|text| is_unit(text)));
    assert!(!is_unit("voltage"));
    assert_eq!(recognised(&["time_s", "pack_v", "current_a"]), 2);
    assert_eq!(recognised(&["Version", "1.2"]), 0);
}

#[test]
fn a_row_of_units_gives_the_units_of_plain_names() {
    let names = headings("time;I;U;SOC");
    let columns = resolve(&names, &headings("h;mA;mV;%"), &[]).unwrap();
    let factors: Vec<_> = columns.iter().map(|it| it.unit.factor).collect();
    assert_eq!(factors, [3600.0, 1e-3, 1e-3, 0.01]);
}
