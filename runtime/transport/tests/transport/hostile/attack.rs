//! What a peer can do with a connection that it was given.

use std::time::Duration;

use bubbles_transport::{Frame, Refusal};
use bytes::Bytes;
use tokio::time::timeout;

use crate::support::Note;

const STREAMS: usize = 10_000;

#[derive(Debug, Clone, Copy)]
pub(super) enum Attack {
    /// The frame that a length of 4 GiB announces.
    EndlessLength,
    Truncated,
    UnknownKind,
    TrailingBytes,
    NotUtf8,
    /// A frame begun on one stream.
    Stalled,
    /// Frames begun on as many streams as there are to be had.
    ManyStreams,
    /// Streams given up as fast as they are opened, then a bad frame.
    OpenAndReset,
    /// Questions whose answers nobody reads, then a bad frame.
    UnreadAnswers,
}

impl Attack {
    pub(super) const ALL: [Self; 9] = [
        Self::EndlessLength,
        Self::Truncated,
        Self::UnknownKind,
        Self::TrailingBytes,
        Self::NotUtf8,
        Self::Stalled,
        Self::ManyStreams,
        Self::OpenAndReset,
        Self::UnreadAnswers,
    ];

    pub(super) fn expected(self) -> Refusal {
        match self {
            Self::Stalled | Self::ManyStreams => Refusal::Stalled,
            _ => Refusal::Violation,
        }
    }

    /// Does it, until the connection ends; says how many streams it got.
    pub(super) async fn run(self, connection: &quinn::Connection) -> usize {
        match self {
            Self::EndlessLength => {
                let more = Bytes::from(vec![b'x'; 1 << 20]);
                begin(
                    connection,
                    &[Note::KIND, 0xff, 0xff, 0xff, 0xff],
                    Some(more),
                    false,
                )
                .await
            }
            Self::Truncated => begin(connection, &[Note::KIND, 9, 0, 0, 0, 1, 2], None, true).await,
            Self::UnknownKind => begin(connection, &[200, 1, 0, 0, 0, 1], None, true).await,
            Self::TrailingBytes => {
                begin(
                    connection,
                    &[Note::KIND, 4, 0, 0, 0, 1, 1, b'a', 7],
                    None,
                    true,
                )
                .await
            }
            Self::NotUtf8 => {
                begin(
                    connection,
                    &[Note::KIND, 3, 0, 0, 0, 1, 1, 0xff],
                    None,
                    true,
                )
                .await
            }
            Self::Stalled => begin(connection, &[Note::KIND, 200, 0], None, false).await,
            Self::ManyStreams => many_streams(connection).await,
            Self::OpenAndReset => open_and_reset(connection).await,
            Self::UnreadAnswers => unread_answers(connection).await,
        }
    }
}

/// Sends this on one stream, and leaves it so.
async fn begin(
    connection: &quinn::Connection,
    bytes: &[u8],
    more: Option<Bytes>,
    end: bool,
) -> usize {
    let (mut sending, _receiving) = connection.open_bi().await.unwrap();
    sending.write_all(bytes).await.ok();
    if let Some(more) = more {
        sending.write_chunk(more).await.ok();
    }
    if end {
        sending.finish().ok();
    }
    connection.closed().await;
    1
}

async fn many_streams(connection: &quinn::Connection) -> usize {
    let mut open = Vec::new();
    for _ in 0..STREAMS {
        let Ok((mut sending, receiving)) = connection.open_bi().await else {
            break;
        };
        sending.write_all(&[Note::KIND, 0xff]).await.ok();
        open.push((sending, receiving));
    }
    open.len()
}

async fn open_and_reset(connection: &quinn::Connection) -> usize {
    let mut opened = 0;
    while opened < STREAMS {
        let (mut sending, _receiving) = connection.open_bi().await.unwrap();
        sending.write_all(&[Note::KIND]).await.ok();
        sending.reset(0_u32.into()).ok();
        opened += 1;
    }
    opened + begin(connection, &[200], None, true).await
}

async fn unread_answers(connection: &quinn::Connection) -> usize {
    let mut open = Vec::new();
    let body = [&[1, 0xe8, 0x07][..], &[b'x'; 1000]].concat();
    let length = u32::try_from(body.len()).unwrap().to_le_bytes();
    let frame = [&[Note::KIND][..], &length, &body].concat();
    for _ in 0..40 {
        let (mut sending, receiving) = connection.open_bi().await.unwrap();
        sending.write_all(&frame).await.unwrap();
        sending.finish().unwrap();
        open.push(receiving);
    }
    // The answers are here, as far as QUIC goes. Sooner, data of the server's would wait for its
    // congestion window, and quinn has what it says at the end wait behind it (`Connection::close`).
    while connection.stats().udp_rx.bytes < (open.len() * body.len()) as u64 {
        timeout(Duration::from_millis(1), connection.closed())
            .await
            .unwrap_err();
    }
    open.len() + begin(connection, &[200], None, true).await
}
