//! How much address space and memory this process may use, for choosing the size of the cage.

use crate::calls::Platform;

/// Limits in bytes; `None` where there is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct MemoryLimits {
    /// `RLIMIT_AS` (`ulimit -v`): even reserved, untouched address space counts.
    pub address_space: Option<u64>,
    /// `RLIMIT_DATA` (`ulimit -d`): private writable mappings count.
    pub data: Option<u64>,
    /// The control group's limit: beyond it the kernel kills.
    pub container: Option<u64>,
}

impl MemoryLimits {
    /// The tightest of them.
    pub fn smallest(self) -> Option<u64> {
        [self.address_space, self.data, self.container]
            .into_iter()
            .flatten()
            .min()
    }
}

/// Reads the limits. What can't be read counts as no limit: the cage's own reservation then finds out.
pub fn memory_limits(platform: &dyn Platform) -> MemoryLimits {
    let soft = |resource| {
        let limit = platform.prlimit(0, resource, None).ok()?;
        (limit.soft != libc::RLIM_INFINITY).then_some(limit.soft)
    };
    MemoryLimits {
        address_space: soft(libc::RLIMIT_AS),
        data: soft(libc::RLIMIT_DATA),
        container: container_limit(platform),
    }
}

/// `memory.max` of the control group at the root of our view, which is what a container shows.
fn container_limit(platform: &dyn Platform) -> Option<u64> {
    let flags = libc::O_RDONLY;
    let fd = platform
        .open(crate::AT_CWD, b"/sys/fs/cgroup/memory.max", flags, 0)
        .ok()?;
    let mut text = [0; 32];
    let length = platform.read(fd, &mut text);
    platform.close(fd).ok()?;
    std::str::from_utf8(text.get(..length.ok()?)?)
        .ok()?
        .trim()
        .parse()
        .ok()
}
