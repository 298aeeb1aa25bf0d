//! CRC-8 on frames, against the published vectors and the bitwise definition.

use crate::script::crc;
use bms_core::drivers::sh367309::bus::{read_checksum, write_checksum};
use proptest::collection::vec;
use proptest::prelude::{any, proptest};

#[test]
fn the_published_write_vectors_hold() {
    assert_eq!(write_checksum(0x40, 0x78), 0x7E);
    assert_eq!(write_checksum(0xEA, 0xC0), 0xC5);
}

#[test]
fn the_published_read_vector_holds() {
    assert_eq!(read_checksum(0x43, 3, &[0, 0, 0]), 0x4B);
}

#[test]
fn the_bitwise_reference_has_the_catalogued_check_value() {
    assert_eq!(crc(b"123456789"), 0xF4);
}

proptest! {
    #[test]
    fn the_table_agrees_with_the_definition(
        register: u8,
        data in vec(any::<u8>(), 1..45),
    ) {
        let length = data.len() as u8;
        let mut covered = std::vec![0x34, register, length, 0x35];
        covered.extend(&data);
        assert_eq!(read_checksum(register, length, &data), crc(&covered));
        assert_eq!(write_checksum(register, data[0]), crc(&[0x34, register, data[0]]));
    }
}
