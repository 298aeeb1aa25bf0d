//! The command line through its binary: usage, runs, and the documents that describe it.

mod age;
mod common;
mod docs;
mod run;
mod usage;
