//! The command line of what is about history as a whole: looking at it, and how long it is kept.

use std::path::PathBuf;

use crate::admin::Conversation;
use crate::store::retention::Rule;

const VERIFY_HELP: &str = "\
It reads the database beside a running server, or of a stopped one, and changes nothing. Who may write to the file \
can make all hashes anew: only what --heads printed, kept where they can't reach it, tells then.

Exit codes: 0 all is as it was written, 1 something is not, 2 wrong arguments, 3 there is no such room.";

#[derive(Clone, Debug, clap::Args)]
#[command(after_help = VERIFY_HELP)]
pub(in crate::chatctl) struct VerifyCommand {
    /// Only this one: a room (lobby or '#lobby'), a direct conversation (alice+bob) or its number
    pub(in crate::chatctl) room: Option<Conversation>,
    /// Prints where each chain ends: number of the room, entry, hash; to be kept elsewhere
    #[arg(long)]
    pub(in crate::chatctl) heads: bool,
    /// Says whether history still contains these, which --heads printed earlier
    #[arg(long, value_name = "FILE")]
    pub(in crate::chatctl) expect: Option<PathBuf>,
}

#[derive(Clone, Debug, clap::Args)]
pub(in crate::chatctl) struct RetentionCommand {
    /// A room (lobby or '#lobby'), a direct conversation (alice+bob) or its number
    #[arg(requires = "rule")]
    pub(in crate::chatctl) room: Option<Conversation>,
    #[command(flatten)]
    pub(in crate::chatctl) rule: RetentionRule,
}

/// A room's own rule, or none.
#[derive(Clone, Copy, Debug, clap::Args)]
#[group(id = "rule", multiple = true, requires = "room")]
pub(in crate::chatctl) struct RetentionRule {
    /// Days for which an entry is kept; 0: for ever
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(0..=36_500))]
    days: Option<u64>,
    /// Entries that are kept; 0: all
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(0..=1_000_000_000_000))]
    entries: Option<u64>,
    /// It goes by the server's settings again
    #[arg(long, conflicts_with_all = ["days", "entries"])]
    clear: bool,
}

impl RetentionRule {
    /// What is stored; nothing to clear it.
    pub(in crate::chatctl) fn value(self) -> Option<Rule> {
        let Self { days, entries, clear } = self;
        let rule = Rule { days_max: days.unwrap_or_default(), entries_max: entries.unwrap_or_default() };
        (!clear).then_some(rule)
    }
}
