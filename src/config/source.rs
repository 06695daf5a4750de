//! Where settings come from: flags, environment, file, defaults.

#[cfg(any(test, feature = "fuzzing"))]
pub(super) mod fuzz;

use std::collections::HashMap;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::permissions::writable_by_others;
use crate::suggest;

use super::as_toml::names;
use super::value::{Context, Kind, Value};
use super::{RELOADED, ROWS};

/// The variable that names the configuration file; each setting's has the same beginning.
const CONFIG_VARIABLE: &str = "CHAT_SECURE_CONFIG";
/// The flag that starts nothing.
pub(super) const CHECK: &str = "check-config";

/// Why there is no configuration; each is one line but what clap says.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A value that can't be: where it was given, and what is allowed.
    #[error("{place}: {problem}")]
    Value {
        /// The flag, the variable, or the file with its key.
        place: String,
        /// What was given and what is allowed.
        problem: String,
    },
    /// Settings that don't go together.
    #[error("settings: {0}")]
    Together(String),
    /// The file can't be read.
    #[error("can't read the configuration file {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Others could set what they like.
    #[error(
        "others can write the configuration file {} (mode {mode:03o}); run: chmod go-w {}",
        path.display(), path.display()
    )]
    Writable {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The file is no TOML.
    #[error("{}, line {line}: {problem}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What is wrong there.
        problem: String,
    },
    /// A key that is no setting.
    #[error("{}: there is no setting {key:?}{}", path.display(), hint.map(|name| format!(", did you mean {name:?}?")).unwrap_or_default())]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// As it is written there.
        key: String,
        /// The nearest setting.
        hint: Option<&'static str>,
    },
    /// Wrong arguments, or a help or version text that was asked for: `clap::Error::exit` shows it.
    #[error(transparent)]
    Usage(#[from] clap::Error),
}

impl Error {
    pub(super) fn together(problem: String) -> Self {
        Self::Together(problem)
    }
}

/// One setting, as it is told to people.
pub(super) struct Row {
    pub(super) group: &'static str,
    /// The key in the file; the other spellings follow from it.
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// See [`Value::effective`].
    pub(super) effective: fn(&[String], &Context<'_>) -> Option<Vec<String>>,
    pub(super) default: String,
    /// The placeholder in the help text.
    pub(super) value: &'static str,
    pub(super) range: (u64, u64),
    pub(super) meaning: &'static str,
    /// What the default is where it is no constant.
    pub(super) shown: Option<&'static str>,
}

impl Row {
    pub(super) fn flag(&self) -> String {
        self.name.replace('_', "-")
    }

    pub(super) fn variable(&self) -> String {
        format!("CHAT_SECURE_{}", self.name.to_ascii_uppercase())
    }

    fn default_shown(&self) -> &str {
        self.shown.unwrap_or(&self.default)
    }
}

/// The server's arguments.
#[must_use]
pub fn command() -> Command {
    let config = Arg::new("config")
        .long("config")
        .value_name("FILE")
        .help(format!("A TOML file with any of these settings [env: {CONFIG_VARIABLE}]"));
    let check = Arg::new(CHECK)
        .long(CHECK)
        .action(ArgAction::SetTrue)
        .help("Start nothing: say what is wrong with the settings, or show all of them");
    Command::new("chat-secure-server")
        .version(env!("CARGO_PKG_VERSION"))
        .about("A TLS-secured, authenticated chat service with durable history that speaks IRCv3.")
        .after_help(
            "Each setting is also an environment variable (--data-dir: CHAT_SECURE_DATA_DIR) and a key of the \
             file (data_dir). A flag goes before the variable, the variable before the file.",
        )
        .max_term_width(110)
        .args([config, check])
        .args(ROWS.iter().map(arg))
}

fn arg(row: &Row) -> Arg {
    let arg = Arg::new(row.name)
        .long(row.flag())
        .value_name(row.value)
        .help_heading(row.group)
        .help(format!("{} [default: {}]", row.meaning, row.default_shown()));
    match row.kind {
        Kind::Text | Kind::Number => arg,
        Kind::Switch => arg.num_args(0..=1).require_equals(true).default_missing_value("true"),
        Kind::List => arg.action(ArgAction::Append).value_delimiter(','),
    }
}

/// The page `docs/settings.md`: all settings in tables.
#[must_use]
pub fn settings_page() -> String {
    let mut page = String::from(
        "# Settings\n\n\
         Made from the table in `src/config/settings.rs`; `UPDATE_DOCS=1 cargo test settings` writes it anew.\n\n\
         Each setting can be given as a flag, as an environment variable and as a key of one TOML file\n\
         (`--config FILE` or `CHAT_SECURE_CONFIG`), in this order of precedence. The file has no sections; lists are\n\
         arrays there, and separated by commas in a variable. A flag that is a list can be repeated. Relative paths\n\
         in the file begin in the file's folder, others in the working directory.\n\n\
         [config.example.toml](config.example.toml) has all of them, to copy from. `chat-secure-server --check-config`\n\
         starts nothing and says what is wrong, or what will be in force.\n\n",
    );
    page.push_str(&format!("SIGHUP is enough for {};\nthe others wait for a restart.\n", names(RELOADED)));
    let mut group = "";
    for row in ROWS.iter() {
        if row.group != group {
            group = row.group;
            page.push_str(&format!(
                "\n## {group}\n\n| flag | variable | key | default | meaning |\n|---|---|---|---|---|\n"
            ));
        }
        let cells = [
            format!("`--{} {}`", row.flag(), row.value.replace('|', "\\|")),
            format!("`{}`", row.variable()),
            format!("`{}`", row.name),
            if row.shown.is_some() {
                row.default_shown().into()
            } else {
                format!("`{}`", row.default_shown())
            },
            format!("{}{}", row.meaning, allowed(row)),
        ];
        page.push_str(&format!("| {} |\n", cells.join(" | ").replace('<', "&lt;")));
    }
    page
}

pub(super) fn allowed(row: &Row) -> String {
    match (row.kind, row.range) {
        (Kind::Number, (min, max)) => format!(" From {min} to {max}."),
        (Kind::Text | Kind::Switch | Kind::List, _) => String::new(),
    }
}

/// What the command line says.
#[derive(Default)]
pub(super) struct Flags {
    config: Option<PathBuf>,
    values: HashMap<&'static str, Vec<String>>,
}

impl Flags {
    pub(super) fn from_matches(matches: &ArgMatches) -> Self {
        let given = |row: &Row| {
            let values: Vec<String> = matches.get_many::<String>(row.name)?.cloned().collect();
            Some((row.name, values))
        };
        Self {
            config: matches.get_one::<String>("config").map(PathBuf::from),
            values: ROWS.iter().filter_map(given).collect(),
        }
    }

    pub(super) fn for_tool(data_dir: Option<&Path>, config: Option<&Path>) -> Self {
        let data_dir = data_dir.map(|dir| ("data_dir", vec![dir.to_string_lossy().into_owned()]));
        Self { config: config.map(Path::to_owned), values: data_dir.into_iter().collect() }
    }
}

/// All that was said.
pub(super) struct Sources<'a> {
    flags: Flags,
    env: &'a dyn Fn(&str) -> Option<OsString>,
    file: Option<File>,
}

struct File {
    path: PathBuf,
    values: HashMap<&'static str, Vec<String>>,
}

impl<'a> Sources<'a> {
    pub(super) fn read(flags: Flags, env: &'a dyn Fn(&str) -> Option<OsString>) -> Result<Self, Error> {
        let path = flags.config.clone().or_else(|| env(CONFIG_VARIABLE).map(PathBuf::from));
        let file = path.map(File::read).transpose()?;
        Ok(Self { flags, env, file })
    }

    /// The configuration file, if there is one.
    pub(super) fn file(&self) -> Option<&PathBuf> {
        self.file.as_ref().map(|file| &file.path)
    }

    /// The setting's value from the first source that has it.
    pub(super) fn value<T: Value>(&self, row: &Row) -> Result<T, Error> {
        let (place, texts, folder) = self.find(row)?;
        T::parse(&texts, &Context { folder, range: row.range })
            .map_err(|problem| Error::Value { place, problem })
    }

    /// Where the setting was given, what, and the folder that relative paths begin in.
    pub(super) fn find(&self, row: &Row) -> Result<(String, Vec<String>, Option<&Path>), Error> {
        if let Some(texts) = self.flags.values.get(row.name) {
            return Ok((format!("--{}", row.flag()), texts.clone(), None));
        }
        let variable = row.variable();
        if let Some(text) = (self.env)(&variable) {
            let text = text.into_string().map_err(|_| Error::Value {
                place: variable.clone(),
                problem: "its value is not UTF-8".into(),
            })?;
            return Ok((variable, split(row.kind, &text), None));
        }
        if let Some(file) = &self.file
            && let Some(texts) = file.values.get(row.name)
        {
            let place = format!("{}: {}", file.path.display(), row.name);
            return Ok((place, texts.clone(), file.path.parent()));
        }
        Ok((format!("default of {}", row.name), split(row.kind, &row.default), None))
    }
}

fn split(kind: Kind, text: &str) -> Vec<String> {
    match kind {
        Kind::List => text.split(',').map(|part| part.trim().to_owned()).collect(),
        Kind::Text | Kind::Number | Kind::Switch => vec![text.to_owned()],
    }
}

impl File {
    fn read(path: PathBuf) -> Result<Self, Error> {
        let read = std::fs::read_to_string(&path).and_then(|text| Ok((text, std::fs::metadata(&path)?)));
        let (text, found) = match read {
            Ok(read) => read,
            Err(source) => return Err(Error::Unreadable { path, source }),
        };
        match writable_by_others(&found) {
            Some(mode) => Err(Error::Writable { path, mode }),
            None => Self::parse(path, &text),
        }
    }

    fn parse(path: PathBuf, text: &str) -> Result<Self, Error> {
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| Error::Syntax {
            path: path.clone(),
            line: error.span().map_or(1, |span| text[..span.start.min(text.len())].lines().count().max(1)),
            problem: error.message().replace('\n', " "),
        })?;
        let mut values = HashMap::new();
        for (key, value) in table {
            let Some(row) = ROWS.iter().find(|row| row.name == key) else {
                let hint = nearest(&key);
                return Err(Error::UnknownKey { path, key, hint });
            };
            let texts = texts(row, &value)
                .map_err(|problem| Error::Value { place: format!("{}: {key}", path.display()), problem })?;
            values.insert(row.name, texts);
        }
        Ok(Self { path, values })
    }
}

/// The value as flags have it, when it is of the kind that the setting wants.
fn texts(row: &Row, value: &toml::Value) -> Result<Vec<String>, String> {
    let list = |items: &[toml::Value]| items.iter().map(|item| item.as_str().map(str::to_owned)).collect();
    let found = match (row.kind, value) {
        (Kind::Text, toml::Value::String(text)) => Some(vec![text.clone()]),
        (Kind::Number, toml::Value::Integer(number)) => Some(vec![number.to_string()]),
        (Kind::Switch, toml::Value::Boolean(on)) => Some(vec![on.to_string()]),
        (Kind::List, toml::Value::String(text)) => Some(split(Kind::List, text)),
        (Kind::List, toml::Value::Array(items)) => list(items),
        (Kind::Text | Kind::Number | Kind::Switch | Kind::List, _) => None,
    };
    let wanted = match row.kind {
        Kind::Text => "a text in quotes",
        Kind::Number => "a number without quotes",
        Kind::Switch => "true or false without quotes",
        Kind::List => "a list of texts, such as [\"localhost:6697\"]",
    };
    found.ok_or_else(|| {
        let mut shown = String::new();
        // Writing to a string can't fail.
        write!(shown, "{value}").unwrap_or_default();
        format!("{} must be {wanted}", shown.replace('\n', " "))
    })
}

/// The setting that the word is most like, when it is like one.
fn nearest(word: &str) -> Option<&'static str> {
    suggest::nearest(&word.replace('-', "_"), ROWS.iter().map(|row| row.name))
}
