//! Files that no fit uses: found in the folder of a set by what their names begin with.
//!
//! A set's own module knows the files that it fits and scores by name. Any further file of the same
//! kind is scored with the parameters fitted to those, against the bounds that stand for it.

use std::error::Error;
use std::path::Path;

/// Names of the CSV files of a folder that begin with `prefix` and are none of the known, in order.
pub(crate) fn others(
    folder: &Path,
    prefix: &str,
    known: &[impl AsRef<str>],
) -> Result<Vec<String>, Box<dyn Error>> {
    let mut names = Vec::new();
    let entries =
        std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for entry in entries {
        let Ok(name) = entry?.file_name().into_string() else { continue };
        let is_known = known.iter().any(|one| one.as_ref() == name);
        if name.starts_with(prefix) && name.ends_with(".csv") && !is_known {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// What stands in a name between two parts; none where they do not enclose anything.
pub(crate) fn within<'a>(name: &'a str, before: &str, after: &str) -> Option<&'a str> {
    name.strip_prefix(before)?.strip_suffix(after).filter(|part| !part.is_empty())
}

/// A temperature as these names have it: `N25` or `P35`, `10` or `-5`; degree Celsius.
pub(crate) fn celsius(part: &str) -> Option<i32> {
    match (part.strip_prefix('N'), part.strip_prefix('P')) {
        (Some(below), _) => below.parse::<i32>().ok().map(|celsius| -celsius),
        (_, Some(above)) => above.parse().ok(),
        _ => part.parse().ok(),
    }
}

/// A rate as these names have it, for people: `2p75c` is 2.75C, `2p0c` 2C, `c10` C/10.
pub(crate) fn rate(part: &str) -> String {
    if let Some(hours) = part.strip_prefix('c') {
        return format!("C/{hours}");
    }
    let number = part.trim_end_matches('c').replace('p', ".");
    let short = if number.contains('.') {
        number.trim_end_matches('0').trim_end_matches('.')
    } else {
        number.as_str()
    };
    format!("{short}C")
}
