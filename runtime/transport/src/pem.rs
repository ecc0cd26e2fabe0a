//! Keys and certificates in a file: one file, put in place at once, so that a
//! key never stands beside another key's certificate.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use thiserror::Error;

use crate::certificate::Certificate;
use crate::identity::IdentityError;
use crate::key::{KeyError, PrivateKey};

/// Characters of base64 on a line of PEM (RFC 7468).
const LINE: usize = 64;

/// Why a file or text in PEM gave no identity and no authority.
#[derive(Debug, Error)]
pub enum PemError {
    /// No PEM, or not the parts that belong into it.
    #[error("not a private key and {certificates} certificate(s) in PEM")]
    Parts {
        /// How many belong there.
        certificates: usize,
    },
    /// A private key that is not one of ours.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The parts do not belong together.
    #[error(transparent)]
    Mismatch(#[from] IdentityError),
}

/// Why nothing was loaded.
#[derive(Debug, Error)]
pub enum LoadError {
    /// The file is not there: nothing was ever saved.
    #[error("there is no `{}`", .path.display())]
    Absent {
        /// Of the file.
        path: PathBuf,
    },
    /// The file cannot be read.
    #[error("cannot read `{}`", .path.display())]
    Unreadable {
        /// Of the file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file holds something else.
    #[error("`{}` is damaged", .path.display())]
    Damaged {
        /// Of the file.
        path: PathBuf,
        /// What is wrong with it.
        source: PemError,
    },
}

/// Why nothing was saved; what was there before is still there.
#[derive(Debug, Error)]
#[error("cannot write `{}`", .path.display())]
pub struct SaveError {
    /// Of the file.
    pub path: PathBuf,
    /// What the system says.
    pub source: io::Error,
}

pub(crate) fn write(key: &PrivateKey, certificates: &[&Certificate]) -> String {
    let mut text = armored("PRIVATE KEY", key.to_pkcs8().secret_pkcs8_der());
    for certificate in certificates {
        text.push_str(&armored("CERTIFICATE", certificate.der()));
    }
    text
}

fn armored(label: &str, der: &[u8]) -> String {
    let encoded = STANDARD.encode(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    for line in encoded.as_bytes().chunks(LINE) {
        text.extend(line.iter().map(|&byte| char::from(byte)));
        text.push('\n');
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text
}

/// A private key and exactly `N` certificates, in the order of the text.
pub(crate) fn read<const N: usize>(text: &str) -> Result<(PrivateKey, [Certificate; N]), PemError> {
    let parts = PemError::Parts { certificates: N };
    let Ok(key) = PrivatePkcs8KeyDer::from_pem_slice(text.as_bytes()) else {
        return Err(parts);
    };
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes())
        .map(|found| found.map(|der| Certificate::from_der(der.to_vec())))
        .collect();
    let certificates = certificates.ok().and_then(|found| found.try_into().ok());
    let key = PrivateKey::from_pkcs8(key.secret_pkcs8_der())?;
    Ok((key, certificates.ok_or(parts)?))
}

/// Puts `text` at `path`, readable by its owner only, and has it on the disk when it returns.
pub(crate) fn save(path: &Path, text: &str) -> Result<(), SaveError> {
    let failed = |source| SaveError {
        path: path.to_owned(),
        source,
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    let put = || {
        // A temporary file is made with the mode 0600, and keeps it where it is moved to.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        std::fs::File::open(folder)?.sync_all()
    };
    put().map_err(failed)
}

pub(crate) fn load<T>(
    path: &Path,
    read: impl FnOnce(&str) -> Result<T, PemError>,
) -> Result<T, LoadError> {
    let path = path.to_owned();
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(LoadError::Absent { path });
        }
        Err(source) => return Err(LoadError::Unreadable { path, source }),
    };
    read(&text).map_err(|source| LoadError::Damaged { path, source })
}
