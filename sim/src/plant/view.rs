//! Looking into parallel groups: what each cell carries and holds.

use super::Plant;

impl Plant {
    /// Current of every cell now, ampere, charge positive; group after group from the most
    /// negative.
    #[must_use]
    pub fn cells_a(&self) -> Vec<f64> {
        let pack_a = self.current_a();
        let from = self.string.currents_a(&self.string.shown, pack_a);
        let Some(plan) = self.plan.as_ref().filter(|_| self.string.groups.is_some()) else {
            return from;
        };
        let (to, share) =
            (self.string.currents_a(&plan.advanced.shown, pack_a), self.passed_share());
        from.iter().zip(&to).map(|(a, b)| a + (b - a) * share).collect()
    }

    /// State of charge of every cell now.
    #[must_use]
    pub fn cells_soc(&self) -> Vec<f64> {
        (0..self.string.params.len()).map(|cell| self.soc(cell)).collect()
    }

    /// State of charge of a group: that of its cells, weighted with their capacities.
    pub(super) fn group_soc(&self, group: usize) -> f64 {
        let parallel = self.string.parallel();
        if parallel == 1 {
            return self.soc(group);
        }
        let capacity =
            |cell: usize| self.string.params[cell].capacity_as(&self.string.states[cell]);
        let cells = group * parallel..(group + 1) * parallel;
        let (held, whole) = cells.fold((0.0, 0.0), |(held, whole), cell| {
            (held + capacity(cell) * self.soc(cell), whole + capacity(cell))
        });
        held / whole
    }

    fn passed_share(&self) -> f64 {
        self.offset_s() / self.segment().span_s()
    }
}
