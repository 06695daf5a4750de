//! Reading a backup into an empty folder, where each name, size and hash is looked at before or while it is written.
//!
//! Follows no link and makes none; whatever is in the archive, no more is written than it said in front, and nothing
//! outside the folder.

use std::collections::BTreeSet;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, BufReader, Read};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use tar::EntryType;

use crate::store::sqlite::{OpenError, schema};

use super::format::{DATABASE_FILE, FORMAT, Header, Listed, Manifest, Member, SMALL_BYTES_MAX};
use super::measured::{Broken, Meter, copy, hash, room_in};
use super::{Error, Progress};

/// Memory that the compression may ask for: 2^23 bytes; what is made here asks for less.
const WINDOW_LOG_MAX: u32 = 23;

/// What one file takes at least on most disks.
const BLOCK_BYTES: u64 = 4096;

/// What was unpacked.
#[derive(Clone, Debug)]
pub struct Unpacked {
    /// What stood in front.
    pub header: Header,
    /// What stood at the end.
    pub manifest: Manifest,
}

impl Unpacked {
    /// Whether there is a configuration file.
    #[must_use]
    pub fn has_config(&self) -> bool {
        self.manifest.files.iter().any(|file| file.name == Member::Config.name())
    }
}

/// Unpacks all of it into this folder, which is there and empty. When it returns, all is on disk.
///
/// # Errors
/// [`Error`]; then what is in the folder is of no use.
pub fn unpack(input: impl Read, folder: &Path, progress: Progress<'_>) -> Result<Unpacked, Error> {
    let mut decoder = zstd::Decoder::new(input).map_err(cut)?.single_frame();
    decoder.window_log_max(WINDOW_LOG_MAX).map_err(cut)?;
    let mut archive = tar::Archive::new(decoder);
    let mut reading =
        Reading { folder, found: Found::default(), header: None, meter: Meter::new(0, progress) };
    let mut manifest = None;
    // Raw: no long names and no sparse files, for which memory would be needed as the archive says.
    for entry in archive.entries().map_err(cut)?.raw(true) {
        if manifest.is_some() {
            return Err(Error::damaged("something follows its end"));
        }
        manifest = reading.entry(&mut entry.map_err(cut)?)?;
    }
    let mut decoder = archive.into_inner();
    // To the end of the frame, where its checksum is; a tar archive is filled up with zeros.
    let filling = io::copy(&mut decoder.by_ref().take(SMALL_BYTES_MAX), &mut io::sink()).map_err(cut)?;
    let mut rest = decoder.finish();
    let follows = rest.read(&mut [0]).map_err(cut)?;
    if filling == SMALL_BYTES_MAX || follows > 0 {
        return Err(Error::damaged("something follows its end"));
    }
    let Reading { found, header, .. } = reading;
    let (Some(header), Some(manifest)) = (header, manifest) else {
        return Err(Error::damaged("its end is missing"));
    };
    found.compare(&manifest)?;
    let root = File::open(folder).map_err(Error::unreadable(folder))?;
    rustix::fs::syncfs(&root)
        .map_err(|cause| Error::Unwritable { path: folder.into(), cause: cause.into() })?;
    Ok(Unpacked { header, manifest })
}

/// What zstd and tar say of bytes that they do not understand, and what the disk says.
#[allow(clippy::needless_pass_by_value, reason = "it is what becomes of an error")]
fn cut(error: io::Error) -> Error {
    Error::damaged(error.to_string())
}

struct Reading<'a> {
    folder: &'a Path,
    found: Found,
    header: Option<Header>,
    meter: Meter<'a>,
}

impl Reading<'_> {
    /// Takes one entry in; the manifest, if it is that.
    fn entry(&mut self, entry: &mut tar::Entry<'_, impl Read>) -> Result<Option<Manifest>, Error> {
        let bytes = entry.size();
        let name = entry.path_bytes();
        let member = std::str::from_utf8(&name).ok().and_then(Member::parse);
        let is_file = entry.header().entry_type() == EntryType::Regular;
        let Some(member) = member.filter(|_| is_file) else {
            let shown: String = String::from_utf8_lossy(&name).chars().take(100).collect();
            return Err(Error::damaged(format!("{shown:?} does not belong in it")));
        };
        drop(name);
        let Some(header) = &self.header else {
            if member != Member::Header {
                return Err(Error::damaged("it does not begin like one"));
            }
            let header = self.begin(&read_small(entry, bytes)?)?;
            self.header = Some(header);
            return Ok(None);
        };
        if bytes > member.bytes_max(header.bytes) {
            return Err(Error::damaged(format!("{} is too large", member.name())));
        }
        if member == Member::Manifest {
            let content = read_small(entry, bytes)?;
            return serde_json::from_slice(&content)
                .map(Some)
                .map_err(|_| Error::damaged("its list of contents can't be read"));
        }
        self.found.add(&member, bytes, header)?;
        let (sha256, written) = self.write(&member, entry)?;
        if written != bytes {
            return Err(Error::damaged(format!("{} is cut off", member.name())));
        }
        self.found.note(&member, bytes, sha256);
        Ok(None)
    }

    fn begin(&mut self, content: &[u8]) -> Result<Header, Error> {
        #[derive(serde::Deserialize)]
        struct Form {
            format: u32,
        }
        let unread = |_| Error::damaged("its beginning can't be read");
        let Form { format } = serde_json::from_slice(content).map_err(unread)?;
        if format > FORMAT {
            return Err(Error::Newer(format));
        }
        let header: Header = serde_json::from_slice(content).map_err(unread)?;
        if header.schema > schema() {
            let path = DATABASE_FILE.into();
            return Err(OpenError::Newer { path, found: header.schema, known: schema() }.into());
        }
        // An empty file takes room, too.
        room_in(self.folder, header.bytes.saturating_add(header.files.saturating_mul(BLOCK_BYTES)))?;
        self.meter.begin(header.bytes);
        self.found.note(&Member::Header, content.len() as u64, hash(content));
        Ok(header)
    }

    fn write(&mut self, member: &Member, entry: &mut impl Read) -> Result<(String, u64), Error> {
        let path = self.folder.join(member.place());
        if let Some(folder) = path.parent() {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)
                .map_err(Error::unwritable(folder))?;
        }
        // The folder was empty and is ours: what is there already is the same name for the second time.
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        let mut file = file.map_err(|cause| {
            if cause.kind() == io::ErrorKind::AlreadyExists {
                return Error::damaged(format!("{} is in it twice", member.name()));
            }
            Error::Unwritable { path: path.clone(), cause }
        })?;
        copy(&mut BufReader::new(entry), &mut file, &mut self.meter).map_err(|broken| match broken {
            Broken::Reading(cause) => cut(cause),
            Broken::Writing(cause) => Error::Unwritable { path, cause },
        })
    }
}

fn read_small(entry: &mut impl Read, bytes: u64) -> Result<Vec<u8>, Error> {
    let mut content = Vec::new();
    let max = Member::Manifest.bytes_max(0);
    entry.take(max + 1).read_to_end(&mut content).map_err(cut)?;
    if content.len() as u64 > max {
        return Err(Error::damaged("its list of contents is too large"));
    }
    if content.len() as u64 != bytes {
        return Err(Error::damaged("it is cut off"));
    }
    Ok(content)
}

/// What was in the archive, to be compared with what should be.
#[derive(Default)]
struct Found {
    manifest: Manifest,
    damaged: BTreeSet<String>,
    bytes: u64,
    files: u64,
}

impl Found {
    /// Counts a file before it is written: no more than was said in front.
    fn add(&mut self, member: &Member, bytes: u64, header: &Header) -> Result<(), Error> {
        self.bytes = self.bytes.saturating_add(bytes);
        self.files += 1;
        if self.bytes > header.bytes || self.files > header.files {
            return Err(Error::damaged(format!("with {} it is more than it says", member.name())));
        }
        Ok(())
    }

    fn note(&mut self, member: &Member, bytes: u64, sha256: String) {
        if let Member::Upload(hash) = member {
            self.manifest.uploads.files += 1;
            self.manifest.uploads.bytes += bytes;
            if hash.as_str() != sha256 {
                self.damaged.insert(hash.as_str().to_owned());
            }
        } else {
            self.manifest.files.push(Listed { name: member.name(), bytes, sha256 });
        }
    }

    fn compare(&self, manifest: &Manifest) -> Result<(), Error> {
        let differs = |found: &Listed| manifest.files.iter().all(|listed| listed != found);
        if let Some(file) = self.manifest.files.iter().find(|file| differs(file)) {
            return Err(Error::damaged(format!("{} is not what was put in", file.name)));
        }
        if let Some(hash) = self.damaged.iter().find(|hash| !manifest.damaged.contains(hash)) {
            return Err(Error::damaged(format!("files/{hash} is not what was put in")));
        }
        if self.manifest.files.len() != manifest.files.len() || self.manifest.uploads != manifest.uploads {
            return Err(Error::damaged("something is missing"));
        }
        for member in [Member::Database, Member::Certificate, Member::Key] {
            if self.manifest.files.iter().all(|file| file.name != member.name()) {
                return Err(Error::damaged(format!("{} is missing", member.name())));
            }
        }
        Ok(())
    }
}
