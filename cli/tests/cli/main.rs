//! The command line through its binary: usage, runs, and the documents that describe it.

mod age;
mod authors;
mod common;
mod docs;
mod fit;
mod run;
mod usage;
