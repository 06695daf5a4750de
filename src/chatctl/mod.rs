//! The admin tool: turns a command line into requests to `admin`, and the answers into tables or
//! JSON. Decides nothing itself, and shows no text of others as it came.

mod arguments;
mod backup;
mod door;
mod failure;
mod history;
mod moment;
mod password;
mod person;
mod show;
mod table;
mod top;
mod verify;

use std::io::{self, IsTerminal as _, Write as _};

use crate::admin::{NewBan, Request, Response};
use crate::clock::Clock;
use crate::config::{Config, LogFormat};
use crate::observe;
use crate::store::accounts::AccountRole;

pub use arguments::Arguments;
pub use failure::Failure;

use arguments::{
    BanCommand, CertCommand, CertfpCommand, Command, FileCommand, HistoryCommand, InviteCommand, NewPassword,
    RetentionCommand, TokenCommand, TotpCommand, WebhookCommand,
};
use door::Door;

/// Does what the command line says.
///
/// # Errors
/// [`Failure`] has the exit code and the words.
pub fn run(arguments: Arguments) -> Result<(), Failure> {
    let Arguments { data_dir, config, json, command } = arguments;
    let env = |name: &str| std::env::var_os(name);
    let config = Config::load_for_tool(data_dir.as_deref(), config.as_deref(), env)
        .map_err(|error| Failure::Usage(error.to_string()))?;
    // Only for who looks for a fault: what matters is said in other ways.
    if env("RUST_LOG").is_some() {
        observe::start(LogFormat::Text).map_err(|error| Failure::Usage(error.to_string()))?;
    }
    // Before any connection: a person who types takes long.
    let task = Task::new(command)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(perform(&config, task, json))
}

/// What is left to do when all has been asked.
enum Task {
    Ask(Request),
    ShowHistory(history::Query),
    ExportHistory(history::Query),
    ShowCertificate,
    HashPassword(crate::admin::Secret),
    Top(top::Options),
    Verify(verify::Query),
    ExportUser(arguments::ExportUser),
    Backup(arguments::Backup),
    Restore(arguments::Restore),
    VerifyBackup(arguments::VerifyBackup),
}

impl Task {
    fn new(command: Command) -> Result<Self, Failure> {
        let role = |admin: bool| if admin { AccountRole::Admin } else { AccountRole::Member };
        let clock = Clock::System;
        Ok(Self::Ask(match command {
            Command::Adduser { name, admin, password, no_password } => {
                let password = if no_password { None } else { Some(secret(&name, &password)?) };
                Request::AddAccount { name, role: role(admin), password }
            }
            Command::Passwd { name, password, end_sessions } => {
                let password = secret(&name, &password)?;
                Request::SetPassword { name, password, end_sessions }
            }
            Command::HashPassword { password } => {
                return Ok(Self::HashPassword(secret("the server", &password)?));
            }
            Command::Deluser { name, yes } => {
                if !yes {
                    confirm(&format!(
                        "Remove the account {name}, its tokens and its memberships? What it said stays."
                    ))?;
                }
                Request::DeleteAccount { name }
            }
            Command::Suspend { name } => Request::Suspend { name },
            Command::Resume { name } => Request::Resume { name },
            Command::AlwaysOn { name, setting } => Request::SetAlwaysOn { name, always_on: setting.value() },
            Command::Users => Request::Accounts,
            Command::Invite { command: Some(InviteCommand::List { all }), .. } => {
                Request::Invitations { all }
            }
            Command::Invite { command: Some(InviteCommand::Revoke { id }), .. } => {
                Request::RevokeInvitation { id }
            }
            Command::Invite { command: None, admin, uses, expires } => {
                let expires_at = expires.after(clock.now());
                Request::AddInvitation { role: role(admin), uses, expires_at }
            }
            Command::Token(command) => token(command),
            Command::Certfp(command) => certfp(command),
            Command::Totp(TotpCommand::Remove { name }) => Request::RemoveTotp { name },
            Command::Rooms { all } => Request::Rooms { all },
            Command::File(command) => file(command),
            Command::History(command) => return Self::of_history(command, &clock),
            Command::Cert(CertCommand::Show) => return Ok(Self::ShowCertificate),
            Command::Cert(CertCommand::Renew { new_key }) => Request::RenewCertificate { new_key },
            Command::Status => Request::Status,
            Command::Top(options) => return Ok(Self::Top(options)),
            Command::Ban(command) => ban(command, &clock),
            Command::Webhook(command) => webhook(command),
            Command::Verify(command) => return Ok(Self::Verify(verify::Query::new(command)?)),
            Command::Retention(command) => retention(command),
            Command::Audit { limit } => Request::Audit { len_max: limit as usize },
            Command::ExportUser(order) => return Ok(Self::ExportUser(order)),
            Command::EraseUser(order) => {
                if !order.yes {
                    confirm(&person::question(&order))?;
                }
                Request::EraseUser { name: order.name, with_messages: order.messages }
            }
            Command::Backup(order) => return Ok(Self::Backup(order)),
            Command::Restore(order) => return Ok(Self::Restore(order)),
            Command::VerifyBackup(order) => return Ok(Self::VerifyBackup(order)),
        }))
    }

    fn of_history(command: HistoryCommand, clock: &Clock) -> Result<Self, Failure> {
        Ok(match command {
            HistoryCommand::Show { room, limit, stretch } => {
                Self::ShowHistory(history::Query::new(room, &stretch, Some(limit), clock)?)
            }
            HistoryCommand::Export { room, stretch } => {
                Self::ExportHistory(history::Query::new(room, &stretch, None, clock)?)
            }
        })
    }
}

fn certfp(command: CertfpCommand) -> Request {
    match command {
        CertfpCommand::Add { name, fingerprint, label } => {
            Request::AddFingerprint { name, fingerprint, label }
        }
        CertfpCommand::List { name } => Request::Fingerprints { name },
        CertfpCommand::Remove { name, fingerprint, end_sessions } => {
            Request::RemoveFingerprint { name, fingerprint, end_sessions }
        }
    }
}

fn token(command: TokenCommand) -> Request {
    match command {
        TokenCommand::Add { name, label } => Request::AddToken { name, label },
        TokenCommand::List { name } => Request::Tokens { name },
        TokenCommand::Revoke { name, id, end_sessions } => Request::RevokeToken { name, id, end_sessions },
    }
}

fn file(command: FileCommand) -> Request {
    match command {
        FileCommand::List { name } => Request::Files { name },
        FileCommand::Remove { file } => Request::RemoveFile { file },
    }
}

fn retention(command: RetentionCommand) -> Request {
    let rule = command.rule.value();
    command.room.map_or(Request::Retention, |room| Request::SetRetention { room, rule })
}

fn ban(command: BanCommand, clock: &Clock) -> Request {
    match command {
        BanCommand::Add { target, length, reason, force } => {
            let expires_at = length.after(clock.now());
            let own_address = own_address();
            Request::AddBan(NewBan { target, reason, expires_at, own_address, force })
        }
        BanCommand::List => Request::Bans,
        BanCommand::Lift { target } => Request::LiftBan { target },
    }
}

fn webhook(command: WebhookCommand) -> Request {
    match command {
        WebhookCommand::Add { room, name, label } => {
            let label = label.unwrap_or_else(|| name.to_string());
            Request::AddWebhook { room, name, label }
        }
        WebhookCommand::List => Request::Webhooks,
        WebhookCommand::Remove { id } => Request::RemoveWebhook { id },
    }
}

fn secret(whose: impl std::fmt::Display, given: &NewPassword) -> Result<crate::admin::Secret, Failure> {
    if given.password_stdin { password::from_stdin() } else { password::ask(&whose) }
}

/// Where who asks is from, if they came by ssh: its client's address comes first.
fn own_address() -> Option<std::net::IpAddr> {
    let connection = std::env::var("SSH_CONNECTION").ok()?;
    connection.split_whitespace().next()?.parse().ok()
}

fn confirm(question: &str) -> Result<(), Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::Usage(
            "this asks before it removes, and there is no terminal — add --yes".into(),
        ));
    }
    eprint!("{question} [y/N] ");
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    match answer.trim() {
        "y" | "Y" | "yes" => Ok(()),
        _ => Err(Failure::failed("nothing was removed", "answer y, or give --yes")),
    }
}

async fn perform(config: &Config, task: Task, json: bool) -> Result<(), Failure> {
    match task {
        Task::HashPassword(password) => hash(config, password).await,
        Task::Verify(query) => verify::run(config, query, json).await,
        Task::ShowCertificate => say(&door::certificate(config).await?, json),
        Task::Top(options) => top::run(&config.data_dir, &options, json).await,
        Task::Backup(order) => backup::take(config, &order, json).await,
        Task::Restore(order) => backup::restore(config, &order, json).await,
        Task::VerifyBackup(order) => backup::verify(&order, json).await,
        Task::Ask(_) | Task::ShowHistory(_) | Task::ExportHistory(_) | Task::ExportUser(_) => {
            let door = Door::open(config).await?;
            let done = through(&door, config, task, json).await;
            door.close().await;
            done
        }
    }
}

/// Prints the hash of a password, at the cost that the server's settings say.
async fn hash(config: &Config, password: crate::admin::Secret) -> Result<(), Failure> {
    let failed = |error: &dyn std::fmt::Display| {
        Failure::failed(format!("the password could not be hashed ({error})"), "try again")
    };
    config.password_rules().check(&password.0, None).map_err(crate::admin::Error::from)?;
    let passwords = crate::auth::Passwords::start(config.argon2_cost(), 1).map_err(|error| failed(&error))?;
    let hash = passwords.hash(None, password.0).await.map_err(|error| failed(&error))?;
    write_out(&format!("{hash}\n"))
}

async fn through(door: &Door, config: &Config, task: Task, json: bool) -> Result<(), Failure> {
    let response = match task {
        Task::Ask(request) => door.ask(request).await?,
        // These need no door.
        Task::ShowCertificate
        | Task::HashPassword(_)
        | Task::Top(_)
        | Task::Verify(_)
        | Task::Backup(_)
        | Task::Restore(_)
        | Task::VerifyBackup(_) => return Ok(()),
        Task::ShowHistory(query) => return history::show(door, query, json).await,
        Task::ExportHistory(query) => return history::export(door, query).await,
        Task::ExportUser(order) => return person::export(door, config, &order).await,
    };
    say(&response, json)
}

fn say(response: &Response, json: bool) -> Result<(), Failure> {
    let shown = if json { show::json(response)? } else { show::text(response) };
    write_out(&shown.out)?;
    if !json && !shown.note.is_empty() {
        eprintln!("{}", shown.note);
    }
    Ok(())
}

fn write_out(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}
