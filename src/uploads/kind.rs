//! What a file is, by how it begins: neither its name nor its sender is believed.
//!
//! Source: WHATWG MIME Sniffing, sections 6 and 7.

#[cfg(any(test, feature = "fuzzing"))]
pub(super) mod fuzz;

/// How much of a file is looked at.
pub(super) const HEAD_BYTES: usize = 512;

/// A kind of file that is told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// `image/png`.
    Png,
    /// `image/jpeg`.
    Jpeg,
    /// `image/gif`.
    Gif,
    /// `image/webp`.
    Webp,
    /// `audio/mpeg`.
    Mp3,
    /// `audio/ogg`.
    Ogg,
    /// `audio/wav`.
    Wav,
    /// `audio/flac`.
    Flac,
    /// `audio/mp4`.
    M4a,
    /// `video/mp4`.
    Mp4,
    /// `video/webm`.
    Webm,
    /// `application/pdf`.
    Pdf,
    /// `application/zip`, what is packed so included.
    Zip,
    /// `application/gzip`.
    Gzip,
    /// `text/plain`, of whatever language of programs or pages.
    Text,
    /// `application/octet-stream`.
    Other,
}

use FileKind as F;

/// Each with its media type and the end of its files' names.
const ALL: [(FileKind, &str, &str); 16] = [
    (F::Png, "image/png", "png"),
    (F::Jpeg, "image/jpeg", "jpg"),
    (F::Gif, "image/gif", "gif"),
    (F::Webp, "image/webp", "webp"),
    (F::Mp3, "audio/mpeg", "mp3"),
    (F::Ogg, "audio/ogg", "ogg"),
    (F::Wav, "audio/wav", "wav"),
    (F::Flac, "audio/flac", "flac"),
    (F::M4a, "audio/mp4", "m4a"),
    (F::Mp4, "video/mp4", "mp4"),
    (F::Webm, "video/webm", "webm"),
    (F::Pdf, "application/pdf", "pdf"),
    (F::Zip, "application/zip", "zip"),
    (F::Gzip, "application/gzip", "gz"),
    (F::Text, "text/plain; charset=utf-8", "txt"),
    (F::Other, "application/octet-stream", ""),
];

impl FileKind {
    /// The kind of a file that begins so.
    #[must_use]
    pub fn of(head: &[u8]) -> Self {
        let starts = |magic: &[u8]| head.starts_with(magic);
        let has = |at: usize, magic: &[u8]| head.get(at..).is_some_and(|rest| rest.starts_with(magic));
        match () {
            () if starts(b"\x89PNG\r\n\x1a\n") => Self::Png,
            () if starts(b"\xff\xd8\xff") => Self::Jpeg,
            () if starts(b"GIF87a") || starts(b"GIF89a") => Self::Gif,
            () if starts(b"RIFF") && has(8, b"WEBPVP") => Self::Webp,
            () if starts(b"RIFF") && has(8, b"WAVE") => Self::Wav,
            () if starts(b"OggS\0") => Self::Ogg,
            () if starts(b"fLaC") => Self::Flac,
            () if starts(b"ID3") || starts(b"\xff\xfb") || starts(b"\xff\xf3") => Self::Mp3,
            () if has(4, b"ftypM4A") => Self::M4a,
            () if has(4, b"ftyp") && is_video_brand(head) => Self::Mp4,
            () if starts(b"\x1aE\xdf\xa3") && head.windows(4).any(|word| word == b"webm") => Self::Webm,
            () if starts(b"%PDF-") => Self::Pdf,
            () if starts(b"PK\x03\x04") => Self::Zip,
            () if starts(b"\x1f\x8b\x08") => Self::Gzip,
            () if is_text(head) => Self::Text,
            () => Self::Other,
        }
    }

    /// The kind that is stored under this media type.
    #[must_use]
    pub fn named(media_type: &str) -> Self {
        ALL.iter().find(|(_, name, _)| *name == media_type).map_or(Self::Other, |(kind, ..)| *kind)
    }

    /// Its media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        self.row().1
    }

    /// How names of such files end; empty: anyhow.
    #[must_use]
    pub fn extension(self) -> &'static str {
        self.row().2
    }

    /// Whether a small picture can be made of it.
    #[must_use]
    pub fn is_picture(self) -> bool {
        matches!(self, Self::Png | Self::Jpeg | Self::Gif | Self::Webp)
    }

    /// Whether a browser may show it by itself: what can hold no program.
    #[must_use]
    pub fn is_shown(self) -> bool {
        let media_type = self.media_type();
        ["image/", "audio/", "video/"].iter().any(|family| media_type.starts_with(family))
    }

    fn row(self) -> &'static (FileKind, &'static str, &'static str) {
        // All are there, the last for none of them.
        ALL.iter().find(|(kind, ..)| *kind == self).unwrap_or(&ALL[ALL.len() - 1])
    }
}

fn is_video_brand(head: &[u8]) -> bool {
    let brand = head.get(8..12).unwrap_or_default();
    [b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"dash", b"MSNV"]
        .iter()
        .any(|known| brand == *known)
}

/// Source: as above, section 7.1, for UTF-8 alone.
fn is_text(head: &[u8]) -> bool {
    let is_binary = |byte: &u8| matches!(byte, 0..=8 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f);
    let is_utf8 = match std::str::from_utf8(head) {
        Ok(_) => true,
        // The last character may be cut off.
        Err(error) => error.error_len().is_none() && head.len() == HEAD_BYTES,
    };
    is_utf8 && !head.iter().any(is_binary)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_it_begins_with() {
        let table: &[(&[u8], FileKind)] = &[
            (b"\x89PNG\r\n\x1a\n\0\0", F::Png),
            (b"\xff\xd8\xff\xe0", F::Jpeg),
            (b"GIF89a", F::Gif),
            (b"RIFF\x10\0\0\0WEBPVP8 ", F::Webp),
            (b"RIFF\x10\0\0\0WAVEfmt ", F::Wav),
            (b"\0\0\0\x20ftypisom", F::Mp4),
            (b"\0\0\0\x20ftypM4A ", F::M4a),
            (b"\x1aE\xdf\xa3....webm", F::Webm),
            (b"\x1aE\xdf\xa3....matroska", F::Other),
            (b"%PDF-1.7", F::Pdf),
            (b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script/></svg>", F::Text),
            (b"<!DOCTYPE html><script>alert(1)</script>", F::Text),
            ("grüße".as_bytes(), F::Text),
            (b"", F::Text),
            (b"\x7fELF\x02\x01", F::Other),
            (b"gr\xfc\xdfe", F::Other),
        ];
        for (head, kind) in table {
            assert_eq!(FileKind::of(head), *kind, "{:?}", String::from_utf8_lossy(head));
        }
        let long = "ü".repeat(HEAD_BYTES);
        assert_eq!(FileKind::of(&long.as_bytes()[1..=HEAD_BYTES]), F::Other);
        assert_eq!(FileKind::of(&[b"x", &long.as_bytes()[..HEAD_BYTES - 1]].concat()), F::Text, "cut off");
    }

    #[test]
    fn only_what_holds_no_program_is_shown() {
        for (kind, media_type, _) in ALL {
            assert_eq!(FileKind::named(media_type), kind);
            assert_eq!(kind.media_type(), media_type);
            assert!(!kind.is_shown() || !media_type.contains("svg"));
        }
        assert!(F::Jpeg.is_shown() && F::Mp4.is_shown());
        for kind in [F::Text, F::Pdf, F::Zip, F::Other] {
            assert!(!kind.is_shown());
        }
        assert_eq!(FileKind::named("text/html"), F::Other);
    }
}
