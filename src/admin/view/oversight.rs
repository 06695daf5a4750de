//! What is shown of bans and of the audit log.

use serde::{Deserialize, Serialize};

use crate::store::audit::{self, Outcome};
use crate::store::bans;

use super::Moment;

/// A ban.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ban {
    /// Who is meant: `account:NAME`, an address or a network.
    pub target: String,
    /// Why.
    pub reason: Option<String>,
    /// Who made it.
    pub creator: String,
    /// When it was made.
    pub created_at: Moment,
    /// When it ends; `None`: when it is lifted.
    pub expires_at: Option<Moment>,
}

/// A ban that was just made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewBan {
    /// The ban.
    #[serde(flatten)]
    pub ban: Ban,
    /// How many sessions had to end.
    pub sessions_ended: usize,
}

/// A row of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its number.
    pub id: u64,
    /// When.
    pub at: Moment,
    /// Who.
    pub who: String,
    /// What, in one word.
    pub action: String,
    /// To whom or what.
    pub target: Option<String>,
    /// More about it.
    pub detail: Option<String>,
    /// What came of it: `begun`, `done`, `failed`, `refused`.
    pub outcome: Outcome,
}

impl Ban {
    pub(in crate::admin) fn new(ban: &bans::Ban) -> Self {
        Self {
            target: ban.target.to_string(),
            reason: ban.reason.clone(),
            creator: ban.creator.clone(),
            created_at: Moment(ban.created_at),
            expires_at: ban.expires_at.map(Moment),
        }
    }
}

impl Record {
    pub(in crate::admin) fn new(record: audit::Record) -> Self {
        let audit::Record { id, deed, outcome } = record;
        let audit::Deed { at, who, action, target, detail } = deed;
        Self { id, at: Moment(at), who, action, target, detail, outcome }
    }
}
