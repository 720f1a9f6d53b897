//! What is asked for on the command line.

use std::env;

pub(crate) struct Arguments {
    /// So many images of disks, at least.
    pub(crate) images: u64,
    pub(crate) seed: u64,
}

impl Arguments {
    /// A harness's own arguments, such as a filter, are not for this test.
    pub(crate) fn read() -> Result<Self, String> {
        let mut read = Self { images: 400, seed: 1 };
        let mut arguments = env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let place = match argument.as_str() {
                "--images" => &mut read.images,
                "--seed" => &mut read.seed,
                _ => continue,
            };
            let number = arguments.next().and_then(|number| number.parse().ok());
            *place = number.ok_or_else(|| format!("{argument} wants a number"))?;
        }
        Ok(read)
    }
}
