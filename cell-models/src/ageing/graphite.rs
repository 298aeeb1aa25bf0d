//! The potential of the graphite electrode, which drives calendar ageing.

/// Lithiation of graphite at SOC 0 and at SOC 1.
const LITHIATION: [f64; 2] = [0.0085, 0.78];

/// Open-circuit potential of graphite against lithium at a SOC of the cell, volt.
///
/// Safari and Delacourt, J. Electrochem. Soc. 158 (2011) A562; the range of lithiation that a cell
/// uses is that of the calendar laws fitted in BLAST-Lite.
#[must_use]
pub fn anode_potential_v(soc: f64) -> f64 {
    let [empty, full] = LITHIATION;
    let x = empty + soc.clamp(0.0, 1.0) * (full - empty);
    let step = |height: f64, middle: f64, width: f64| height * libm::tanh((x - middle) / width);
    0.6379 + 0.5416 * libm::exp(-305.5309 * x)
        - step(0.0440, 0.1958, 0.1088)
        - step(0.1978, 1.0571, 0.0854)
        - step(0.6875, -0.0117, 0.0529)
        - step(0.0175, 0.5692, 0.0875)
}
