//! Files that people sent: listed, and removed for everybody.

use crate::limits;
use crate::names::AccountName;
use crate::store::uploads::{Listed, UploadKey, keys_in};

use super::error::Error;
use super::response::Response;
use super::view::{self, Moment};
use super::{Context, people};

pub(super) async fn list(context: &Context, name: Option<&AccountName>) -> Result<Response, Error> {
    let account = match name {
        Some(name) => Some(people::find(context, name).await?.id),
        None => None,
    };
    let listed = context.store.uploads(account, limits::ADMIN_FILES_LEN_MAX).await?;
    Ok(Response::Files(listed.into_iter().map(view).collect()))
}

/// The messages that carry it stay, with an address that leads nowhere.
pub(super) async fn remove(context: &Context, file: &str) -> Result<Response, Error> {
    let unknown = || Error::not_found(format!("there is no file {file}"), "chatctl file list shows all");
    let key = UploadKey::parse(file).or_else(|| keys_in(file).next()).ok_or_else(unknown)?;
    let removed = context.store.listed_upload(&key).await;
    let removed = removed.map_err(|error| Error::from_store(error, unknown))?;
    context.store.remove_upload(&key).await.map_err(|error| Error::from_store(error, unknown))?;
    Ok(Response::FileRemoved(view(removed)))
}

fn view(listed: Listed) -> view::File {
    let Listed { upload, account, places } = listed;
    view::File {
        key: upload.key.as_str().to_owned(),
        name: upload.name,
        bytes: upload.bytes,
        media_type: upload.kind,
        account: account.map(|name| name.to_string()),
        messages: places,
        stored_at: Moment(upload.stored_at),
    }
}
