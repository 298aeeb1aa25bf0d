//! Where the files lie that a scenario names: in folders on a disk, or among the texts that a result
//! has kept. What is read is kept too, so that a result can hold all that a run was made of.

use crate::expect::Source;
use std::cell::RefCell;
use std::io;
use std::path::{Component, Path, PathBuf};

/// Longer tables than this are not kept: every result of every case would hold them.
const KEPT_MAX: usize = 1 << 20;

/// Where a text comes from, and with it the files that it names.
#[derive(Clone, Copy)]
pub(crate) enum Lies<'k> {
    /// From elsewhere: it can name no file.
    Nowhere,
    /// From a folder.
    In(&'k Path),
    /// From a result, which holds the files too.
    Kept(&'k [Source]),
}

/// A text among others, for the files that it names.
pub(crate) struct Place {
    /// Where it begins.
    pub(crate) begins: usize,
    /// As it is named.
    pub(crate) name: String,
    /// The folder that its paths count from; none for a text from elsewhere.
    pub(crate) folder: Option<PathBuf>,
}

/// The files beside the texts of a scenario.
#[derive(Default)]
pub(crate) struct Shelf {
    places: Vec<Place>,
    kept: Option<Vec<Source>>,
    taken: RefCell<Vec<Source>>,
}

impl Shelf {
    /// Beside texts that begin at these places.
    pub(crate) fn beside(places: Vec<Place>, lies: Lies<'_>) -> Self {
        let kept = match lies {
            Lies::Kept(kept) => Some(kept.to_vec()),
            Lies::Nowhere | Lies::In(_) => None,
        };
        Self { places, kept, taken: RefCell::default() }
    }

    /// The file that is named at a place; none where there is no folder that it could lie in.
    pub(crate) fn read(&self, place: usize, path: &str) -> Option<io::Result<Vec<u8>>> {
        let by = self.places.iter().rfind(|it| it.begins <= place)?;
        let folder = by.folder.as_deref()?;
        let name = beside(&by.name, path);
        let read = match &self.kept {
            Some(kept) => find(kept, &name).map(|it| it.text.clone().into_bytes()),
            None => std::fs::read(folder.join(path)),
        };
        if let Ok(bytes) = &read {
            self.keep(name, bytes);
        }
        Some(read)
    }

    fn keep(&self, file: String, bytes: &[u8]) {
        let mut taken = self.taken.borrow_mut();
        let text = std::str::from_utf8(bytes).ok().filter(|text| text.len() <= KEPT_MAX);
        if let Some(text) = text
            && !taken.iter().any(|it| it.file == file)
        {
            taken.push(Source { file, text: text.to_owned() });
        }
    }

    /// What was read, in the order in which it was named.
    pub(crate) fn taken(&self) -> Vec<Source> {
        self.taken.take()
    }
}

/// The kept text of this name, however its path is spelt.
pub(crate) fn find<'k>(kept: &'k [Source], name: &str) -> io::Result<&'k Source> {
    let wanted = plain(name);
    let found = kept.iter().find(|it| plain(&it.file) == wanted);
    found.ok_or_else(|| io::Error::other("the result does not hold its text"))
}

/// The name of a file that is named by another, beside that one's name.
pub(crate) fn beside(name: &str, path: &str) -> String {
    match Path::new(name).parent() {
        Some(folder) if folder != Path::new("") => folder.join(path).display().to_string(),
        _ => path.to_owned(),
    }
}

/// A path without detours.
pub(crate) fn plain(name: &str) -> PathBuf {
    let mut path = PathBuf::new();
    for part in Path::new(name).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if path.file_name().is_some() => {
                path.pop();
            }
            part => path.push(part),
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_the_same_whatever_detours_it_takes() {
        assert_eq!(plain("a/./b/../c.toml"), plain("a/c.toml"));
        assert_eq!(plain("../a/../../c.toml"), Path::new("../../c.toml"));
        assert_ne!(plain("a/c.toml"), plain("c.toml"));
    }

    #[test]
    fn what_is_named_twice_is_kept_once_and_a_huge_table_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let files = [("a.csv", 10), ("edge.csv", KEPT_MAX), ("huge.csv", KEPT_MAX + 1)];
        for (name, length) in files {
            std::fs::write(folder.path().join(name), "x".repeat(length)).unwrap();
        }
        let own = folder.path().to_path_buf();
        let place = Place { begins: 0, name: "sub/it.toml".into(), folder: Some(own) };
        let shelf = Shelf::beside(vec![place], Lies::In(folder.path()));
        for name in ["a.csv", "a.csv", "edge.csv", "huge.csv"] {
            assert!(shelf.read(5, name).unwrap().is_ok());
        }
        assert!(shelf.read(5, "none.csv").unwrap().is_err());
        let names: Vec<_> = shelf.taken().into_iter().map(|it| it.file).collect();
        assert_eq!(names, ["sub/a.csv", "sub/edge.csv"]);
    }
}
