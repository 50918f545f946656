//! The control link: one anonymous pipe each way, in records of one fixed size.
//!
//! Contract:
//! - a record is [`RECORD_BYTES`] long, less than `PIPE_BUF`, so that every `write(2)` of one is atomic (pipe(7));
//! - [`Up::last_words`] neither allocates nor locks, so that a signal handler may call it;
//! - end-of-file *is* the death notice: whoever reads it knows that the other side is gone;
//! - a record that does not decode is a violation, never skipped.

/// Bytes in each record.
pub const RECORD_BYTES: usize = 512;

const _: () = assert!(RECORD_BYTES <= libc::PIPE_BUF, "a record is written in one piece");

/// Before the text of last words.
const HEADER_BYTES: usize = 20;

const TEXT_BYTES: usize = RECORD_BYTES - HEADER_BYTES;

/// Broker to renderer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Down {
    /// Answer with [`Up::Pong`] and the same number, from the event loop.
    Ping(u32),
    /// End, now and with exit code 0.
    Shutdown,
}

/// Renderer to broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Up {
    /// The answer to [`Down::Ping`].
    Pong(u32),
    /// Last words: what is ending this process. Nothing follows it.
    LastWords(LastWords),
}

/// What ends a process, as it saw it itself. The broker trusts it for display only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastWords {
    /// What kind of end.
    pub cause: Cause,
    /// The signal's number or, for [`Cause::Seccomp`], the system call's; else 0.
    pub number: i32,
    /// The faulting address, or 0.
    pub address: u64,
    /// A panic's message and place. At most [`RECORD_BYTES`] less the header; cut at the end, lossily decoded.
    pub text: String,
}

/// The kinds of end that a process can report of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Cause {
    /// A Rust panic.
    Panic = 1,
    /// A fatal signal other than the next two.
    Signal = 2,
    /// `SIGSYS`: the sandbox stopped a system call.
    Seccomp = 3,
    /// The allocator had no memory to give.
    OutOfMemory = 4,
    /// A fault in the guard page under the stack.
    StackOverflow = 5,
    /// The machine grants less of the sandbox than is asked for at least; the text says what is missing.
    Unconfined = 6,
}

impl Cause {
    fn from_byte(byte: u8) -> Option<Self> {
        [Self::Panic, Self::Signal, Self::Seccomp, Self::OutOfMemory, Self::StackOverflow, Self::Unconfined]
            .into_iter()
            .find(|cause| *cause as u8 == byte)
    }
}

const PING: u8 = 1;
const SHUTDOWN: u8 = 2;
const PONG: u8 = 3;
const LAST_WORDS: u8 = 4;

/// A record that is none of those above.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a control record that does not decode")]
pub struct Malformed;

impl Down {
    /// As bytes for the pipe.
    #[must_use]
    pub fn encode(self) -> [u8; RECORD_BYTES] {
        let mut record = [0; RECORD_BYTES];
        match self {
            Self::Ping(number) => {
                record[0] = PING;
                record[4..8].copy_from_slice(&number.to_le_bytes());
            }
            Self::Shutdown => record[0] = SHUTDOWN,
        }
        record
    }

    /// From bytes off the pipe.
    ///
    /// # Errors
    /// [`Malformed`] for an unknown tag.
    pub fn decode(record: &[u8; RECORD_BYTES]) -> Result<Self, Malformed> {
        match record[0] {
            PING => Ok(Self::Ping(number(record))),
            SHUTDOWN => Ok(Self::Shutdown),
            _ => Err(Malformed),
        }
    }
}

impl Up {
    /// The record for [`Up::Pong`].
    #[must_use]
    pub fn pong(number: u32) -> [u8; RECORD_BYTES] {
        let mut record = [0; RECORD_BYTES];
        record[0] = PONG;
        record[4..8].copy_from_slice(&number.to_le_bytes());
        record
    }

    /// The record for [`Up::LastWords`]. Async-signal-safe: it works on its stack only. `text` is cut to what fits.
    #[must_use]
    pub fn last_words(cause: Cause, number: i32, address: u64, text: &[u8]) -> [u8; RECORD_BYTES] {
        let mut record = [0; RECORD_BYTES];
        record[0] = LAST_WORDS;
        record[1] = cause as u8;
        let length = text.len().min(TEXT_BYTES);
        // It fits: a record is shorter. Of what did not, the length would be refused by whoever reads it.
        record[2..4].copy_from_slice(&u16::try_from(length).unwrap_or(u16::MAX).to_le_bytes());
        record[4..8].copy_from_slice(&number.to_le_bytes());
        record[8..16].copy_from_slice(&address.to_le_bytes());
        for (to, from) in record[HEADER_BYTES..].iter_mut().zip(text) {
            *to = *from;
        }
        record
    }

    /// From bytes off the pipe.
    ///
    /// # Errors
    /// [`Malformed`] for an unknown tag or cause, or a length beyond the record.
    pub fn decode(record: &[u8; RECORD_BYTES]) -> Result<Self, Malformed> {
        match record[0] {
            PONG => Ok(Self::Pong(number(record))),
            LAST_WORDS => {
                let length = usize::from(u16::from_le_bytes([record[2], record[3]]));
                let text = record[HEADER_BYTES..].get(..length).ok_or(Malformed)?;
                let mut address = [0; 8];
                address.copy_from_slice(&record[8..16]);
                Ok(Self::LastWords(LastWords {
                    cause: Cause::from_byte(record[1]).ok_or(Malformed)?,
                    number: number(record).cast_signed(),
                    address: u64::from_le_bytes(address),
                    text: String::from_utf8_lossy(text).into_owned(),
                }))
            }
            _ => Err(Malformed),
        }
    }
}

/// The one number of a record; each kind has it in the same place.
fn number(record: &[u8; RECORD_BYTES]) -> u32 {
    u32::from_le_bytes([record[4], record[5], record[6], record[7]])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_words_survive_the_pipe_and_are_cut_to_size() {
        let long = [b'x'; 2 * RECORD_BYTES];
        let record = Up::last_words(Cause::Panic, 6, 0xdead, &long);
        let Ok(Up::LastWords(words)) = Up::decode(&record) else { panic!("decodes") };
        assert_eq!((words.cause, words.number, words.address), (Cause::Panic, 6, 0xdead));
        assert_eq!(words.text.len(), TEXT_BYTES);
    }

    #[test]
    fn a_length_beyond_the_record_is_refused() {
        let mut record = Up::last_words(Cause::Panic, 0, 0, b"hello");
        record[2..4].copy_from_slice(&u16::MAX.to_le_bytes());
        assert_eq!(Up::decode(&record), Err(Malformed));
        assert_eq!(Up::decode(&[0xff; RECORD_BYTES]), Err(Malformed));
        assert_eq!(Down::decode(&[0xff; RECORD_BYTES]), Err(Malformed));
    }

    #[test]
    fn pings_and_pongs_carry_their_number() {
        assert_eq!(Down::decode(&Down::Ping(7).encode()), Ok(Down::Ping(7)));
        assert_eq!(Down::decode(&Down::Shutdown.encode()), Ok(Down::Shutdown));
        assert_eq!(Up::decode(&Up::pong(9)), Ok(Up::Pong(9)));
    }
}
