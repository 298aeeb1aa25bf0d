//! The SH367309 driver.
