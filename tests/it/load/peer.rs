//! Servers as the command line names them.

use super::program::peer::Peer;
use super::program::process::Process;

#[test]
fn a_peer_is_a_name_an_address_and_perhaps_a_process() {
    let peer: Peer = "ours=127.0.0.1:6697,pid=42".parse().unwrap();
    assert_eq!((peer.name.as_str(), peer.address.port(), peer.process), ("ours", 6697, Some(Process(42))));
    assert_eq!("x=127.0.0.1:1".parse::<Peer>().unwrap().process, None);
    let web: Peer = "x=127.0.0.1:1,web".parse().unwrap();
    assert!(web.web && !peer.web);
    for wrong in ["127.0.0.1:1", "x=127.0.0.1", "x=127.0.0.1:1,pid=y", "x=127.0.0.1:1,id=1"] {
        assert!(wrong.parse::<Peer>().is_err(), "{wrong}");
    }
}
