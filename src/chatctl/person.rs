//! All that the server has of a person, as JSON lines or as an archive with their files beside it.

use std::fs::File;
use std::io::{self, BufWriter, Seek as _, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use crate::admin::{self, Request, Response};
use crate::config::Config;
use crate::store::uploads::{ContentHash, UploadKey};

use super::arguments::{EraseUser, ExportUser};
use super::backup::{settle_file, under_way};
use super::door::Door;
use super::table::harmless;
use super::{Failure, write_out};

/// What is asked before anything is erased.
pub(super) fn question(order: &EraseUser) -> String {
    let said = if order.messages {
        "and everything it said, for everybody"
    } else {
        "and its files; what it said stays (--messages erases that too)"
    };
    format!(
        "Erase the account {} with all that belongs to it {said}? Only a backup could bring it back.",
        order.name
    )
}

/// `chatctl export-user`
pub(super) async fn export(door: &Door, config: &Config, order: &ExportUser) -> Result<(), Failure> {
    let Some(file) = order.file.as_ref().filter(|file| file.as_os_str() != "-") else {
        return each_part(door, order, |lines| {
            let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
            write_out(&text)
        })
        .await;
    };
    if file.exists() {
        let what = format!("there is {} already", file.display());
        return Err(admin::Error::exists(what, "choose another name").into());
    }
    let (partial, out) = under_way(file)?;
    // The archive says of each file in front how long it is: the lines are gathered first, in a file without a name.
    let mut gathered = unnamed(file)?;
    let mut files = Vec::new();
    {
        let mut writer = BufWriter::new(&mut gathered);
        each_part(door, order, |lines| {
            files.extend(lines.iter().filter_map(sent));
            for line in lines {
                writeln!(writer, "{line}")?;
            }
            Ok(())
        })
        .await?;
        writer.flush()?;
    }
    let mut archive = tar::Builder::new(GzEncoder::new(&out, Compression::default()));
    gathered.rewind()?;
    put(&mut archive, "export.jsonl", &gathered)?;
    for (key, hash) in files {
        let path = config.data_dir.join("files").join(hash.as_str());
        match File::open(&path) {
            Ok(content) => put(&mut archive, &format!("files/{}", key.as_str()), &content)?,
            // Removed meanwhile, or lost: the rest is theirs all the same.
            Err(error) => eprintln!("chatctl: the file {} is not in it: {error}", key.as_str()),
        }
    }
    archive.into_inner()?.finish()?;
    settle_file(&partial, &out, file)?;
    eprintln!("{} has all that there is of {}.", harmless(&file.display().to_string()), order.name);
    Ok(())
}

/// Asks for part after part.
async fn each_part(
    door: &Door,
    order: &ExportUser,
    mut take: impl FnMut(&[Value]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut after = None;
    loop {
        let Response::Exported(part) =
            door.ask(Request::ExportUser { name: order.name.clone(), after }).await?
        else {
            return Err(Failure::failed("the server answered something else", "restart it"));
        };
        take(&part.lines)?;
        let Some(next) = part.next else { return Ok(()) };
        after = Some(next);
    }
}

/// Key and content of a file that they sent.
fn sent(line: &Value) -> Option<(UploadKey, ContentHash)> {
    let text = |field: &str| line.get(field).and_then(Value::as_str);
    if text("type") != Some("file") {
        return None;
    }
    Some((UploadKey::parse(text("key")?)?, ContentHash::parse(text("sha256")?)?))
}

fn unnamed(beside: &Path) -> io::Result<File> {
    let mut name = beside.as_os_str().to_owned();
    name.push(".lines");
    // Gone with its guard, while the file is open still.
    let (_guard, file) = under_way(Path::new(&name))?;
    Ok(file)
}

fn put(archive: &mut tar::Builder<impl Write>, name: &str, content: &File) -> io::Result<()> {
    let bytes = content.metadata()?.len();
    let mut head = tar::Header::new_ustar();
    head.set_path(name)?;
    head.set_entry_type(tar::EntryType::Regular);
    head.set_size(bytes);
    head.set_mode(0o600);
    head.set_cksum();
    archive.append(&head, io::Read::take(content, bytes))
}
