//! From the first line to the welcome.

use super::*;

#[test]
fn signing_in_asks_for_what_is_offered_and_known() {
    let mut script = Script::signing_in();
    script.state.connected();
    assert_eq!(script.lines(), ["CAP LS 302"]);
    let (first, second) = CAPS.split_at(CAPS.find("sasl").unwrap());
    script.server(&[&format!("CAP * LS * :{first}")]);
    assert_eq!(script.lines(), [""; 0]);
    script.server(&[&format!("CAP * LS :{second}")]);
    assert_eq!(script.lines(), [format!("CAP REQ :{GRANTED}"), "CAP LIST".into()]);
    script.server(&[&format!("CAP * ACK :{GRANTED}")]);
    assert_eq!(script.lines(), ["AUTHENTICATE PLAIN"]);
    script.server(&["AUTHENTICATE +"]);
    assert_eq!(script.lines(), ["AUTHENTICATE AGFsaWNlAHNlY3JldA=="]);
    script.server(&["900 * * alice :in", "903 * :done"]);
    assert_eq!(script.lines(), ["NICK alice", "USER alice 0 * alice", "CAP END"]);
    script.server(&[":s 001 alice :Welcome", ":s 005 alice NETWORK=Test :x", ":s 422 alice :none"]);
    assert_eq!(script.lines(), ["JOIN #lobby"]);
    let online = Event::Online { nick: "alice".into(), network: Some("Test".into()), again: false };
    assert_eq!(script.events(), [online]);
}

#[test]
fn signing_up_shows_the_invitation_first() {
    let password = Zeroizing::new("pass word".into());
    let name = Nick::parse("bob").unwrap();
    let mut script = Script::of(Identity::SignUp { name, password, invitation: "CODE".into() });
    script.state.connected();
    script.server(&["CAP * LS :sasl batch", "CAP * ACK :sasl batch"]);
    script.lines().clear();
    script.server(&["INVITATION VALID member"]);
    assert_eq!(script.lines(), ["REGISTER bob * :pass word"]);
    script.server(&["REGISTER SUCCESS bob :made", "900 bob * bob :in"]);
    assert_eq!(script.lines(), ["NICK bob", "USER bob 0 * bob", "CAP END"]);
    assert_eq!(script.events(), [Event::SignedUp { account: "bob".into() }]);
    // Who comes back has an account now.
    script.state.disconnected();
    script.state.connected();
    script.server(&["CAP * LS :sasl", "CAP * ACK :sasl"]);
    assert_eq!(script.lines().last().unwrap(), "AUTHENTICATE PLAIN");
}

#[test]
fn what_no_new_attempt_mends_is_fatal() {
    let name = || Nick::parse("bob").unwrap();
    let password = || Zeroizing::new("p".to_owned());
    let sign_in = || Identity::sign_in(name().into(), password());
    let sign_up = || Identity::SignUp { name: name(), password: password(), invitation: "C".into() };
    let guest = || Identity::Guest { name: name() };
    let table: [(Identity, &[&str], &str); 9] = [
        (
            sign_in(),
            &["CAP * LS :sasl", "CAP * ACK :sasl", "AUTHENTICATE +", "904 * :nope"],
            "wrong name or password",
        ),
        (
            sign_in(),
            &["CAP * LS :sasl", "CAP * ACK :sasl", "AUTHENTICATE +", "FAIL AUTHENTICATE CODE_REQUIRED :more"],
            "a code is needed",
        ),
        (sign_in(), &["CAP * LS :batch", "CAP * ACK :batch"], "offers no sign-in"),
        (sign_in(), &["CAP * LS :sasl=EXTERNAL", "CAP * ACK :sasl"], "offers no sign-in"),
        (sign_in(), &["421 * CAP :Unknown command"], "offers no sign-in"),
        (sign_up(), &["CAP * LS :", "FAIL INVITATION INVALID_CODE C :used up"], "used up"),
        (sign_up(), &["CAP * LS :", "421 * INVITATION :what"], "does not take invitations"),
        (
            sign_up(),
            &["CAP * LS :", "INVITATION VALID member", "FAIL REGISTER ACCOUNT_EXISTS bob :taken"],
            "taken",
        ),
        (guest(), &["CAP * LS :", "FAIL * ACCOUNT_REQUIRED :no guests"], "admits nobody without an account"),
    ];
    for (identity, lines, part) in table {
        let mut script = Script::of(identity);
        script.state.connected();
        script.server(lines);
        let fatal = script.fatal().to_string();
        assert!(fatal.contains(part), "{lines:?}: {fatal}");
    }
}

#[test]
fn a_code_goes_behind_the_password_and_is_sent_once() {
    let (name, secret) = ("bob".parse().unwrap(), |text: &str| Zeroizing::new(text.to_owned()));
    let code = Some(secret("123456"));
    let mut script = Script::of(Identity::SignIn { name, password: secret("p"), code });
    // \0bob\0p 123456, and \0bob\0p.
    for answer in ["AUTHENTICATE AGJvYgBwIDEyMzQ1Ng==", "AUTHENTICATE AGJvYgBw"] {
        script.state.connected();
        script.server(&["CAP * LS :sasl", "CAP * ACK :sasl", "AUTHENTICATE +"]);
        assert_eq!(script.lines().last().unwrap(), answer);
        script.state.disconnected();
    }
}

#[test]
fn a_server_that_cannot_judge_now_is_asked_again_later() {
    let (name, password) = ("bob".parse().unwrap(), Zeroizing::new("p".to_owned()));
    let mut script = Script::of(Identity::sign_in(name, password));
    script.state.connected();
    script.server(&["CAP * LS :sasl", "CAP * ACK :sasl", "AUTHENTICATE +"]);
    script.server(&["FAIL AUTHENTICATE TEMPORARILY_UNAVAILABLE :busy, try again", "904 * :failed"]);
    assert_eq!(script.lines().last().unwrap(), "QUIT :busy, try again");
    script.state.disconnected();
    script.state.connected();
    assert_eq!(script.lines().last().unwrap(), "CAP LS 302");
}

#[test]
fn a_guest_whose_nick_is_taken_tries_another() {
    let mut script = Script::of(Identity::Guest { name: Nick::parse("bob").unwrap() });
    script.state.connected();
    script.server(&["CAP * LS :", "433 * bob :in use"]);
    assert_eq!(script.lines().last().unwrap(), "NICK bob_");
}

#[test]
fn what_is_granted_in_several_lines_is_waited_for() {
    let mut script = Script::signing_in();
    script.state.connected();
    script.lines();
    script.server(&["CAP * LS :sasl batch server-time"]);
    script.lines();
    script.server(&["CAP * ACK :sasl batch"]);
    assert!(script.lines().is_empty());
    script.server(&["CAP * ACK server-time"]);
    assert_eq!(script.lines(), ["AUTHENTICATE PLAIN"]);
}

#[test]
fn what_is_refused_together_is_asked_for_one_by_one() {
    let mut script = Script::signing_in();
    script.state.connected();
    script.server(&["CAP * LS :sasl batch server-time"]);
    script.lines();
    script.server(&["CAP * NAK :sasl batch server-time"]);
    assert_eq!(script.lines(), ["CAP REQ sasl", "CAP REQ batch", "CAP REQ server-time", "CAP LIST"]);
    // The first question's list.
    script.server(&["CAP * LIST :"]);
    script.server(&["CAP * ACK :sasl ", "CAP * NAK :batch"]);
    assert!(script.lines().is_empty());
    script.server(&["CAP * ACK :server-time"]);
    assert_eq!(script.lines(), ["AUTHENTICATE PLAIN"]);
    script.server(&["AUTHENTICATE +", "903 * :in", ":s 001 alice :hi", ":s 422 alice :none"]);
    assert!(script.state.has(Cap::ServerTime) && !script.state.has(Cap::Batch));
}

#[test]
fn no_answer_is_waited_for_that_may_not_come() {
    let table: &[(&str, &[&str])] = &[
        ("fewer are granted", &["CAP * ACK :sasl", "CAP * LIST :sasl", "CAP * LIST :sasl"]),
        ("nothing but the list", &["CAP * LIST * :sasl", "CAP * LIST :server-time", "CAP * LIST :sasl"]),
        (
            "no lists are known",
            &["CAP * ACK :sasl", "410 * LIST :Invalid CAP command", "410 * LIST :Invalid"],
        ),
        ("the refusal is cut", &["CAP * NAK :sasl ba", "CAP * ACK :sasl", "CAP * NAK batch", "CAP * NAK :"]),
        ("the refusal names nothing", &["CAP * NAK :", "CAP * NAK batch", "CAP * ACK ~sasl", "CAP * NAK x"]),
    ];
    for (what, answers) in table {
        let mut script = Script::signing_in();
        script.state.connected();
        script.server(&["CAP * LS :sasl batch server-time"]);
        script.lines();
        script.server(answers);
        assert_eq!(script.lines().last().map(String::as_str), Some("AUTHENTICATE PLAIN"), "{what}");
    }
}

#[test]
fn many_capabilities_are_asked_for_in_lines_that_every_server_takes() {
    let mut script = Script::signing_in();
    script.state.profile.watches = true;
    script.state.connected();
    let all: Vec<_> = Cap::ALL.iter().map(|cap| cap.name()).collect();
    script.server(&[&format!("CAP * LS :{}", all.join(" "))]);
    let lines = script.lines();
    let asked: Vec<_> = lines.iter().filter_map(|line| line.strip_prefix("CAP REQ ")).collect();
    assert!(asked.len() > 1 && lines.iter().all(|line| line.len() < 420), "{lines:?}");
    script.server(&[&format!("CAP * ACK {}", asked[0]), &format!("CAP * NAK {}", asked[1])]);
    assert_eq!(script.lines().last().map(String::as_str), Some("CAP LIST"));
    script.server(&[&format!("CAP * NAK {}", asked[1])]);
    assert_eq!(script.lines(), ["AUTHENTICATE PLAIN"]);
}

#[test]
fn what_is_offered_later_is_taken_as_well() {
    let mut script = Script::signing_in();
    script.state.connected();
    script.server(&["CAP * LS :sasl", "CAP * ACK :sasl", "AUTHENTICATE +", "903 * :in"]);
    script.lines();
    // A bouncer learns what its network can do when it knows which one is meant.
    script.server(&["CAP alice NEW :away-notify draft/multiline=max-bytes=4096,max-lines=10"]);
    assert_eq!(script.lines(), ["CAP REQ :away-notify draft/multiline"]);
    script.server(&["CAP alice ACK :away-notify draft/multiline", ":s 001 alice :hi", ":s 422 alice :none"]);
    assert!(script.state.has(Cap::AwayNotify) && script.state.link.multiline.is_some());
    script.server(&["CAP alice NEW :batch chghost"]);
    script.lines();
    script.server(&["CAP alice NAK :batch chghost"]);
    assert_eq!(script.lines(), ["CAP REQ batch", "CAP REQ chghost"]);
    script.server(&["CAP alice ACK :batch", "CAP alice NAK :chghost"]);
    assert_eq!(script.lines(), [""; 0]);
    assert!(script.state.has(Cap::Batch) && !script.state.has(Cap::Chghost));
}
