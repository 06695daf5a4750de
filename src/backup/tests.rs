//! Archives that somebody made up: none of them gets further than its own folder.

use std::fs;
use std::path::Path;

use serde_json::json;
use tar::EntryType;
use tempfile::TempDir;

use crate::store::sqlite::schema;

use super::format::{FORMAT, Member};
use super::measured::hash;
use super::{Header, Manifest, unpack};

const FILE: EntryType = EntryType::Regular;

/// An archive entry by entry, names and kinds as nobody checks them.
struct Forged(tar::Builder<zstd::Encoder<'static, Vec<u8>>>);

impl Forged {
    fn new() -> Self {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
        encoder.include_checksum(true).unwrap();
        Self(tar::Builder::new(encoder))
    }

    fn with_header(header: &Header) -> Self {
        Self::new().entry("backup.json", FILE, &serde_json::to_vec(header).unwrap())
    }

    fn entry(self, name: &str, kind: EntryType, content: &[u8]) -> Self {
        self.sized(name, kind, content.len() as u64, content)
    }

    fn sized(mut self, name: &str, kind: EntryType, bytes: u64, content: &[u8]) -> Self {
        let mut head = tar::Header::new_gnu();
        head.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        head.set_entry_type(kind);
        if kind == EntryType::Symlink || kind == EntryType::Link {
            head.set_link_name("/etc/passwd").unwrap();
        }
        head.set_size(bytes);
        head.set_mode(0o777);
        head.set_cksum();
        self.0.append(&head, content).unwrap();
        self
    }

    fn bytes(self) -> Vec<u8> {
        self.0.into_inner().unwrap().finish().unwrap()
    }
}

fn header() -> Header {
    Header {
        format: FORMAT,
        version: "0".into(),
        made_at: "2025-01-01T00:00:00.000Z".into(),
        server_name: "here".into(),
        schema: schema(),
        bytes: 4096,
        files: 8,
        self_made: true,
    }
}

/// What comes of it in a folder inside another, in which nothing else may be then.
fn refusal(archive: &[u8]) -> String {
    let outer = TempDir::new().unwrap();
    let folder = outer.path().join("inner");
    fs::create_dir(&folder).unwrap();
    let error = unpack(archive, &folder, &mut |_, _| {}).unwrap_err();
    let beside: Vec<_> =
        fs::read_dir(outer.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(beside, ["inner"], "{error}");
    assert!(no_links(&folder), "{error}");
    error.to_string()
}

fn no_links(folder: &Path) -> bool {
    fs::read_dir(folder).unwrap().all(|entry| !entry.unwrap().file_type().unwrap().is_symlink())
}

#[test]
fn no_name_leaves_the_folder_and_nothing_but_files_is_made() {
    for name in [
        "../evil.db",
        "/tmp/evil.db",
        "files/../../evil",
        "data/../evil.key",
        "data/a/b/c.key",
        "data/.hidden.key",
        "data/files/x.json",
        "data/certs/key.pem",
        "data/evil.sh",
        "./chat-secure.db",
        "lock",
        "",
    ] {
        let said = refusal(&Forged::with_header(&header()).entry(name, FILE, b"x").bytes());
        assert!(said.contains("does not belong in it"), "{name}: {said}");
    }
    let kinds = [
        EntryType::Symlink,
        EntryType::Link,
        EntryType::Char,
        EntryType::Block,
        EntryType::Fifo,
        EntryType::Directory,
        EntryType::GNULongName,
        EntryType::XHeader,
        EntryType::GNUSparse,
    ];
    for kind in kinds {
        let said = refusal(&Forged::with_header(&header()).entry("chat-secure.db", kind, b"").bytes());
        assert!(said.contains("no whole backup"), "{kind:?}: {said}");
    }
}

#[test]
fn what_an_authority_has_given_belongs_in_a_backup() {
    for name in ["acme/account.json", "acme/cert.pem"] {
        let kept = Member::kept(name);
        assert_eq!(kept, Some(Member::Kept(name.into())));
        assert_eq!(Member::parse(&format!("data/{name}")), kept);
    }
}

#[test]
fn what_is_too_much_is_refused_before_it_is_written() {
    let twice = Forged::with_header(&header()).entry("chat-secure.db", FILE, b"x").entry(
        "chat-secure.db",
        FILE,
        b"y",
    );
    assert!(refusal(&twice.bytes()).contains("is in it twice"));
    let large = Forged::with_header(&header()).entry("chat-secure.db", FILE, &[0; 5000]);
    assert!(refusal(&large.bytes()).contains("is too large"));
    let many = Forged::with_header(&header());
    let many = (0..4).fold(many, |many, n| many.entry(&format!("data/{n}.key"), FILE, &[0; 2000]));
    assert!(refusal(&many.bytes()).contains("more than it says"));
    let endless = Forged::with_header(&header()).sized("chat-secure.db", FILE, 1 << 40, b"x");
    assert!(refusal(&endless.bytes()).contains("is too large"));
    let boastful = Forged::with_header(&Header { bytes: 1 << 60, ..header() });
    assert!(refusal(&boastful.bytes()).contains("MiB are free"));
    let boastful = Forged::with_header(&Header { files: 1 << 50, ..header() });
    assert!(refusal(&boastful.bytes()).contains("MiB are free"));
    let long = Forged::new().sized("backup.json", FILE, 1 << 40, &[b' '; 4096]);
    assert!(refusal(&long.bytes()).contains("no whole backup"));
}

#[test]
fn what_is_of_a_later_form_is_refused_by_its_words() {
    let later = json!({ "format": FORMAT + 1, "what": "nobody knows" }).to_string();
    let said = refusal(&Forged::new().entry("backup.json", FILE, later.as_bytes()).bytes());
    assert!(said.contains("install the version that made it"), "{said}");
    let said = refusal(&Forged::with_header(&Header { schema: schema() + 1, ..header() }).bytes());
    assert!(said.contains("newer version of chat-secure"), "{said}");
    assert!(refusal(&Forged::new().entry("chat-secure.db", FILE, b"x").bytes()).contains("does not begin"));
    assert!(
        refusal(b"").contains("no whole backup") && refusal(b"PK\x03\x04 zip").contains("no whole backup")
    );
}

#[test]
fn all_that_the_list_names_must_be_there_as_it_was() {
    let head = serde_json::to_vec(&header()).unwrap();
    let names = ["chat-secure.db", "certs/cert.pem", "certs/key.pem"];
    let listed = |name: &str, content: &[u8]| super::format::Listed {
        name: name.into(),
        bytes: content.len() as u64,
        sha256: hash(content),
    };
    let mut manifest = Manifest::default();
    manifest.files.push(listed("backup.json", &head));
    manifest.files.extend(names.iter().map(|name| listed(name, b"x")));
    let forge = |contents: &[(&str, &[u8])], manifest: &Manifest| {
        let forged = Forged::new().entry("backup.json", FILE, &head);
        let forged =
            contents.iter().fold(forged, |forged, (name, content)| forged.entry(name, FILE, content));
        forged.entry("manifest.json", FILE, &serde_json::to_vec(manifest).unwrap())
    };
    let whole: Vec<(&str, &[u8])> = names.iter().map(|name| (*name, &b"x"[..])).collect();
    let folder = TempDir::new().unwrap();
    unpack(&forge(&whole, &manifest).bytes()[..], folder.path(), &mut |_, _| {}).unwrap();
    assert_eq!(fs::read(folder.path().join("certs/key.pem")).unwrap(), b"x");

    assert!(refusal(&forge(&whole[..2], &manifest).bytes()).contains("something is missing"));
    let mut other = whole.clone();
    other[0].1 = b"y";
    assert!(refusal(&forge(&other, &manifest).bytes()).contains("not what was put in"));
    let upload = format!("files/{}", "a".repeat(64));
    let mut more = whole.clone();
    more.push((&upload, b"not of this hash"));
    assert!(refusal(&forge(&more, &manifest).bytes()).contains("not what was put in"));
    let after = forge(&whole, &manifest).entry("data/late.key", FILE, b"x");
    assert!(refusal(&after.bytes()).contains("follows its end"));
    let endless = whole.iter().fold(Forged::with_header(&header()), |f, (name, x)| f.entry(name, FILE, x));
    assert!(refusal(&endless.bytes()).contains("its end is missing"));
}

#[test]
fn names_are_read_as_they_are_written() {
    let hash = "0123456789abcdef".repeat(4);
    for name in [
        "backup.json",
        "manifest.json",
        "chat-secure.db",
        "config.toml",
        "data/totp.key",
        "data/acme/account.json",
    ] {
        assert_eq!(Member::parse(name).map(|member| member.name()).as_deref(), Some(name));
    }
    let upload = format!("files/{hash}");
    assert_eq!(Member::parse(&upload).unwrap().place(), Path::new(&upload));
    assert!(Member::parse(&upload.to_uppercase()).is_none());
}
