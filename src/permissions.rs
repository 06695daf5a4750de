//! Who else could change a file that the server trusts. Looks at no file by itself.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;

const GROUP_WRITES: u32 = 0o020;
const OTHERS_WRITE: u32 = 0o002;

/// The permissions of a file or folder, if others than its owner and root can write it. A group that is its
/// owner's own (of the same number) or this process's is not others.
#[must_use]
pub fn writable_by_others(file: &Metadata) -> Option<u32> {
    let own_group = rustix::process::getegid().as_raw();
    let mode = file.mode() & 0o777;
    is_writable_by_others(mode, file.uid(), file.gid(), own_group).then_some(mode)
}

fn is_writable_by_others(mode: u32, owner: u32, group: u32, own_group: u32) -> bool {
    let is_of_others = group != owner && group != own_group;
    mode & OTHERS_WRITE != 0 || (mode & GROUP_WRITES != 0 && is_of_others)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_are_all_but_the_owner_and_their_own_group() {
        for (mode, owner, group, own_group, is_writable) in [
            (0o644, 1000, 1000, 1000, false),
            (0o600, 1000, 50, 1000, false),
            (0o666, 1000, 1000, 1000, true),
            (0o602, 0, 0, 0, true),
            (0o664, 1000, 1000, 0, false),
            (0o664, 1000, 50, 1000, true),
            (0o664, 0, 990, 990, false),
            (0o775, 0, 50, 990, true),
        ] {
            let found = is_writable_by_others(mode, owner, group, own_group);
            assert_eq!(found, is_writable, "{mode:o} {owner}:{group} for {own_group}");
        }
    }
}
