//! Files that people sent, on disk: each content once, under its hash; pictures small as well.
//!
//! Text of a user is never part of a path, and no file is ever held whole in memory. Knows no HTTP, and
//! decides nothing about who may see what.

mod incoming;
mod kind;
mod pictures;
#[cfg(test)]
mod tests;

use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio::fs;
use tokio::sync::Semaphore;

use crate::clock::Timestamp;
use crate::ids::AccountId;
use crate::limits;
use crate::store::uploads::{ContentHash, Excess, Quota, Upload, UploadKey};
use crate::store::{self, Store};

pub use incoming::Incoming;
pub use kind::FileKind;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use kind::fuzz::file_kind as fuzz_file_kind;
pub use pictures::{PictureError, Pictures};

/// Where contents are, in the data directory.
const FOLDER: &str = "files";
/// Where they are until they are complete.
const INCOMING: &str = "incoming";
/// Where small pictures are.
const THUMBNAILS: &str = "thumbnails";

/// Who may fetch an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Who may read a message that carries it, and who sent it.
    Members,
    /// Whoever knows its address, which nobody can guess.
    Link,
}

/// What an operator may set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Bytes of one file; 0: none are taken.
    pub file_bytes_max: u64,
    /// Bytes of all.
    pub quota: Quota,
    /// Who may fetch them.
    pub audience: Audience,
}

/// Why an upload was not kept.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is larger than one may be.
    #[error("the file is too large")]
    TooLarge,
    /// There is no more room.
    #[error("there is no more room")]
    Full(Excess),
    /// The disk.
    #[error("can't keep the file: {0}")]
    Disk(#[from] io::Error),
    /// The store.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// All files, and who keeps them in step with the store.
pub struct FileStorage {
    folder: PathBuf,
    store: Arc<dyn Store>,
    pictures: Pictures,
    rules: Rules,
    /// One at a time says which contents there are: who takes one away must not meet who adds the same.
    changing: Semaphore,
    /// Reads under way at one time, for each holds a thread of the runtime's.
    reading: Semaphore,
    /// Files on their way in at one time.
    arriving: Arc<Semaphore>,
}

impl std::fmt::Debug for FileStorage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileStorage")
            .field("folder", &self.folder)
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}

/// What is known of a file before its content.
#[derive(Clone, Debug)]
pub struct Sender {
    /// Who sends it.
    pub account: AccountId,
    /// What they call it.
    pub name: String,
    /// Now.
    pub at: Timestamp,
}

impl FileStorage {
    /// Opens the files in this data directory, and removes files that were on their way when the server
    /// crashed.
    ///
    /// # Errors
    /// The disk's, or the system's that gives no thread.
    pub async fn open(data_dir: &Path, store: Arc<dyn Store>, rules: Rules) -> io::Result<Self> {
        let folder = data_dir.join(FOLDER);
        for folder in [&folder, &folder.join(INCOMING), &folder.join(THUMBNAILS)] {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let files = Self {
            folder,
            store,
            pictures: Pictures::start()?,
            rules,
            changing: Semaphore::new(1),
            reading: Semaphore::new(limits::FILE_READS_MAX),
            arriving: Arc::new(Semaphore::new(limits::UPLOADS_ARRIVING_MAX)),
        };
        files.clear_incoming().await?;
        Ok(files)
    }

    /// What the operator has set.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Removes the contents of uploads that are removed, until the task is ended; first those of which a
    /// crash has left the file alone.
    pub async fn follow(self: Arc<Self>) {
        if let Err(error) = self.sweep().await {
            tracing::warn!(%error, "files that nobody knows stay until the next start");
        }
        loop {
            for hash in self.store.contents_let_go().await {
                if let Err(error) = self.let_go(&hash).await {
                    tracing::warn!(%error, hash = hash.as_str(), "a removed file stays until the next start");
                }
            }
        }
    }

    /// Begins to take a file in; nothing if too many are on their way.
    ///
    /// # Errors
    /// The disk's.
    pub async fn begin(&self) -> io::Result<Option<Incoming>> {
        let Ok(place) = Arc::clone(&self.arriving).try_acquire_owned() else { return Ok(None) };
        let name = random_name()?;
        let path = self.folder.join(INCOMING).join(&name);
        let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).await?;
        Ok(Some(Incoming::new(path, file, self.rules.file_bytes_max, place)))
    }

    /// Keeps a file that came whole: it is on disk, and then in the store.
    ///
    /// # Errors
    /// [`Error`]; then nothing was kept.
    pub async fn keep(&self, incoming: Incoming, sender: Sender) -> Result<Upload, Error> {
        let complete = incoming.complete().await?;
        let dimensions =
            if complete.kind.is_picture() { self.pictures.measure(complete.path()).await.ok() } else { None };
        let key = UploadKey::parse(&random_name()?).ok_or_else(|| io::Error::other("no key"))?;
        let upload = Upload {
            key,
            hash: complete.hash.clone(),
            account: Some(sender.account),
            name: sender.name,
            kind: complete.kind.media_type().to_owned(),
            bytes: complete.bytes,
            dimensions,
            stored_at: sender.at,
        };
        // The semaphore is never closed.
        let _turn = self.changing.acquire().await.map_err(io::Error::other)?;
        complete.rename(&self.content(&upload.hash)).await?;
        let added = self.store.add_upload(upload.clone(), self.rules.quota).await;
        if !matches!(added, Ok(None)) {
            self.remove_unless_kept(&upload.hash).await?;
        }
        match added? {
            None => Ok(upload),
            Some(excess) => Err(Error::Full(excess)),
        }
    }

    /// A part of a content: at most so many bytes from this place on, and no more than are read at once.
    ///
    /// # Errors
    /// The disk's.
    pub async fn read(&self, file: &mut fs::File, left: u64) -> io::Result<Vec<u8>> {
        use tokio::io::AsyncReadExt as _;
        let _turn = self.reading.acquire().await.map_err(io::Error::other)?;
        let len = usize::try_from(left).unwrap_or(usize::MAX).min(limits::FILE_CHUNK_BYTES);
        let mut chunk = vec![0; len];
        let read = file.read(&mut chunk).await?;
        chunk.truncate(read);
        Ok(chunk)
    }

    /// Opens a content.
    ///
    /// # Errors
    /// The disk's.
    pub async fn open_content(&self, hash: &ContentHash) -> io::Result<fs::File> {
        let _turn = self.reading.acquire().await.map_err(io::Error::other)?;
        fs::File::open(self.content(hash)).await
    }

    /// A small form of a picture, made when it is asked for the first time.
    ///
    /// # Errors
    /// [`PictureError`].
    pub async fn thumbnail(&self, hash: &ContentHash) -> Result<Vec<u8>, PictureError> {
        let small = self.folder.join(THUMBNAILS).join(hash.as_str());
        {
            let _turn = self.reading.acquire().await.map_err(|_| PictureError::Busy)?;
            if let Ok(bytes) = fs::read(&small).await {
                return Ok(bytes);
            }
        }
        let bytes = self.pictures.shrink(&self.content(hash)).await?;
        let coming = self.folder.join(INCOMING).join(random_name().map_err(PictureError::Disk)?);
        let _turn = self.changing.acquire().await.map_err(|_| PictureError::Busy)?;
        // What was removed meanwhile must not come back as a small picture.
        if fs::try_exists(self.content(hash)).await.unwrap_or(false) {
            fs::write(&coming, &bytes).await.map_err(PictureError::Disk)?;
            fs::rename(&coming, &small).await.map_err(PictureError::Disk)?;
        }
        Ok(bytes)
    }

    async fn let_go(&self, hash: &ContentHash) -> Result<(), Error> {
        let _turn = self.changing.acquire().await.map_err(io::Error::other)?;
        self.remove_unless_kept(hash).await
    }

    async fn remove_unless_kept(&self, hash: &ContentHash) -> Result<(), Error> {
        if self.store.is_content_kept(hash).await? {
            return Ok(());
        }
        for path in [self.content(hash), self.folder.join(THUMBNAILS).join(hash.as_str())] {
            match fs::remove_file(path).await {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }

    async fn clear_incoming(&self) -> io::Result<()> {
        let mut coming = fs::read_dir(self.folder.join(INCOMING)).await?;
        while let Some(entry) = coming.next_entry().await? {
            fs::remove_file(entry.path()).await?;
        }
        Ok(())
    }

    /// There may be many: nobody waits for this, and others come and go meanwhile.
    async fn sweep(&self) -> Result<(), Error> {
        for folder in [self.folder.clone(), self.folder.join(THUMBNAILS)] {
            let mut kept = fs::read_dir(folder).await?;
            while let Some(entry) = kept.next_entry().await? {
                let name = entry.file_name();
                let Some(hash) = name.to_str().and_then(ContentHash::parse) else { continue };
                self.let_go(&hash).await?;
            }
        }
        Ok(())
    }

    fn content(&self, hash: &ContentHash) -> PathBuf {
        self.folder.join(hash.as_str())
    }
}

/// 128 random bits in base64url.
fn random_name() -> io::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
