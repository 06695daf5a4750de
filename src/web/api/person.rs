//! All that the server has of one person, one JSON object a line; the field `type` says what each is.
//!
//! No secret is among it, nor the hash of one.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::clock::Timestamp;
use crate::ids::UserId;
use crate::journal::Journal;
use crate::limits;
use crate::room::Entry;
use crate::store::accounts::Account;
use crate::store::metadata::Subject;
use crate::store::{self, Store};

use super::view::Message;

/// Everything but what they said.
///
/// # Errors
/// [`store::Error::Unavailable`].
pub async fn about(
    journal: &Journal,
    store: &Arc<dyn Store>,
    account: &Account,
) -> Result<Vec<Value>, store::Error> {
    let id = account.id;
    let mut lines = vec![json!({
        "type": "account",
        "name": account.name.as_str(),
        "nick": account.nick.as_str(),
        "email": account.email.as_ref().map(ToString::to_string),
        "role": account.role,
        "suspended": account.suspended,
        "has_password": account.password_hash.is_some(),
        "always_on": account.always_on,
        "created_at": time(account.created_at),
        "seen_at": account.seen_at.map(time),
    })];
    lines.extend(shown(journal, account));
    for (target, at) in store.read_markers(id).await? {
        lines.push(json!({ "type": "read_marker", "target": target, "at": time(at) }));
    }
    for token in store.tokens(id).await? {
        lines.push(json!({
            "type": "token", "id": token.id, "label": token.label,
            "created_at": time(token.created_at), "used_at": token.used_at.map(time),
        }));
    }
    for certificate in store.certificates(id).await? {
        lines.push(json!({
            "type": "certificate", "fingerprint": certificate.fingerprint, "label": certificate.label,
            "created_at": time(certificate.created_at),
        }));
    }
    for webhook in store.webhooks().await?.into_iter().filter(|webhook| webhook.account == id) {
        lines.push(json!({
            "type": "webhook", "id": webhook.id, "label": webhook.label,
            "created_at": time(webhook.created_at), "used_at": webhook.used_at.map(time),
        }));
    }
    for listed in store.uploads(Some(id), limits::ADMIN_FILES_LEN_MAX).await? {
        let upload = listed.upload;
        lines.push(json!({
            "type": "file", "key": upload.key.as_str(), "name": upload.name, "media_type": upload.kind,
            "bytes": upload.bytes, "sha256": upload.hash.as_str(), "messages": listed.places,
            "stored_at": time(upload.stored_at),
        }));
    }
    Ok(lines)
}

/// What the journal has in memory: memberships and metadata.
fn shown(journal: &Journal, account: &Account) -> Vec<Value> {
    let mut lines = Vec::new();
    let user = UserId::Account(account.id);
    let directory = journal.directory();
    let world = directory.read();
    for room in world.rooms.values() {
        if let (Some(name), Some(member)) = (room.name(), room.members.get(&user)) {
            lines.push(json!({
                "type": "membership", "room": name.as_str(), "operator": member.operator, "voice": member.voice,
            }));
        }
    }
    if let Some(metadata) = world.metadata.get(&Subject::User(user)) {
        for (key, value) in metadata.iter() {
            lines.push(json!({ "type": "metadata", "key": key.as_str(), "value": value.as_ref() }));
        }
    }
    lines
}

/// What they said; nothing of what has no words.
#[must_use]
pub fn said(entry: &Entry) -> Option<Value> {
    let target = entry.target.as_ref();
    let room = if target.starts_with('#') { target.to_owned() } else { format!("@{target}") };
    let mut line = serde_json::to_value(Message::of_entry(entry, room)?).ok()?;
    line.as_object_mut()?.insert("type".into(), "message".into());
    Some(line)
}

fn time(at: Timestamp) -> String {
    at.to_string()
}
