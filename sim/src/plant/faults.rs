//! Faults of the plant, by where they are: wiring and cells, power path, heat.

mod heat;
mod path;
mod wiring;
