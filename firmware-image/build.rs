//! Puts the memory map where the linker finds it, and the tape where the program includes it.

use std::env;
use std::fs;
use std::path::PathBuf;

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets the folder"));

    println!("cargo:rerun-if-env-changed=PACKTWIN_TAPE");
    let tape = out.join("traffic.tape");
    match env::var_os("PACKTWIN_TAPE") {
        Some(path) => {
            println!("cargo:rerun-if-changed={}", PathBuf::from(&path).display());
            fs::copy(&path, &tape).expect("PACKTWIN_TAPE names a readable file");
        }
        None => fs::write(&tape, []).expect("OUT_DIR is writable"),
    }

    if env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("none") {
        fs::copy(here.join("memory.x"), out.join("memory.x")).expect("OUT_DIR is writable");
        println!("cargo:rustc-link-search={}", out.display());
        println!("cargo:rustc-link-arg-bins=-Tlink.x");
    }
    println!("cargo:rerun-if-changed=memory.x");
    println!("cargo:rerun-if-changed=build.rs");
}
