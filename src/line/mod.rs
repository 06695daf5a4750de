//! Line mode: the companion client on a plain terminal and in a pipe.
//!
//! Shows what `client` tells and hands on what is typed; decides nothing about the protocol.

mod keyboard;
mod paint;
mod pipe;
mod sign_in;
mod terminal;
mod visit;

use std::io::IsTerminal as _;
use std::process::ExitCode;

use crate::client::arguments::Arguments;
use crate::client::session::{Session, Setup};
use crate::client::trust::Refusal;
use crate::client::{Fatal, Identity, Profile, session};
use sign_in::{Credentials, PASSWORD_TRIES};

/// Everything went well; in a pipe: every message is stored.
pub const OK: u8 = 0;
/// Something failed; standard error says what.
pub const FAILURE: u8 = 1;
/// The arguments make no sense, or one is missing.
pub const USAGE: u8 = 2;

/// Why line mode ends before its time.
#[derive(Debug, thiserror::Error)]
enum Error {
    /// Something is missing that nobody can be asked for.
    #[error("{0}")]
    Usage(String),
    /// Anything else, ready to read.
    #[error("{0}")]
    Failure(String),
}

/// Runs the client until its user leaves or its input ends.
#[must_use]
pub fn run(arguments: &Arguments) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let ended = match runtime {
        Ok(runtime) => runtime.block_on(serve(arguments)),
        Err(error) => Err(Error::Failure(format!("cannot start: {error}"))),
    };
    let code = match ended {
        Ok(()) => OK,
        Err(error) => {
            eprintln!("chat-secure-client: {error}");
            if matches!(error, Error::Usage(_)) { USAGE } else { FAILURE }
        }
    };
    ExitCode::from(code)
}

async fn serve(arguments: &Arguments) -> Result<(), Error> {
    let server = arguments.server().ok_or_else(|| Error::Usage("say which server: --host HOST".into()))?;
    let policy = arguments.policy().map_err(|error| Error::Failure(error.to_string()))?;
    let interactive = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    if interactive {
        // Who the server is comes before any secret is typed.
        visit::check(&server, &policy).await?;
    }
    let mut credentials = Credentials::gather(arguments, interactive)?;
    for attempt in 1.. {
        let setup = Setup {
            server: server.clone(),
            policy: policy.clone(),
            profile: profile(arguments, credentials.identity.clone(), interactive),
            give_up_after: (!interactive).then_some(pipe::OUTAGE_MAX),
        };
        let session = Session::start(setup);
        let ended = if interactive {
            terminal::run(session, arguments).await
        } else {
            pipe::run(session, arguments).await
        };
        match ended {
            Err(Ended::Fatal(fatal)) => {
                // Codes are asked for with each connection, and the server slows down who guesses.
                let asks_code = matches!(fatal, Fatal::CodeRequired(_));
                let again = interactive && (asks_code || credentials.were_typed && attempt < PASSWORD_TRIES);
                if !(again && credentials.ask_again(&fatal)?) {
                    return Err(Error::Failure(explain(&fatal)));
                }
            }
            Err(Ended::Failure(reason)) => return Err(Error::Failure(reason)),
            Ok(()) => return Ok(()),
        }
    }
    Ok(())
}

/// Why a session ended badly.
enum Ended {
    /// The client gave up.
    Fatal(Fatal),
    /// Something was not done, ready to read.
    Failure(String),
}

/// The reason, and what to do where somebody can do something.
fn explain(fatal: &Fatal) -> String {
    let hint = match fatal {
        Fatal::Untrusted(refusal) if matches!(**refusal, Refusal::Unknown(_)) => {
            "\nNothing was sent. Visit it once on a terminal, or say whom to trust with --fingerprint or --ca."
        }
        Fatal::Untrusted(_)
        | Fatal::Unreachable(_)
        | Fatal::SignIn(_)
        | Fatal::CodeRequired(_)
        | Fatal::SignUp { .. }
        | Fatal::AccountRequired(_)
        | Fatal::Refused(_) => "",
    };
    format!("{fatal}{hint}")
}

fn profile(arguments: &Arguments, identity: Identity, interactive: bool) -> Profile {
    Profile {
        identity,
        rooms: arguments.rooms(),
        history_len: if interactive && !arguments.no_history { terminal::HISTORY_LEN } else { 0 },
        reads: interactive,
        watches: false,
        nonce: session::nonce(),
    }
}
