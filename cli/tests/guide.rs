//! Everything the guide shows is done here: its files are written, its commands run in their order,
//! and what they print is what the guide says. `...` in an output stands for any lines; `? 2` is the
//! exit code, 0 if the guide names none.

use std::path::Path;
use std::process::Command;

const CHAPTERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/guide/src");

/// A fenced block: its info line and its lines.
struct Block {
    info: String,
    lines: Vec<String>,
}

fn blocks(text: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<Block> = None;
    for line in text.lines() {
        match (line.strip_prefix("```"), open.take()) {
            (Some(info), None) => open = Some(Block { info: info.to_owned(), lines: Vec::new() }),
            (Some(_), Some(block)) => found.push(block),
            (None, Some(mut block)) => {
                block.lines.push(line.to_owned());
                open = Some(block);
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "every block is closed");
    found
}

/// A command with what it must print and how it must end.
struct Session {
    command: String,
    shown: Vec<String>,
    code: i32,
}

fn sessions(block: &Block) -> Vec<Session> {
    let mut sessions: Vec<Session> = Vec::new();
    for line in &block.lines {
        if let Some(command) = line.strip_prefix("$ ") {
            sessions.push(Session { command: command.to_owned(), shown: Vec::new(), code: 0 });
            continue;
        }
        let session = sessions.last_mut().expect("a console block begins with a command");
        match line.strip_prefix("? ") {
            Some(code) => session.code = code.trim().parse().expect("an exit code"),
            None => session.shown.push(line.trim_end().to_owned()),
        }
    }
    sessions
}

/// Whether `lines` are what is `shown`, where `...` stands for any lines.
fn is_shown(shown: &[String], lines: &[&str]) -> bool {
    match shown.split_first() {
        None => lines.is_empty(),
        Some((first, rest)) if first == "..." => {
            (0..=lines.len()).any(|skipped| is_shown(rest, &lines[skipped..]))
        }
        Some((first, rest)) => {
            lines.first() == Some(&first.as_str()) && is_shown(rest, &lines[1..])
        }
    }
}

fn run(session: &Session, folder: &Path, chapter: &str) {
    let mut words = session.command.split_whitespace();
    assert_eq!(words.next(), Some("packtwin"), "{chapter}: {}", session.command);
    let mut command = Command::new(env!("CARGO_BIN_EXE_packtwin"));
    let output = command.args(words).current_dir(folder).output().expect("packtwin starts");
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8(text).expect("text");
    let told = format!("{chapter}: $ {}\n{text}", session.command);
    assert_eq!(output.status.code(), Some(session.code), "{told}");
    let lines: Vec<_> = text.lines().map(str::trim_end).collect();
    assert!(is_shown(&session.shown, &lines), "{told}\nis not\n{}", session.shown.join("\n"));
}

fn replay(chapter: &Path) -> usize {
    let name = chapter.file_name().expect("a file").to_string_lossy().into_owned();
    let text = std::fs::read_to_string(chapter).expect("the chapter can be read");
    let folder = tempfile::tempdir().expect("a folder");
    let mut commands = 0;
    for block in blocks(&text) {
        if let Some((_, file)) = block.info.split_once("file=") {
            let path = folder.path().join(file.trim());
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, block.lines.join("\n") + "\n").expect("the folder is writable");
        } else if block.info.trim() == "console" {
            for session in sessions(&block) {
                run(&session, folder.path(), &name);
                commands += 1;
            }
        }
    }
    commands
}

#[test]
fn every_chapter_does_what_it_says() {
    let chapters = std::fs::read_dir(CHAPTERS).expect("the guide lies in docs");
    let mut chapters: Vec<_> = chapters.map(|entry| entry.expect("an entry").path()).collect();
    chapters.sort();
    let commands: usize = chapters.iter().map(|chapter| replay(chapter)).sum();
    assert!(commands >= 8, "the guide shows what it talks about: {commands} commands");
}

#[test]
fn the_summary_names_every_chapter_and_no_other() {
    let summary = std::fs::read_to_string(format!("{CHAPTERS}/SUMMARY.md")).expect("a summary");
    let mut named: Vec<_> = summary
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .map(str::to_owned)
        .collect();
    let lying = std::fs::read_dir(CHAPTERS).expect("the guide lies in docs");
    let mut lying: Vec<_> = lying
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name != "SUMMARY.md")
        .collect();
    named.sort();
    lying.sort();
    assert_eq!(named, lying);
}

#[test]
fn dots_stand_for_any_lines_and_nothing_else_does() {
    let shown = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    assert!(is_shown(&shown(&["a", "...", "d"]), &["a", "b", "c", "d"]));
    assert!(is_shown(&shown(&["a", "..."]), &["a"]));
    assert!(!is_shown(&shown(&["a", "d"]), &["a", "b", "d"]));
    assert!(!is_shown(&shown(&["a"]), &["a", "b"]));
}
