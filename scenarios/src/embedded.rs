//! Folders of data that are part of the program.

/// Files of a folder of this crate, each by its name with its text.
macro_rules! files {
    ($folder:literal: $($name:literal),* $(,)?) => {
        &[$((
            $name,
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $folder, "/", $name)),
        )),*]
    };
}

pub(crate) use files;
