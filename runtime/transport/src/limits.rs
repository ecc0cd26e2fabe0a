//! Every limit on what a peer can make this process hold, wait for or do, with
//! its reason. The defaults of quinn are made for a server that is short of
//! nothing; here one peer that is no friend is to cost less than 64 MiB.

use std::time::Duration;

use quinn::{IdleTimeout, TransportConfig, VarInt};

use crate::protocol::Protocol;

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// The longest frame there is. A kind's own limit is far below, but for the
/// pieces of the log and the lists that a follower is sent. Longer things are raw bytes.
pub const MAX_FRAME_BYTES: usize = 4 * MIB;

/// What all the frames that one peer has begun and not ended may hold here. Four
/// of the longest, so that one alone does not have the others refused.
pub(crate) const PEER_FRAMES_BYTES: usize = 4 * MAX_FRAME_BYTES;

/// What all the frames that are being sent to one peer may have, so that it seldom refuses one:
/// the place of the longest is left to those of which the last bytes are under way.
pub(crate) const SENT_FRAMES_BYTES: usize = PEER_FRAMES_BYTES - MAX_FRAME_BYTES;

/// A frame up to here needs no share of [`PEER_FRAMES_BYTES`]: most have a few
/// hundred bytes, and a short answer is not to be refused because of a long one.
pub(crate) const SMALL_FRAME_BYTES: usize = 4 * KIB;

/// What is allocated at once for a frame, whatever length it claims; the rest as it arrives.
pub(crate) const FRAME_STEP_BYTES: usize = 64 * KIB;

/// How long a call waits before it asks again, when its question was too long for
/// what the peer had left: 4 MiB take 4 ms at 1 GB/s. Twice as long each time.
pub(crate) const BUSY_PAUSE: Duration = Duration::from_millis(5);

/// And no longer than so: room is to be found when there is some.
pub(crate) const BUSY_PAUSE_MOST: Duration = Duration::from_millis(100);

/// How often a writer that waits for room looks whether it is still wanted. Short, as it
/// finds out only if the connection has room at that moment; looking takes a microsecond.
pub(crate) const STOP_CHECK: Duration = Duration::from_millis(20);

/// From the first packet to being let in. A handshake takes two round trips and
/// a millisecond of arithmetic; with lost packets on a far link, a second or two.
pub(crate) const HANDSHAKE: Duration = Duration::from_secs(5);

/// Handshakes at a time. One has about 64 KiB, so all of them 16 MiB; a cluster
/// that starts at once brings fewer.
pub(crate) const MAX_HANDSHAKES: usize = 256;

/// Above so many handshakes a peer first has to show that its address is its
/// own (`Retry`), which costs it a round trip, and us nothing that stays.
pub(crate) const RETRY_ABOVE_HANDSHAKES: usize = 64;

/// Handshakes at a time from one address: one machine alone does not take all
/// of [`MAX_HANDSHAKES`]. Many people behind one address still get in together.
pub(crate) const MAX_HANDSHAKES_PER_ADDRESS: usize = 32;

/// First packets that wait for the gate, which takes them at once unless the machine stands still.
pub(crate) const MAX_INCOMING: usize = 256;

/// What comes before the gate has taken a peer in: a client's hello has at most a few packets.
pub(crate) const INCOMING_BUFFER_BYTES: usize = 16 * KIB;

/// The same of all who wait.
pub(crate) const INCOMING_BUFFERS_BYTES: usize = 2 * MIB;

/// Connections that were let in and wait for `accept`: a burst of a whole
/// cluster. Beyond it they wait in their handshake, and in the end are told "busy".
pub(crate) const MAX_ARRIVALS: usize = 64;

/// How long a peer may take to notice that this process goes.
pub(crate) const SHUTDOWN: Duration = Duration::from_secs(2);

/// Nothing heard for so long, and the connection is dead: four keep-alives, so
/// that three lost packets in a row do not end it.
const IDLE: Duration = Duration::from_secs(8);

/// Someone without news sends a sign of life so often.
const KEEP_ALIVE: Duration = Duration::from_secs(2);

/// Before the first measurement, what a round trip is taken for. The protocol's
/// 333 ms is for the whole world; this decides when a lost first packet is sent again.
const INITIAL_RTT: Duration = Duration::from_millis(100);

/// What a handshake out of order may hold: a certificate chain has 1 KiB.
const CRYPTO_BUFFER_BYTES: usize = 16 * KIB;

/// Unread on one stream. A link of 1 ms and 0.5 GB/s has this many bytes on its way. It is a data
/// connection's window divided by its streams: however many are left unread, as their readers are
/// busy, the others have room. One value for all protocols, as a server offers it before it knows
/// which is spoken.
pub(crate) const STREAM_WINDOW_BYTES: usize = MIB / 2;

/// What a connection may hold, by protocol.
pub(crate) struct Share {
    /// Streams that the other side has open at a time.
    pub(crate) streams: usize,
    /// Bytes received and unread, all streams together.
    pub(crate) receive_bytes: usize,
    /// Bytes sent and not yet acknowledged.
    pub(crate) send_bytes: usize,
    /// Connections that one peer has open at a time.
    pub(crate) connections: usize,
}

/// Small: questions are short, and what is unread here is late already. Eight
/// connections: a person with one identity works in several terminals.
const CONTROL: Share = Share {
    streams: 64,
    receive_bytes: MIB / 2,
    send_bytes: MIB / 2,
    connections: 8,
};

/// Large, so that one connection fills a link of 4 ms and 1 GB/s. A stream is a
/// chunk on its way; 13 of them hide the time that asking takes. Three
/// connections: one in use, and two that broke and are not yet known to be dead.
const DATA: Share = Share {
    streams: 13,
    receive_bytes: 13 * STREAM_WINDOW_BYTES,
    send_bytes: 3 * MIB,
    connections: 3,
};

/// One question, one answer; a second connection, should the first break.
const JOIN: Share = Share {
    streams: 1,
    receive_bytes: MIB / 2,
    send_bytes: MIB / 2,
    connections: 2,
};

/// Of these three things one peer has what its role gets: `JOIN`, or the others.
const WORST_PEER_BYTES: usize = PEER_FRAMES_BYTES
    + CONTROL.connections * CONTROL.held_bytes()
    + DATA.connections * DATA.held_bytes();
const _: () = assert!(WORST_PEER_BYTES < 56 * MIB);
const _: () = assert!(JOIN.connections * JOIN.held_bytes() + PEER_FRAMES_BYTES < 56 * MIB);

impl Share {
    pub(crate) const fn of(protocol: Protocol) -> &'static Self {
        match protocol {
            Protocol::Control => &CONTROL,
            Protocol::Data => &DATA,
            Protocol::Join => &JOIN,
        }
    }

    const fn held_bytes(&self) -> usize {
        self.receive_bytes + self.send_bytes + self.streams * SMALL_FRAME_BYTES
    }
}

/// For a client, which knows from the start what it will speak, and whose
/// server has shown who it is before a stream can come.
pub(crate) fn client_transport(protocol: Protocol) -> TransportConfig {
    let share = Share::of(protocol);
    let mut config = transport(share);
    config.max_concurrent_bidi_streams(var_int(share.streams));
    // The one by which the server says that it has let the client in.
    config.max_concurrent_uni_streams(VarInt::from_u32(1));
    config
}

/// For a server: not one stream, until the gate has seen who it is and lets it in.
pub(crate) fn server_transport() -> TransportConfig {
    let mut config = transport(&CONTROL);
    config.max_concurrent_bidi_streams(VarInt::from_u32(0));
    config.max_concurrent_uni_streams(VarInt::from_u32(0));
    config
}

/// Gives a connection the share of its protocol, now that it is let in.
pub(crate) fn open_up(connection: &quinn::Connection, protocol: Protocol) {
    let share = Share::of(protocol);
    connection.set_receive_window(var_int(share.receive_bytes));
    connection.set_send_window(share.send_bytes as u64);
    connection.set_max_concurrent_bi_streams(var_int(share.streams));
}

fn transport(share: &Share) -> TransportConfig {
    let mut config = TransportConfig::default();
    let idle = IdleTimeout::try_from(IDLE).expect("seconds fit");
    config
        .max_idle_timeout(Some(idle))
        .keep_alive_interval(Some(KEEP_ALIVE))
        .initial_rtt(INITIAL_RTT)
        .stream_receive_window(var_int(STREAM_WINDOW_BYTES))
        .receive_window(var_int(share.receive_bytes))
        .send_window(share.send_bytes as u64)
        // Round robin: a short answer does not wait behind a long one.
        .send_fairness(true)
        .crypto_buffer_size(CRYPTO_BUFFER_BYTES)
        // Nothing here sends datagrams: none are taken, none are kept.
        .datagram_receive_buffer_size(None)
        .datagram_send_buffer_size(0)
        // Who watches the network does not have to know our round trips.
        .allow_spin(false);
    config
}

fn var_int(value: usize) -> VarInt {
    VarInt::try_from(value as u64).expect("all limits are below 2^62")
}
