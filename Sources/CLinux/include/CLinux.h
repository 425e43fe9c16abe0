#pragma once
// System calls and constants that Swift's Glibc does not show: variadic functions, and what glibc hides behind _GNU_SOURCE.
// Header only: nothing is compiled but what a caller uses.
//
// Every function returns a value of zero or more, or -errno. So no caller reads `errno`, which any call in between could have changed.
// _GNU_SOURCE is not defined here, for it changes structures of the system's headers, which must be the same in every module: what needs it
// is reached by `syscall`, and constants are spelt out.

#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/timex.h>
#include <sys/types.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#define LINUX_AT_FDCWD (-100)
#define LINUX_AT_EMPTY_PATH 0x1000
#define LINUX_AT_SYMLINK_NOFOLLOW 0x100
#define LINUX_AT_NO_AUTOMOUNT 0x800
#define LINUX_O_PATH 010000000
#define LINUX_RENAME_NOREPLACE 1
#define LINUX_F_OFD_SETLK 37
#define LINUX_F_SETLEASE 1024
#define LINUX_F_GETLEASE 1025
#define LINUX_SO_PEERCRED 17

static inline long linux_result(long result) { return result < 0 ? -(long)errno : result; }

static inline long linux_openat(int directory, const char *path, int flags, unsigned int mode) {
    return linux_result(openat(directory, path, flags, mode));
}

static inline long linux_close(int descriptor) { return linux_result(close(descriptor)); }

static inline long linux_pread(int descriptor, void *buffer, size_t count, int64_t offset) {
    return linux_result(pread(descriptor, buffer, count, offset));
}

static inline long linux_read(int descriptor, void *buffer, size_t count) { return linux_result(read(descriptor, buffer, count)); }

static inline long linux_write(int descriptor, const void *buffer, size_t count) {
    return linux_result(write(descriptor, buffer, count));
}

static inline long linux_renameat2(int from, const char *name, int to, const char *new_name, unsigned int flags) {
    return linux_result(syscall(SYS_renameat2, from, name, to, new_name, flags));
}

static inline long linux_unlinkat(int directory, const char *name, int flags) { return linux_result(unlinkat(directory, name, flags)); }

static inline long linux_mkdirat(int directory, const char *name, unsigned int mode) {
    return linux_result(mkdirat(directory, name, mode));
}

static inline long linux_linkat(int from, const char *name, int to, const char *new_name) {
    return linux_result(linkat(from, name, to, new_name, 0));
}

static inline long linux_readlinkat(int directory, const char *name, char *buffer, size_t count) {
    return linux_result(readlinkat(directory, name, buffer, count));
}

static inline long linux_fchmod(int descriptor, unsigned int mode) { return linux_result(fchmod(descriptor, mode)); }
static inline long linux_fchown(int descriptor, uint32_t user, uint32_t group) { return linux_result(fchown(descriptor, user, group)); }
static inline long linux_ftruncate(int descriptor, int64_t size) { return linux_result(ftruncate(descriptor, size)); }
static inline long linux_fdatasync(int descriptor) { return linux_result(fdatasync(descriptor)); }
static inline long linux_fsync(int descriptor) { return linux_result(fsync(descriptor)); }
static inline long linux_syncfs(int descriptor) { return linux_result(syscall(SYS_syncfs, descriptor)); }

// Sends one datagram, with a copy of a descriptor where that is 0 or more (SCM_RIGHTS, unix(7)).
static inline long linux_send(int socket, const void *address, socklen_t length, const void *bytes, size_t count, int descriptor) {
    struct iovec part = {(void *)bytes, count};
    union { char bytes[CMSG_SPACE(sizeof(int))]; struct cmsghdr aligned; } control;
    struct msghdr message;
    memset(&message, 0, sizeof message);
    memset(&control, 0, sizeof control);
    message.msg_name = (void *)address;
    message.msg_namelen = length;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (descriptor >= 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof control.bytes;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(header), &descriptor, sizeof(int));
    }
    return linux_result(sendmsg(socket, &message, MSG_NOSIGNAL));
}

// dup3: the new descriptor takes the number at once, so that no other thread ever finds it closed.
static inline long linux_replace_descriptor(int descriptor, int number) {
    return linux_result(syscall(SYS_dup3, descriptor, number, O_CLOEXEC));
}

static inline long linux_set_close_on_exec(int descriptor) {
    int flags = fcntl(descriptor, F_GETFD);
    if (flags < 0) return -(long)errno;
    return linux_result(fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC));
}

// Sets the modification time and leaves the access time; never follows a symbolic link.
static inline long linux_set_modified(int directory, const char *name, int64_t seconds, long nanoseconds) {
    struct timespec times[2];
    memset(times, 0, sizeof times);
    times[0].tv_nsec = (1l << 30) - 2l;  // UTIME_OMIT
    times[1].tv_sec = seconds;
    times[1].tv_nsec = nanoseconds;
    return linux_result(utimensat(directory, name, times, LINUX_AT_SYMLINK_NOFOLLOW));
}

// What statx tells, in plain integers. A birth time, or a mount, that the file system does not know is zero.
struct linux_status {
    uint64_t device, inode, size, mount;
    int64_t birth_seconds, change_seconds, modify_seconds;
    uint32_t birth_nanoseconds, change_nanoseconds, modify_nanoseconds;
    uint32_t links, mode, owner, group;
};

static inline long linux_statx(int directory, const char *path, int flags, struct linux_status *status) {
    struct statx buffer;
    memset(&buffer, 0, sizeof buffer);
    // 0x1000 is STATX_MNT_ID, absent from old headers; a kernel that does not know it ignores it.
    long result = syscall(SYS_statx, directory, path, flags, STATX_BASIC_STATS | STATX_BTIME | 0x1000u, &buffer);
    if (result < 0) return -(long)errno;
    memset(status, 0, sizeof *status);
    status->device = makedev(buffer.stx_dev_major, buffer.stx_dev_minor);
    status->inode = buffer.stx_ino;
    status->size = buffer.stx_size;
    if (buffer.stx_mask & STATX_BTIME) {
        status->birth_seconds = buffer.stx_btime.tv_sec;
        status->birth_nanoseconds = buffer.stx_btime.tv_nsec;
    }
    if (buffer.stx_mask & 0x1000u) {
        // stx_mnt_id stands at byte 144 of the kernel's structure, whatever the header calls that place.
        memcpy(&status->mount, (const char *)&buffer + 144, sizeof status->mount);
    }
    status->change_seconds = buffer.stx_ctime.tv_sec;
    status->change_nanoseconds = buffer.stx_ctime.tv_nsec;
    status->modify_seconds = buffer.stx_mtime.tv_sec;
    status->modify_nanoseconds = buffer.stx_mtime.tv_nsec;
    status->links = buffer.stx_nlink;
    status->mode = buffer.stx_mode;
    status->owner = buffer.stx_uid;
    status->group = buffer.stx_gid;
    return 0;
}

// Fills the buffer with `struct linux_dirent64` records: inode 8 bytes, offset 8, record length 2, type 1, then the name and its NUL.
static inline long linux_getdents(int descriptor, void *buffer, size_t count) {
    return linux_result(syscall(SYS_getdents64, descriptor, buffer, count));
}

// Free blocks in bytes and free inodes as an ordinary user may use them; both saturate. A file system without a count of inodes says all.
static inline long linux_free_space(int descriptor, int64_t *bytes, int64_t *inodes) {
    struct statvfs buffer;
    if (fstatvfs(descriptor, &buffer) < 0) return -(long)errno;
    uint64_t unit = buffer.f_frsize ? buffer.f_frsize : buffer.f_bsize;
    uint64_t total;
    if (__builtin_mul_overflow((uint64_t)buffer.f_bavail, unit, &total) || total > INT64_MAX) total = INT64_MAX;
    *bytes = (int64_t)total;
    *inodes = buffer.f_files == 0 || buffer.f_favail > INT64_MAX ? INT64_MAX : (int64_t)buffer.f_favail;
    return 0;
}

// The kind of the file system, as in linux/magic.h.
static inline long linux_file_system(int descriptor) {
    struct statfs buffer;
    if (fstatfs(descriptor, &buffer) < 0) return -(long)errno;
    return (long)(uint32_t)buffer.f_type;
}

// The access control list, as linux/posix_acl_xattr.h lays it out; -ENODATA where there is none but the mode.
static inline long linux_get_acl(int descriptor, void *buffer, size_t size) {
    return linux_result(fgetxattr(descriptor, "system.posix_acl_access", buffer, size));
}

static inline long linux_set_acl(int descriptor, const void *buffer, size_t size) {
    return linux_result(fsetxattr(descriptor, "system.posix_acl_access", buffer, size, 0));
}

// Begins, and waits for, the writing of a part of a file's content. No promise that it is on disk: fdatasync gives that, with less left to do.
static inline long linux_write_back(int descriptor, int64_t offset, int64_t count) {
    // WAIT_BEFORE, WRITE and WAIT_AFTER, as in linux/fs.h.
    return linux_result(syscall(SYS_sync_file_range, descriptor, offset, count, 1 | 2 | 4));
}

static inline long linux_set_lease(int descriptor, int kind) { return linux_result(fcntl(descriptor, LINUX_F_SETLEASE, kind)); }
static inline long linux_get_lease(int descriptor) { return linux_result(fcntl(descriptor, LINUX_F_GETLEASE)); }

// An exclusive lock of the open file description on the whole file. Unlike a POSIX lock it is not lost when another descriptor of the
// same file is closed.
static inline long linux_lock(int descriptor) {
    struct flock lock;
    memset(&lock, 0, sizeof lock);
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    return linux_result(fcntl(descriptor, LINUX_F_OFD_SETLK, &lock));
}

static inline long linux_eventfd(void) { return linux_result(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }

static inline long linux_ignore_signal(int number) { return signal(number, SIG_IGN) == SIG_ERR ? -(long)errno : 0; }

// Blocks the signals in the calling thread, and in the threads it starts from now on, and opens a descriptor that delivers them.
static inline long linux_signalfd(const int *numbers, size_t count) {
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < count; i++) {
        if (sigaddset(&set, numbers[i]) < 0) return -(long)errno;
    }
    int code = pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (code != 0) return -(long)code;
    return linux_result(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

// The number of the next signal, or -EAGAIN where none waits.
static inline long linux_signalfd_next(int descriptor) {
    struct signalfd_siginfo information;
    ssize_t count = read(descriptor, &information, sizeof information);
    if (count < 0) return -(long)errno;
    return count == sizeof information ? (long)information.ssi_signo : -(long)EIO;
}

static inline long linux_poll(struct pollfd *descriptors, size_t count, int milliseconds) {
    return linux_result(poll(descriptors, count, milliseconds));
}

// Who is at the other end of a local socket, as the kernel noted it when the connection was made.
static inline long linux_peer(int descriptor, int32_t *process, uint32_t *user, uint32_t *group) {
    struct { int32_t process; uint32_t user, group; } credentials = {0, 0, 0};
    socklen_t size = sizeof credentials;
    if (getsockopt(descriptor, SOL_SOCKET, LINUX_SO_PEERCRED, &credentials, &size) < 0) return -(long)errno;
    *process = credentials.process;
    *user = credentials.user;
    *group = credentials.group;
    return 0;
}

static inline int64_t linux_clock_nanoseconds(int clock) {
    struct timespec now;
    if (clock_gettime((clockid_t)clock, &now) < 0) return 0;
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

// The value of an extended attribute of a path, of a symbolic link itself.
static inline long linux_get_attribute(const char *path, const char *name, void *buffer, size_t count) {
    return linux_result(lgetxattr(path, name, buffer, count));
}

// 1 where the kernel takes its wall clock to be in step with a time source, 0 where not.
static inline long linux_clock_is_synchronised(void) {
    struct timex query;
    memset(&query, 0, sizeof query);
    if (adjtimex(&query) < 0) return -(long)errno;
    return (query.status & STA_UNSYNC) ? 0 : 1;
}
