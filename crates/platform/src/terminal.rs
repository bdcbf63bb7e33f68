//! Terminals: their modes, sizes, names, and pseudo-terminals.

use crate::calls::{Fd, TerminalModes, TerminalSize};
use crate::error::{OsError, OsResult};
use crate::fd::{borrow, release};
use crate::raw;
use rustix::pty::{self, OpenptFlags};
use rustix::termios;
use std::mem::MaybeUninit;

pub(crate) fn isatty(fd: Fd) -> OsResult<bool> {
    Ok(raw::isatty(fd).unwrap_or(0) == 1)
}

pub(crate) fn ttyname(fd: Fd) -> OsResult<Vec<u8>> {
    Ok(termios::ttyname(borrow(fd)?, Vec::new())?.into_bytes())
}

pub(crate) fn terminal_size(fd: Fd) -> OsResult<TerminalSize> {
    let size = termios::tcgetwinsize(borrow(fd)?)?;
    Ok(TerminalSize {
        columns: size.ws_col,
        rows: size.ws_row,
        width_px: size.ws_xpixel,
        height_px: size.ws_ypixel,
    })
}

pub(crate) fn set_terminal_size(fd: Fd, size: TerminalSize) -> OsResult<()> {
    let size = termios::Winsize {
        ws_row: size.rows,
        ws_col: size.columns,
        ws_xpixel: size.width_px,
        ws_ypixel: size.height_px,
    };
    Ok(termios::tcsetwinsize(borrow(fd)?, size)?)
}

fn attributes(fd: Fd) -> OsResult<libc::termios> {
    let mut modes = MaybeUninit::<libc::termios>::zeroed();
    raw::clear_errno();
    // SAFETY: the struct is all integers, so zero bytes are a value of it, and the call fills it.
    let (result, modes) = unsafe { (libc::tcgetattr(fd, modes.as_mut_ptr()), modes.assume_init()) };
    raw::check(result as i64)?;
    Ok(modes)
}

pub(crate) fn tcgetattr(fd: Fd) -> OsResult<TerminalModes> {
    let modes = attributes(fd)?;
    // SAFETY: both read from an initialised local.
    let speeds = unsafe { (libc::cfgetispeed(&modes), libc::cfgetospeed(&modes)) };
    Ok(TerminalModes {
        input: modes.c_iflag,
        output: modes.c_oflag,
        control: modes.c_cflag,
        local: modes.c_lflag,
        input_speed: speeds.0,
        output_speed: speeds.1,
        characters: modes.c_cc,
    })
}

pub(crate) fn tcsetattr(fd: Fd, when: i32, new: &TerminalModes) -> OsResult<()> {
    let mut modes = attributes(fd)?;
    modes.c_iflag = new.input;
    modes.c_oflag = new.output;
    modes.c_cflag = new.control;
    modes.c_lflag = new.local;
    modes.c_cc = new.characters;
    raw::clear_errno();
    // SAFETY: all three work on one initialised local.
    let results = unsafe {
        let speeds = (
            libc::cfsetispeed(&mut modes, new.input_speed),
            libc::cfsetospeed(&mut modes, new.output_speed),
        );
        if speeds == (0, 0) {
            libc::tcsetattr(fd, when, &modes)
        } else {
            -1
        }
    };
    raw::check(results as i64).map(drop)
}

pub(crate) fn tcsendbreak(fd: Fd, duration: i32) -> OsResult<()> {
    raw::tcsendbreak(fd, duration).map(drop)
}

pub(crate) fn tcdrain(fd: Fd) -> OsResult<()> {
    raw::tcdrain(fd).map(drop)
}

pub(crate) fn tcflush(fd: Fd, queue: i32) -> OsResult<()> {
    raw::tcflush(fd, queue).map(drop)
}

pub(crate) fn tcflow(fd: Fd, action: i32) -> OsResult<()> {
    raw::tcflow(fd, action).map(drop)
}

pub(crate) fn tcgetpgrp(fd: Fd) -> OsResult<i32> {
    Ok(raw::tcgetpgrp(fd)? as i32)
}

pub(crate) fn tcsetpgrp(fd: Fd, group: i32) -> OsResult<()> {
    raw::tcsetpgrp(fd, group).map(drop)
}

pub(crate) fn openpty() -> OsResult<(Fd, Fd)> {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let controller = pty::openpt(flags)?;
    pty::grantpt(&controller)?;
    pty::unlockpt(&controller)?;
    let name = pty::ptsname(&controller, Vec::new())?;
    let open = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY | rustix::fs::OFlags::CLOEXEC;
    let terminal = rustix::fs::open(name, open, rustix::fs::Mode::empty())?;
    Ok((release(controller), release(terminal)))
}

pub(crate) fn ptsname(fd: Fd) -> OsResult<Vec<u8>> {
    Ok(pty::ptsname(borrow(fd)?, Vec::new())?.into_bytes())
}

/// Makes `fd` the controlling terminal of this session (`os.login_tty`, after `setsid`).
pub(crate) fn set_controlling_terminal(fd: Fd) -> OsResult<()> {
    match rustix::process::ioctl_tiocsctty(borrow(fd)?) {
        Ok(()) => Ok(()),
        Err(error) => Err(OsError::from(error)),
    }
}
