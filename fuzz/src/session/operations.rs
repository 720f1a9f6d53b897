//! What may happen to sessions, and how bytes stand for it.

use arbitrary::{Arbitrary, Result, Unstructured};

/// More would only make a run slower: what a sequence of these can show, a shorter one can.
const MOST_OPERATIONS: usize = 96;

/// The timeouts, and how far each of the three clocks is from the slowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Arbitrary)]
pub struct Settings {
    /// In seconds beyond 20, up to 100.
    pub idle: u8,
    /// In seconds beyond 60, up to 540.
    pub absolute: u16,
    /// In seconds, from 0 to 30.
    pub grace: u8,
    /// In seconds, from 0 to 10.
    pub leeway: u8,
    /// In 255ths of the leeway.
    pub ahead: [u8; 3],
}

/// What someone does. Tokens, subjects, clocks and keys are numbers, taken round where there are fewer of
/// them; tokens in the order in which they were issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Begins a session.
    Login { subject: u8, clock: u8 },
    /// Shows a token.
    Use { token: u8, clock: u8 },
    /// Renews, and copies the private claims.
    Renew { token: u8, clock: u8 },
    /// Renews with another private claim.
    RenewWith { token: u8, clock: u8, claim: u8 },
    /// Renews one token on two clocks at once.
    RenewTogether { token: u8, clock: u8, other: u8 },
    /// Every clock goes on, up to half a minute.
    Advance { eighths: u8 },
    /// Every clock goes on, up to four hours.
    Wait { minutes: u8 },
    /// Every clock goes on until one of them stands at a moment at which the answer about a token changes,
    /// or a microsecond beside; and the token is shown there.
    Edge { token: u8, edge: Edge, clock: u8, micros: i8 },
    /// One clock jumps: back by less than 20 minutes, or ahead by up to nine hours.
    Jump { clock: u8, seconds: i16 },
    /// Every clock is right again.
    InStep,
    /// Logs a session out.
    Logout { token: u8, clock: u8 },
    /// One session ends another.
    Other { token: u8, other: u8, clock: u8 },
    /// A session ends all of its subject's.
    Everywhere { token: u8, clock: u8 },
    /// A session ends all of its subject's but itself.
    Elsewhere { token: u8, clock: u8 },
    /// The application ends a session.
    RevokeSession { token: u8, clock: u8 },
    /// The application revokes a token.
    RevokeToken { token: u8, clock: u8 },
    /// The application ends everyone's sessions, perhaps but one.
    Everyone { except: Option<u8>, clock: u8 },
    /// A login in place of a session.
    StepUp { token: u8, clock: u8 },
    /// A session with another private claim in place of a session.
    ChangePrivilege { token: u8, clock: u8, claim: u8 },
    /// The next key is current.
    Rotate,
    /// Revokes a key.
    RevokeKey { key: u8, clock: u8 },
    /// Drops what has expired.
    Purge { clock: u8 },
}

/// A moment at which the answer about a token changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// It expires, for those who allow no leeway.
    Expires,
    /// It expires.
    Refused,
    /// Its session is as old as a session may be.
    Absolute,
    /// Its grace ends.
    Grace,
    /// From here on it is replayed.
    Replay,
}

/// What ends everything is chosen less often.
impl<'a> Arbitrary<'a> for Edge {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        Ok(match input.arbitrary()? {
            0..=31_u8 => Self::Expires,
            32..=39 => Self::Refused,
            40..=47 => Self::Absolute,
            48..=143 => Self::Grace,
            144.. => Self::Replay,
        })
    }
}

/// Some operations are chosen more often than others, so that sessions live long enough to be renewed,
/// stolen and replayed before someone ends them.
impl<'a> Arbitrary<'a> for Operation {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let choice: u8 = input.arbitrary()?;
        let mut number = || input.arbitrary::<u8>();
        Ok(match choice {
            0..=19 => Self::Login { subject: number()?, clock: number()? },
            20..=59 => Self::Use { token: number()?, clock: number()? },
            60..=104 => Self::Renew { token: number()?, clock: number()? },
            105..=109 => Self::RenewWith { token: number()?, clock: number()?, claim: number()? },
            110..=119 => Self::RenewTogether { token: number()?, clock: number()?, other: number()? },
            120..=149 => Self::Advance { eighths: number()? },
            150 => Self::Wait { minutes: number()? },
            151..=199 => Self::Edge {
                token: number()?,
                edge: input.arbitrary()?,
                clock: input.arbitrary()?,
                micros: input.arbitrary::<i8>()? % 2,
            },
            200 | 201 => Self::Jump { clock: number()?, seconds: input.arbitrary()? },
            202 | 203 => Self::InStep,
            204..=206 => Self::Logout { token: number()?, clock: number()? },
            207..=210 => Self::Other { token: number()?, other: number()?, clock: number()? },
            211 | 212 => Self::Everywhere { token: number()?, clock: number()? },
            213..=217 => Self::Elsewhere { token: number()?, clock: number()? },
            218 | 219 => Self::RevokeSession { token: number()?, clock: number()? },
            220..=223 => Self::RevokeToken { token: number()?, clock: number()? },
            224 | 225 => Self::Everyone { except: input.arbitrary()?, clock: input.arbitrary()? },
            226..=231 => Self::StepUp { token: number()?, clock: number()? },
            232..=237 => Self::ChangePrivilege { token: number()?, clock: number()?, claim: number()? },
            238..=242 => Self::Rotate,
            243..=247 => Self::RevokeKey { key: number()?, clock: number()? },
            _ => Self::Purge { clock: number()? },
        })
    }
}

/// The settings and the operations that these bytes stand for.
#[must_use]
pub fn operations(data: &[u8]) -> Option<(Settings, Vec<Operation>)> {
    let mut input = Unstructured::new(data);
    let settings = Settings::arbitrary(&mut input).ok()?;
    let mut operations = Vec::new();
    while !input.is_empty() && operations.len() < MOST_OPERATIONS {
        operations.push(Operation::arbitrary(&mut input).ok()?);
    }
    Some((settings, operations))
}
