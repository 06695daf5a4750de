//! A guest who signs in: what becomes of the values and modes that the guest had, and who learns
//! of it.

use crate::metadata::{list, values};
use crate::sign_in::{guest, sign_in};
use crate::support::{PASSWORD, Server};

const CAPS: &[&str] = &["draft/metadata-3", "batch", "account-notify", "chghost"];

#[tokio::test]
async fn a_guests_values_come_along_where_the_account_has_none() {
    let mut server = crate::metadata::start();
    let mut phone = server.newcomer("alice", CAPS).await;
    phone.run("METADATA * SET color :red\r\nMETADATA * SET url :u").await;
    phone.run("METADATA * SUB color display-name url pronouns").await;
    let mut watcher = guest(&server, "watcher", CAPS).await;
    let mut gina = guest(&server, "gina", CAPS).await;
    for client in [&mut gina, &mut watcher] {
        client.run("JOIN #den").await;
    }
    watcher.run("METADATA * SUB color display-name url pronouns").await;
    gina.run("METADATA * SET color :blue\r\nMETADATA * SET display-name :G.\r\nMETADATA * SET url :u").await;
    watcher.sync().await;
    phone.sync().await;

    let shown = values(&sign_in(&mut gina, "alice").await);
    let all = ["alice color red", "alice display-name G.", "alice url u"];
    assert_eq!(shown, all);
    // Each hears what is new to them, and under the name that they know by then.
    assert_eq!(values(&watcher.sync().await), ["alice color red"]);
    let told = values(&phone.sync().await);
    assert!(told.iter().any(|value| value == all[1]), "{told:?}");
    assert!(told.iter().all(|value| all.contains(&value.as_str())), "{told:?}");
    assert_eq!(list(&mut watcher, "alice").await, all);
    server.kill();
    server.start_again();
    let mut watcher = guest(&server, "watcher", CAPS).await;
    assert_eq!(list(&mut watcher, "alice").await, all);
}

#[tokio::test]
async fn what_finds_no_room_with_the_account_is_gone_for_everybody() {
    let server = crate::metadata::start();
    let mut phone = server.newcomer("alice", CAPS).await;
    for n in 10..29 {
        phone.run(&format!("METADATA * SET k{n} :v")).await;
    }
    let mut gina = guest(&server, "gina", CAPS).await;
    gina.run("METADATA * SET color :blue\r\nMETADATA * SET display-name :G.").await;
    let mut watcher = guest(&server, "watcher", CAPS).await;
    watcher.run("METADATA * SUB color display-name").await;
    gina.run("JOIN #den").await;
    watcher.run("JOIN #den").await;
    assert_eq!(values(&sign_in(&mut gina, "alice").await).len(), 20);
    assert_eq!(values(&watcher.sync().await), ["alice display-name"]);
}

#[tokio::test]
async fn who_signs_in_is_told_the_modes_of_the_account() {
    let server = Server::with(&["--guests", "--default-room="]);
    server.chatctl_with(&["adduser", "root", "--admin", "--password-stdin"], PASSWORD).success();
    let mut phone = server.newcomer("alice", &[]).await;
    phone.run("MODE alice +iw").await;
    let mut gina = guest(&server, "gina", &[]).await;
    gina.run("MODE gina +wB").await;
    gina.ask(&format!("OPER root :{PASSWORD}"), "381").await;
    gina.sync().await;
    let shown = sign_in(&mut gina, "alice").await;
    let modes: Vec<_> = shown.iter().filter(|m| m.command == "MODE").map(|m| m.params.clone()).collect();
    assert_eq!(modes, [["alice", "+i-Bo"]], "{shown:?}");
    gina.ask("WALLOPS :am I?", "481").await;
    assert_eq!(gina.ask("MODE alice", "221").await.param(1), "+iw");
}

#[tokio::test]
async fn what_is_cleared_before_one_is_in_is_gone() {
    let server = crate::metadata::start();
    let mut phone = server.newcomer("alice", CAPS).await;
    phone.run("METADATA * SET color :red\r\nMETADATA * SET url :u").await;
    let mut alice = server.connect().await;
    alice.begin("alice", CAPS).await;
    alice.authenticate("alice", PASSWORD).await;
    assert_eq!(values(&alice.run("METADATA * SET color").await), ["* color"]);
    assert_eq!(list(&mut alice, "*").await, ["* url u"]);
    assert_eq!(values(&alice.run("METADATA * CLEAR").await), ["* url"]);
    alice.run("METADATA * SET avatar :a").await;
    assert_eq!(list(&mut phone, "alice").await, ["alice color red", "alice url u"], "not before she is in");
    alice.send("CAP END").await;
    assert_eq!(values(&alice.all_until("422").await), ["alice avatar a"]);
    assert_eq!(list(&mut phone, "alice").await, ["alice avatar a"]);
}
