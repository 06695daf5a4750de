//! Looking over what was restored: opened as the server opens it, and all of it read.

use std::fs;
use std::path::Path;

use crate::identity::{self, Identity};
use crate::store::sqlite::{self, Inspection, Sqlite};
use crate::store::verify::{self, Fault};

use super::format::Member;
use super::{Count, DATABASE_FILE, Error, Unpacked};

/// What there is, and what is wrong with it.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Report {
    /// When the backup was made.
    pub made_at: String,
    /// The version of the program that made it.
    pub version: String,
    /// What the server calls itself.
    pub server_name: String,
    /// SHA-256 of the certificate, which clients have pinned; `None`: it can't be read.
    pub fingerprint: Option<String>,
    /// Accounts.
    pub accounts: u64,
    /// Rooms and direct conversations, those that are gone included.
    pub rooms: u64,
    /// Entries of all histories.
    pub entries: u64,
    /// Files that people sent.
    pub uploads: Count,
    /// What one should know, though the backup is whole.
    pub notes: Vec<String>,
    /// What is wrong; none: nothing.
    pub faults: Vec<String>,
}

/// Opens what was unpacked in this folder as the server would, and goes through all of it. The hashes of the contents
/// were compared while it was unpacked.
///
/// # Errors
/// [`Error`], when it can't be opened at all.
pub async fn check(folder: &Path, unpacked: &Unpacked) -> Result<Report, Error> {
    let database = folder.join(DATABASE_FILE);
    let store = Sqlite::open(&database).await?;
    let inspected = store.inspect().await;
    store.close().await;
    let Inspection { entries, unreadable, accounts, uploads } = inspected?;
    // Nobody else knows of this copy.
    let request = verify::Request { is_at_rest: true, ..Default::default() };
    let chains = sqlite::verify(&database, &request, &mut |_| {}).await?;
    let mut faults: Vec<String> = chains.faults.iter().map(words).collect();
    if chains.faults_left_out > 0 {
        faults.push(format!("and {} faults more of this kind", chains.faults_left_out));
    }
    if unreadable > 0 {
        faults.push(format!("{unreadable} entries can't be understood"));
    }
    let mut notes = Vec::new();
    let manifest = &unpacked.manifest;
    for (hash, _) in uploads {
        let name = hash.as_str().to_owned();
        if manifest.damaged.contains(&name) {
            faults.push(format!("the file {name} was damaged already when the backup was made"));
        } else if manifest.missing.contains(&name) {
            notes.push(format!("the file {name} was removed while the backup was made"));
        } else if !folder.join(Member::Upload(hash).place()).is_file() {
            faults.push(format!("the file {name} is missing"));
        }
    }
    let fingerprint = identity_of(folder, &mut faults, &mut notes);
    let header = &unpacked.header;
    Ok(Report {
        made_at: header.made_at.clone(),
        version: header.version.clone(),
        server_name: header.server_name.clone(),
        fingerprint,
        accounts,
        rooms: chains.rooms,
        entries,
        uploads: manifest.uploads,
        notes,
        faults,
    })
}

fn words(fault: &Fault) -> String {
    match &fault.place {
        None => fault.what.to_string(),
        Some(place) => format!("in {} at {}: {}", place.title, place.seq, fault.what),
    }
}

/// A pair that belongs together; one whose time is over is as good as it was.
fn identity_of(folder: &Path, faults: &mut Vec<String>, notes: &mut Vec<String>) -> Option<String> {
    let (certificate, key) = (folder.join(Member::Certificate.place()), folder.join(Member::Key.place()));
    match Identity::load(&certificate, &key) {
        Ok(identity) => return Some(identity.fingerprint()),
        Err(error @ (identity::Error::Expired { .. } | identity::Error::NotYetValid { .. })) => {
            notes.push(error.to_string());
        }
        Err(error) => faults.push(error.to_string()),
    }
    // Said of the certificate alone, whatever the key is.
    fs::metadata(&certificate).ok()?;
    identity::describe(&certificate).ok().map(|description| description.fingerprint)
}
