//! What happens next: who does what, which fault begins or ends, whose clock is set.

use std::sync::atomic::Ordering;

use crate::play::Play;
use crate::store_with_faults::{Odds, Weather};
use crate::world::World;

const ROOMS: [&str; 3] = ["#a", "#b", "#c"];
const MODES: [&str; 8] = ["+m", "-m", "+t", "-t", "+i", "-i", "+s", "-s"];
const ROLES: [&str; 4] = ["+o", "-o", "+v", "-v"];
/// Connections at one time.
const CLIENTS_MAX: usize = 8;
/// Tags that make a message so large that few of them fill a queue.
const FILL_BYTES: usize = 3800;
/// Such messages, said at once: more than a session's queues hold.
const STORM: usize = 260;
const GREAT_STORM: usize = 1200;
const DAY_MS: usize = 86_400_000;

/// The kinds of faults of one life, so that not every life has all of them.
pub(crate) fn odds(play: &mut Play) -> Odds {
    let chance = &mut play.chance;
    Odds {
        fails: if chance.happens(400) { 60 } else { 0 },
        fails_after: if chance.happens(150) { 25 } else { 0 },
        slow: if chance.happens(500) { 150 } else { 0 },
    }
}

/// One thing happens.
pub(crate) fn step(play: &mut Play, world: &mut World) {
    let live = world.live();
    match play.chance.below(100) {
        _ if live.len() < 2 => connect(play, world),
        0..=5 => connect(play, world),
        6..=8 => vanish(play, world, &live),
        9..=11 => slow_down(play, world, &live),
        12..=17 => weather(play),
        18..=19 => set_clock(play),
        20..=24 if play.has_storm => storm(play, world, &live),
        _ => {
            let who = live[play.chance.below(live.len())];
            act(play, world, who);
        }
    }
}

fn connect(play: &mut Play, world: &mut World) {
    if world.clients.iter().filter(|client| !client.is_gone).count() >= CLIENTS_MAX {
        return;
    }
    if play.chance.happens(700) {
        let account = play.accounts[play.chance.below(play.accounts.len())].clone();
        play.tell(|| format!("{} connects", account.name));
        world.connect(account.name.as_str(), Some(&account));
    } else {
        play.guests += 1;
        let nick = format!("g{}", play.guests);
        play.tell(|| format!("{nick} connects"));
        world.connect(&nick, None);
    }
}

fn vanish(play: &mut Play, world: &mut World, live: &[usize]) {
    let client = &mut world.clients[live[play.chance.below(live.len())]];
    play.tally.vanished += 1;
    client.is_gone = true;
    if play.chance.happens(300) {
        play.tell(|| format!("{} quits", client.nick));
        client.say("QUIT :bye");
    } else {
        play.tell(|| format!("{} vanishes", client.nick));
        client.far.vanish();
    }
}

fn slow_down(play: &mut Play, world: &mut World, live: &[usize]) {
    let client = &mut world.clients[live[play.chance.below(live.len())]];
    let still = !client.far.stands_still();
    client.was_slow = true;
    play.tell(|| format!("{} {}", client.nick, if still { "reads no more" } else { "reads again" }));
    client.far.stand_still(still);
}

fn weather(play: &mut Play) {
    let now = play.store.lock().weather;
    let all = [Weather::Full, Weather::ReadOnly, Weather::Locked, Weather::Unreadable];
    let next = match now {
        Weather::Fair if play.has_weather => all[play.chance.below(all.len())],
        _ => Weather::Fair,
    };
    play.could_not_read |= next == Weather::Unreadable;
    play.tell(|| format!("the disk is {next:?}"));
    play.store.lock().weather = next;
}

fn set_clock(play: &mut Play) {
    let by = i64::try_from(play.chance.below(2 * DAY_MS)).unwrap() - i64::try_from(DAY_MS).unwrap();
    play.tell(|| format!("the clock is set by {by} ms"));
    play.clock.fetch_add(by, Ordering::Relaxed);
}

/// Somebody says more at once than the queue of a slow reader holds.
fn storm(play: &mut Play, world: &mut World, live: &[usize]) {
    let who = live[play.chance.below(live.len())];
    let Some(room) = world.clients[who].rooms().into_iter().next() else { return };
    let mut others: Vec<usize> = live.iter().copied().filter(|index| *index != who).collect();
    others.retain(|index| world.clients[*index].rooms().contains(&room) && play.chance.happens(700));
    if others.is_empty() {
        return;
    }
    play.has_storm = false;
    for index in others {
        let client = &mut world.clients[index];
        client.was_slow = true;
        client.far.stand_still(true);
    }
    let count = if play.chance.happens(60) { GREAT_STORM } else { STORM };
    play.tell(|| format!("{} says {count} large messages in {room}", world.clients[who].nick));
    for _ in 0..count {
        let tags = format!(";+fill={}", "A".repeat(FILL_BYTES));
        play.ask(world, who, &tags, |mark| format!("PRIVMSG {room} :w{mark}"));
    }
}

/// A client says something.
fn act(play: &mut Play, world: &mut World, who: usize) {
    let room = ROOMS[play.chance.below(ROOMS.len())];
    let others: Vec<String> = world.clients.iter().map(|client| client.nick.clone()).collect();
    let own = world.clients[who].nick.clone();
    let others: Vec<String> = others.into_iter().filter(|nick| *nick != own).collect();
    let Some(other) = play.chance.one_of(&others) else { return };
    match play.chance.below(100) {
        0..=34 => {
            for _ in 0..=play.chance.below(4) {
                play.ask(world, who, "", |mark| format!("PRIVMSG {room} :w{mark}"));
            }
        }
        35..=39 => {
            let mark = play.marks.len();
            play.ask(world, who, &format!(";+draft/react=w{mark}"), |_| format!("TAGMSG {room}"));
        }
        40..=47 => play.ask(world, who, "", |mark| format!("PRIVMSG {other} :w{mark}")),
        48..=66 => play.ask(world, who, "", |_| format!("JOIN {room}")),
        67..=70 => play.ask(world, who, "", |mark| format!("PART {room} :w{mark}")),
        71..=74 => play.ask(world, who, "", |mark| format!("KICK {room} {other} :w{mark}")),
        75..=78 => play.ask(world, who, "", |mark| format!("TOPIC {room} :w{mark}")),
        79..=82 => {
            let change = MODES[play.chance.below(MODES.len())];
            play.ask(world, who, "", |_| format!("MODE {room} {change}"));
        }
        83..=86 => {
            let change = ROLES[play.chance.below(ROLES.len())];
            play.ask(world, who, "", |_| format!("MODE {room} {change} {other}"));
        }
        87..=91 => {
            let said: Vec<(String, String)> = world.clients[who]
                .sights
                .iter()
                .rev()
                .filter(|sight| sight.line.command == "PRIVMSG")
                .take(5)
                .map(|sight| {
                    let (target, nick) = (sight.line.param(0), sight.line.nick());
                    (if target == own { nick } else { target }.to_owned(), sight.id.to_string())
                })
                .collect();
            let Some((target, id)) = play.chance.one_of(&said) else { return };
            play.ask(world, who, "", |mark| format!("REDACT {target} {id} :w{mark}"));
        }
        92..=96 => {
            let target = if play.chance.happens(700) { room } else { &other };
            let len = 1 + play.chance.below(100);
            play.ask(world, who, "", |_| format!("CHATHISTORY LATEST {target} * {len}"));
        }
        _ => {
            let text = if play.chance.happens(500) { " :gone" } else { "" };
            play.ask(world, who, "", |_| format!("AWAY{text}"));
        }
    }
}
