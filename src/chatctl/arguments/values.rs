//! Values of the command line that are a choice or a time.

use crate::chatctl::moment::Duration;
use crate::clock::Timestamp;

/// Whether an account stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(in crate::chatctl) enum AlwaysOn {
    On,
    Off,
    Default,
}

impl AlwaysOn {
    /// What is stored; nothing for the default.
    pub(in crate::chatctl) fn value(self) -> Option<bool> {
        match self {
            Self::On => Some(true),
            Self::Off => Some(false),
            Self::Default => None,
        }
    }
}

/// When an invitation or a ban ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::chatctl) enum Expiry {
    Never,
    In(Duration),
}

impl Expiry {
    /// When it is, counted from this moment; `None`: never.
    pub(in crate::chatctl) fn after(self, moment: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Never => None,
            Self::In(duration) => Some(duration.after(moment)),
        }
    }
}

impl std::str::FromStr for Expiry {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "never" {
            return Ok(Self::Never);
        }
        text.parse().map(Self::In).map_err(|error: String| format!("{error}, or never"))
    }
}
