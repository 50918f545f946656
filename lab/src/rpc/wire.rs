//! Marshalling: parameters become bytes in an agreed order, and come back.
//!
//! Every number is big-endian, as on every network; a text is its length and then its bytes. A [`Writer`] remembers which
//! bytes are which field, so that a message can be shown field by field. A `Reader` believes nothing: each length is checked
//! against what is there, and bytes that are left over are an error.

use std::fmt;

/// The first four bytes of every message.
const MAGIC: u32 = 0x4255_4c4b;
/// The longest text.
const TEXT_BYTES: u32 = 256;

/// A call, as the client's stub sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Who calls: the client's process id.
    pub client: u32,
    /// The client's number of this call; the same when it is sent again.
    pub request: u32,
    /// What is called, with its parameters.
    pub procedure: Procedure,
}

/// The procedures of all services, with their parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Procedure {
    /// The sum of two numbers.
    Add(i32, i32),
    /// The quotient of two numbers; fails for a divisor of 0.
    Divide(i32, i32),
    /// Puts an amount on an account and returns the balance: not the same when it is done twice.
    Deposit(String, i32),
    /// Returns after so many milliseconds.
    Sleep(i32),
    /// The registry's: a service of this name is at this port.
    Register(String, i32),
    /// The registry's: where is the service of this name?
    Lookup(String),
}

/// An answer, as the server's stub sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// To whom.
    pub client: u32,
    /// To which call.
    pub request: u32,
    /// A number, or why there is none.
    pub result: Result<i32, String>,
}

/// Why bytes are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// They do not begin with the magic number.
    #[error("no message of this protocol")]
    Magic,
    /// They end in the midst of a field.
    #[error("a message that ends in the midst of a field")]
    Short,
    /// There are more than there should be.
    #[error("bytes after the end of the message")]
    Trailing,
    /// A procedure or status that there is not.
    #[error("an unknown procedure or status: {0}")]
    Unknown(u16),
    /// A text that is too long or not UTF-8.
    #[error("a text that is too long or not UTF-8")]
    Text,
}

/// A message that is being marshalled.
#[derive(Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
    fields: Vec<(&'static str, usize, String)>,
}

impl Writer {
    fn field(&mut self, name: &'static str, bytes: &[u8], value: impl fmt::Display) {
        self.fields.push((name, bytes.len(), value.to_string()));
        self.bytes.extend_from_slice(bytes);
    }

    fn text(&mut self, name: &'static str, text: &str) {
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        self.field("length", &length.to_be_bytes(), length);
        self.field(name, text.as_bytes(), format!("{text:?}"));
    }

    /// The message.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The message field by field: offset, bytes, name, value.
    pub fn table(&self) -> impl Iterator<Item = String> {
        let mut offset = 0;
        self.fields.iter().map(move |(name, length, value)| {
            let bytes = self.bytes.get(offset..offset + length).unwrap_or_default();
            let hex: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            let line = format!("{offset:>4}  {:<36}{name:<12}{value}", hex.join(" "));
            offset += length;
            line
        })
    }
}

impl Call {
    /// Marshals it.
    #[must_use]
    pub fn encode(&self) -> Writer {
        let mut writer = Writer::default();
        writer.field("magic", &MAGIC.to_be_bytes(), "BULK");
        writer.field("client", &self.client.to_be_bytes(), self.client);
        writer.field("request", &self.request.to_be_bytes(), self.request);
        let (number, name) = match self.procedure {
            Procedure::Add(..) => (1u16, "add"),
            Procedure::Divide(..) => (2, "divide"),
            Procedure::Deposit(..) => (3, "deposit"),
            Procedure::Sleep(..) => (4, "sleep"),
            Procedure::Register(..) => (5, "register"),
            Procedure::Lookup(..) => (6, "lookup"),
        };
        writer.field("procedure", &number.to_be_bytes(), format!("{number}: {name}"));
        match &self.procedure {
            Procedure::Add(a, b) | Procedure::Divide(a, b) => {
                writer.field("a: i32", &a.to_be_bytes(), a);
                writer.field("b: i32", &b.to_be_bytes(), b);
            }
            Procedure::Deposit(text, number) | Procedure::Register(text, number) => {
                writer.text("text", text);
                writer.field("number: i32", &number.to_be_bytes(), number);
            }
            Procedure::Sleep(number) => writer.field("number: i32", &number.to_be_bytes(), number),
            Procedure::Lookup(text) => writer.text("text", text),
        }
        writer
    }

    /// Unmarshals it.
    ///
    /// # Errors
    /// See [`Malformed`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes)?;
        let (client, request) = (reader.u32()?, reader.u32()?);
        let procedure = match reader.u16()? {
            1 => Procedure::Add(reader.i32()?, reader.i32()?),
            2 => Procedure::Divide(reader.i32()?, reader.i32()?),
            3 => Procedure::Deposit(reader.text()?, reader.i32()?),
            4 => Procedure::Sleep(reader.i32()?),
            5 => Procedure::Register(reader.text()?, reader.i32()?),
            6 => Procedure::Lookup(reader.text()?),
            unknown => return Err(Malformed::Unknown(unknown)),
        };
        reader.end()?;
        Ok(Self { client, request, procedure })
    }
}

impl Reply {
    /// Marshals it.
    #[must_use]
    pub fn encode(&self) -> Writer {
        let mut writer = Writer::default();
        writer.field("magic", &MAGIC.to_be_bytes(), "BULK");
        writer.field("client", &self.client.to_be_bytes(), self.client);
        writer.field("request", &self.request.to_be_bytes(), self.request);
        match &self.result {
            Ok(number) => {
                writer.field("status", &0u16.to_be_bytes(), "0: done");
                writer.field("result: i32", &number.to_be_bytes(), number);
            }
            Err(why) => {
                writer.field("status", &1u16.to_be_bytes(), "1: failed");
                writer.text("why", why);
            }
        }
        writer
    }

    /// Unmarshals it.
    ///
    /// # Errors
    /// See [`Malformed`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes)?;
        let (client, request) = (reader.u32()?, reader.u32()?);
        let result = match reader.u16()? {
            0 => Ok(reader.i32()?),
            1 => Err(reader.text()?),
            unknown => return Err(Malformed::Unknown(unknown)),
        };
        reader.end()?;
        Ok(Self { client, request, result })
    }
}

/// Bytes that are being unmarshalled.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Self(bytes);
        if reader.u32() == Ok(MAGIC) { Ok(reader) } else { Err(Malformed::Magic) }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (field, rest) = self.0.split_first_chunk().ok_or(Malformed::Short)?;
        self.0 = rest;
        Ok(*field)
    }

    fn u16(&mut self) -> Result<u16, Malformed> {
        self.array().map(u16::from_be_bytes)
    }

    fn u32(&mut self) -> Result<u32, Malformed> {
        self.array().map(u32::from_be_bytes)
    }

    fn i32(&mut self) -> Result<i32, Malformed> {
        self.array().map(i32::from_be_bytes)
    }

    fn text(&mut self) -> Result<String, Malformed> {
        let length = self.u32()?;
        if length > TEXT_BYTES {
            return Err(Malformed::Text);
        }
        let (text, rest) = self.0.split_at_checked(length as usize).ok_or(Malformed::Short)?;
        self.0 = rest;
        String::from_utf8(text.to_vec()).map_err(|_| Malformed::Text)
    }

    fn end(self) -> Result<(), Malformed> {
        if self.0.is_empty() { Ok(()) } else { Err(Malformed::Trailing) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls() -> Vec<Call> {
        let procedures = [
            Procedure::Add(2, -3),
            Procedure::Divide(i32::MIN, 0),
            Procedure::Deposit("Zoë".into(), 100),
            Procedure::Sleep(5),
            Procedure::Register("bank".into(), 7111),
            Procedure::Lookup(String::new()),
        ];
        procedures.into_iter().map(|procedure| Call { client: 7, request: u32::MAX, procedure }).collect()
    }

    #[test]
    fn what_was_marshalled_comes_back() {
        for call in calls() {
            assert_eq!(Call::decode(call.encode().bytes()), Ok(call));
        }
        for result in [Ok(5), Err("no".to_owned())] {
            let reply = Reply { client: 1, request: 2, result };
            assert_eq!(Reply::decode(reply.encode().bytes()), Ok(reply));
        }
    }

    #[test]
    fn every_cut_and_every_addition_is_noticed() {
        for call in calls() {
            let whole = call.encode().bytes().to_vec();
            for length in 0..whole.len() {
                assert!(Call::decode(&whole[..length]).is_err(), "{call:?} cut to {length}");
            }
            assert_eq!(Call::decode(&[&whole[..], b"x"].concat()), Err(Malformed::Trailing));
        }
    }

    #[test]
    fn a_length_that_lies_is_noticed() {
        let mut bytes = calls()[5].encode().bytes().to_vec();
        let at = bytes.len() - 4;
        bytes[at..].copy_from_slice(&200u32.to_be_bytes());
        assert_eq!(Call::decode(&bytes), Err(Malformed::Short));
        bytes[at..].copy_from_slice(&u32::MAX.to_be_bytes());
        assert_eq!(Call::decode(&bytes), Err(Malformed::Text));
    }

    #[test]
    fn numbers_are_big_endian() {
        let call = Call { client: 1, request: 2, procedure: Procedure::Add(3, -1) };
        assert_eq!(call.encode().bytes(), b"BULK\0\0\0\x01\0\0\0\x02\0\x01\0\0\0\x03\xff\xff\xff\xff");
    }
}
