//! What data sheets say: facts, and remarks on the run.

use super::spans::end;
use super::{Outcome, whole};
use crate::evidence::Evidence;
use crate::verdict::{Limit, Reading};
use crate::{remarks, show};
use scenarios::expect::When;
use scenarios::facts;

/// Holds what is expected against what a sheet says.
pub(super) fn fact(stands: &[String], said: &[String]) -> Outcome {
    let verdict = whole(facts::same(stands, said));
    Outcome::new(Reading::Words(stands.join(", ")), Limit::Words(said.join(", ")), verdict)
}

impl Evidence<'_> {
    /// Whether the rules of requirements have something to remark: each of them, or none.
    pub(super) fn remarked(&self, when: &When, requirements: &[String], wanted: bool) -> Outcome {
        let words = if wanted { "a remark" } else { "no remark" };
        let limit = Limit::Words(words.into());
        let stretches = match self.stretches(when) {
            Ok(stretches) => stretches,
            Err(why) => return Outcome::untested(limit, why),
        };
        let mut spoken = Vec::new();
        let mut silent = false;
        for id in requirements {
            let Some(said) = remarks::within(self, id, &stretches) else {
                let why = format!("nothing was recorded there that the rule of {id} looks at");
                return Outcome::untested(limit, why);
            };
            silent |= said.is_empty();
            spoken.extend(said);
        }
        let right = if wanted { !silent } else { spoken.is_empty() };
        // What has not spoken by the end of a run that was cut short might have spoken later.
        if self.ends_before(end(&stretches)) && right != wanted {
            return Outcome::untested(limit, self.too_short());
        }
        let one = |it: &remarks::Remark| {
            let found = if it.found.is_empty() { String::new() } else { format!(": {}", it.found) };
            format!("{} since {}{found}", it.requirement, show::moment(it.since))
        };
        let measured = match spoken.as_slice() {
            [] => "no remark".to_owned(),
            some => some.iter().map(one).collect::<Vec<_>>().join("; "),
        };
        let says: Vec<_> = spoken.iter().map(|it| it.says.as_str()).collect();
        Outcome::new(Reading::Words(measured), limit, whole(right)).note(says.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Grade;

    #[test]
    fn a_fact_is_what_the_sheet_says_and_nothing_else() {
        let own = |words: &[&str]| words.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        let grade = |said: &[&str]| fact(&own(&["T3", "T4"]), &own(said)).verdict.grade();
        assert_eq!(grade(&["T3", "T4"]), Grade::Pass);
        for wrong in [&["T4", "T3"][..], &["T3"], &["T3", "T4", "T5"], &[]] {
            assert_eq!(grade(wrong), Grade::Fail, "{wrong:?}");
        }
    }
}
