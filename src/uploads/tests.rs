//! The files with a real database and a real folder.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, RgbImage, RgbaImage};
use tempfile::TempDir;

use super::*;
use crate::names::AccountName;
use crate::store::accounts::{AccountRole, Accounts as _, NewAccount};
use crate::store::sqlite::Sqlite;
use crate::store::uploads::Uploads as _;

const RULES: Rules = Rules {
    file_bytes_max: 1_000_000,
    quota: Quota { account_bytes_max: 2_000_000, bytes_max: 3_000_000 },
    audience: Audience::Members,
};

struct Stage {
    folder: TempDir,
    store: Arc<Sqlite>,
    files: Arc<FileStorage>,
    account: AccountId,
}

impl Stage {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Sqlite::open(&folder.path().join("chat.db")).await.unwrap());
        let new = NewAccount {
            name: AccountName::parse("alice").unwrap(),
            email: None,
            password_hash: None,
            role: AccountRole::Member,
            created_at: Timestamp(1),
        };
        let account = store.create_account(new, None).await.unwrap().id;
        let files = Arc::new(FileStorage::open(folder.path(), Arc::clone(&store) as _, RULES).await.unwrap());
        Self { folder, store, files, account }
    }

    async fn keep(&self, content: &[u8]) -> Result<Upload, Error> {
        let mut incoming = self.files.begin().await.unwrap().expect("a place");
        for chunk in content.chunks(1000) {
            incoming.write(chunk).await?;
        }
        let sender = Sender { account: self.account, name: "a".into(), at: Timestamp(2) };
        self.files.keep(incoming, sender).await
    }

    /// The files that there are, by folder.
    fn files(&self, folder: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path().join(FOLDER).join(folder)).unwrap();
        let files = entries.map(|entry| entry.unwrap()).filter(|entry| entry.path().is_file());
        files.map(|entry| entry.file_name().into_string().unwrap()).collect()
    }
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A picture whose head says that it is so large; its pixels are not there.
fn claiming(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = encoded(&DynamicImage::from(RgbImage::new(1, 1)), ImageFormat::Png);
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let mut check = flate2::Crc::new();
    check.update(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&check.sum().to_be_bytes());
    bytes
}

#[tokio::test]
async fn a_content_is_kept_once_under_its_hash() {
    let stage = Stage::new().await;
    let (one, two) = (stage.keep(b"abc").await.unwrap(), stage.keep(b"abc").await.unwrap());
    assert_ne!(one.key, two.key);
    let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!((one.hash.as_str(), stage.files("")), (hash, vec![hash.to_owned()]));
    assert!(stage.files(INCOMING).is_empty());
    let mut file = stage.files.open_content(&one.hash).await.unwrap();
    assert_eq!(stage.files.read(&mut file, 2).await.unwrap(), b"ab");
    stage.store.remove_upload(&one.key).await.unwrap();
    stage.files.let_go(&one.hash).await.unwrap();
    assert_eq!(stage.files("").len(), 1, "two has it still");
    stage.store.remove_upload(&two.key).await.unwrap();
    stage.files.let_go(&one.hash).await.unwrap();
    assert!(stage.files("").is_empty());
}

#[tokio::test]
async fn what_is_not_kept_leaves_nothing() {
    let stage = Stage::new().await;
    assert!(matches!(stage.keep(&[0; 1_000_001]).await, Err(Error::TooLarge)));
    stage.keep(&[1; 1_000_000]).await.unwrap();
    stage.keep(&[2; 1_000_000]).await.unwrap();
    assert!(matches!(stage.keep(b"x").await, Err(Error::Full(Excess::Account))));
    drop(stage.files.begin().await.unwrap());
    assert_eq!((stage.files("").len(), stage.files(INCOMING).len()), (2, 0));
    let mut held = Vec::new();
    while let Some(incoming) = stage.files.begin().await.unwrap() {
        held.push(incoming);
    }
    assert_eq!(held.len(), limits::UPLOADS_ARRIVING_MAX);
}

#[tokio::test]
async fn pictures_are_made_small_and_kept_so() {
    let stage = Stage::new().await;
    let photo = encoded(&DynamicImage::from(RgbImage::new(1280, 640)), ImageFormat::Jpeg);
    let upload = stage.keep(&photo).await.unwrap();
    assert_eq!((upload.kind.as_str(), upload.dimensions), ("image/jpeg", Some((1280, 640))));
    let small = stage.files.thumbnail(&upload.hash).await.unwrap();
    let read = image::load_from_memory(&small).unwrap();
    assert_eq!((read.width(), read.height(), FileKind::of(&small)), (640, 320, FileKind::Jpeg));
    assert_eq!(stage.files(THUMBNAILS), [upload.hash.as_str()]);
    assert_eq!(stage.files.thumbnail(&upload.hash).await.unwrap(), small);
    let drawing = encoded(&DynamicImage::from(RgbaImage::new(10, 20)), ImageFormat::WebP);
    let drawing = stage.keep(&drawing).await.unwrap();
    let small = stage.files.thumbnail(&drawing.hash).await.unwrap();
    let read = image::load_from_memory(&small).unwrap();
    assert_eq!((read.width(), read.height(), FileKind::of(&small)), (10, 20, FileKind::Png));
    stage.store.remove_upload(&upload.key).await.unwrap();
    stage.files.let_go(&upload.hash).await.unwrap();
    assert_eq!(stage.files(THUMBNAILS), [drawing.hash.as_str()]);
}

#[tokio::test]
async fn a_bomb_is_no_picture() {
    let stage = Stage::new().await;
    for (width, height) in [(30_000, 1), (19_000, 19_000), (10_000, 5000)] {
        let bomb = stage.keep(&claiming(width, height)).await.unwrap();
        let error = stage.files.thumbnail(&bomb.hash).await.unwrap_err();
        assert!(matches!(error, PictureError::Unfit(_)), "{width} x {height}: {error}");
    }
    for broken in [&b"\x89PNG\r\n\x1a\n"[..], b"GIF89a", b"\xff\xd8\xff\xe0", b"RIFF\x10\0\0\0WEBPVP8 "] {
        let upload = stage.keep(broken).await.unwrap();
        assert_eq!(upload.dimensions, None);
        assert!(matches!(stage.files.thumbnail(&upload.hash).await, Err(PictureError::Unfit(_))));
    }
    assert!(stage.files(THUMBNAILS).is_empty());
}

#[tokio::test]
async fn a_start_removes_what_a_crash_left() {
    let stage = Stage::new().await;
    let kept = stage.keep(b"kept").await.unwrap();
    let folder = stage.folder.path().join(FOLDER);
    for name in ["incoming/x", &"a".repeat(64), &format!("thumbnails/{}", "b".repeat(64))] {
        std::fs::write(folder.join(name), "x").unwrap();
    }
    let files = FileStorage::open(stage.folder.path(), Arc::clone(&stage.store) as _, RULES).await.unwrap();
    files.sweep().await.unwrap();
    assert_eq!(stage.files(""), [kept.hash.as_str()]);
    assert!(stage.files(INCOMING).is_empty() && stage.files(THUMBNAILS).is_empty());
}
