//! The harness itself: namespaces, real drops in each direction, and nothing left behind.

use std::fs;
use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use bubbles_cluster_tests::http;
use bubbles_cluster_tests::network::{Network, Place};
use bubbles_cluster_tests::process::Process;
use bubbles_cluster_tests::wait::until;
use tempfile::TempDir;

use crate::{Needs, Test};

pub(crate) const TESTS: &[Test] = &[
    ("a_cut_drops_one_direction", Needs::Cuts, one_direction),
    ("two_labs_share_nothing", Needs::Cuts, share_nothing),
    (
        "a_process_in_a_place_is_reached_and_cut_off",
        Needs::Cuts,
        reached,
    ),
    (
        "a_place_dies_with_whoever_made_it",
        Needs::Cuts,
        dies_with_its_maker,
    ),
    ("stale_places_are_removed", Needs::Cuts, stale),
];

const SOON: Duration = Duration::from_secs(10);

fn socket(network: &Network, place: Place) -> UdpSocket {
    let address = SocketAddr::new(network.address(place), 9);
    let socket = network.within(place, || UdpSocket::bind(address)).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_millis(200)))
        .unwrap();
    socket
}

/// Whether what one sends reaches the other.
fn reaches(from: &UdpSocket, to: &UdpSocket) -> bool {
    from.send_to(b"?", to.local_addr().unwrap()).unwrap();
    match to.recv(&mut [0; 8]) {
        Ok(_) => true,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::WouldBlock);
            false
        }
    }
}

fn one_direction() {
    let network = Network::open(3).unwrap();
    let [a, b, c] = [1, 2, 3].map(|place| socket(&network, Place(place)));
    assert!(reaches(&a, &b) && reaches(&b, &a) && reaches(&a, &c));
    network.cut(Place(1), Place(2)).unwrap();
    // Said twice, cut once.
    network.cut(Place(1), Place(2)).unwrap();
    assert!(!reaches(&a, &b) && reaches(&b, &a) && reaches(&a, &c));
    assert_eq!(network.dropped().unwrap(), 1);
    network.part(&[Place(3)], &[Place(1), Place(2)]).unwrap();
    for (from, to) in [(&a, &c), (&c, &a), (&b, &c), (&c, &b)] {
        assert!(!reaches(from, to));
    }
    assert!(reaches(&b, &a));
    network.heal().unwrap();
    assert!(reaches(&a, &b) && reaches(&c, &a) && reaches(&b, &c));
    assert_eq!(network.dropped().unwrap(), 5);
}

fn share_nothing() {
    let (one, other) = (Network::open(2).unwrap(), Network::open(2).unwrap());
    let ends = |network| [1, 2].map(|place| socket(network, Place(place)));
    let ([a, b], [c, d]) = (ends(&one), ends(&other));
    one.part(&[Place(1)], &[Place(2)]).unwrap();
    // The same addresses, and yet others.
    assert!(!reaches(&a, &b) && reaches(&c, &d));
}

fn reached() {
    let folder = TempDir::new().unwrap();
    let network = Network::open(2).unwrap();
    let (_, address) = network.listen(Place(1)).unwrap();
    let mut command = network.command(Place(1), Path::new("python3"));
    let port = address.port().to_string();
    command
        .current_dir(folder.path())
        .args(["-m", "http.server", &port]);
    let mut server = Process::start(command, folder.path(), "server").unwrap();
    let answers = |from| http::get(&network, from, address, "/").map(|(status, _)| status);
    let up = || answers(Place(2)).ok();
    assert_eq!(until("the server answers", SOON, up).unwrap().0, 200);
    assert_eq!(answers(Place::PEOPLE).unwrap(), 200);
    network.part(&[Place(1)], &[Place(2)]).unwrap();
    let cut = answers(Place(2)).unwrap_err();
    assert!(
        matches!(cut.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock),
        "{cut}"
    );
    // People are on neither side.
    assert_eq!(answers(Place::PEOPLE).unwrap(), 200);
    network.heal().unwrap();
    assert_eq!(answers(Place(2)).unwrap(), 200);
    server.kill().unwrap();
    let refused = answers(Place(2)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused, "{refused}");
}

fn dies_with_its_maker() {
    let folder = TempDir::new().unwrap();
    let network = Network::open(1).unwrap();
    // What starts a process in a place here is a shell, and the shell is what is killed.
    let child = network.command(Place(1), Path::new("sleep"));
    let words: Vec<_> = child
        .get_args()
        .map(|word| word.to_string_lossy())
        .collect();
    let program = child.get_program().to_string_lossy();
    let script = format!("{program} {} 600 & echo $!; wait", words.join(" "));
    let mut shell = Command::new("setpriv");
    shell.args(["--pdeathsig", "KILL", "--", "sh", "-c", &script]);
    let mut shell = Process::start(shell, folder.path(), "shell").unwrap();
    let said = || fs::read_to_string(folder.path().join("shell.out")).ok();
    let id = || said()?.trim().parse::<u32>().ok();
    let (id, _) = until("the shell has a child", SOON, id).unwrap();
    let name = || fs::read_to_string(format!("/proc/{id}/comm")).ok();
    let sleeps = || (name()?.trim() == "sleep").then_some(());
    until("the child sleeps", SOON, sleeps).unwrap();
    shell.kill().unwrap();
    let gone = || (!Path::new(&format!("/proc/{id}")).exists()).then_some(());
    until("the child is gone", SOON, gone).unwrap();
}

fn stale() {
    let mut ended = Command::new("true").spawn().unwrap();
    let id = ended.id();
    ended.wait().unwrap();
    let name = format!("bubbles-lab-{id}-0-1");
    let made = Command::new("ip").args(["netns", "add", &name]).status();
    assert!(made.unwrap().success());
    // Another run of these tests begins.
    let own = std::env::current_exe().unwrap();
    let listed = Command::new(own).arg("--list").output().unwrap();
    assert!(listed.status.success());
    assert!(
        !Path::new("/run/netns").join(&name).exists(),
        "{name} is there"
    );
}
