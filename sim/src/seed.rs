//! Randomness has a name: one independent, reproducible stream per component and purpose.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// The stream called `name` of a run seeded with `seed`. Adding a stream changes no other.
#[must_use]
pub fn stream(seed: u64, name: &str) -> ChaCha8Rng {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes());
    hasher.update(name.as_bytes());
    ChaCha8Rng::from_seed(*hasher.finalize().as_bytes())
}

/// One number between 0 and 1, never either, from the stream called `name`.
#[must_use]
pub fn chance(seed: u64, name: &str) -> f64 {
    crate::plant::spread::uniform(&mut stream(seed, name))
}
