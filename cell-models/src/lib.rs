//! Equivalent-circuit battery cells: what nature does to a cell, and nothing else.
//!
//! No events, no clock, no files, no firmware. Start with [`cell`]: its [`cell::CellParams`] turns
//! a state and a current into a voltage, and in [`step`] advances the state exactly over a step of
//! constant current; [`validate`] judges its numbers and [`limits`] says where they hold. The parts
//! it is made of are [`ocv`], [`hysteresis`], [`ecm`] and [`thermal`]; what depends on SOC and
//! temperature lives in the tables of [`table`]. Ready-made cells are in [`presets`]; a cell file of
//! anybody's is read and written by [`sheet`]. How a cell grows old is in [`ageing`], what it suffers
//! beyond its limits is noticed by [`abuse`]; closed forms to test against are in [`mod@reference`]. The equations are numbered in
//! `docs/physics.md`, and the code cites those numbers.
//!
//! Sign everywhere: a current above zero charges.

pub mod abuse;
pub mod ageing;
pub mod cell;
pub mod ecm;
pub mod hysteresis;
pub mod limits;
pub mod ocv;
pub mod presets;
pub mod reference;
pub mod sheet;
pub mod step;
pub mod table;
pub mod thermal;
pub mod validate;
