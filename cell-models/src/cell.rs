//! cell
/// Parameters.
#[derive(Clone, Debug)]
pub struct CellParams;
