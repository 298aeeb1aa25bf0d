//! The alarm memory at the end of a run.

use super::{Outcome, counted};
use crate::evidence::Evidence;
use crate::show;
use crate::verdict::{Amount, Limit, Reading, Verdict};
use bms_core::protect::Reasons;
use scenarios::expect::{EventPattern, Kept, Times};
use sim::trace::AlarmRecord;

impl Evidence<'_> {
    pub(super) fn records(&self, reason: Reasons, entered: bool, times: usize) -> Outcome {
        let alarms = self.trace.alarms.iter();
        let found = alarms.filter(|it| it.reason.contains(reason) && it.entered == entered).count();
        if found == 0 && times > 0 && !self.provoked(&EventPattern::Protection(reason, entered)) {
            return Outcome::untested(Limit::Exactly(times), "nothing in the run called for it");
        }
        let verdict = counted(found, Times::exactly(times));
        Outcome::new(Reading::Count(found), Limit::Exactly(times), verdict)
    }

    /// The records in order, oldest first, and the SOC of each.
    pub(super) fn history(
        &self,
        wanted: &[(Reasons, bool)],
        kept: Kept,
        soc: Option<(f64, f64)>,
    ) -> Outcome {
        let alarms = &self.trace.alarms;
        let named = wanted.len().min(alarms.len());
        let meant = match kept {
            Kept::All => &alarms[..],
            Kept::Newest => &alarms[alarms.len() - named..],
            Kept::Oldest => &alarms[..named],
        };
        let limit = Limit::Words(wanted.iter().map(|(of, entered)| name(*of, *entered)).collect::<Vec<_>>().join(", "));
        let shown: Vec<_> = meant.iter().map(|it| name(it.reason, it.entered)).collect();
        let reading = Reading::Words(if shown.is_empty() { "no record".into() } else { shown.join(", ") });
        let is = |it: &AlarmRecord, (of, entered): &(Reasons, bool)| {
            it.reason == *of && it.entered == *entered
        };
        let same = meant.len() == wanted.len() && meant.iter().zip(wanted).all(|(it, of)| is(it, of));
        if !same {
            return Outcome::new(reading, limit, Verdict::Fail { excess: Amount::Whole });
        }
        let outside = meant.iter().find(|it| {
            let share = f64::from(it.soc.0) * 1e-4;
            soc.is_some_and(|(low, high)| !(low..=high).contains(&share))
        });
        match outside {
            None => Outcome::new(reading, limit, Verdict::Pass { margin: Amount::Whole }),
            Some(it) => {
                let percent = f64::from(it.soc.0) * 1e-2;
                let note = format!("{} holds an SOC of {percent} %", name(it.reason, it.entered));
                Outcome::new(reading, limit, Verdict::Fail { excess: Amount::Whole }).note(note)
            }
        }
    }
}

fn name(reason: Reasons, entered: bool) -> String {
    show::pattern(&EventPattern::Protection(reason, entered))
}
