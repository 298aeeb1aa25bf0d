//! The tolerances of the circuit board around the chip: seeded draws, constant over a run. The
//! chip's own errors are drawn in [`crate::afe`].
//!
//! | what | range | source |
//! |---|---|---|
//! | fall of the discharge gate | typical to 8/3 of it | SH367309 datasheet V1.2, p. 82: 150 µs typical, 400 µs at most |
//! | shunt | ±1 % | class of four-terminal shunts |
//! | thermistors of the microcontroller | ±1 % of the resistance | class F of the 103AT |
//!
//! The fall of the charge gate stays as the board has it: it depends on a turn-off stage that the
//! chip's datasheet leaves to the designer. The loop of a short circuit is what the scenario says.

use crate::seed;
use crate::setup::{BoardSetup, Setup, Tolerance};
use crate::time::Span;
use bms_core::bms::BOARD_NTC;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// Longest fall of the discharge gate, as a share of its typical one.
const FALL_MAX: (u64, u64) = (400, 150);
/// Tolerance of the shunt.
const SHUNT: f64 = 0.01;
/// Tolerance of a thermistor's resistance.
const THERMISTOR: f64 = 0.01;

/// The board of a run: as the set-up has it, or as built with this seed's deviations.
#[must_use]
pub fn board(setup: &Setup) -> BoardSetup {
    match setup.tolerance {
        Tolerance::Nominal => setup.board.clone(),
        Tolerance::Datasheet => built(&setup.board, setup.seed),
    }
}

/// Factors on the resistances of the microcontroller's thermistors.
#[must_use]
pub fn thermistors(setup: &Setup) -> [f64; BOARD_NTC] {
    match setup.tolerance {
        Tolerance::Nominal => [1.0; BOARD_NTC],
        Tolerance::Datasheet => fitted(setup.seed),
    }
}

fn built(typical: &BoardSetup, run: u64) -> BoardSetup {
    BoardSetup {
        discharge_fall: fall(&mut seed::stream(run, "board.gate"), typical.discharge_fall),
        shunt_ohm: typical.shunt_ohm * about_one(&mut seed::stream(run, "board.shunt"), SHUNT),
        ..typical.clone()
    }
}

fn fitted(run: u64) -> [f64; BOARD_NTC] {
    let mut stream = seed::stream(run, "board.ntc");
    std::array::from_fn(|_| about_one(&mut stream, THERMISTOR))
}

/// Uniform from `typical` to its longest, to the nanosecond. An ideal edge stays one.
fn fall(stream: &mut ChaCha8Rng, typical: Span) -> Span {
    let longest = typical.0 * FALL_MAX.0 / FALL_MAX.1;
    Span(typical.0 + stream.next_u64() % (longest - typical.0 + 1))
}

/// Uniform within `tolerance` of 1.
fn about_one(stream: &mut ChaCha8Rng, tolerance: f64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
    let unit = (stream.next_u64() >> 11) as f64 / 9_007_199_254_740_992.0;
    1.0 + tolerance * (2.0 * unit - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::tests_support;

    fn typical() -> BoardSetup {
        BoardSetup { discharge_fall: Span::from_micros(150), ..tests_support::board(125e-6) }
    }

    fn filled(values: impl Iterator<Item = f64>, low: f64, high: f64) {
        let values: Vec<_> = values.collect();
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        assert!(low <= least && most <= high, "{least} to {most}");
        assert!(most - least > 0.95 * (high - low), "{least} to {most} fill the range");
    }

    #[test]
    fn boards_stay_within_their_tolerances_and_fill_them() {
        let boards: Vec<_> = (0..500).map(|seed| built(&typical(), seed)).collect();
        filled(boards.iter().map(|it| it.discharge_fall.as_secs_f64()), 150e-6, 400e-6);
        filled(boards.iter().map(|it| it.shunt_ohm), 0.99 * 125e-6, 1.01 * 125e-6);
        filled((0..500).flat_map(fitted), 0.99, 1.01);
    }

    #[test]
    fn a_seed_is_a_board_and_another_seed_another() {
        assert_eq!(built(&typical(), 7), built(&typical(), 7));
        assert_ne!(
            built(&typical(), 7).shunt_ohm.to_bits(),
            built(&typical(), 8).shunt_ohm.to_bits()
        );
        assert_ne!(built(&typical(), 7).discharge_fall, built(&typical(), 8).discharge_fall);
    }

    #[test]
    fn an_ideal_edge_and_what_nobody_draws_stay() {
        let ideal = BoardSetup { discharge_fall: Span(0), ..typical() };
        let drawn = built(&ideal, 7);
        assert_eq!(drawn.discharge_fall, Span(0));
        assert_eq!(BoardSetup { shunt_ohm: ideal.shunt_ohm, ..drawn }, ideal);
    }
}
