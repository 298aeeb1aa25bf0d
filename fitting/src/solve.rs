//! Least squares by damped Gauss-Newton steps (Levenberg 1944, Marquardt 1963) on normal equations.
//!
//! A drive record has 10⁵ rows and a cell a few hundred parameters, but a row depends on some fifty
//! of them. The normal matrix is small and is built row by row from those; a library that asks for
//! the whole dense derivative would need a gigabyte. The factorisation is nalgebra's Cholesky.

use nalgebra::{Cholesky, DMatrix, DVector};

/// Damping at the start, share of the diagonal.
const DAMPING_START: f64 = 1e-3;

/// Damping above which no further improvement is to be had.
const DAMPING_MAX: f64 = 1e7;

/// The search has come to rest when two steps in a row lower the cost by less than this share: a
/// small gain by one step, damped or stopped short, tells nothing of rest.
const REST_SHARE: f64 = 1e-3;

/// How often a step is solved again because parameters came to the edge of their range.
const STOPS_MAX: usize = 6;

/// The linearised equations: matrix, right side, cost.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Normal {
    /// Jᵀ W J.
    pub(crate) matrix: DMatrix<f64>,
    /// Jᵀ W e.
    pub(crate) slope: DVector<f64>,
}

impl Normal {
    pub(crate) fn new(parameters: usize) -> Self {
        Self { matrix: DMatrix::zeros(parameters, parameters), slope: DVector::zeros(parameters) }
    }

    /// Adds one equation: derivatives, error and weight.
    pub(crate) fn add(&mut self, terms: &[(usize, f64)], error: f64, weight: f64) {
        let rows = self.slope.len();
        let matrix = self.matrix.as_mut_slice();
        for &(column, by_column) in terms {
            let scaled = weight * by_column;
            self.slope[column] += scaled * error;
            let start = column * rows;
            for &(row, by_row) in terms {
                matrix[start + row] += scaled * by_row;
            }
        }
    }
}

/// A linear wish about the parameters: Σ factor·parameter = target, within sigma.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wish {
    /// Parameters and their factors.
    pub(crate) terms: Vec<(usize, f64)>,
    /// What the sum should be.
    pub(crate) target: f64,
    /// How far it may be off, above 0.
    pub(crate) sigma: f64,
}

impl Wish {
    fn error(&self, theta: &[f64]) -> f64 {
        self.terms.iter().map(|&(index, factor)| factor * theta[index]).sum::<f64>() - self.target
    }

    fn weight(&self) -> f64 {
        1.0 / (self.sigma * self.sigma)
    }
}

/// A problem that [`search`] can solve.
pub(crate) trait Problem {
    /// Adds the linearised equations of the data; false when the parameters are impossible.
    fn linearise(&self, theta: &[f64], normal: &mut Normal) -> bool;
    /// Cost of the data; infinite when the parameters are impossible.
    fn cost(&self, theta: &[f64]) -> f64;
    /// Brings parameters back into their range.
    fn restrain(&self, theta: &mut [f64]);
    /// What is wished besides the data.
    fn wishes(&self) -> &[Wish];
}

/// Where the search ended.
#[derive(Clone, Debug)]
pub(crate) struct Solution {
    /// The parameters.
    pub(crate) theta: Vec<f64>,
    /// The equations of the data there.
    pub(crate) data: Normal,
    /// Steps taken.
    pub(crate) iterations: usize,
    /// Whether it came to rest.
    pub(crate) converged: bool,
}

/// Minimises data and wishes from a start; none when the equations are singular.
///
/// A step that would leave a range is cut there. Where that lets the search creep along the edges,
/// the second half of the steps holds what stopped and solves the others again.
pub(crate) fn search<P: Problem>(
    problem: &P,
    start: Vec<f64>,
    iterations_max: usize,
) -> Option<Solution> {
    let mut theta = start;
    problem.restrain(&mut theta); // Else no trial could be as good as a start out of range.
    let mut damping = DAMPING_START;
    let mut cost = total_cost(problem, &theta);
    let mut iterations = 0;
    let mut again = 1;
    let (mut converged, mut gained_little) = (false, false);
    while iterations < iterations_max && !converged {
        iterations += 1;
        let (_, full) = equations(problem, &theta)?;
        let before = cost;
        if iterations == iterations_max / 2 + 1 {
            // Not at rest by now: the edges stand in the way. Those at theirs are held from here on.
            (again, damping) = (STOPS_MAX, DAMPING_START);
        }
        while damping < DAMPING_MAX {
            let trial = stepped(problem, &theta, &full, (damping, again))?;
            let trial_cost = total_cost(problem, &trial);
            if trial_cost < cost {
                (theta, cost) = (trial, trial_cost);
                damping = (damping * 0.1).max(1e-9);
                break;
            }
            damping *= 10.0;
        }
        let small = before - cost <= REST_SHARE * before;
        converged = small && gained_little;
        gained_little = small;
        damping = damping.min(DAMPING_MAX * 1e-4);
    }
    let (data, _) = equations(problem, &theta)?;
    Some(Solution { theta, data, iterations, converged })
}

fn total_cost<P: Problem>(problem: &P, theta: &[f64]) -> f64 {
    let wish = |wish: &Wish| wish.weight() * wish.error(theta) * wish.error(theta);
    problem.cost(theta) + problem.wishes().iter().map(wish).sum::<f64>()
}

/// The equations of the data, and those of data and wishes together.
fn equations<P: Problem>(problem: &P, theta: &[f64]) -> Option<(Normal, Normal)> {
    let mut data = Normal::new(theta.len());
    if !problem.linearise(theta, &mut data) {
        return None;
    }
    let mut full = data.clone();
    for wish in problem.wishes() {
        full.add(&wish.terms, wish.error(theta), wish.weight());
    }
    Some((data, full))
}

/// A damped step. Parameters that it would carry out of their range stop at its edge, and the others
/// are solved `again` with that known: else a step that counts on what cannot happen helps nobody.
fn stepped<P: Problem>(
    problem: &P,
    theta: &[f64],
    full: &Normal,
    (damping, again): (f64, usize),
) -> Option<Vec<f64>> {
    let mut damped = full.clone();
    for index in 0..theta.len() {
        damped.matrix[(index, index)] *= 1.0 + damping;
    }
    let mut stopped = vec![None; theta.len()];
    let mut trial = Vec::new();
    for _ in 0..again {
        let step = solved(&damped, &stopped)?;
        let wanted: Vec<f64> = theta.iter().zip(step.iter()).map(|(was, by)| was - by).collect();
        trial.clone_from(&wanted);
        problem.restrain(&mut trial);
        let mut more = false;
        for (index, stop) in stopped.iter_mut().enumerate() {
            let outside = (trial[index] - wanted[index]).abs() > 1e-12;
            if outside && stop.is_none() {
                *stop = Some(theta[index] - trial[index]);
                more = true;
            }
        }
        if !more {
            break;
        }
    }
    Some(trial)
}

/// The step that solves the equations, where some parameters go a known way.
fn solved(equations: &Normal, known: &[Option<f64>]) -> Option<DVector<f64>> {
    let (mut matrix, mut right) = (equations.matrix.clone(), equations.slope.clone());
    for (index, by) in known.iter().enumerate().filter_map(|(index, by)| Some((index, (*by)?))) {
        right -= equations.matrix.column(index) * by;
        matrix.row_mut(index).fill(0.0);
        matrix.column_mut(index).fill(0.0);
        matrix[(index, index)] = 1.0;
    }
    for (index, by) in known.iter().enumerate().filter_map(|(index, by)| Some((index, (*by)?))) {
        right[index] = by;
    }
    Some(Cholesky::new(matrix)?.solve(&right))
}

#[cfg(test)]
mod tests {
    use super::{Normal, Problem, STOPS_MAX, Wish, equations, search, stepped};

    /// Points that a straight line with a bend in its law is put through: y = a exp(b x).
    struct Exponential {
        points: Vec<(f64, f64)>,
        wishes: Vec<Wish>,
    }

    impl Problem for Exponential {
        fn linearise(&self, theta: &[f64], normal: &mut Normal) -> bool {
            for &(x, y) in &self.points {
                let grown = libm::exp(theta[1] * x);
                let error = theta[0] * grown - y;
                normal.add(&[(0, grown), (1, theta[0] * x * grown)], error, 1.0);
            }
            true
        }

        fn cost(&self, theta: &[f64]) -> f64 {
            let error = |&(x, y): &(f64, f64)| theta[0] * libm::exp(theta[1] * x) - y;
            self.points.iter().map(|point| error(point) * error(point)).sum()
        }

        fn restrain(&self, theta: &mut [f64]) {
            theta[1] = theta[1].min(2.0);
        }

        fn wishes(&self) -> &[Wish] {
            &self.wishes
        }
    }

    fn exponential(a: f64, b: f64) -> Exponential {
        let point = |step: u32| {
            let x = f64::from(step) * 0.1;
            (x, a * libm::exp(b * x))
        };
        Exponential { points: (0..20).map(point).collect(), wishes: Vec::new() }
    }

    #[test]
    fn a_law_that_is_not_linear_is_found() {
        let found = search(&exponential(2.0, 0.7), vec![1.0, 0.0], 50).expect("it solves");
        assert!((found.theta[0] - 2.0).abs() < 1e-3, "{:?}", found.theta);
        assert!((found.theta[1] - 0.7).abs() < 1e-3, "{:?}", found.theta);
        assert!(found.converged);
    }

    #[test]
    fn a_parameter_stays_in_its_range() {
        let found = search(&exponential(1.0, 3.0), vec![1.0, 0.0], 50).expect("it solves");
        assert!((found.theta[1] - 2.0).abs() < 1e-9, "{:?}", found.theta);
    }

    /// A long valley along θ₀ = θ₁, whose lowest point lies beyond the edge of θ₁'s range.
    struct Valley;

    impl Problem for Valley {
        fn linearise(&self, theta: &[f64], normal: &mut Normal) -> bool {
            normal.add(&[(0, 1.0), (1, -1.0)], theta[0] - theta[1], 1e6);
            normal.add(&[(0, 1.0), (1, 1.0)], theta[0] + theta[1] - 8.0, 1.0);
            true
        }

        fn cost(&self, theta: &[f64]) -> f64 {
            let (across, along) = (theta[0] - theta[1], theta[0] + theta[1] - 8.0);
            1e6 * across * across + along * along
        }

        fn restrain(&self, theta: &mut [f64]) {
            theta[1] = theta[1].min(1.0);
        }

        fn wishes(&self) -> &[Wish] {
            &[]
        }
    }

    #[test]
    fn what_stops_at_its_edge_does_not_hold_the_others_back() {
        let begin = [0.9, 0.9];
        let (_, full) = equations(&Valley, &begin).expect("they are possible");
        let step = |again| stepped(&Valley, &begin, &full, (1e-12, again)).expect("it solves");
        // Cut at the edge, θ₀ goes where only θ₁ beyond it would make sense.
        let cut = step(1);
        assert!((cut[0] - 4.0).abs() < 1e-4 && Valley.cost(&cut) > 1e6, "{cut:?}");
        // Held there, θ₁ = 1 and 1e6 (θ₀ - 1) + (θ₀ + 1 - 8) = 0.
        let held = step(STOPS_MAX);
        assert!((held[1] - 1.0).abs() < 1e-12, "{held:?}");
        assert!((held[0] - 1.0 - 6.0 / 1_000_001.0).abs() < 1e-9, "{held:?}");
    }

    #[test]
    fn a_wish_decides_where_data_are_silent() {
        let wishes = vec![
            Wish { terms: vec![(0, 1.0)], target: 5.0, sigma: 1.0 },
            Wish { terms: vec![(1, 1.0), (0, -1.0)], target: -4.0, sigma: 1.0 },
        ];
        let silent = Exponential { points: Vec::new(), wishes };
        let found = search(&silent, vec![0.0, 0.0], 50).expect("it solves");
        assert!((found.theta[0] - 5.0).abs() < 0.1 && (found.theta[1] - 1.0).abs() < 0.1);
    }

    #[test]
    fn without_data_and_wishes_there_is_no_solution() {
        let silent = Exponential { points: Vec::new(), wishes: Vec::new() };
        assert!(search(&silent, vec![0.0, 0.0], 5).is_none());
    }
}
