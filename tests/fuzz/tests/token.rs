//! The text that lets its bearer in.

use std::sync::LazyLock;
use std::time::{Duration, UNIX_EPOCH};

use bubbles_transport::fuzz::token as around;
use bubbles_transport::{Authority, Invitation, PrivateKey, Validity};

use crate::measured::Allowance;
use crate::target::Target;

/// Of the text without blanks, its bytes and its body.
const READ: Allowance = Allowance {
    bytes: 64 << 10,
    per_byte: 64,
};

static GOOD: LazyLock<Vec<Invitation>> = LazyLock::new(|| {
    let begun = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    let validity = Validity::starting(begun, Duration::from_secs(3600));
    let authority = Authority::new(PrivateKey::from_seed([1; 32]), validity).unwrap();
    let addresses = ["10.0.0.1:4433", "[2001:db8::1]:65535", "127.0.0.1:0"];
    let addresses = addresses.map(|address| address.parse().unwrap());
    let issue = |many| {
        let (name, key) = (
            "ticket-1".parse().unwrap(),
            PrivateKey::from_seed([many; 32]),
        );
        let addresses = &addresses[..usize::from(many)];
        Invitation::issue(&authority, &name, addresses, validity, &key).unwrap()
    };
    (0..=3).map(issue).collect()
});

/// Its first byte says whether the rest is the text, or the body of one whose checks are right.
pub(crate) fn target(name: &'static str) -> Target {
    let text = |text: &str| [b"t", text.as_bytes()].concat();
    let good = GOOD[1].to_text();
    let broken = format!(" {}\n {}\r\n", &good[..80], &good[80..]);
    let body = |body: &[u8]| [b"b", body].concat();
    let whole = postcard::to_stdvec(&GOOD[1]).unwrap();
    Target {
        name,
        check: Box::new(check),
        example: Box::new(|random| {
            let invitation = random.pick(&GOOD);
            Some(if random.one_in(3) {
                [b"t", invitation.to_text().as_bytes()].concat()
            } else {
                [&b"b"[..], &postcard::to_stdvec(invitation).ok()?].concat()
            })
        }),
        words: &[b"bubbles-", b" ", b"\n", b"=", b"\xc3\xa9"],
        by_hand: vec![
            ("empty", text("")),
            ("prefix", text("bubbles-")),
            ("other", text("hello")),
            ("one-character", text("bubbles-A")),
            ("cut-off", text(&good[..good.len() - 9])),
            ("over-lines", text(&broken)),
            ("twice", text(&good.repeat(2))),
            ("not-base64", text("bubbles-????é")),
            ("padded", text(&format!("{good}=="))),
            ("long", text(&format!("bubbles-{}", "A".repeat(60_000)))),
            ("nothing-in-it", body(b"")),
            ("body-cut-off", body(&whole[..whole.len() - 9])),
            ("byte-behind-body", body(&[&whole[..], &[0]].concat())),
            (
                "many-addresses",
                body(&[0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0, 0]),
            ),
            ("no-addresses", body(&[0; 200])),
        ],
    }
}

fn check(bytes: &[u8]) -> bool {
    let text = match bytes.split_first() {
        Some((b'b', body)) => around(&body[..body.len().min(usize::from(u16::MAX))]),
        Some((_, text)) => String::from_utf8_lossy(text).into_owned(),
        None => String::new(),
    };
    let read = READ.spend(text.as_bytes(), |_| Invitation::parse(&text));
    let Ok(invitation) = read else { return false };
    assert_eq!(
        Invitation::parse(&invitation.to_text()).as_ref(),
        Ok(&invitation)
    );
    // What who joins does with it before it connects.
    let _ = (
        invitation.addresses(),
        invitation.fingerprint(),
        invitation.until(),
    );
    true
}
