//! (module)
/// Records.
#[derive(Clone, Debug, Default)]
pub struct History;
