//! What may happen to a file that nobody wrote on purpose.

use arbitrary::{Arbitrary, Unstructured};

use super::genuine::Genuine;

const MOST_CHANGES: usize = 24;

/// A change of a file's bytes. Places are numbers, taken round where the file is shorter: below 0x8000 among those
/// that hold anything but zeros, else anywhere.
#[derive(Debug, Clone, PartialEq, Eq, Arbitrary)]
pub enum Change {
    /// One bit is another one.
    Flip { at: u16, fine: u8, bit: u8 },
    /// Other bytes stand there.
    Overwrite { at: u16, fine: u8, bytes: [u8; 8] },
    /// A stretch is all one byte.
    Fill { at: u16, len: u16, byte: u8 },
    /// A stretch is what stands elsewhere.
    Copy { from: u16, to: u16, len: u16 },
    /// Two pages of 4 KiB are in each other's place.
    Swap { one: u8, other: u8 },
    /// The file ends there.
    Truncate { at: u16, fine: u8 },
    /// The file goes on.
    Extend { len: u16, byte: u8 },
}

/// The changes that these bytes stand for.
#[must_use]
pub fn changes(data: &[u8]) -> Option<Vec<Change>> {
    let mut input = Unstructured::new(data);
    let mut changes = Vec::new();
    while !input.is_empty() && changes.len() < MOST_CHANGES {
        changes.push(Change::arbitrary(&mut input).ok()?);
    }
    Some(changes)
}

impl Change {
    pub(super) fn apply(&self, genuine: &Genuine, image: &mut Vec<u8>) {
        if image.is_empty() {
            return;
        }
        let len = image.len();
        let place = |at: u16| {
            let at = usize::from(at);
            let place = if at < 0x8000 { genuine.used[at % genuine.used.len()] } else { (at - 0x8000) * 16 };
            place % len
        };
        let fine = |at: u16, fine: u8| (place(at) + usize::from(fine % 16)) % len;
        let stretch = |at: usize, wanted: usize| at..len.min(at + wanted);
        match *self {
            Self::Flip { at, fine: off, bit } => image[fine(at, off)] ^= 1 << (bit % 8),
            Self::Overwrite { at, fine: off, bytes } => {
                let stretch = stretch(fine(at, off), bytes.len());
                let wanted = stretch.len();
                image[stretch].copy_from_slice(&bytes[..wanted]);
            }
            Self::Fill { at, len, byte } => image[stretch(place(at), len.into())].fill(byte),
            Self::Copy { from, to, len: wanted } => {
                let (from, to) = (place(from), place(to));
                let wanted = usize::from(wanted).min(len - to).min(len - from);
                image.copy_within(from..from + wanted, to);
            }
            Self::Swap { one, other } => {
                let pages = len / 4096;
                if pages > 0 {
                    let (one, other) = (usize::from(one) % pages, usize::from(other) % pages);
                    (0..4096).for_each(|n| image.swap(one * 4096 + n, other * 4096 + n));
                }
            }
            Self::Truncate { at, fine: off } => image.truncate(fine(at, off)),
            Self::Extend { len, byte } => image.extend(std::iter::repeat_n(byte, len.into())),
        }
    }
}
