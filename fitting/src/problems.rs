//! Everything that is wrong with a measured file, at once: where, what was expected, what would be
//! right. Of many problems of one kind the first few are shown and the others counted.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
pub(crate) use cell_models::sheet::did_you_mean;
pub use cell_models::sheet::{Colour, Item};
use std::fmt;
use std::ops::Range;

/// So many problems of one kind are shown; the others are counted.
const SHOWN_MAX: usize = 3;
/// An excerpt is not longer, in characters; a file without line ends would fill the screen.
const EXCERPT_MAX: usize = 240;

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Excerpt {
    line: usize,
    text: String,
    span: Range<usize>,
    /// How many more problems of its kind there are, and the line of the last.
    more: (usize, usize),
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    title: String,
    label: String,
    help: Option<String>,
    excerpt: Option<Box<Excerpt>>,
}

impl Problem {
    /// A problem of the whole file.
    pub(crate) fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), label: String::new(), help: None, excerpt: None }
    }

    /// At a place: a line from 1, its text, and the bytes in it.
    pub(crate) fn at(self, line: usize, text: &str, span: Range<usize>) -> Self {
        let end = text.char_indices().nth(EXCERPT_MAX).map_or(text.len(), |(at, _)| at);
        let start = text.floor_char_boundary(span.start.min(end));
        let span = start..text.ceil_char_boundary(span.end.clamp(start, end));
        let text = text[..end].replace('\t', " ");
        Self { excerpt: Some(Box::new(Excerpt { line, text, span, more: (0, 0) })), ..self }
    }

    /// What was expected at the place.
    pub(crate) fn label(self, label: impl Into<String>) -> Self {
        Self { label: label.into(), ..self }
    }

    /// What would be right.
    pub(crate) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    fn line(&self) -> usize {
        self.excerpt.as_ref().map_or(0, |excerpt| excerpt.line)
    }

    fn more(&self) -> (usize, usize) {
        self.excerpt.as_ref().map_or((0, 0), |excerpt| excerpt.more)
    }

    fn item(&self, file: &str) -> Item {
        let column = |it: &Excerpt| it.text[..it.span.start].chars().count() + 1;
        Item {
            file: file.to_owned(),
            line: self.line(),
            column: self.excerpt.as_deref().map_or(0, column),
            message: self.title.clone(),
            expected: self.label.clone(),
            hint: self.help.clone().unwrap_or_default(),
            more: self.more().0,
        }
    }

    fn render(&self, file: &str, renderer: &Renderer) -> String {
        let Some(excerpt) = &self.excerpt else {
            let title = format!("{file}: {}", self.title);
            return renderer
                .render(&[self.helped(Group::with_title(Level::ERROR.primary_title(title)))]);
        };
        let mark = AnnotationKind::Primary.span(excerpt.span.clone()).label(self.label.as_str());
        let snippet = Snippet::source(excerpt.text.as_str())
            .path(file)
            .line_start(excerpt.line)
            .annotation(mark);
        let group = Group::with_title(Level::ERROR.primary_title(self.title.as_str()));
        renderer.render(&[self.helped(group.element(snippet))])
    }

    fn helped<'a>(&self, mut group: Group<'a>) -> Group<'a> {
        let (count, last) = self.more();
        if count > 0 {
            let text = format!("{count} more of this kind, the last in line {last}");
            group = group.element(Level::NOTE.message(text));
        }
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help.clone()));
        }
        group
    }
}

/// Gathers the problems of one file, each under its kind.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    kinds: Vec<(&'static str, Vec<Problem>)>,
}

impl Gathered {
    /// Adds a problem; of a kind that is shown enough already, it is only counted.
    pub(crate) fn add(&mut self, kind: &'static str, problem: Problem) {
        let Some((_, problems)) = self.kinds.iter_mut().find(|(known, _)| *known == kind) else {
            self.kinds.push((kind, vec![problem]));
            return;
        };
        if problems.len() < SHOWN_MAX {
            problems.push(problem);
        } else if let Some(last) = problems.last_mut().and_then(|it| it.excerpt.as_mut()) {
            last.more = (last.more.0 + 1, problem.line());
        }
    }

    /// Whether `add` would only count a problem of this kind, so that its text is not needed.
    pub(crate) fn is_full(&self, kind: &'static str) -> bool {
        self.kinds.iter().any(|(known, all)| *known == kind && all.len() >= SHOWN_MAX)
    }

    /// Whether there is a problem of this kind.
    pub(crate) fn has(&self, kind: &'static str) -> bool {
        self.kinds.iter().any(|(known, _)| *known == kind)
    }

    /// Whether nothing is wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// The problems of a file, in the order of its lines.
    pub(crate) fn of_file(self, name: &str) -> Problems {
        let mut problems: Vec<_> = self.kinds.into_iter().flat_map(|(_, all)| all).collect();
        problems.sort_by_key(Problem::line);
        Problems { files: vec![(name.to_owned(), problems)] }
    }
}

/// Everything that is wrong with one or more measured files. Never empty as an error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    files: Vec<(String, Vec<Problem>)>,
}

impl Problems {
    /// A file that could not be read at all.
    #[must_use]
    pub fn of_path(name: &str, title: impl Into<String>, help: &str) -> Self {
        Self { files: vec![(name.to_owned(), vec![Problem::new(title).help(help)])] }
    }

    /// Adds the problems of other files.
    pub fn extend(&mut self, other: Self) {
        self.files.extend(other.files);
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.iter().all(|(_, problems)| problems.is_empty())
    }

    /// How many problems there are, those that are only counted too.
    #[must_use]
    pub fn count(&self) -> usize {
        self.items().iter().map(|item| 1 + item.more).sum()
    }

    /// Every shown problem as data, in the order of the files and of their lines.
    #[must_use]
    pub fn items(&self) -> Vec<Item> {
        let of_file = |(name, problems): &(String, Vec<Problem>)| {
            problems.iter().map(|problem| problem.item(name)).collect::<Vec<_>>()
        };
        self.files.iter().flat_map(of_file).collect()
    }

    /// The text for people: each problem with file, line, excerpt and hint.
    #[must_use]
    pub fn render(&self, colour: Colour) -> String {
        let renderer = match colour {
            Colour::Off => Renderer::plain(),
            Colour::On => Renderer::styled(),
        };
        let of_file = |(name, problems): &(String, Vec<Problem>)| {
            problems.iter().map(|problem| problem.render(name, &renderer)).collect::<Vec<_>>()
        };
        self.files.iter().flat_map(of_file).collect::<Vec<_>>().join("\n\n")
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(Colour::Off))
    }
}

impl std::error::Error for Problems {}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: usize) -> Problem {
        Problem::new("no number").at(line, "1,x", 2..3)
    }

    #[test]
    fn three_of_a_kind_are_shown_and_the_fourth_is_counted() {
        let mut gathered = Gathered::default();
        for line in 2..5 {
            gathered.add("cells", at(line));
        }
        assert!(gathered.is_full("cells") && !gathered.is_full("gaps"));
        for line in [9, 17] {
            gathered.add("cells", at(line));
        }
        let problems = gathered.of_file("a.csv");
        let lines: Vec<_> =
            problems.items().iter().map(|it| (it.line, it.column, it.more)).collect();
        assert_eq!(lines, [(2, 3, 0), (3, 3, 0), (4, 3, 2)]);
        assert_eq!(problems.count(), 5);
        assert!(problems.to_string().contains("2 more of this kind, the last in line 17"));
    }

    #[test]
    fn a_long_line_is_cut_and_a_span_beyond_it_stays_inside() {
        let line = "é".repeat(10_000);
        let mut gathered = Gathered::default();
        gathered.add("cells", Problem::new("long").at(1, &line, 19_999..20_000));
        let item = &gathered.of_file("a.csv").items()[0];
        assert_eq!(item.column, EXCERPT_MAX + 1);
    }
}
