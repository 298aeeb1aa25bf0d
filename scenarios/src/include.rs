//! The texts of a scenario: its file and what that includes, each with its own range of places, so
//! that a problem is told in the file where it stands.

use crate::diagnostics::{Diagnostics, Problem, position, toml_hint};
use crate::expect::Source;
use crate::section::{Section, Sink};
use crate::shelf::{self, Lies, Place, beside};
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::DeTable;

/// More files than this are a mistake in a generator.
const FILES_MAX: usize = 64;

/// A text with its place among the others.
struct File {
    /// As it is named in messages.
    name: String,
    /// The text behind as much space as the texts before it take: what is parsed from it has its
    /// place among all texts.
    padded: String,
    begins: usize,
    /// The folder that the paths in it count from; none for a text from elsewhere.
    folder: Option<PathBuf>,
}

impl File {
    fn text(&self) -> &str {
        &self.padded[self.begins..]
    }
}

/// A scenario's file and what it includes.
pub(crate) struct Sources {
    files: Vec<File>,
    /// The files by number; what stands in an earlier one wins.
    order: Vec<usize>,
}

impl Sources {
    /// Reads everything that a text includes.
    ///
    /// # Errors
    /// A text is not TOML, or something that is included cannot be.
    pub(crate) fn read(name: &str, text: &str, lies: Lies<'_>) -> Result<Self, Diagnostics> {
        let folder = match lies {
            Lies::Nowhere => None,
            Lies::In(folder) => Some(folder),
            Lies::Kept(_) => Some(Path::new("")),
        };
        let mut reading = Reading {
            lies,
            sources: Self { files: Vec::new(), order: Vec::new() },
            identities: Vec::new(),
            open: Vec::new(),
            problems: Vec::new(),
        };
        let own = Path::new(name).file_name().zip(folder);
        let identity = match lies {
            Lies::Kept(_) => Some(shelf::plain(name)),
            _ => own.and_then(|(name, folder)| folder.join(name).canonicalize().ok()),
        };
        reading.take(name, text, folder, identity);
        let Reading { mut sources, problems, .. } = reading;
        sources.order.reverse();
        if problems.is_empty() { Ok(sources) } else { Err(sources.diagnostics(problems)) }
    }

    /// The tables of the texts; what stands in an earlier one wins.
    pub(crate) fn tables(&self) -> Vec<DeTable<'_>> {
        let parse = |file: &usize| DeTable::parse(&self.files[*file].padded);
        let tables = self.order.iter().map(|file| parse(file).expect("the texts were parsed"));
        tables.map(Spanned::into_inner).collect()
    }

    /// The text in which a place lies, from 0 in the order in which they were read.
    pub(crate) fn number_of(&self, place: usize) -> usize {
        self.files.iter().rposition(|file| file.begins <= place).unwrap_or(0)
    }

    /// The line of a place in its text, from 1.
    pub(crate) fn line(&self, place: usize) -> usize {
        let file = &self.files[self.number_of(place)];
        position(file.text(), place - file.begins).0
    }

    /// The texts with their names, in the order in which they were read.
    pub(crate) fn texts(&self) -> Vec<Source> {
        let text = |file: &File| Source { file: file.name.clone(), text: file.text().to_owned() };
        self.files.iter().map(text).collect()
    }

    /// Where each text begins, and the folder for the paths in it.
    pub(crate) fn places(&self) -> Vec<Place> {
        let place = |file: &File| {
            let (begins, name, folder) = (file.begins, file.name.clone(), file.folder.clone());
            Place { begins, name, folder }
        };
        self.files.iter().map(place).collect()
    }

    /// Problems, each told in the text where it stands.
    pub(crate) fn diagnostics(&self, problems: Vec<Problem>) -> Diagnostics {
        let mut told = Diagnostics::default();
        for (number, file) in self.files.iter().enumerate() {
            let here = |problem: &&Problem| self.number_of(problem.span.start) == number;
            let here: Vec<_> = problems.iter().filter(here).map(|it| self.moved(it)).collect();
            if !here.is_empty() {
                told.extend(Diagnostics::of_file(&file.name, file.text(), here));
            }
        }
        told
    }

    /// A problem with its places counted from the beginning of its text.
    fn moved(&self, problem: &Problem) -> Problem {
        let file = &self.files[self.number_of(problem.span.start)];
        let back = |span: &Range<usize>, by: usize| {
            span.start.saturating_sub(by)..span.end.saturating_sub(by)
        };
        let moved = Problem { span: back(&problem.span, file.begins), ..problem.clone() };
        let Some((span, label)) = &problem.other else { return moved };
        let other = &self.files[self.number_of(span.start)];
        if other.begins == file.begins {
            return moved.other(back(span, file.begins), label);
        }
        let line = self.line(span.start);
        let help = format!("{}, line {line}: {label}", other.name);
        Problem { other: None, ..moved.help(help) }
    }
}

/// The texts as they are found.
struct Reading<'k> {
    lies: Lies<'k>,
    sources: Sources,
    /// What the files are called by the system, so that none is read twice.
    identities: Vec<PathBuf>,
    /// The files that wait for what they include.
    open: Vec<PathBuf>,
    problems: Vec<Problem>,
}

impl Reading<'_> {
    /// Adds a text below all that it includes.
    fn take(&mut self, name: &str, text: &str, folder: Option<&Path>, identity: Option<PathBuf>) {
        let begins = self.sources.files.last().map_or(0, |file| file.padded.len() + 1);
        let number = self.sources.files.len();
        let padded = " ".repeat(begins) + text;
        let folder = folder.map(Path::to_path_buf);
        self.sources.files.push(File { name: name.to_owned(), padded, begins, folder });
        self.identities.extend(identity.clone());
        self.open.extend(identity.clone());
        for (path, span) in self.wanted(number) {
            self.include(number, &path, span);
        }
        if identity.is_some() {
            self.open.pop();
        }
        self.sources.order.push(number);
    }

    /// The paths that a text wants to include.
    fn wanted(&mut self, number: usize) -> Vec<(String, Range<usize>)> {
        let padded = &self.sources.files[number].padded;
        let (table, errors) = DeTable::parse_recoverable(padded);
        if !errors.is_empty() {
            // What was recovered from a broken text would only give misleading further problems.
            let begins = self.sources.files[number].begins;
            self.problems.extend(errors.iter().map(|error| {
                let span = error.span().unwrap_or(begins..begins);
                let problem = Problem::new(format!("not TOML: {}", error.message()), span);
                problem.label("here").help(toml_hint(error.message()))
            }));
            return Vec::new();
        }
        let sink = Sink::default();
        let file = Section::new("the file", vec![table.get_ref()], 0..0, &sink);
        let texts = file.texts("include");
        let wanted = texts.into_iter().map(|(path, span)| (path.to_owned(), span)).collect();
        drop(file);
        self.problems.extend(sink.into_problems());
        wanted
    }

    fn include(&mut self, by: usize, path: &str, span: Range<usize>) {
        match self.found(by, path) {
            Ok(None) => {}
            Ok(Some((name, text, identity))) => {
                let folder = identity.parent().map(Path::to_path_buf);
                self.take(&name, &text, folder.as_deref(), Some(identity));
            }
            Err((title, help)) => {
                let problem = Problem::new(title, span).label("included here");
                self.problems.push(problem.help(help));
            }
        }
    }

    /// The name, the text and the identity of a file that `by` includes; nothing if it was read.
    fn found(&self, by: usize, path: &str) -> Result<Option<(String, String, PathBuf)>, Wrong> {
        let wrong = |title: String, help: &str| Err((title, help.to_owned()));
        let Some(folder) = &self.sources.files[by].folder else {
            let help = "a scenario in a file can include others; save this text in a file";
            return wrong("this text lies in no folder".to_owned(), help);
        };
        if Path::new(path).is_absolute() || path.contains('\\') {
            let help = "write it relative to the file that includes it, with / between folders";
            return wrong(format!("`{path}` is not a relative path"), help);
        }
        let help = "the path counts from the folder of the file that includes it";
        let name = beside(&self.sources.files[by].name, path);
        let identity = match self.lies {
            Lies::Kept(_) => Ok(shelf::plain(&name)),
            _ => folder.join(path).canonicalize(),
        };
        let identity = match identity {
            Ok(identity) => identity,
            Err(error) => return wrong(format!("`{path}` cannot be read: {error}"), help),
        };
        if self.open.contains(&identity) {
            let help = "take one of the two `include` away";
            return wrong(format!("`{path}` includes itself, by way of this file"), help);
        }
        if self.identities.contains(&identity) {
            return Ok(None);
        }
        if self.sources.files.len() == FILES_MAX {
            return wrong(format!("more than {FILES_MAX} files"), "include fewer");
        }
        let text = match self.lies {
            Lies::Kept(kept) => shelf::find(kept, &name).map(|it| it.text.clone().into_bytes()),
            _ => std::fs::read(&identity),
        };
        let text = text.map_err(|error| error.to_string());
        let text = text.and_then(|bytes| String::from_utf8(bytes).map_err(|e| e.to_string()));
        match text {
            Ok(text) => Ok(Some((name, text, identity))),
            Err(error) => wrong(format!("`{path}` cannot be read: {error}"), help),
        }
    }
}

/// What is wrong, and what would be right.
type Wrong = (String, String);

#[cfg(test)]
mod tests {
    use super::*;

    fn read(files: &[(&str, &str)]) -> Result<Sources, String> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let (name, text) = files[0];
        let sources = Sources::read(name, text, Lies::In(folder.path()));
        sources.map_err(|wrong| wrong.to_string())
    }

    #[test]
    fn a_file_wins_over_what_it_includes_and_the_last_that_is_included_over_the_first() {
        let sources = read(&[
            ("a.toml", "include = [\"b.toml\", \"sub/c.toml\"]\nname = \"a\"\n"),
            ("b.toml", "name = \"b\"\n"),
            ("sub/c.toml", "include = \"d.toml\"\nname = \"c\"\n"),
            ("sub/d.toml", "name = \"d\"\n"),
        ]);
        let sources = sources.unwrap();
        let tables = sources.tables();
        let name = |table: &DeTable<'_>| table["name"].get_ref().as_str().unwrap().to_owned();
        assert_eq!(tables.iter().map(name).collect::<Vec<_>>(), ["a", "c", "d", "b"]);
        let names: Vec<_> = sources.texts().into_iter().map(|source| source.file).collect();
        assert_eq!(names, ["a.toml", "b.toml", "sub/c.toml", "sub/d.toml"]);
    }

    #[test]
    fn every_place_lies_in_the_text_that_it_came_from() {
        let sources = read(&[("a.toml", "include = \"b.toml\"\n"), ("b.toml", "\nname = \"b\"\n")]);
        let sources = sources.unwrap();
        let place = sources.tables()[1]["name"].span().start;
        assert_eq!((sources.number_of(place), sources.line(place)), (1, 2));
        assert_eq!((sources.number_of(3), sources.line(3)), (0, 1));
    }

    #[test]
    fn a_file_that_is_included_by_two_is_read_once() {
        let diamond = read(&[
            ("a.toml", "include = [\"b.toml\", \"c.toml\"]"),
            ("b.toml", "include = \"d.toml\""),
            ("c.toml", "include = \"d.toml\""),
            ("d.toml", "name = \"d\""),
        ]);
        assert_eq!(diamond.unwrap().texts().len(), 4);
    }

    #[test]
    fn a_circle_is_told_where_it_closes() {
        let circle = read(&[
            ("a.toml", "include = \"b.toml\""),
            ("b.toml", "\ninclude = \"c.toml\""),
            ("c.toml", "\n\ninclude = \"b.toml\""),
        ]);
        let told = circle.err().unwrap();
        assert!(
            told.contains("`b.toml` includes itself") && told.contains("c.toml:3:11"),
            "{told}"
        );
        let own = read(&[("a.toml", "include = \"a.toml\"")]).err().unwrap();
        assert!(own.contains("`a.toml` includes itself"), "{own}");
    }

    #[test]
    fn a_broken_text_is_told_in_its_own_lines() {
        let broken = read(&[("a.toml", "include = \"b.toml\""), ("b.toml", "x = 1\ny =\n")]);
        let told = broken.err().unwrap();
        assert!(told.contains("b.toml:2:4"), "{told}");
    }
}
