//! What holds of a file's kind, however it begins.

use super::{ALL, FileKind, HEAD_BYTES};

/// Begins a page, or a drawing with programs in it, behind any space.
const MARKUP: u8 = b'<';

/// A kind has one media type, which leads back to it; nothing that a browser could take for a page
/// is shown by itself.
pub(crate) fn file_kind(bytes: &[u8]) {
    let head = &bytes[..bytes.len().min(HEAD_BYTES)];
    let kind = FileKind::of(head);
    assert!(ALL.iter().any(|(known, ..)| *known == kind));
    assert_eq!(FileKind::named(kind.media_type()), kind);
    assert!(!kind.is_picture() || kind.is_shown());
    assert_eq!(kind.extension().is_empty(), kind == FileKind::Other);
    // The first box of a film begins with its length, whatever that spells.
    let is_film = head.get(4..8) == Some(b"ftyp");
    if head.trim_ascii_start().first() == Some(&MARKUP) && !is_film {
        assert!(matches!(kind, FileKind::Text | FileKind::Other), "{kind:?}");
    }
    assert!(kind != FileKind::Text || !head.contains(&0));
}
