//! What there is to attack: files, a process, listeners, queues, a terminal; made for the purpose, and watched.
//!
//! Contract:
//! - everything is as open as it can be (world-writable, listening, dumpable), so that only a sandbox stands before it;
//! - [`World::harms`] looks from outside whether anything was touched;
//! - all of it is gone when the world is dropped.

use super::program;
use super::raw::{self, At, sys};
use crate::sys::{self as ours, Cloned, PrctlOption};
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::sys::signal::{Signal, kill};
use nix::sys::stat::Mode;
use nix::sys::uio::{RemoteIoVec, process_vm_readv};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, geteuid};
use std::ffi::CString;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, IoSliceMut};
use std::net::{TcpListener, UdpSocket};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// What lies in the victim's memory, and in the file.
const SECRET: u64 = 0x5ec2_e7c0_ffee_0001;
static VICTIMS_SECRET: AtomicU64 = AtomicU64::new(0);

/// Worlds that this process has made: each has names of its own.
static WORLDS: AtomicU32 = AtomicU32::new(0);

const TEXT: &str = "this is secret";

/// The numbers and names of what there is to attack: all that an attempt gets to know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Targets {
    /// A directory that everybody may write to. The process starts in it.
    pub directory: String,
    /// A process, as this PID namespace counts.
    pub victim: i32,
    /// Where its memory holds eight bytes to read.
    pub victim_address: u64,
    /// A TCP listener on 127.0.0.1.
    pub tcp: u16,
    /// A TCP listener on ::1, or 0.
    pub tcp6: u16,
    /// A UDP socket on 127.0.0.1.
    pub udp: u16,
    /// An abstract Unix stream listener, like that of an X server.
    pub abstract_stream: String,
    /// An abstract Unix datagram socket.
    pub abstract_datagram: String,
    /// The key of System V shared memory, a queue and a semaphore.
    pub key: i32,
    /// A POSIX queue.
    pub queue: String,
    /// Whether the directory holds a program that is set-user-id root.
    pub setuid_program: bool,
    /// Where the first string of the environment lies, or 0.
    pub environment: u64,
    /// Descriptors that the process should not have: a file, a directory, an unconnected socket, a terminal, a
    /// namespace.
    pub leaked: Leaked,
    /// Descriptors that it should have, sealed: see [`super::Launcher::kept`].
    pub kept: Kept,
}

/// Numbers of descriptors that were left open, or -1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(missing_docs, reason = "the names say it")]
pub struct Leaked {
    pub file: RawFd,
    pub directory: RawFd,
    pub socket: RawFd,
    pub terminal: RawFd,
    pub namespace: RawFd,
}

/// Numbers of the descriptors that a renderer holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Kept {
    /// A `memfd` sealed against growing, shrinking and sealing: pixels.
    pub surface: RawFd,
    /// A `memfd` sealed against everything: fetched bytes.
    pub body: RawFd,
}

/// What there is to attack.
#[derive(Debug)]
pub struct World {
    targets: Targets,
    directory: PathBuf,
    tcp: TcpListener,
    tcp6: Option<TcpListener>,
    udp: UdpSocket,
    abstract_stream: UnixListener,
    abstract_datagram: UnixDatagram,
    socket_file: UnixListener,
    sysv: [usize; 3],
    /// Held open, that is all.
    _leaks: Vec<OwnedFd>,
}

impl World {
    /// Makes it. The victim, a fork of the calling process, dies with the calling thread.
    ///
    /// # Errors
    /// What making the parts says.
    pub fn create() -> io::Result<Self> {
        let (process, serial) = (std::process::id(), WORLDS.fetch_add(1, Ordering::Relaxed));
        let id = format!("{process}-{serial}");
        let directory = std::env::temp_dir().join(format!("bulkhead-attack-{id}"));
        fs::create_dir(&directory)?;
        fs::set_permissions(&directory, Permissions::from_mode(0o777))?;
        fill(&directory)?;
        let tcp = TcpListener::bind("127.0.0.1:0")?;
        let tcp6 = TcpListener::bind("[::1]:0").ok();
        let udp = UdpSocket::bind("127.0.0.1:0")?;
        let abstract_stream = format!("bulkhead-attack-stream-{id}");
        let abstract_datagram = format!("bulkhead-attack-datagram-{id}");
        // Any number but 0, which means none.
        let key = (1 << 30 | process.wrapping_mul(256).wrapping_add(serial)).cast_signed();
        let (leaked, leaks) = leak(&directory)?;
        let targets = Targets {
            victim: 0,
            victim_address: VICTIMS_SECRET.as_ptr() as u64,
            tcp: tcp.local_addr()?.port(),
            tcp6: tcp6.as_ref().and_then(|listener| listener.local_addr().ok()).map_or(0, |address| address.port()),
            udp: udp.local_addr()?.port(),
            key,
            queue: format!("bulkhead-attack-{id}"),
            setuid_program: geteuid().is_root(),
            environment: ours::first_of_environment(),
            directory: directory.display().to_string(),
            leaked,
            kept: Kept { surface: -1, body: -1 },
            abstract_stream,
            abstract_datagram,
        };
        let mut world = Self {
            abstract_stream: UnixListener::bind_addr(&SocketAddr::from_abstract_name(&targets.abstract_stream)?)?,
            abstract_datagram: UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&targets.abstract_datagram)?)?,
            socket_file: UnixListener::bind(directory.join("socket"))?,
            sysv: make_sysv(key)?,
            targets,
            directory,
            tcp,
            tcp6,
            udp,
            _leaks: leaks,
        };
        make_queue(&world.targets.queue)?;
        fs::set_permissions(world.directory.join("socket"), Permissions::from_mode(0o777))?;
        for result in [
            world.tcp.set_nonblocking(true),
            world.tcp6.as_ref().map_or(Ok(()), |listener| listener.set_nonblocking(true)),
            world.udp.set_nonblocking(true),
            world.abstract_stream.set_nonblocking(true),
            world.abstract_datagram.set_nonblocking(true),
            world.socket_file.set_nonblocking(true),
        ] {
            result?;
        }
        world.start_victim()?;
        Ok(world)
    }

    /// What the attempts get to know.
    #[must_use]
    pub fn targets(&self) -> &Targets {
        &self.targets
    }

    fn start_victim(&mut self) -> io::Result<()> {
        match ours::clone_as_fork(0)? {
            Cloned::Child => {
                // Nothing but system calls and atomics: other threads of the caller may have held any lock at the fork.
                // It holds nothing of the caller's but the file, which is there to be taken.
                let file = self.targets.leaked.file.cast_unsigned();
                let closed = ours::close_range(0, file - 1).and_then(|()| ours::close_range(file + 1, u32::MAX));
                let bound = ours::prctl(PrctlOption::SetParentDeathSignal, libc::SIGKILL as u64, 0);
                VICTIMS_SECRET.store(SECRET, Ordering::Relaxed);
                while bound.is_ok() && closed.is_ok() {
                    nix::unistd::pause();
                }
                ours::exit_now(1)
            }
            Cloned::Parent { pid, .. } => {
                self.targets.victim = pid;
                // The victim is ready when its memory holds the secret.
                while self.victims_secret() == Some(0) {
                    nix::sched::sched_yield()?;
                }
                Ok(())
            }
        }
    }

    /// What the victim's memory holds. `None` where it cannot be read.
    fn victims_secret(&self) -> Option<u64> {
        let mut bytes = [0; 8];
        let remote = RemoteIoVec { base: self.targets.victim_address as usize, len: 8 };
        let pid = Pid::from_raw(self.targets.victim);
        process_vm_readv(pid, &mut [IoSliceMut::new(&mut bytes)], &[remote]).ok()?;
        Some(u64::from_ne_bytes(bytes))
    }

    /// What was touched, as seen from outside. A world that was harmed is to be replaced.
    ///
    /// # Errors
    /// What looking at files says.
    pub fn harms(&self) -> io::Result<Vec<&'static str>> {
        let dead = !matches!(
            waitpid(Pid::from_raw(self.targets.victim), Some(WaitPidFlag::WNOHANG)),
            Ok(WaitStatus::StillAlive)
        );
        let touched = [
            (dead, "the victim was ended"),
            (
                !dead && self.victims_secret().is_some_and(|secret| secret != SECRET),
                "the victim's memory was written to",
            ),
            (self.tcp.accept().is_ok(), "a TCP connection arrived"),
            (self.tcp6.as_ref().is_some_and(|listener| listener.accept().is_ok()), "a TCP connection arrived by IPv6"),
            (self.udp.recv(&mut [0; 64]).is_ok(), "a datagram arrived"),
            (self.abstract_stream.accept().is_ok(), "an abstract socket was connected to"),
            (self.abstract_datagram.recv(&mut [0; 64]).is_ok(), "a datagram arrived on an abstract socket"),
            (self.socket_file.accept().is_ok(), "a socket in the file system was connected to"),
            (!is_as_filled(&self.directory)?, "files were changed"),
        ];
        Ok(touched.into_iter().filter(|(touched, _)| *touched).map(|(_, what)| what).collect())
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let victim = Pid::from_raw(self.targets.victim);
        let _ = kill(victim, Signal::SIGKILL);
        let _ = waitpid(victim, None);
        let [memory, queue, semaphore] = self.sysv;
        let _ = sys!(SYS_shmctl, memory, libc::IPC_RMID);
        let _ = sys!(SYS_msgctl, queue, libc::IPC_RMID);
        let _ = sys!(SYS_semctl, semaphore, 0_i32, libc::IPC_RMID);
        if let Ok(name) = CString::new(self.targets.queue.as_str()) {
            let _ = sys!(SYS_mq_unlink, name.as_c_str());
        }
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// Name, content, mode.
fn files() -> Vec<(&'static str, Vec<u8>, u32)> {
    let mut files =
        vec![("secret", TEXT.into(), 0o644), ("writable", TEXT.into(), 0o666), ("program", program::succeed(), 0o755)];
    if geteuid().is_root() {
        files.push(("setuid", program::am_i_root(), 0o4755));
    }
    files
}

fn fill(directory: &Path) -> io::Result<()> {
    for (name, content, mode) in files() {
        fs::write(directory.join(name), content)?;
        fs::set_permissions(directory.join(name), Permissions::from_mode(mode))?;
    }
    Ok(())
}

fn is_as_filled(directory: &Path) -> io::Result<bool> {
    let files = files();
    let same = files.iter().all(|(name, content, _)| fs::read(directory.join(name)).is_ok_and(|now| now == *content));
    let leaked = fs::read(directory.join("leaked")).is_ok_and(|now| now.is_empty());
    let entries = fs::read_dir(directory)?.count();
    Ok(same && leaked && entries == files.len() + 2)
}

/// Numbers that no renderer has descriptors of its own under: beyond its limit ([`crate::limits::RENDERER`]).
const LEAKED_FROM: RawFd = 64;

fn out_of_the_way(descriptor: impl Into<OwnedFd>) -> io::Result<OwnedFd> {
    let descriptor = descriptor.into();
    let number = fcntl(&descriptor, FcntlArg::F_DUPFD_CLOEXEC(LEAKED_FROM))?;
    Ok(raw::own(number))
}

fn leak(directory: &Path) -> io::Result<(Leaked, Vec<OwnedFd>)> {
    let file = out_of_the_way(OpenOptions::new().create(true).append(true).open(directory.join("leaked"))?)?;
    let opened = out_of_the_way(File::open(directory)?)?;
    let socket = out_of_the_way(UnixDatagram::unbound()?)?;
    let terminal = open_terminal().and_then(|(master, slave)| Some((master, out_of_the_way(slave).ok()?)));
    let namespace = out_of_the_way(File::open("/proc/self/ns/net")?)?;
    let leaked = Leaked {
        file: file.as_raw_fd(),
        directory: opened.as_raw_fd(),
        socket: socket.as_raw_fd(),
        terminal: terminal.as_ref().map_or(-1, |(_, slave)| slave.as_raw_fd()),
        namespace: namespace.as_raw_fd(),
    };
    let mut leaks: Vec<OwnedFd> = vec![file, opened, socket, namespace];
    leaks.extend(terminal.into_iter().flat_map(|(master, slave)| [master.into(), slave]));
    Ok((leaked, leaks))
}

/// A pseudo-terminal: its master and its slave.
fn open_terminal() -> Option<(File, OwnedFd)> {
    let master = OpenOptions::new().read(true).write(true).open("/dev/ptmx").ok()?;
    let mut locked = 0_i32;
    sys!(SYS_ioctl, master.as_raw_fd(), libc::TIOCSPTLCK, At(&mut locked)).ok()?;
    let slave = sys!(SYS_ioctl, master.as_raw_fd(), libc::TIOCGPTPEER, libc::O_RDWR | libc::O_NOCTTY).ok()?;
    Some((master, raw::own(slave as RawFd)))
}

fn make_sysv(key: i32) -> Result<[usize; 3], Errno> {
    let flags = libc::IPC_CREAT | 0o666;
    Ok([sys!(SYS_shmget, key, 4096_usize, flags)?, sys!(SYS_msgget, key, flags)?, sys!(SYS_semget, key, 1_i32, flags)?])
}

fn make_queue(name: &str) -> io::Result<()> {
    let name = CString::new(name)?;
    let flags = libc::O_CREAT | libc::O_RDWR | libc::O_CLOEXEC;
    let descriptor = sys!(SYS_mq_open, name.as_c_str(), flags, 0o666_u32, 0_usize)?;
    // What is asked for at its making is cut by the umask.
    nix::sys::stat::fchmod(raw::own(descriptor as RawFd), Mode::from_bits_retain(0o666))?;
    Ok(())
}
