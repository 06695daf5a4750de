//! Making a backup, of a server that runs or one that does not.
//!
//! The database is copied first and the uploads after: what the copy names was on disk before it was named. Changes
//! nothing of the server's.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use tar::{Builder, EntryType};
use zeroize::Zeroizing;

use crate::clock::Timestamp;
use crate::store::sqlite::Snapshot;
use crate::store::uploads::ContentHash;

use super::format::{
    FORMAT, Header, KEPT_LEN_MAX, Listed, Manifest, Member, SMALL_BYTES_MAX, UPLOADS_FOLDER,
};
use super::measured::{Broken, Meter, copy, hash, room_in};
use super::{Error, Progress, Sources};

/// How hard zstd tries: three times as fast as a gigabit, and a database becomes a quarter of itself.
const LEVEL: i32 = 3;

/// A file in memory, which may be a key.
type Small = (Member, Zeroizing<Vec<u8>>);

/// A backup that can be written: the database is copied, and all that is small is read.
#[derive(Debug)]
pub struct Prepared {
    header: Header,
    small: Vec<Small>,
    uploads: Vec<(ContentHash, u64)>,
    folder: PathBuf,
    workshop: Workshop,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Bytes of what is in it, before they were compressed.
    pub bytes: u64,
    /// Uploads that were removed meanwhile.
    pub missing: Vec<String>,
    /// Uploads whose content is not that of their name.
    pub damaged: Vec<String>,
}

impl Prepared {
    /// Copies the database as it is now.
    ///
    /// # Errors
    /// [`Error`]; then there is nothing left of it.
    pub async fn new(sources: &Sources, now: Timestamp) -> Result<Self, Error> {
        let small = read_small(sources)?;
        let mut log = sources.database.clone().into_os_string();
        log.push("-wal");
        room_in(&sources.data_dir, len(&sources.database) + len(Path::new(&log)))?;
        let workshop = Workshop::open(&sources.data_dir)?;
        let snapshot = Snapshot::take(&sources.database, &workshop.database()).await?;
        let uploads = snapshot.uploads;
        let bytes = len(&workshop.database())
            + small.iter().map(|(_, content)| content.len() as u64).sum::<u64>()
            + uploads.iter().map(|(_, bytes)| bytes).sum::<u64>();
        let header = Header {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").into(),
            made_at: now.to_string(),
            server_name: sources.server_name.clone(),
            schema: snapshot.schema,
            bytes,
            files: (small.len() + uploads.len() + 1) as u64,
            self_made: sources.self_made,
        };
        Ok(Self { header, small, uploads, folder: sources.data_dir.join(UPLOADS_FOLDER), workshop })
    }

    /// What stands in front.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Bytes that it takes at most; compressed they are fewer.
    #[must_use]
    pub fn bytes_max(&self) -> u64 {
        // Each file has a head of 512 bytes, and is filled up to a multiple of that.
        self.header.bytes + self.header.files * 1024 + SMALL_BYTES_MAX
    }

    /// Writes it, and gives the output back; whether that is on disk is for the caller to see to.
    ///
    /// # Errors
    /// [`Error`]; what was written until then is no backup.
    pub fn write<W: Write>(self, out: W, progress: Progress<'_>) -> Result<(W, Taken), Error> {
        let mut encoder = zstd::Encoder::new(out, LEVEL).map_err(Error::Output)?;
        encoder.include_checksum(true).map_err(Error::Output)?;
        let mut archive = Archive {
            tar: Builder::new(encoder),
            meter: Meter::new(self.header.bytes, progress),
            manifest: Manifest::default(),
        };
        archive.json(&Member::Header, &self.header)?;
        archive.database(&self.workshop.database())?;
        // It is in the archive: nobody needs the room any more.
        drop(self.workshop);
        for (member, content) in &self.small {
            archive.small(member, content)?;
        }
        for (content, _) in self.uploads {
            archive.upload(&self.folder.join(content.as_str()), content)?;
        }
        archive.finish()
    }
}

fn len(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}

/// Certificate, key, configuration, and other keys in the data directory.
fn read_small(sources: &Sources) -> Result<Vec<Small>, Error> {
    let mut small = vec![
        (Member::Certificate, read(&sources.certificate)?),
        (Member::Key, read(&sources.key)?),
        (Member::Settings, Zeroizing::new(sources.settings.clone().into_bytes())),
    ];
    if let Some(config) = &sources.config {
        small.push((Member::Config, read(config)?));
    }
    for name in kept_names(&sources.data_dir).map_err(Error::unreadable(&sources.data_dir))? {
        let path = sources.data_dir.join(&name);
        if let Some(member) = Member::kept(&name)
            && ![&sources.certificate, &sources.key].contains(&&path)
            && len(&path) <= SMALL_BYTES_MAX
        {
            small.push((member, read(&path)?));
        }
    }
    Ok(small)
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
    let unreadable = |cause| Error::Unreadable { path: path.into(), cause };
    let mut content = Zeroizing::new(Vec::new());
    let file = File::open(path).map_err(unreadable)?;
    file.take(SMALL_BYTES_MAX + 1).read_to_end(&mut content).map_err(unreadable)?;
    if content.len() as u64 > SMALL_BYTES_MAX {
        return Err(Error::TooLarge { path: path.into(), max: SMALL_BYTES_MAX });
    }
    Ok(content)
}

/// Files in the data directory and one folder below it; links are not followed.
fn kept_names(data_dir: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(data_dir)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let kind = entry.file_type()?;
        if kind.is_file() {
            names.push(name);
        } else if kind.is_dir() && name != UPLOADS_FOLDER {
            for below in fs::read_dir(entry.path())? {
                let below = below?;
                if let (true, Ok(file)) = (below.file_type()?.is_file(), below.file_name().into_string()) {
                    names.push(format!("{name}/{file}"));
                }
            }
        }
    }
    names.retain(|name| Member::kept(name).is_some());
    names.sort_unstable();
    names.truncate(KEPT_LEN_MAX);
    Ok(names)
}

/// The archive as far as it is written.
struct Archive<'a, W: Write> {
    tar: Builder<zstd::Encoder<'static, W>>,
    meter: Meter<'a>,
    manifest: Manifest,
}

impl<W: Write> Archive<'_, W> {
    fn json(&mut self, member: &Member, value: &impl serde::Serialize) -> Result<(), Error> {
        let json = serde_json::to_vec_pretty(value).map_err(|error| Error::Output(error.into()))?;
        self.small(member, &json)
    }

    fn small(&mut self, member: &Member, content: &[u8]) -> Result<(), Error> {
        let bytes = content.len() as u64;
        self.tar.append(&head(member, bytes)?, content).map_err(Error::Output)?;
        self.meter.add(bytes);
        self.manifest.files.push(Listed { name: member.name(), bytes, sha256: hash(content) });
        Ok(())
    }

    fn database(&mut self, path: &Path) -> Result<(), Error> {
        let mut file = File::open(path).map_err(Error::unreadable(path))?;
        let (sha256, bytes) = self.large(&Member::Database, path, &mut file)?;
        self.manifest.files.push(Listed { name: Member::Database.name(), bytes, sha256 });
        Ok(())
    }

    /// Between the copy of the database and now its message may have been taken back.
    fn upload(&mut self, path: &Path, content: ContentHash) -> Result<(), Error> {
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.manifest.missing.push(content.as_str().to_owned());
                return Ok(());
            }
            Err(cause) => return Err(Error::Unreadable { path: path.into(), cause }),
        };
        let name = content.as_str().to_owned();
        let (sha256, bytes) = self.large(&Member::Upload(content), path, &mut file)?;
        self.manifest.uploads.files += 1;
        self.manifest.uploads.bytes += bytes;
        if sha256 != name {
            self.manifest.damaged.push(name);
        }
        Ok(())
    }

    fn large(&mut self, member: &Member, path: &Path, file: &mut File) -> Result<(String, u64), Error> {
        let bytes = file.metadata().map_err(Error::unreadable(path))?.len();
        let head = head(member, bytes)?;
        let out = self.tar.get_mut();
        out.write_all(head.as_bytes()).map_err(Error::Output)?;
        let (sha256, copied) =
            copy(&mut file.take(bytes), out, &mut self.meter).map_err(|broken| match broken {
                Broken::Reading(cause) => Error::Unreadable { path: path.into(), cause },
                Broken::Writing(cause) => Error::Output(cause),
            })?;
        if copied != bytes {
            let cause = io::Error::other("it became shorter while it was read");
            return Err(Error::Unreadable { path: path.into(), cause });
        }
        let filling = usize::try_from(bytes.next_multiple_of(512) - bytes).unwrap_or_default();
        out.write_all(&[0; 512][..filling]).map_err(Error::Output)?;
        Ok((sha256, bytes))
    }

    fn finish(mut self) -> Result<(W, Taken), Error> {
        let manifest = std::mem::take(&mut self.manifest);
        self.json(&Member::Manifest, &manifest)?;
        let encoder = self.tar.into_inner().map_err(Error::Output)?;
        let mut out = encoder.finish().map_err(Error::Output)?;
        out.flush().map_err(Error::Output)?;
        let bytes = manifest.files.iter().map(|file| file.bytes).sum::<u64>() + manifest.uploads.bytes;
        Ok((out, Taken { bytes, missing: manifest.missing, damaged: manifest.damaged }))
    }
}

fn head(member: &Member, bytes: u64) -> Result<tar::Header, Error> {
    let mut head = tar::Header::new_ustar();
    head.set_path(member.name()).map_err(Error::Output)?;
    head.set_entry_type(EntryType::Regular);
    head.set_size(bytes);
    head.set_mode(0o600);
    head.set_cksum();
    Ok(head)
}

/// A folder in the data directory, on its disk and nobody else's business, for the copy of the database. There is one
/// at a time; what a crash has left in it goes with the next.
#[derive(Debug)]
struct Workshop {
    folder: PathBuf,
    _lock: File,
}

impl Workshop {
    fn open(data_dir: &Path) -> Result<Self, Error> {
        let folder = data_dir.join(".backup");
        let failed = |cause| Error::Unwritable { path: folder.clone(), cause };
        DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(failed)?;
        let path = folder.join("lock");
        let lock = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
        let lock = lock.map_err(Error::unwritable(&path))?;
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
            return Err(Error::Busy);
        }
        let workshop = Self { folder, _lock: lock };
        workshop.clear().map_err(Error::unwritable(&workshop.folder))?;
        Ok(workshop)
    }

    fn database(&self) -> PathBuf {
        self.folder.join("copy.db")
    }

    fn clear(&self) -> io::Result<()> {
        for end in ["", "-journal", "-wal", "-shm"] {
            match fs::remove_file(self.folder.join(format!("copy.db{end}"))) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        // What can't be removed now is removed by the next.
        drop(self.clear());
        drop(fs::remove_file(self.folder.join("lock")));
        drop(fs::remove_dir(&self.folder));
    }
}
