//! How the open-circuit voltage goes on beyond empty and full.
//!
//! Few rows lie at the ends, so that noise or levelling can leave a curve flat there: a cell charged
//! beyond full would not rise, and no protection would ever see it. Beyond a flat end the voltage
//! goes on with the least slope that cells of its kind were measured to have.

use cell_models::cell::Chemistry;
use cell_models::table::{Curve, Surface, TableError};

/// Way beyond an end after which the continuation is a straight line, share of the capacity.
const STEP: f64 = 0.005;

/// Least slope at both ends, volt per whole capacity.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Slopes {
    empty: f64,
    full: f64,
}

/// Mean slope of A123 26650 cells over the first and the last hundredth of the capacity: 68 to 72 V
/// in C/30 discharges, 11.0 and 11.4 V in C/30 charges at 25 and 45 °C (records of G. L. Plett,
/// UCCS); an About:Energy LFP 18650 has 81 and 15.7 V at C/20.
const PHOSPHATE: Slopes = Slopes { empty: 68.0, full: 11.0 };
/// The least of layered oxides against graphite over a hundredth of the capacity: 14.7 V of a
/// Samsung 30Q at C/10 (ARTS-Laboratory), 1.7 V of an LG M50 (table of WDWidanage). A manganese
/// spinel and a titanate are as steep at least: their ends are those of a single lattice running out.
const OXIDE: Slopes = Slopes { empty: 14.7, full: 1.7 };

fn least(chemistry: Chemistry) -> Option<Slopes> {
    match chemistry {
        Chemistry::Lfp => Some(PHOSPHATE),
        Chemistry::Nmc | Chemistry::Nca | Chemistry::Lmo | Chemistry::Lto => Some(OXIDE),
        Chemistry::Other => None,
    }
}

/// The open-circuit voltage over `soc` and `rows_c`, with two entries more at an end that some row
/// leaves with less than the least slope. Every entry that was there stands.
pub(crate) fn continued(
    soc: &[f64],
    rows_c: &[f64],
    mut rows: Vec<Vec<f64>>,
    chemistry: Chemistry,
) -> Result<Surface, TableError> {
    let mut axis = soc.to_vec();
    let Some(least) = least(chemistry) else { return Surface::extended(&axis, rows_c, &rows) };
    let curves: Vec<Curve> =
        rows.iter().map(|row| Curve::extended(soc, row)).collect::<Result<_, _>>()?;
    // A list that ends before empty or full says nothing of the slope there.
    if soc.first().is_some_and(|&first| first <= 0.0) {
        let slopes: Vec<f64> = curves.iter().map(|curve| curve.slope(soc[0] - STEP)).collect();
        if slopes.iter().any(|&slope| slope < least.empty) {
            axis.splice(0..0, [soc[0] - 2.0 * STEP, soc[0] - STEP]);
            for (row, slope) in rows.iter_mut().zip(slopes) {
                let rise = STEP * slope.max(least.empty);
                row.splice(0..0, [row[0] - 2.0 * rise, row[0] - rise]);
            }
        }
    }
    if let Some(&last) = soc.last().filter(|last| **last >= 1.0) {
        let slopes: Vec<f64> = curves.iter().map(|curve| curve.slope(last + STEP)).collect();
        if slopes.iter().any(|&slope| slope < least.full) {
            axis.extend([last + STEP, last + 2.0 * STEP]);
            for (row, slope) in rows.iter_mut().zip(slopes) {
                let (end, rise) = (row[row.len() - 1], STEP * slope.max(least.full));
                row.extend([end + rise, end + 2.0 * rise]);
            }
        }
    }
    Surface::extended(&axis, rows_c, &rows)
}

#[cfg(test)]
mod tests {
    use super::{OXIDE, PHOSPHATE, continued};
    use cell_models::cell::Chemistry;
    use cell_models::table::Surface;

    const SOC: [f64; 6] = [0.0, 0.01, 0.02, 0.98, 0.99, 1.0];
    const ROWS_C: [f64; 2] = [5.0, 25.0];
    /// Flat at both ends at 5 °C; 100 and 30 V per capacity at 25 °C.
    const FLAT: [f64; 6] = [2.8, 2.8, 2.9, 3.4, 3.5, 3.5];
    const STEEP: [f64; 6] = [1.8, 2.8, 3.8, 4.4, 4.7, 5.0];

    fn of(rows: [[f64; 6]; 2], chemistry: Chemistry) -> Surface {
        let rows = rows.iter().map(|row| row.to_vec()).collect();
        continued(&SOC, &ROWS_C, rows, chemistry).expect("the lists are sound")
    }

    fn near(value: f64, wanted: f64) -> bool {
        (value - wanted).abs() < 1e-9
    }

    #[test]
    fn a_flat_end_goes_on_with_the_least_slope_of_its_chemistry() {
        let found = of([FLAT, STEEP], Chemistry::Lfp);
        for beyond in [0.005, 0.01, 0.1] {
            let risen = found.at(1.0 + beyond, 5.0) - 3.5;
            assert!(near(risen, PHOSPHATE.full * beyond), "{beyond}: {risen}");
            let fallen = 2.8 - found.at(-beyond, 5.0);
            assert!(near(fallen, PHOSPHATE.empty * beyond), "{beyond}: {fallen}");
        }
        let oxide = of([FLAT, FLAT], Chemistry::Nmc);
        assert!(near(oxide.at(1.1, 25.0) - 3.5, 0.1 * OXIDE.full));
    }

    #[test]
    fn a_steep_end_goes_on_as_it_came() {
        let found = of([FLAT, STEEP], Chemistry::Lfp);
        assert!(near(found.at(1.02, 25.0) - 5.0, 0.6), "{}", found.at(1.02, 25.0));
        assert!(near(1.8 - found.at(-0.02, 25.0), 2.0), "{}", found.at(-0.02, 25.0));
        let alone = of([STEEP, STEEP], Chemistry::Lfp);
        assert_eq!(alone.rows()[0].positions(), &SOC, "nothing has to be added");
    }

    #[test]
    fn entries_stand_and_only_the_last_stretch_bends() {
        let found = of([FLAT, STEEP], Chemistry::Lfp);
        let rows = [FLAT.to_vec(), STEEP.to_vec()];
        let plain = Surface::extended(&SOC, &ROWS_C, &rows).expect("the lists are sound");
        for step in 0..=1000_u32 {
            let soc = f64::from(step) / 1000.0;
            let off = (found.at(soc, 5.0) - plain.at(soc, 5.0)).abs();
            let inner = (0.01..=0.99).contains(&soc);
            // A cubic whose one end slope changes by d moves by 4/27 d times its width at most.
            let bound = 4.0 / 27.0 * 0.01 * PHOSPHATE.empty;
            assert!(off <= if inner { 1e-12 } else { bound }, "{soc}: {off}");
        }
        for (soc, value) in SOC.iter().zip(FLAT) {
            assert!(near(found.at(*soc, 5.0), value), "{soc}");
        }
    }

    #[test]
    fn what_is_not_known_is_not_invented() {
        let found = of([FLAT, FLAT], Chemistry::Other);
        assert_eq!(found.rows()[0].positions(), &SOC);
        let rows = vec![vec![3.4, 3.4, 3.4], vec![3.4, 3.4, 3.4]];
        let short = continued(&[0.1, 0.5, 0.9], &ROWS_C, rows, Chemistry::Lfp).expect("sound");
        assert!(near(short.at(1.0, 5.0), 3.4), "the list ends before full");
    }
}
