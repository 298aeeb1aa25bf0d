//! A restart that an upgrade orders (PS-UPG-1): what the firmware after it still knows, and what it
//! does not; what a PC that errs or stops half-way is answered.

mod common;

use bms_core::controller::Controller;
use bms_core::host::modbus::SILENCE;
use bms_core::mode::Mode;
use bms_core::protect::Reasons;
use bms_core::units::Milliamps;
use bms_core::upgrade::{BLOCK_BYTES, Version};
use common::{Bench, SECOND, Script, at, s, samples};
use crc::{CRC_16_MODBUS, Crc};

const MODBUS: Crc<u16> = Crc::<u16>::new(&CRC_16_MODBUS);

/// Sends a request for address 2 without its checksum, and gives the answer without address and
/// checksum.
fn ask(bench: &mut Bench, body: &[u8]) -> Vec<u8> {
    let mut frame = [&[2], body].concat();
    frame.extend(MODBUS.checksum(&frame).to_le_bytes());
    bench.controller.receive(at(bench.now), &frame);
    bench.now += SILENCE.as_micros() + 1;
    bench.serve();
    let reply = bench.controller.take_reply();
    assert_eq!(MODBUS.checksum(&reply), 0, "{reply:02X?}");
    reply[1..reply.len() - 2].to_vec()
}

/// Writes words from a register on (function 10).
fn write(bench: &mut Bench, first: u16, bytes: &[u8]) -> Vec<u8> {
    let count = u16::try_from(bytes.len() / 2).expect("a frame is short");
    let length = u8::try_from(bytes.len()).expect("a frame is short");
    let head = [&[0x10][..], &first.to_be_bytes(), &count.to_be_bytes(), &[length]].concat();
    ask(bench, &[&head[..], bytes].concat())
}

fn block(bench: &mut Bench, number: u16, bytes: &[u8]) -> Vec<u8> {
    write(bench, 0x0320, &[&number.to_be_bytes()[..], bytes].concat())
}

fn announce(bench: &mut Bench, blocks: u16, image: &[u8]) -> Vec<u8> {
    write(bench, 0x0310, &[blocks.to_be_bytes(), MODBUS.checksum(image).to_be_bytes()].concat())
}

fn install(bench: &mut Bench) -> Vec<u8> {
    ask(bench, &[0x06, 0x03, 0x13, 0x00, 0x01])
}

const INSTALLED: [u8; 5] = [0x06, 0x03, 0x13, 0x00, 0x01];

/// An image of version 7.3 in two blocks, the first as long as a block may be.
fn image() -> Vec<u8> {
    let mut image = vec![7, 3];
    image.extend((2..BLOCK_BYTES + 10).map(|byte| byte as u8));
    image
}

/// The pack restarts into an image; what it stored comes back as the platform kept it.
fn upgrade(bench: &mut Bench) -> Vec<u8> {
    let image = image();
    let (first, second) = image.split_at(BLOCK_BYTES);
    assert_eq!(announce(bench, 2, &image), [0x10, 0x03, 0x10, 0x00, 0x02]);
    let mut stored = Vec::new();
    for (number, bytes) in [(0, first), (1, second), (1, second)] {
        assert_eq!(block(bench, number, bytes)[0], 0x10);
        if let Some((number, block)) = bench.controller.take_block() {
            assert_eq!(usize::from(number) * BLOCK_BYTES, stored.len());
            stored.extend_from_slice(&block);
        }
    }
    assert!(bench.controller.take_restart().is_none(), "nothing is installed yet");
    assert_eq!(install(bench), INSTALLED);
    stored
}

/// The firmware that the boot loader starts, two seconds later.
fn restart(bench: &mut Bench, version: Version) {
    let leaving = bench.controller.take_restart().expect("it was ordered");
    assert!(bench.controller.take_restart().is_none(), "once");
    bench.now += 2 * SECOND;
    let params = bench.controller.bms().params().clone();
    let controller = Controller::resumed(at(bench.now), Script::new(&params), leaving, version);
    bench.controller = controller.expect("they were in force");
    bench.serve();
}

#[test]
fn parameters_records_charge_and_calibration_outlive_it() {
    let mut bench = Bench::new(&samples::ps_15016());
    bench.script().current = 800; // an offset of the amplifier
    bench.run_to(s(2.0));
    assert_eq!(ask(&mut bench, &[0x06, 0x01, 0x00, 0x00, 0x00])[0], 0x06, "zero calibration");
    assert_eq!(ask(&mut bench, &[0x06, 0x00, 0x72, 0x0E, 0x74])[0], 0x06, "3700 mV");
    bench.run_to(s(4.0));
    bench.script().cells[6] = 3_720_000;
    bench.run_to(s(8.0));
    assert_eq!(bench.last.active, Reasons::OVER_VOLTAGE);
    assert_eq!(ask(&mut bench, &[0x06, 0x00, 0x44, 0x00, 0x3F])[0], 0x06, "63 %");
    let before = bench.controller.bms().params().clone();

    let stored = upgrade(&mut bench);
    assert_eq!(stored, image());
    assert_eq!(bench.last.mode, Mode::Off);
    assert!(!bench.script().command.charge && !bench.script().command.discharge);
    let version = Version::of(&stored).expect("an image begins with it");
    restart(&mut bench, version);
    bench.script().current = 800;
    bench.run_to(bench.now + SECOND);

    assert_eq!(*bench.controller.bms().params(), before);
    assert_eq!(bench.last.soc.0, 6_300);
    let reading = bench.controller.bms().measure().reading().expect("it measures again");
    assert_eq!(reading.current, Milliamps(0));
    bench.script().cells[6] = 3_720_000;
    bench.run_to(bench.now + 4 * SECOND);
    let records = bench.records(Reasons::OVER_VOLTAGE);
    assert_eq!(records.len(), 2, "before and after");
    assert!(records[0].left.is_some_and(|left| left.at < records[1].entered.at));
    assert_eq!(ask(&mut bench, &[0x03, 0x03, 0x00, 0x00, 0x02]), [3, 4, 7, 3, 0, 0]);
    // The factory's values are still those of the factory.
    assert_eq!(ask(&mut bench, &[0x06, 0x01, 0x03, 0x00, 0x01])[0], 0x06);
    assert_eq!(bench.controller.bms().params().voltage.over.0, 3_750);
}

#[test]
fn a_pack_that_was_off_stays_off() {
    let mut bench = Bench::new(&samples::ps_15016());
    bench.run_to(s(2.0));
    assert_eq!(ask(&mut bench, &[0x06, 0x01, 0x04, 0x00, 0x01])[0], 0x06, "off");
    assert_eq!(bench.last.mode, Mode::Off);
    let stored = upgrade(&mut bench);
    restart(&mut bench, Version::of(&stored).expect("an image begins with it"));
    bench.run_to(bench.now + 3 * SECOND);
    assert_eq!(bench.last.mode, Mode::Off);
}

#[test]
fn whatever_is_wrong_is_refused_and_the_pack_goes_on() {
    let mut bench = Bench::new(&samples::ps_15016());
    bench.run_to(s(2.0));
    let image = image();
    let (value, device) = (3, 4);
    assert_eq!(install(&mut bench), [0x86, device], "nothing was announced");
    assert_eq!(block(&mut bench, 0, &image[..16]), [0x90, device]);
    assert_eq!(announce(&mut bench, 0, &[]), [0x90, value], "an image has blocks");
    assert_eq!(write(&mut bench, 0x0310, &[0, 1]), [0x90, value], "without its checksum");
    assert_eq!(announce(&mut bench, 2, &image)[0], 0x10);
    assert_eq!(block(&mut bench, 1, &image[..16]), [0x90, value], "the first is missing");
    assert_eq!(block(&mut bench, 0, &[0; BLOCK_BYTES + 2]), [0x90, value], "too long");
    assert_eq!(block(&mut bench, 0, &[]), [0x90, value], "empty");
    assert_eq!(ask(&mut bench, &[0x06, 0x03, 0x13, 0x00, 0x02]), [0x86, value]);
    assert_eq!(block(&mut bench, 0, &image[..BLOCK_BYTES])[0], 0x10);
    assert_eq!(ask(&mut bench, &[0x03, 0x03, 0x01, 0x00, 0x01]), [3, 2, 0, 1], "one has come");
    assert_eq!(install(&mut bench), [0x86, device], "one is missing, and all is forgotten");
    assert_eq!(ask(&mut bench, &[0x03, 0x03, 0x01, 0x00, 0x01]), [3, 2, 0, 0]);
    assert_eq!(announce(&mut bench, 1, &image)[0], 0x10);
    assert_eq!(ask(&mut bench, &[0x06, 0x03, 0x13, 0x00, 0x00])[0], 0x06, "given up");
    assert_eq!(install(&mut bench), [0x86, device]);
    assert!(bench.controller.take_restart().is_none());
    assert!(bench.last.gates.charge && bench.last.gates.discharge);
}
