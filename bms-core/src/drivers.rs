//! Chip drivers: the register maps, bit orders and checksums, as firmware under test.

pub mod sh367309;
