//! The keys, in a file, so that a restart logs nobody out.

use std::error::Error;
use std::path::{Path, PathBuf};

use hallpass::KeyRing;
use hallpass::key::{KeySet, LocalKey};

/// The keys in this file; or else in one beside the denylist, which is made (mode 0600) if there is none. They encrypt:
/// a cookie is to be read by nobody.
pub(crate) fn open(keys: Option<&Path>, denylist: &Path) -> Result<KeyRing, Box<dyn Error>> {
    if let Some(path) = keys {
        return load(path);
    }
    let path = beside(denylist);
    if !path.try_exists()? {
        KeySet::issuing(LocalKey::generate()?).save(&path)?;
    }
    load(&path)
}

pub(crate) fn load(keys: &Path) -> Result<KeyRing, Box<dyn Error>> {
    Ok(KeyRing::new(KeySet::load(keys)?))
}

fn beside(denylist: &Path) -> PathBuf {
    let mut path = denylist.as_os_str().to_owned();
    path.push(".keys");
    path.into()
}
