//! A TOML file that people write: read with its line numbers, so that each fault says where it is.
//!
//! Reads texts, opens nothing.

use std::fmt::Display;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::suggest;

/// What is wrong in a file, where, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}, line {line}: {}{problem}", path.display(), in_front(key))]
pub struct Fault {
    /// The file.
    pub path: PathBuf,
    /// The line, counted from 1.
    pub line: usize,
    /// The key; empty: none.
    pub key: String,
    /// What is wrong, and what to write instead.
    pub problem: String,
}

fn in_front(key: &str) -> String {
    if key.is_empty() { String::new() } else { format!("{key}: ") }
}

/// A file's text, for faults to point into.
#[derive(Clone, Copy, Debug)]
pub(super) struct Document<'a> {
    path: &'a Path,
    text: &'a str,
}

/// A table of the file.
pub(super) struct Table<'a> {
    document: Document<'a>,
    /// In front of its keys, with the dot.
    prefix: String,
    entries: DeTable<'a>,
}

/// A key with its value.
pub(super) struct Entry<'a> {
    document: Document<'a>,
    /// With the tables it is in.
    pub(super) key: String,
    /// Without them.
    pub(super) name: String,
    span: Range<usize>,
    value: DeValue<'a>,
}

impl<'a> Document<'a> {
    /// Reads a file's text.
    pub(super) fn parse(text: &'a str, path: &'a Path) -> Result<Table<'a>, Fault> {
        let document = Self { path, text };
        let entries = DeTable::parse(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            document.fault(start, "", error.message().replace('\n', " "))
        })?;
        Ok(Table { document, prefix: String::new(), entries: entries.into_inner() })
    }

    fn fault(&self, at: usize, key: &str, problem: impl Display) -> Fault {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        Fault { path: self.path.to_owned(), line, key: key.to_owned(), problem: problem.to_string() }
    }
}

impl<'a> Table<'a> {
    /// Its entries, in the order of the file.
    pub(super) fn entries(self) -> Vec<Entry<'a>> {
        let Self { document, prefix, entries } = self;
        let entry = |(name, value): (Spanned<_>, Spanned<DeValue<'a>>)| {
            let (span, name): (Range<usize>, std::borrow::Cow<'a, str>) = (name.span(), name.into_inner());
            let key = format!("{prefix}{name}");
            Entry { document, key, name: name.into_owned(), span, value: value.into_inner() }
        };
        let mut entries: Vec<_> = entries.into_iter().map(entry).collect();
        entries.sort_by_key(|entry| entry.span.start);
        entries
    }
}

impl<'a> Entry<'a> {
    /// A fault at this key.
    pub(super) fn fault(&self, problem: impl Display) -> Fault {
        self.document.fault(self.span.start, &self.key, problem)
    }

    /// The fault of a key that does not exist, with the one that was probably meant.
    pub(super) fn unknown<'k>(&self, known: impl IntoIterator<Item = &'k str>) -> Fault {
        let known: Vec<_> = known.into_iter().collect();
        match suggest::nearest(&self.name, known.iter().copied()) {
            Some(meant) => self.fault(format!("there is no such key, did you mean {meant}?")),
            None => self.fault(format!("there is no such key; there are: {}", known.join(", "))),
        }
    }

    /// The folder of the file.
    pub(super) fn folder(&self) -> &Path {
        self.document.path.parent().unwrap_or(Path::new(""))
    }

    /// Its text.
    pub(super) fn text(&self) -> Result<&str, Fault> {
        self.value.as_str().ok_or_else(|| self.fault("must be a text in quotes"))
    }

    /// Its text, read further.
    pub(super) fn read<T, E: Display>(&self, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<T, Fault> {
        parse(self.text()?).map_err(|problem| self.fault(problem))
    }

    /// Its switch.
    pub(super) fn switch(&self) -> Result<bool, Fault> {
        self.value.as_bool().ok_or_else(|| self.fault("must be true or false, without quotes"))
    }

    /// Its number, from 0 to a largest one.
    pub(super) fn number(&self, max: u32) -> Result<u32, Fault> {
        let number = self
            .value
            .as_integer()
            .and_then(|number| u32::from_str_radix(&number.as_str().replace('_', ""), number.radix()).ok());
        number
            .filter(|number| *number <= max)
            .ok_or_else(|| self.fault(format!("must be a number from 0 to {max}, without quotes")))
    }

    /// Its texts: a list, or one text.
    pub(super) fn texts(&self) -> Result<Vec<&str>, Fault> {
        if let Some(text) = self.value.as_str() {
            return Ok(vec![text]);
        }
        let items = self.value.as_array().map(|items| items.iter().map(|item| item.get_ref().as_str()));
        items
            .and_then(Iterator::collect)
            .ok_or_else(|| self.fault("must be a list of texts in quotes, such as [\"one\", \"two\"]"))
    }

    /// Its texts, each read further.
    pub(super) fn read_all<T, E: Display>(
        &self,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Vec<T>, Fault> {
        let read = |text| parse(text).map_err(|problem| self.fault(format!("{text:?}: {problem}")));
        self.texts()?.into_iter().map(read).collect()
    }

    /// Its table.
    pub(super) fn table(self) -> Result<Table<'a>, Fault> {
        let fault = self.fault(format!("must be a table: a line [{}] and its keys below", self.key));
        let Self { document, key, value, .. } = self;
        match value {
            DeValue::Table(entries) => Ok(Table { document, prefix: format!("{key}."), entries }),
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_) => Err(fault),
        }
    }
}
