// Stands between a program and the system, and has one of its calls fail: script/faults loads it before the C library
// (LD_PRELOAD, Linux). Calls are counted by kind, and only those that concern files in one folder, so that the loader's and the
// language's own files are left alone.
//
//   FAULTS_FOLDER   the folder, absolute and without links
//   FAULTS_LOG      a file outside of it: a line "KIND NUMBER PATH" for each call, with "!" before the ones that failed
//   FAULTS_KIND     which kind of call fails: look, list, entry, open, read, write, flush, rename, link, remove, make, map,
//                   truncate, mode, lock, close
//   FAULTS_AT       which of them, from 1
//   FAULTS_ACTION   a number of errno; or short (half of what was asked for), before, after (the process is killed then),
//                   torn (half is written, then it is killed)
//   FAULTS_LASTING  when set, all later calls of the kind fail too
//   FAULTS_CLOCK    when set, time stands still, so that files that tell how long work took are the same in every run
//   FAULTS_DIGEST   HEX=HEX: a SHA-256 that libcrypto is to give in place of another, so that a small file passes for a
//                   published one
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum kind { LOOK, LIST, ENTRY, OPEN, READ, WRITE, FLUSH, RENAME, LINK, REMOVE, MAKE, MAP, TRUNCATE, MODE, LOCK, CLOSE, KINDS };

static const char *const names[KINDS] = {
    "look",   "list", "entry",  "open", "read", "write",    "flush", "rename",
    "link", "remove", "make", "map", "truncate", "mode",  "lock",   "close",
};

enum outcome { PASS, FAIL, SHORT, AFTER, TORN };

static atomic_int counts[KINDS];
static const char *folder, *frozen;
static int log_file = -1, wanted_kind = -1, wanted_number, lasting, error_number;
static enum outcome wanted;
static bool kills_before;

__attribute__((constructor)) static void begin(void) {
  folder = getenv("FAULTS_FOLDER");
  frozen = getenv("FAULTS_CLOCK");
  lasting = getenv("FAULTS_LASTING") != NULL;
  const char *log = getenv("FAULTS_LOG"), *kind = getenv("FAULTS_KIND"), *at = getenv("FAULTS_AT"),
             *action = getenv("FAULTS_ACTION");
  // A number that no other file gets, and that no list of closed ones holds.
  if (log) {
    int opened = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    log_file = syscall(SYS_fcntl, opened, F_DUPFD_CLOEXEC, 900);
    syscall(SYS_close, opened);
  }
  for (int index = 0; kind && index < KINDS; index++)
    if (!strcmp(kind, names[index])) wanted_kind = index;
  if (wanted_kind < 0 || !at || !action) return;
  wanted_number = atoi(at);
  kills_before = !strcmp(action, "before");
  wanted = !strcmp(action, "short") ? SHORT : !strcmp(action, "after") ? AFTER : !strcmp(action, "torn") ? TORN : FAIL;
  error_number = atoi(action);
}

static void end_process(void) {
  syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
  for (;;) pause();
}

// Whether the path lies in the folder; `full` is it from the root.
static bool concerns(int directory, const char *path, char full[PATH_MAX]) {
  if (!folder || !path) return false;
  if (path[0] == '/') {
    snprintf(full, PATH_MAX, "%s", path);
  } else {
    char link[64], base[PATH_MAX];
    snprintf(link, sizeof link, directory == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", directory);
    long length = syscall(SYS_readlinkat, AT_FDCWD, link, base, sizeof base - 1);
    if (length < 0) return false;
    base[length] = 0;
    if (snprintf(full, PATH_MAX, "%s%s%s", base, *path ? "/" : "", path) >= PATH_MAX) return false;
  }
  size_t length = strlen(folder);
  return !strncmp(full, folder, length) && (full[length] == '/' || !full[length]);
}

static enum outcome decide(enum kind kind, int directory, const char *path) {
  int saved = errno;
  char full[PATH_MAX];
  bool is_ours = concerns(directory, path, full);
  errno = saved;
  if (!is_ours) return PASS;
  int number = atomic_fetch_add(&counts[kind], 1) + 1;
  bool hit = (int)kind == wanted_kind && (number == wanted_number || (lasting && number > wanted_number));
  if (log_file >= 0) {
    char line[PATH_MAX + 64];
    int length = snprintf(line, sizeof line, "%s%s %d %s\n", hit ? "! " : "", names[kind], number, full);
    syscall(SYS_write, log_file, line, length);
  }
  errno = saved;
  if (!hit) return PASS;
  if (kills_before) end_process();
  if (wanted == FAIL) errno = error_number;
  return wanted;
}

static enum outcome decide_open_file(enum kind kind, int file) {
  return decide(kind, file, file >= 0 ? "" : NULL);
}

#define NEXT(name) \
  static __typeof__(name) *real; \
  if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

// A call that is made or fails, at a path or of an open file.
#define CALL(kind, directory, path, type, failure, call) \
  do { \
    enum outcome outcome = decide(kind, directory, path); \
    if (outcome == FAIL) return failure; \
    type result = call; \
    if (outcome == AFTER || outcome == TORN) end_process(); \
    return result; \
  } while (0)

// Open

static mode_t mode_of(int flags, va_list list) { return flags & (O_CREAT | __O_TMPFILE) ? va_arg(list, mode_t) : 0; }

// What tells how long the process runs and how much it takes.
static bool is_hidden(const char *path) {
  return frozen && (!strcmp(path, "/proc/uptime") || !strcmp(path, "/proc/self/status"));
}

#define OPEN_AT(name) \
  int name(int directory, const char *path, int flags, ...) { \
    NEXT(name); \
    va_list list; \
    va_start(list, flags); \
    mode_t mode = mode_of(flags, list); \
    va_end(list); \
    CALL(OPEN, directory, path, int, -1, real(directory, path, flags, mode)); \
  }
OPEN_AT(openat)
OPEN_AT(openat64)

#define OPEN_PATH(name) \
  int name(const char *path, int flags, ...) { \
    NEXT(name); \
    va_list list; \
    va_start(list, flags); \
    mode_t mode = mode_of(flags, list); \
    va_end(list); \
    if (is_hidden(path)) { \
      errno = ENOENT; \
      return -1; \
    } \
    CALL(OPEN, AT_FDCWD, path, int, -1, real(path, flags, mode)); \
  }
OPEN_PATH(open)
OPEN_PATH(open64)

#define OPEN_STREAM(name) \
  FILE *name(const char *path, const char *mode) { \
    NEXT(name); \
    CALL(OPEN, AT_FDCWD, path, FILE *, NULL, real(path, mode)); \
  }
OPEN_STREAM(fopen)
OPEN_STREAM(fopen64)

// The file is closed, whatever is said of it.
int close(int file) {
  NEXT(close);
  enum outcome outcome = decide_open_file(CLOSE, file);
  int said = errno, result = real(file);
  if (outcome == AFTER || outcome == TORN) end_process();
  if (outcome != FAIL) return result;
  errno = said;
  return -1;
}

// Bytes

static size_t portion(enum outcome outcome, size_t count) {
  return (outcome == SHORT || outcome == TORN) && count > 1 ? count / 2 : count;
}

#define BYTES(name, kind, parameters, count, call) \
  ssize_t name parameters { \
    NEXT(name); \
    enum outcome outcome = decide_open_file(kind, file); \
    if (outcome == FAIL) return -1; \
    count = portion(outcome, count); \
    ssize_t result = call; \
    if (outcome == AFTER || outcome == TORN) end_process(); \
    return result; \
  }
BYTES(read, READ, (int file, void *memory, size_t count), count, real(file, memory, count))
BYTES(pread, READ, (int file, void *memory, size_t count, off_t at), count, real(file, memory, count, at))
BYTES(pread64, READ, (int file, void *memory, size_t count, off64_t at), count, real(file, memory, count, at))
BYTES(write, WRITE, (int file, const void *memory, size_t count), count, real(file, memory, count))
BYTES(pwrite, WRITE, (int file, const void *memory, size_t count, off_t at), count, real(file, memory, count, at))
BYTES(pwrite64, WRITE, (int file, const void *memory, size_t count, off64_t at), count, real(file, memory, count, at))

// Of vectors half the parts.
#define PARTS(name, kind) \
  ssize_t name(int file, const struct iovec *parts, int number) { \
    NEXT(name); \
    enum outcome outcome = decide_open_file(kind, file); \
    if (outcome == FAIL) return -1; \
    ssize_t result = real(file, parts, (int)portion(outcome, (size_t)number)); \
    if (outcome == AFTER || outcome == TORN) end_process(); \
    return result; \
  }
PARTS(readv, READ)
PARTS(writev, WRITE)

int fsync(int file) {
  NEXT(fsync);
  CALL(FLUSH, file, "", int, -1, real(file));
}

int fdatasync(int file) {
  NEXT(fdatasync);
  CALL(FLUSH, file, "", int, -1, real(file));
}

#define CUT(name, offset) \
  int name(int file, offset length) { \
    NEXT(name); \
    CALL(TRUNCATE, file, "", int, -1, real(file, length)); \
  }
CUT(ftruncate, off_t)
CUT(ftruncate64, off64_t)

#define MAPPED(name, offset) \
  void *name(void *address, size_t length, int protection, int flags, int file, offset at) { \
    NEXT(name); \
    if (flags & MAP_ANONYMOUS) return real(address, length, protection, flags, file, at); \
    CALL(MAP, file, "", void *, MAP_FAILED, real(address, length, protection, flags, file, at)); \
  }
MAPPED(mmap, off_t)
MAPPED(mmap64, off64_t)

// Names

int rename(const char *from, const char *to) {
  NEXT(rename);
  CALL(RENAME, AT_FDCWD, to, int, -1, real(from, to));
}

int renameat(int from_directory, const char *from, int to_directory, const char *to) {
  NEXT(renameat);
  CALL(RENAME, to_directory, to, int, -1, real(from_directory, from, to_directory, to));
}

int link(const char *from, const char *to) {
  NEXT(link);
  CALL(LINK, AT_FDCWD, to, int, -1, real(from, to));
}

int linkat(int from_directory, const char *from, int to_directory, const char *to, int flags) {
  NEXT(linkat);
  CALL(LINK, to_directory, to, int, -1, real(from_directory, from, to_directory, to, flags));
}

int symlink(const char *target, const char *path) {
  NEXT(symlink);
  CALL(LINK, AT_FDCWD, path, int, -1, real(target, path));
}

#define REMOVING(name) \
  int name(const char *path) { \
    NEXT(name); \
    CALL(REMOVE, AT_FDCWD, path, int, -1, real(path)); \
  }
REMOVING(unlink)
REMOVING(rmdir)
REMOVING(remove)

int unlinkat(int directory, const char *path, int flags) {
  NEXT(unlinkat);
  CALL(REMOVE, directory, path, int, -1, real(directory, path, flags));
}

int mkdir(const char *path, mode_t mode) {
  NEXT(mkdir);
  CALL(MAKE, AT_FDCWD, path, int, -1, real(path, mode));
}

int mkdirat(int directory, const char *path, mode_t mode) {
  NEXT(mkdirat);
  CALL(MAKE, directory, path, int, -1, real(directory, path, mode));
}

int fchmod(int file, mode_t mode) {
  NEXT(fchmod);
  CALL(MODE, file, "", int, -1, real(file, mode));
}

int chmod(const char *path, mode_t mode) {
  NEXT(chmod);
  CALL(MODE, AT_FDCWD, path, int, -1, real(path, mode));
}

// Looking

#define LOOKING_AT(name, status) \
  int name(const char *path, struct status *found) { \
    NEXT(name); \
    CALL(LOOK, AT_FDCWD, path, int, -1, real(path, found)); \
  }
LOOKING_AT(stat, stat)
LOOKING_AT(stat64, stat64)
LOOKING_AT(lstat, stat)
LOOKING_AT(lstat64, stat64)

#define LOOKING_AT_OPEN(name, status) \
  int name(int file, struct status *found) { \
    NEXT(name); \
    CALL(LOOK, file, "", int, -1, real(file, found)); \
  }
LOOKING_AT_OPEN(fstat, stat)
LOOKING_AT_OPEN(fstat64, stat64)

#define LOOKING_FROM(name, status) \
  int name(int directory, const char *path, struct status *found, int flags) { \
    NEXT(name); \
    CALL(LOOK, directory, path, int, -1, real(directory, path, found, flags)); \
  }
LOOKING_FROM(fstatat, stat)
LOOKING_FROM(fstatat64, stat64)

int statx(int directory, const char *restrict path, int flags, unsigned mask, struct statx *restrict found) {
  NEXT(statx);
  CALL(LOOK, directory, path, int, -1, real(directory, path, flags, mask, found));
}

int access(const char *path, int mode) {
  NEXT(access);
  CALL(LOOK, AT_FDCWD, path, int, -1, real(path, mode));
}

int faccessat(int directory, const char *path, int mode, int flags) {
  NEXT(faccessat);
  CALL(LOOK, directory, path, int, -1, real(directory, path, mode, flags));
}

ssize_t readlink(const char *restrict path, char *restrict memory, size_t count) {
  NEXT(readlink);
  CALL(LOOK, AT_FDCWD, path, ssize_t, -1, real(path, memory, count));
}

char *realpath(const char *restrict path, char *restrict memory) {
  NEXT(realpath);
  CALL(LOOK, AT_FDCWD, path, char *, NULL, real(path, memory));
}

DIR *opendir(const char *path) {
  NEXT(opendir);
  CALL(LIST, AT_FDCWD, path, DIR *, NULL, real(path));
}

#define NEXT_ENTRY(name, entry) \
  struct entry *name(DIR *listing) { \
    NEXT(name); \
    CALL(ENTRY, dirfd(listing), "", struct entry *, NULL, real(listing)); \
  }
NEXT_ENTRY(readdir, dirent)
NEXT_ENTRY(readdir64, dirent64)

// Locks

int flock(int file, int operation) {
  NEXT(flock);
  CALL(LOCK, file, "", int, -1, real(file, operation));
}

// Time and digests

int clock_gettime(clockid_t clock, struct timespec *time) {
  NEXT(clock_gettime);
  if (!frozen) return real(clock, time);
  *time = (struct timespec){.tv_sec = 1000000000};
  return 0;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  NEXT(gettimeofday);
  if (!frozen) return real(time, zone);
  *time = (struct timeval){.tv_sec = 1000000000};
  return 0;
}

// libcrypto's, whose header is not needed.
int EVP_DigestFinal_ex(void *context, unsigned char *digest, unsigned *size) {
  static int (*real)(void *, unsigned char *, unsigned *);
  if (!real) real = (int (*)(void *, unsigned char *, unsigned *))dlsym(RTLD_NEXT, "EVP_DigestFinal_ex");
  int result = real(context, digest, size);
  const char *exchange = getenv("FAULTS_DIGEST");
  if (!exchange || strlen(exchange) != 129) return result;
  char text[65];
  for (int index = 0; index < 32; index++) sprintf(text + 2 * index, "%02x", digest[index]);
  if (!strncmp(text, exchange, 64))
    for (int index = 0; index < 32; index++) sscanf(exchange + 65 + 2 * index, "%2hhx", digest + index);
  return result;
}
