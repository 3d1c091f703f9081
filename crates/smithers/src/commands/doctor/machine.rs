//! Checks of this machine: folder, disk, clock.

use std::path::Path;

use store::Ts;

use super::Finding;
use crate::config::Data;

/// Less free space than this is worth knowing, in bytes.
const LOW: u64 = 1 << 30;

/// With less than this the database may not be able to write.
const TOO_LOW: u64 = 100 << 20;

const MICROS: u64 = 1_000_000;

/// Whether the data folder is there, ours alone, and who serves from it.
pub(super) fn folder(data: &Data) -> Finding {
    let folder = data.folder.display();
    if !data.folder.exists() {
        return Finding::ok(format!("{folder} is not there yet; the first start makes it"));
    }
    match data.has_server() {
        Err(error) => Finding::failed(
            format!("{error:#}"),
            format!("`sudo chown -R $(id -un) {folder}`, or choose another --data-dir"),
        ),
        Ok(_) if is_open_to_others(&data.folder) => Finding::warning(
            format!("others on this machine can look into {folder}"),
            format!("`chmod 700 {folder}`"),
        ),
        Ok(Some(true)) => Finding::ok(format!("{folder}; a server uses it")),
        Ok(Some(false)) => Finding::ok(format!("{folder}; no server uses it now")),
        Ok(None) => Finding::ok(folder.to_string()),
    }
}

#[cfg(unix)]
fn is_open_to_others(folder: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    folder.metadata().is_ok_and(|it| it.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_folder: &Path) -> bool {
    false
}

/// How much can still be written.
pub(super) fn disk(data: &Data) -> Finding {
    let there = data.folder.ancestors().find(|folder| folder.exists());
    let Some(free) = there.and_then(free_space) else {
        return Finding::ok("free space cannot be told here");
    };
    let detail = format!("{} MiB are free", free >> 20);
    let remedy = "free some space, or move the data to a larger disk";
    match free {
        LOW.. => Finding::ok(detail),
        TOO_LOW.. => Finding::warning(detail, remedy),
        _ => Finding::failed(detail, remedy),
    }
}

#[cfg(unix)]
fn free_space(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(not(unix))]
fn free_space(_folder: &Path) -> Option<u64> {
    None
}

/// Whether this machine and the database agree on the time: leases and approvals end by it.
pub(super) fn clock(ours: Ts, database: Ts) -> Finding {
    let seconds = ours.0.abs_diff(database.0) / MICROS;
    let detail = format!("{seconds} seconds between this machine and the database");
    let remedy = "let both machines take their time from NTP: `timedatectl set-ntp true`";
    match seconds {
        0..5 => Finding::ok(detail),
        5..60 => Finding::warning(detail, remedy),
        60.. => Finding::failed(detail, remedy),
    }
}
