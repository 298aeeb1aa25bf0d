//! What a run is reproduced from: a line, or the result that it left.

use reports::Rows;
use reports::provenance::file_digest;
use scenarios::Scenario;
use scenarios::expect::Source;
use scenarios::load::Options;
use serde_json::Value;
use sim::setup::{FrontEndLevel, Tolerance};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A recorded run.
#[derive(Debug)]
pub(super) struct Record {
    /// The scenario's ID.
    pub(super) id: String,
    /// Its file, as it was named.
    pub(super) file: String,
    /// The digest of the file, or how it begins.
    file_digest: String,
    seed: u64,
    tolerance: Tolerance,
    front_end: FrontEndLevel,
    /// The version of the program.
    pub(super) version: String,
    /// The digest of the trace, or how it begins.
    pub(super) digest: String,
    /// The folder with the run's tables, if it is known.
    pub(super) folder: Option<PathBuf>,
    /// Which rows the table of the run shows.
    pub(super) rows: Rows,
    /// Where all this comes from.
    pub(super) original: Original,
}

/// Where a record comes from.
#[derive(Debug)]
pub(super) enum Original {
    /// A reproduction line.
    Line,
    /// A result, with the file's text and those of the files that it names.
    Result(Vec<Source>),
}

impl Record {
    /// From a line, a file, or a folder.
    ///
    /// # Errors
    /// It is none of them; what is wrong with it.
    pub(super) fn of(text: &str) -> Result<Self, String> {
        let path = Path::new(text);
        let path = if path.is_dir() { path.join("result.json") } else { path.to_owned() };
        if path.exists() {
            return Self::of_file(&path);
        }
        if text.contains("#blake3=") {
            return Self::of_line(text.trim());
        }
        Err(format!(
            "`{text}` is neither a file nor a reproduction line\n\
             hint: a line looks like ID@FILE#blake3=..,seed=..,tolerance=..,front-end=..,version=..,\
             digest=..; it stands in every result.json under reproduce.command"
        ))
    }

    fn of_line(text: &str) -> Result<Self, String> {
        // The whole command may have been copied.
        let text = text
            .strip_prefix("packtwin replay")
            .map_or(text, |rest| rest.trim().trim_matches('\''));
        let (name, keys) = text.rsplit_once("#blake3=").ok_or("the line has no `#blake3=`")?;
        let (id, file) = name.split_once('@').ok_or("the line does not begin with ID@FILE")?;
        let keys = format!("blake3={keys}");
        let mut values = BTreeMap::new();
        for part in keys.split(',') {
            let (key, value) = part
                .split_once('=')
                .ok_or_else(|| format!("`{part}` in the line is no key=value"))?;
            values.insert(key, value);
        }
        let value = |key: &str| {
            let missing = || format!("the line does not say `{key}`\nhint: copy all of it");
            values.get(key).copied().filter(|value| !value.is_empty()).ok_or_else(missing)
        };
        let seed = value("seed")?;
        Ok(Self {
            id: id.into(),
            file: file.into(),
            file_digest: digest("blake3", value("blake3")?)?,
            seed: seed.parse().map_err(|_| format!("`{seed}` is no seed"))?,
            tolerance: tolerance(value("tolerance")?)?,
            front_end: front_end(value("front-end")?)?,
            version: value("version")?.into(),
            digest: digest("digest", value("digest")?)?,
            folder: None,
            rows: Rows::All,
            original: Original::Line,
        })
    }

    fn of_file(path: &Path) -> Result<Self, String> {
        let name = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("{name} cannot be read: {error}\nhint: check the path"))?;
        let document: Value = serde_json::from_str(&text)
            .map_err(|error| format!("{name} is no whole result: {error}\nhint: run it again"))?;
        if document.get("runs").is_some() {
            return Err(format!(
                "{name} is the result of a suite\n\
                 hint: name the result.json of one of its runs, which lies in a folder beside it"
            ));
        }
        let field = |way: &str| {
            let found = way.split('/').try_fold(&document, |value, key| value.get(key));
            found.ok_or_else(|| format!("{name} does not hold `{way}`: it is no result of a run"))
        };
        let text = |way: &str| {
            let found = field(way)?.as_str().map(str::to_owned);
            found.ok_or_else(|| format!("`{way}` in {name} is no text"))
        };
        let seed = field("reproduce/seed")?.as_u64();
        let kept = document["sources"].as_array().into_iter().flatten().filter_map(source);
        Ok(Self {
            id: text("id")?,
            file: text("file")?,
            file_digest: text("reproduce/file_blake3")?,
            seed: seed.ok_or_else(|| format!("`reproduce/seed` in {name} is no seed"))?,
            tolerance: tolerance(&text("reproduce/tolerance")?)?,
            front_end: front_end(&text("reproduce/front_end")?)?,
            version: text("reproduce/version")?,
            digest: text("reproduce/digest")?,
            folder: path.parent().map(Into::into),
            rows: document["trace_rows"].as_str().and_then(Rows::of_word).unwrap_or(Rows::All),
            original: Original::Result(kept.collect()),
        })
    }

    /// The scenario, from its file, from the embedded suite, or from the text in the result; with the
    /// seed, tolerance and front end of the record.
    ///
    /// # Errors
    /// It cannot be had, or its file has changed and nobody forces it.
    pub(super) fn scenario(&self, force: bool) -> Result<Scenario, String> {
        let found = self.read(force)?;
        let ids: Vec<_> = found.iter().map(|scenario| scenario.id.clone()).collect();
        let scenario = found.into_iter().find(|scenario| scenario.id == self.id);
        let mut scenario = scenario.ok_or_else(|| {
            format!(
                "{} holds no run called {}\nhint: it holds {}",
                self.file,
                self.id,
                ids.join(", ")
            )
        })?;
        let now = file_digest(&scenario);
        if !now.starts_with(&self.file_digest) && !force {
            return Err(format!(
                "{} has changed since: its digest is {}, the record says {}\n\
                 hint: bring back the file, replay the result.json, or --force to run it as it is",
                self.file,
                now.get(..self.file_digest.len()).unwrap_or(&now),
                self.file_digest
            ));
        }
        scenario.setup.seed = self.seed;
        scenario.setup.tolerance = self.tolerance;
        scenario.setup.front_end = self.front_end;
        Ok(scenario)
    }

    fn read(&self, force: bool) -> Result<Vec<Scenario>, String> {
        let path = Path::new(&self.file);
        if path.is_file() {
            let read = scenarios::load::load_with(path, &self.options())
                .map_err(|wrong| wrong.to_string());
            let same = read.as_ref().is_ok_and(|found| {
                found.iter().any(|it| file_digest(it).starts_with(&self.file_digest))
            });
            // The text that was run stands in the result, whatever became of the file.
            if same || force || matches!(self.original, Original::Line) {
                return read;
            }
        }
        if let Original::Result(kept) = &self.original
            && !kept.is_empty()
        {
            let read = scenarios::load::parse_kept(&self.stem(), kept, &self.options());
            return read.map_err(|wrong| wrong.to_string());
        }
        let name = self.file.rsplit('/').next().unwrap_or_default();
        let embedded = scenarios::suite::FILES.iter().find(|(file, _)| *file == name);
        match embedded.filter(|_| self.file.starts_with("suite/")) {
            Some((_, text)) => self.parse(text),
            None => Err(format!(
                "{} is not there\nhint: replay the result.json, which holds its text",
                self.file
            )),
        }
    }

    fn parse(&self, text: &str) -> Result<Vec<Scenario>, String> {
        scenarios::load::parse_with(&self.file, &self.stem(), text, &self.options())
            .map_err(|wrong| wrong.to_string())
    }

    /// What the IDs of the file's runs begin with.
    fn stem(&self) -> String {
        if self.file == crate::input::STANDARD_INPUT {
            return crate::input::STANDARD_INPUT_STEM.to_owned();
        }
        let stem = Path::new(&self.file).file_stem();
        stem.map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// What was drawn when the file was read is drawn again from the run's seed.
    fn options(&self) -> Options {
        Options { seed: Some(self.seed), repeats: true, ..Options::default() }
    }
}

/// A text that a result holds.
fn source(kept: &Value) -> Option<Source> {
    let text = |key: &str| kept[key].as_str().map(str::to_owned);
    Some(Source { file: text("file")?, text: text("text")? })
}

/// A digest, or at least eight digits of its beginning.
fn digest(key: &str, text: &str) -> Result<String, String> {
    let hex = text.len() >= 8 && text.chars().all(|letter| letter.is_ascii_hexdigit());
    let wrong = || format!("`{key}` in the line wants 8 to 64 hexadecimal digits, not `{text}`");
    hex.then(|| text.to_lowercase()).ok_or_else(wrong)
}

fn tolerance(text: &str) -> Result<Tolerance, String> {
    match text {
        "nominal" => Ok(Tolerance::Nominal),
        "datasheet" => Ok(Tolerance::Datasheet),
        _ => Err(format!("`{text}` is no tolerance: expected nominal or datasheet")),
    }
}

fn front_end(text: &str) -> Result<FrontEndLevel, String> {
    match text {
        "register" => Ok(FrontEndLevel::Register),
        "value" => Ok(FrontEndLevel::Value),
        _ => Err(format!("`{text}` is no front end: expected register or value")),
    }
}
