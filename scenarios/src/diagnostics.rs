//! Everything that is wrong with a file, at once: where, what was expected, what would be right.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
pub use cell_models::sheet::{Colour, Item};
pub(crate) use cell_models::sheet::{did_you_mean, toml_hint};
use std::fmt;
use std::ops::Range;

/// One thing that is wrong, at a place in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// What is wrong, in one line.
    pub(crate) title: String,
    /// Where, in bytes.
    pub(crate) span: Range<usize>,
    /// What to write at that place in the excerpt.
    pub(crate) label: String,
    /// What would be right.
    pub(crate) help: Option<String>,
    /// Another place that matters.
    pub(crate) other: Option<(Range<usize>, String)>,
    /// The requirement by which it is refused, where there is one.
    pub(crate) by: Option<String>,
}

impl Problem {
    pub(crate) fn new(title: impl Into<String>, span: Range<usize>) -> Self {
        let label = String::new();
        Self { title: title.into(), span, label, help: None, other: None, by: None }
    }

    pub(crate) fn label(self, label: impl Into<String>) -> Self {
        Self { label: label.into(), ..self }
    }

    pub(crate) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    pub(crate) fn other(self, span: Range<usize>, label: impl Into<String>) -> Self {
        Self { other: Some((span, label.into())), ..self }
    }

    pub(crate) fn by(self, requirement: impl Into<String>) -> Self {
        Self { by: Some(requirement.into()), ..self }
    }
}

/// The problems of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct FileProblems {
    name: String,
    text: String,
    problems: Vec<Problem>,
}

/// Everything that is wrong with one or more files. Never empty as an error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics {
    files: Vec<FileProblems>,
}

impl Diagnostics {
    /// The problems of one file, in the order of the text, each once.
    pub(crate) fn of_file(name: &str, text: &str, mut problems: Vec<Problem>) -> Self {
        problems.sort_by(|a, b| {
            (a.span.start, a.span.end, &a.title).cmp(&(b.span.start, b.span.end, &b.title))
        });
        problems.dedup();
        Self {
            files: vec![FileProblems { name: name.to_owned(), text: text.to_owned(), problems }],
        }
    }

    /// A file or folder that could not be read at all.
    pub(crate) fn of_path(name: &str, title: impl Into<String>, help: &str) -> Self {
        Self::of_file(name, "", vec![Problem::new(title, 0..0).help(help)])
    }

    /// Adds the problems of other files.
    pub fn extend(&mut self, other: Self) {
        self.files.extend(other.files);
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.iter().all(|file| file.problems.is_empty())
    }

    /// Every problem as data, in the order of the files and of their text.
    #[must_use]
    pub fn items(&self) -> Vec<Item> {
        self.files
            .iter()
            .flat_map(|file| file.problems.iter().map(|problem| file.item(problem)))
            .collect()
    }

    /// The text for people: each problem with file, line, column, excerpt and hint.
    #[must_use]
    pub fn render(&self, colour: Colour) -> String {
        let renderer = match colour {
            Colour::Off => Renderer::plain(),
            Colour::On => Renderer::styled(),
        };
        let rendered: Vec<_> = self
            .files
            .iter()
            .flat_map(|file| file.problems.iter().map(|problem| file.render(problem, &renderer)))
            .collect();
        rendered.join("\n\n")
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(Colour::Off))
    }
}

impl std::error::Error for Diagnostics {}

impl FileProblems {
    fn item(&self, problem: &Problem) -> Item {
        let (line, column) =
            if self.text.is_empty() { (0, 0) } else { position(&self.text, problem.span.start) };
        Item {
            file: self.name.clone(),
            line,
            column,
            message: problem.title.clone(),
            expected: problem.label.clone(),
            hint: problem.help.clone().unwrap_or_default(),
            more: 0,
        }
    }

    fn render(&self, problem: &Problem, renderer: &Renderer) -> String {
        let title = if self.text.is_empty() {
            format!("{}: {}", self.name, problem.title)
        } else {
            problem.title.clone()
        };
        let mut group = Group::with_title(Level::ERROR.primary_title(title));
        if !self.text.is_empty() {
            let first = AnnotationKind::Primary.span(within(&self.text, &problem.span));
            let mut snippet = Snippet::source(self.text.as_str())
                .path(self.name.as_str())
                .annotation(first.label(problem.label.as_str()));
            if let Some((span, label)) = &problem.other {
                let second = AnnotationKind::Context.span(within(&self.text, span));
                snippet = snippet.annotation(second.label(label.as_str()));
            }
            group = group.element(snippet);
        }
        if let Some(help) = &problem.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        renderer.render(&[group])
    }
}

/// A span that an excerpt can show: inside the text and on character boundaries.
fn within(text: &str, span: &Range<usize>) -> Range<usize> {
    let start = text.floor_char_boundary(span.start.min(text.len()));
    start..text.ceil_char_boundary(span.end.clamp(start, text.len()))
}

/// Line and column of a byte offset, both from 1, the column in characters.
pub(crate) fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(offset.min(text.len()))];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_not_bytes() {
        assert_eq!(position("a\nµµx", 6), (2, 3));
        assert_eq!(position("a\n", 99), (2, 1));
    }
}
