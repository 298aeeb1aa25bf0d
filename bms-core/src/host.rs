//! The serial link to a PC (PS-PC-1 to PS-PC-3, PS-GEN-13): a Modbus RTU slave without a UART. The
//! main loop hands in the bytes that came and takes the bytes to send.
//!
//! No public document tells the register map of these products: the one in [`map`] and [`live`]
//! is a proposal of this project, laid out so that readers of the PACE Modbus map (V1.3) find the
//! measurements where they expect them.

pub mod live;
pub mod map;
pub mod modbus;

use crate::bms::Bms;
use crate::params::Params;
use crate::time::Instant;
use crate::units::Milliamps;
use crate::upgrade::{Announced, BLOCK_BYTES, Block, Refusal, Upgrade, Version};
use modbus::{Exception, Frame, READ_MAX, Request, Slave};

/// The rate of the link, bits per second (PS-PC-1). Bytes of another rate do not arrive as bytes.
pub const BAUD: u32 = 9_600;

/// Zero calibration at 0 A (PS-CAL-1): write anything.
pub const CALIBRATE_ZERO: u16 = 0x0100;
/// Gain calibration (PS-CAL-2): write the true current, 0.01 A.
pub const CALIBRATE_GAIN: u16 = 0x0101;
/// Restores every factory value (PS-PAR-5): write anything.
pub const RESTORE_DEFAULTS: u16 = 0x0103;
/// Write 1 to switch off, 2 to sleep.
pub const POWER_DOWN: u16 = 0x0104;
/// Empties the alarm records (PS-HMI-6): write anything.
pub const CLEAR_LOG: u16 = 0x0105;

/// The version of the firmware that runs, read (PS-UPG-1).
pub const VERSION: u16 = 0x0300;
/// How many blocks of a new image have come, read.
pub const BLOCKS_STORED: u16 = 0x0301;
/// Announces an image: write the number of its blocks and its CRC-16/MODBUS together.
pub const ANNOUNCE: u16 = 0x0310;
/// Write 1 to install the image and restart, 0 to forget it.
pub const INSTALL: u16 = 0x0313;
/// A block: write its number, from 0, and up to 64 words of the image together.
pub const BLOCK: u16 = 0x0320;

/// What a request makes the main loop do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "there is no heap to put the large one in")]
pub enum Order {
    /// Nothing: it was a question, or it is done.
    None,
    /// Take these parameters into use.
    Configure(Params),
    /// Switch off.
    SwitchOff,
    /// Sleep.
    Sleep,
    /// Start the image that has come (PS-UPG-1).
    Restart,
}

/// The link.
#[derive(Clone, Debug)]
pub struct Host {
    slave: Slave,
    defaults: Params,
    /// Which alarm record the log registers show, from 0, the oldest.
    log: u16,
    reply: Frame,
    version: Version,
    upgrade: Upgrade,
    block: Option<(u16, Block)>,
}

impl Host {
    /// A quiet link of a firmware of this `version`. `defaults` is what [`RESTORE_DEFAULTS`] brings
    /// back.
    #[must_use]
    pub fn new(defaults: &Params, version: Version) -> Self {
        Self {
            slave: Slave::default(),
            defaults: defaults.clone(),
            log: 0,
            reply: Frame::new(),
            version,
            upgrade: Upgrade::default(),
            block: None,
        }
    }

    /// What [`RESTORE_DEFAULTS`] brings back.
    #[must_use]
    pub const fn defaults(&self) -> &Params {
        &self.defaults
    }

    /// The block of a new image to store, and its number from 0, once.
    pub fn take_block(&mut self) -> Option<(u16, Block)> {
        self.block.take()
    }

    /// Takes bytes whose last one ended at `now`.
    pub fn receive(&mut self, now: Instant, bytes: &[u8]) {
        self.slave.receive(now, bytes);
    }

    /// When a frame that is coming in will be complete.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.slave.deadline()
    }

    /// The bytes to send, once.
    pub fn take_reply(&mut self) -> Frame {
        core::mem::take(&mut self.reply)
    }

    /// Serves a request that has come in completely. `accepts` tells whether the front end can be
    /// set to parameters.
    pub fn serve(
        &mut self,
        now: Instant,
        bms: &mut Bms,
        accepts: impl Fn(&Params) -> bool,
    ) -> Order {
        let address = bms.params().address;
        let mut slave = core::mem::take(&mut self.slave); // the request borrows from it
        let order = match slave.take(now, address) {
            Some((broadcast, request)) => self.answer(broadcast, &request, bms, accepts),
            None => Order::None,
        };
        self.slave = slave;
        order
    }

    fn answer(
        &mut self,
        broadcast: bool,
        request: &Request<'_>,
        bms: &mut Bms,
        accepts: impl Fn(&Params) -> bool,
    ) -> Order {
        let address = bms.params().address;
        let (reply, order) = self.carry_out(request, bms, accepts).unwrap_or_else(|exception| {
            (modbus::refusal(address, request.function(), exception), Order::None)
        });
        if !broadcast {
            self.reply = reply;
        }
        order
    }

    fn carry_out(
        &mut self,
        request: &Request<'_>,
        bms: &mut Bms,
        accepts: impl Fn(&Params) -> bool,
    ) -> Result<(Frame, Order), Exception> {
        let address = bms.params().address;
        match *request {
            Request::Read { first, count } => {
                let mut values = heapless::Vec::<u16, READ_MAX>::new();
                for offset in 0..count {
                    let register = first.checked_add(offset).ok_or(Exception::Address)?;
                    let value = self.read(register, bms).ok_or(Exception::Address)?;
                    values.push(value).map_err(|_| Exception::Value)?;
                }
                Ok((modbus::values(address, &values), Order::None))
            }
            Request::Write { first, ref values, .. } => {
                let order = self.write(first, values, bms, accepts)?;
                Ok((modbus::written(address, request), order))
            }
            Request::Unknown { function } => Err(match function {
                modbus::READ | modbus::WRITE_ONE | modbus::WRITE_MANY => Exception::Value,
                _ => Exception::Function,
            }),
        }
    }

    fn read(&self, register: u16, bms: &Bms) -> Option<u16> {
        match register {
            live::LOG_INDEX => return Some(self.log),
            VERSION => return Some(self.version.word()),
            BLOCKS_STORED => return Some(self.upgrade.stored()),
            _ => {}
        }
        map::read(register, bms.params()).or_else(|| live::read(register, bms, self.log))
    }

    /// Commands act at once; parameters all together or not at all.
    fn write(
        &mut self,
        first: u16,
        values: &modbus::Words<'_>,
        bms: &mut Bms,
        accepts: impl Fn(&Params) -> bool,
    ) -> Result<Order, Exception> {
        if let (Some(value), 1) = (values.get(0), values.len())
            && let Some(order) = self.command(first, value, bms)
        {
            return order;
        }
        if let Some(taken) = self.take_image(first, values) {
            return taken.map(|()| Order::None);
        }
        let mut params = bms.params().clone();
        for offset in 0..values.len() {
            let register = first.checked_add(offset).ok_or(Exception::Address)?;
            let value = values.get(offset).ok_or(Exception::Value)?;
            if register == map::SOC {
                bms.set_soc(map::share(value).ok_or(Exception::Value)?);
            }
            map::write(register, value, &mut params)?;
        }
        if params.validate().is_err() || !accepts(&params) {
            return Err(Exception::Value);
        }
        Ok(Order::Configure(params))
    }

    fn command(
        &mut self,
        register: u16,
        value: u16,
        bms: &mut Bms,
    ) -> Option<Result<Order, Exception>> {
        let done = |is_done: bool| if is_done { Ok(Order::None) } else { Err(Exception::Device) };
        Some(match (register, value) {
            (live::LOG_INDEX, _) => {
                self.log = value;
                Ok(Order::None)
            }
            (CALIBRATE_ZERO, _) => done(bms.calibrate_zero()),
            (CALIBRATE_GAIN, _) => {
                done(bms.calibrate_gain(Milliamps(i32::from(value.cast_signed()) * 10)))
            }
            (RESTORE_DEFAULTS, _) => {
                bms.set_soc(self.defaults.soc);
                Ok(Order::Configure(self.defaults.clone()))
            }
            (POWER_DOWN, 1) => Ok(Order::SwitchOff),
            (POWER_DOWN, 2) => Ok(Order::Sleep),
            (POWER_DOWN, _) => Err(Exception::Value),
            (CLEAR_LOG, _) => {
                bms.history_mut().clear();
                Ok(Order::None)
            }
            (INSTALL, 0) => {
                self.upgrade.abandon();
                Ok(Order::None)
            }
            (INSTALL, 1) => self.upgrade.install().map(|()| Order::Restart).map_err(refused),
            (INSTALL, _) => Err(Exception::Value),
            _ => return None,
        })
    }

    /// What belongs to a new image: its announcement or a block of it.
    fn take_image(
        &mut self,
        first: u16,
        values: &modbus::Words<'_>,
    ) -> Option<Result<(), Exception>> {
        match (first, values.get(0)) {
            (ANNOUNCE, Some(blocks)) => Some(match (values.get(1), values.len()) {
                (Some(checksum), 2) => {
                    self.upgrade.announce(Announced { blocks, checksum }).map_err(refused)
                }
                _ => Err(Exception::Value),
            }),
            (BLOCK, Some(number)) => Some(self.take_block_of_image(number, values)),
            _ => None,
        }
    }

    fn take_block_of_image(
        &mut self,
        number: u16,
        values: &modbus::Words<'_>,
    ) -> Result<(), Exception> {
        let bytes = values.bytes().get(2..).filter(|bytes| bytes.len() <= BLOCK_BYTES);
        let bytes = bytes.ok_or(Exception::Value)?;
        if self.upgrade.take(number, bytes).map_err(refused)? {
            let block = Block::from_slice(bytes).map_err(|_| Exception::Value)?;
            self.block = Some((number, block));
        }
        Ok(())
    }
}

const fn refused(refusal: Refusal) -> Exception {
    match refusal {
        Refusal::Unready => Exception::Device,
        Refusal::Wrong => Exception::Value,
    }
}
