//! The server's own certificate: shown, and made anew where the server makes it itself.

use std::path::PathBuf;
use std::sync::Arc;

use crate::clock::Clock;
use crate::identity::{self, Description, Identity, Key};

use super::Context;
use super::error::Error;
use super::response::Response;
use super::view::{self, Moment};

/// Where the certificate is, and who shows it.
#[derive(Clone, Debug)]
pub struct Certificate {
    file: PathBuf,
    /// One of an authority, which comes first.
    signed: Option<PathBuf>,
    self_made: Option<SelfMade>,
    /// `None`: no server runs.
    identity: Option<Arc<Identity>>,
}

#[derive(Clone, Debug)]
struct SelfMade {
    folder: PathBuf,
    names: Vec<String>,
}

impl Certificate {
    /// One that the operator gave; shown to clients by this identity, if a server runs.
    #[must_use]
    pub fn given(file: PathBuf, identity: Option<Arc<Identity>>) -> Self {
        Self { file, signed: None, self_made: None, identity }
    }

    /// One that the server makes in this folder, for these names; or one of an authority, once it is there.
    #[must_use]
    pub fn self_made(
        folder: PathBuf,
        names: Vec<String>,
        signed: Option<PathBuf>,
        identity: Option<Arc<Identity>>,
    ) -> Self {
        let file = folder.join(identity::CERTIFICATE_FILE);
        Self { file, signed, self_made: Some(SelfMade { folder, names }), identity }
    }

    /// SHA-256 of the one that is in force.
    pub(super) fn fingerprint(&self) -> Option<String> {
        self.identity.as_ref().map(|identity| identity.fingerprint())
    }

    /// Until when the one in force is good.
    pub(super) fn expires_at(&self) -> Option<Moment> {
        let description = self.identity.as_ref()?.describe().ok()?;
        Some(Moment(description.not_after))
    }

    /// Why no new one could be got lately.
    pub(super) fn failure(&self) -> Option<String> {
        self.identity.as_ref()?.failure()
    }

    /// The one in force, or what would be.
    fn shown(&self) -> PathBuf {
        match (&self.identity, &self.signed) {
            (Some(identity), _) => identity.file(),
            (None, Some(signed)) if signed.exists() => signed.clone(),
            (None, _) => self.file.clone(),
        }
    }

    /// What there is to tell about it: of a running server the one in force, else the file's, even
    /// if its time is over.
    ///
    /// # Errors
    /// [`Error`], when the file is not there or not readable.
    pub fn view(&self, clock: &Clock) -> Result<view::Certificate, Error> {
        let file = self.shown();
        let description = match &self.identity {
            Some(identity) => identity.describe(),
            None if !file.exists() => return Err(self.missing()),
            None => identity::describe(&file),
        };
        let Description {
            fingerprint,
            key_fingerprint,
            names,
            issuer,
            is_self_signed: _,
            not_before,
            not_after,
        } = description.map_err(|error| failed(&error))?;
        let now = clock.now();
        Ok(view::Certificate {
            fingerprint,
            key_fingerprint,
            names,
            issuer,
            valid_from: Moment(not_before),
            expires_at: Moment(not_after),
            valid: not_before <= now && now <= not_after,
            self_made: self.self_made.is_some() && self.signed.as_ref() != Some(&file),
            acme: self.signed.is_some(),
            failure: self.failure(),
            file: file.display().to_string(),
            in_force: self.identity.is_some(),
        })
    }

    fn missing(&self) -> Error {
        let what = format!("there is no certificate {}", self.file.display());
        let remedy = if self.self_made.is_some() {
            "the server makes it at its first start; if it has started, run this in the folder it was started in, \
             or say with --config which settings it has"
        } else {
            "put it there, or change cert and key in the settings"
        };
        Error::not_found(what, remedy)
    }
}

pub(super) fn show(context: &Context) -> Result<Response, Error> {
    context.certificate.view(&context.clock).map(Response::Certificate)
}

pub(super) fn renew(context: &Context, key: Key) -> Result<Response, Error> {
    let certificate = &context.certificate;
    let Some(SelfMade { folder, names }) = &certificate.self_made else {
        return Err(Error::failed(
            format!("the certificate {} is not made by the server", certificate.file.display()),
            "get a new one where it is from, put it in its place, and send the server SIGHUP",
        ));
    };
    // Without a server, one made in the wrong folder would be nobody's.
    if certificate.identity.is_none() && !certificate.file.exists() {
        return Err(certificate.missing());
    }
    let renewed = match &certificate.identity {
        Some(identity) => identity.renew(key).map(drop),
        None => identity::renew(folder, names, key),
    };
    renewed.map_err(|error| failed(&error))?;
    let certificate = context.certificate.view(&context.clock)?;
    Ok(Response::CertificateRenewed(certificate, key == Key::New))
}

/// The identity's errors say both: what is wrong; how to mend it.
fn failed(error: &identity::Error) -> Error {
    let text = error.to_string();
    let (what, remedy) = text.split_once("; ").unwrap_or((&text, "see the server's log"));
    Error::failed(what, remedy)
}
