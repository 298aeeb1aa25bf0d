//! A firmware upgrade over the PC link (PS-UPG-1): an image is announced, comes block by block, and
//! is installed when it is whole. What came is checked here. Where it is kept and how it is started
//! is the platform's, which is handed each block and, in the end, the order to restart.

use core::fmt;
use crc::{CRC_16_MODBUS, Crc, Digest, NoTable};
use heapless::Vec;

/// The most bytes in a block.
pub const BLOCK_BYTES: usize = 128;

static CHECKSUM: Crc<u16, NoTable> = Crc::<u16, NoTable>::new(&CRC_16_MODBUS);

/// The bytes of a block.
pub type Block = Vec<u8, BLOCK_BYTES>;

/// The version of a firmware.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// Counts what is not compatible.
    pub major: u8,
    /// Counts what is added.
    pub minor: u8,
}

impl Version {
    /// That of this source.
    pub const OWN: Self = Self {
        major: number(env!("CARGO_PKG_VERSION_MAJOR")),
        minor: number(env!("CARGO_PKG_VERSION_MINOR")),
    };

    /// As a register shows it: the major number in the high byte.
    #[must_use]
    pub const fn word(self) -> u16 {
        u16::from_be_bytes([self.major, self.minor])
    }

    /// The version of an image, which begins with it; none if it is too short.
    #[must_use]
    pub fn of(image: &[u8]) -> Option<Self> {
        let [major, minor, ..] = *image else { return None };
        Some(Self { major, minor })
    }
}

/// The number that a text of digits is.
const fn number(digits: &str) -> u8 {
    let (digits, mut at, mut number) = (digits.as_bytes(), 0, 0);
    while at < digits.len() {
        number = number * 10 + (digits[at] - b'0');
        at += 1;
    }
    number
}

/// What is announced of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Announced {
    /// How many blocks come.
    pub blocks: u16,
    /// CRC-16/MODBUS of all their bytes.
    pub checksum: u16,
}

/// Why a step of an upgrade is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Not in this order: nothing is announced, or not every block has come.
    Unready,
    /// Not what was announced: no blocks, another block than the next, another checksum.
    Wrong,
}

/// What has come of an image.
#[derive(Clone, Default)]
pub struct Upgrade {
    coming: Option<Coming>,
}

#[derive(Clone)]
struct Coming {
    announced: Announced,
    stored: u16,
    digest: Digest<'static, u16, NoTable>,
}

impl Upgrade {
    /// An image is announced; what came of another one before is forgotten.
    ///
    /// # Errors
    /// An image has blocks.
    pub fn announce(&mut self, announced: Announced) -> Result<(), Refusal> {
        if announced.blocks == 0 {
            return Err(Refusal::Wrong);
        }
        self.coming = Some(Coming { announced, stored: 0, digest: CHECKSUM.digest() });
        Ok(())
    }

    /// Block `number`, counted from 0, comes. The one before it may come again, if its answer was
    /// lost: it is not taken twice. Whether the block is new and to be stored.
    ///
    /// # Errors
    /// Nothing is announced, or it is another block than the next.
    pub fn take(&mut self, number: u16, block: &[u8]) -> Result<bool, Refusal> {
        let coming = self.coming.as_mut().ok_or(Refusal::Unready)?;
        if number.checked_add(1) == Some(coming.stored) {
            return Ok(false);
        }
        if number != coming.stored || number >= coming.announced.blocks || block.is_empty() {
            return Err(Refusal::Wrong);
        }
        coming.digest.update(block);
        coming.stored += 1;
        Ok(true)
    }

    /// The image shall be started. It is forgotten here, whatever comes of it.
    ///
    /// # Errors
    /// Nothing is announced, a block is missing, or the checksum is not the one announced.
    pub fn install(&mut self) -> Result<(), Refusal> {
        let coming = self.coming.take().ok_or(Refusal::Unready)?;
        if coming.stored < coming.announced.blocks {
            return Err(Refusal::Unready);
        }
        let is_whole = coming.digest.finalize() == coming.announced.checksum;
        if is_whole { Ok(()) } else { Err(Refusal::Wrong) }
    }

    /// What came is forgotten.
    pub fn abandon(&mut self) {
        self.coming = None;
    }

    /// How many blocks have come.
    #[must_use]
    pub fn stored(&self) -> u16 {
        self.coming.as_ref().map_or(0, |coming| coming.stored)
    }
}

impl fmt::Debug for Upgrade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let announced = self.coming.as_ref().map(|coming| coming.announced);
        f.debug_struct("Upgrade")
            .field("announced", &announced)
            .field("stored", &self.stored())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CRC-16/MODBUS of the catalogue's check string "123456789" is 4B37h.
    const CHECK: &[u8] = b"123456789";
    const CHECKSUM_OF_CHECK: u16 = 0x4B37;

    fn announced(blocks: u16) -> Upgrade {
        let mut upgrade = Upgrade::default();
        let announced = Announced { blocks, checksum: CHECKSUM_OF_CHECK };
        upgrade.announce(announced).expect("there are blocks");
        upgrade
    }

    #[test]
    fn an_image_that_came_whole_is_installed_once() {
        let mut upgrade = announced(2);
        assert_eq!(upgrade.take(0, &CHECK[..4]), Ok(true));
        assert_eq!(upgrade.take(1, &CHECK[4..]), Ok(true));
        assert_eq!(upgrade.stored(), 2);
        assert_eq!(upgrade.install(), Ok(()));
        assert_eq!(upgrade.install(), Err(Refusal::Unready));
    }

    #[test]
    fn a_block_whose_answer_was_lost_may_come_again_and_counts_once() {
        let mut upgrade = announced(2);
        assert_eq!(upgrade.take(0, &CHECK[..4]), Ok(true));
        assert_eq!(upgrade.take(0, &CHECK[..4]), Ok(false));
        assert_eq!(upgrade.take(1, &CHECK[4..]), Ok(true));
        assert_eq!(upgrade.install(), Ok(()));
    }

    #[test]
    fn a_flipped_bit_is_found_and_nothing_is_installed() {
        let mut upgrade = announced(1);
        let mut bytes = [0; 9];
        bytes.copy_from_slice(CHECK);
        bytes[8] ^= 1;
        assert_eq!(upgrade.take(0, &bytes), Ok(true));
        assert_eq!(upgrade.install(), Err(Refusal::Wrong));
        assert_eq!(upgrade.install(), Err(Refusal::Unready), "it must come again from the start");
    }

    #[test]
    fn what_is_out_of_order_is_refused() {
        assert_eq!(Upgrade::default().take(0, CHECK), Err(Refusal::Unready));
        assert_eq!(Upgrade::default().install(), Err(Refusal::Unready));
        let none = Announced { blocks: 0, checksum: 0xFFFF };
        assert_eq!(Upgrade::default().announce(none), Err(Refusal::Wrong));
        let mut upgrade = announced(2);
        assert_eq!(upgrade.take(1, CHECK), Err(Refusal::Wrong), "the first is missing");
        assert_eq!(upgrade.take(0, &[]), Err(Refusal::Wrong));
        assert_eq!(upgrade.take(0, CHECK), Ok(true));
        assert_eq!(upgrade.install(), Err(Refusal::Unready), "the second is missing");
        let mut upgrade = announced(1);
        assert_eq!(upgrade.take(0, CHECK), Ok(true));
        assert_eq!(upgrade.take(1, CHECK), Err(Refusal::Wrong), "one was announced");
        upgrade.abandon();
        assert_eq!(upgrade.install(), Err(Refusal::Unready));
    }

    #[test]
    fn a_version_is_that_of_the_source_or_of_the_first_bytes_of_an_image() {
        let own = [Version::OWN.major, Version::OWN.minor];
        let text = std::format!("{}.{}.", own[0], own[1]);
        assert!(env!("CARGO_PKG_VERSION").starts_with(&text));
        assert_eq!((number("0"), number("12"), number("255")), (0, 12, 255));
        let version = Version::of(&[6, 1, 0xAA]).expect("two bytes are enough");
        assert_eq!((version, version.word()), (Version { major: 6, minor: 1 }, 0x0601));
        assert_eq!(Version::of(&[6]), None);
    }
}
