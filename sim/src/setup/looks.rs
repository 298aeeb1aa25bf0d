//! What is recorded beside the regular rows, because a check looks at it.

use crate::observe::EventPattern;
use crate::time::Span;

/// What is recorded beside the regular rows. Nothing by default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Looks {
    /// A row so long after each of these events.
    pub after: Vec<(EventPattern, Span)>,
    /// Every row holds the energy book as it stands then.
    pub books: bool,
    /// Every row holds the parameters that the firmware has then.
    pub parameters: bool,
}
