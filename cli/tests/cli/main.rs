//! The command line through its binary: usage, runs, and the documents that describe it.

mod age;
mod authors;
mod big;
mod ci;
mod common;
mod diff;
mod docs;
mod fit;
mod replay;
mod run;
mod usage;
mod which;
