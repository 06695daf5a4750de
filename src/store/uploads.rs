//! Files that people sent: whose each is, and which messages carry it.
//!
//! The content is no concern of the store; it stands in a file named by its hash.

use async_trait::async_trait;
use memchr::memmem;

use crate::clock::Timestamp;
use crate::ids::{AccountId, RoomId, Seq};
use crate::names::AccountName;

use super::Error;

/// Where uploads are, below the web's address; what follows is an [`UploadKey`].
pub const UPLOADS_PATH: &str = "/files/";

/// The part of an upload's address that nobody can guess: 128 random bits in base64url.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UploadKey(String);

impl UploadKey {
    /// Characters of a key.
    pub const LEN: usize = 22;

    /// Reads a key; `None` for what can't be one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_key = text.len() == Self::LEN && text.bytes().all(is_of_key);
        is_key.then(|| Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_of_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// The keys of all addresses of uploads in a text. One quick search if there are none.
pub fn keys_in(text: &str) -> impl Iterator<Item = UploadKey> + '_ {
    memmem::find_iter(text.as_bytes(), UPLOADS_PATH).filter_map(|at| {
        let start = at + UPLOADS_PATH.len();
        let end = start + UploadKey::LEN;
        let is_longer = text.as_bytes().get(end).is_some_and(|byte| is_of_key(*byte));
        UploadKey::parse(text.get(start..end)?).filter(|_| !is_longer)
    })
}

/// SHA-256 of a content: 64 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContentHash(String);

impl ContentHash {
    /// Reads a hash; `None` for what can't be one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_hash = text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        is_hash.then(|| Self(text.to_owned()))
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A file as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Its name in addresses.
    pub key: UploadKey,
    /// Its content.
    pub hash: ContentHash,
    /// Who sent it; `None` if their account was removed.
    pub account: Option<AccountId>,
    /// What its sender calls it; never a part of a path.
    pub name: String,
    /// Its media type, found in the content.
    pub kind: String,
    /// Its size.
    pub bytes: u64,
    /// Width and height in pixels, of a picture.
    pub dimensions: Option<(u32, u32)>,
    /// When it was stored.
    pub stored_at: Timestamp,
}

/// How many bytes may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Of one account.
    pub account_bytes_max: u64,
    /// Of everybody.
    pub bytes_max: u64,
}

/// Bytes that are kept; a content that was sent twice counts twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Of one account.
    pub account_bytes: u64,
    /// Of everybody.
    pub bytes: u64,
}

impl Usage {
    /// What so many bytes more would exceed.
    #[must_use]
    pub fn exceeds(&self, quota: &Quota, more: u64) -> Option<Excess> {
        if self.account_bytes.saturating_add(more) > quota.account_bytes_max {
            return Some(Excess::Account);
        }
        (self.bytes.saturating_add(more) > quota.bytes_max).then_some(Excess::Server)
    }
}

/// Whose quota is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Excess {
    /// The account's.
    Account,
    /// The server's.
    Server,
}

/// An upload as administrators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The upload.
    pub upload: Upload,
    /// Its sender's name, while they have an account.
    pub account: Option<AccountName>,
    /// Messages that carry it.
    pub places: u64,
}

/// The uploads' side of the store. Each change is on disk when the call returns. All calls may fail
/// with [`Error::Unavailable`].
#[async_trait]
pub trait Uploads: Send + Sync + 'static {
    /// What is kept.
    ///
    /// # Errors
    /// Only the general one.
    async fn upload_usage(&self, account: AccountId) -> Result<Usage, Error>;

    /// Notes an upload whose content is in its file, unless that would exceed the quota.
    ///
    /// # Errors
    /// [`Error::Conflict`]: the key is taken. [`Error::NotFound`]: the account is gone.
    async fn add_upload(&self, upload: Upload, quota: Quota) -> Result<Option<Excess>, Error>;

    /// The upload of this key.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    async fn upload(&self, key: &UploadKey) -> Result<Upload, Error>;

    /// The same as administrators see it.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    async fn listed_upload(&self, key: &UploadKey) -> Result<Listed, Error>;

    /// The messages that carry it, the latest of each room first; at most `len_max`.
    ///
    /// # Errors
    /// Only the general one.
    async fn upload_places(&self, key: &UploadKey, len_max: usize) -> Result<Vec<(RoomId, Seq)>, Error>;

    /// All uploads, or those of one account, the latest first; at most `len_max`.
    ///
    /// # Errors
    /// Only the general one.
    async fn uploads(&self, account: Option<AccountId>, len_max: usize) -> Result<Vec<Listed>, Error>;

    /// Forgets an upload, whoever carries it.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    async fn remove_upload(&self, key: &UploadKey) -> Result<(), Error>;

    /// Whether any upload has this content.
    ///
    /// # Errors
    /// Only the general one.
    async fn is_content_kept(&self, hash: &ContentHash) -> Result<bool, Error>;

    /// Waits until uploads were removed, and returns their contents: with the messages that carried
    /// them, with their accounts or by themselves. Other uploads may have them still.
    async fn contents_let_go(&self) -> Vec<ContentHash>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_uploads_are_found_in_texts() {
        let key = "AAAAAAAAAAAAAAAAAAAA-_";
        let found = |text: &str| keys_in(text).map(|key| key.0).collect::<Vec<_>>();
        for text in [
            format!("https://h:8443/files/{key}/a.png"),
            format!("look (/files/{key}) here"),
            format!("/files//files/{key}"),
            format!("/files/{key}"),
        ] {
            assert_eq!(found(&text), [key], "{text}");
        }
        assert_eq!(found(&format!("/files/{key} and /files/{key}/b")).len(), 2);
        for text in
            ["", "/files/", "/files/short", &format!("/files/{key}x"), &format!("/file/{key}"), "/files/ü"]
        {
            assert!(found(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_key_and_a_hash_are_never_a_path() {
        for text in ["", "..", "../../../../etc/passwd", "AAAAAAAAAAAAAAAAAAAA..", "AAAAAAAAAAAAAAAAAAAA/_"] {
            assert_eq!(UploadKey::parse(text), None, "{text}");
            assert_eq!(ContentHash::parse(text), None, "{text}");
        }
        assert_eq!(ContentHash::parse(&"A".repeat(64)), None);
        assert!(ContentHash::parse(&"a".repeat(64)).is_some());
    }
}
