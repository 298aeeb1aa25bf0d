//! Replays the tape that was linked in and tells what came of it; the exit status is the verdict.
#![cfg_attr(target_os = "none", no_std, no_main)]

use firmware_image::replay::{Replayed, replay};

/// The recorded traffic; empty unless `PACKTWIN_TAPE` named a tape at build time.
static TAPE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/traffic.tape"));

/// Replays the tape; true if every decision and every byte was as recorded.
fn verdict(say: impl FnOnce(core::fmt::Arguments<'_>)) -> bool {
    match replay(TAPE) {
        Ok(Replayed { steps, different, strayed, digest }) => {
            say(format_args!(
                "steps={steps} different={different} strayed={strayed} digest={digest:08x}"
            ));
            different == 0 && strayed == 0 && steps > 0
        }
        Err(torn) => {
            say(format_args!("the tape cannot be read at byte {}", torn.at));
            false
        }
    }
}

#[cfg(target_os = "none")]
mod on_target {
    use cortex_m_semihosting::{debug, hprintln};
    use panic_semihosting as _;

    #[cortex_m_rt::entry]
    fn main() -> ! {
        let good = super::verdict(|text| hprintln!("{}", text));
        debug::exit(if good { debug::EXIT_SUCCESS } else { debug::EXIT_FAILURE });
        loop {
            cortex_m::asm::wfi();
        }
    }
}

#[cfg(not(target_os = "none"))]
fn main() -> std::process::ExitCode {
    let good = verdict(|text| println!("{text}"));
    if good { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::FAILURE }
}
