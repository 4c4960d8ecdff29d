/*
 * powerloss: a machine that can lose its power, for tests.
 *
 * Preloaded (LD_PRELOAD) into every process of a data directory, it keeps beside that directory what a disk would
 * hold: the content of each regular file as of its last fsync or fdatasync. When the power goes (see below), no sync
 * succeeds any more in any process; the test kills them all, and puts every file back to what was synced
 * (test/chaos/power-loss/restore.ts).
 *
 * What it models
 *   - The page cache is lost: bytes that were written and not synced are gone, or (by the restore's choice) some of
 *     their pages had been written back, in any order, as a kernel does.
 *   - All processes lose power at the same instant: spool, ClickHouse in the process, Postgres and its children.
 *   - A sync that was under way is half done, or not at all.
 *   - A sync that reports EIO, once, and whose pages are then gone although the next sync succeeds (as on Linux).
 *   - A machine that lies: every sync reports success and keeps nothing. The control: a test that loses nothing on
 *     that machine does not test anything.
 * What it does not model
 *   - Directory entries: create, rename and unlink are durable at once, as after the commit of a journal. A missing
 *     fsync of a directory is not seen here.
 *   - Writes through O_SYNC or O_DSYNC descriptors and msync: nothing that is tested uses them.
 *   - A disk that loses or garbles what was synced.
 *
 * How a file is known: by its inode and time of birth, not by its path, so that renamed directories and hard links
 * need no bookkeeping. Only a file that goes (unlink, or replaced by rename) is forgotten, for its inode comes again.
 *
 * Environment
 *   POWERLOSS_ROOT    the data directory (absolute, without a link in it)
 *   POWERLOSS_SHADOW  where synced contents are kept; writable for every user that the processes run as
 *   POWERLOSS_STATE   a file of at least 4096 zero bytes, shared by all processes: struct machine below
 *   POWERLOSS_EIO_AT  this sync fails with EIO; counted over those whose path contains POWERLOSS_EIO_PATH, if set
 *   POWERLOSS_LIES    set and not empty: the machine that lies
 *
 * Build: cc -shared -fPIC -O2 -o powerloss.so tools/powerloss.c -ldl -lpthread      (Linux with glibc)
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Shared by all processes. The first four words are the test's interface, at any time: see recorder.ts. */
struct machine {
  _Atomic uint32_t off;          /* 1: the power is gone. Written by the test, or at the sync `off_at`. */
  _Atomic uint32_t syncs;        /* Syncs below the root so far, of all processes. */
  _Atomic uint32_t eio_given;    /* Syncs that were made to fail. */
  _Atomic uint32_t off_at;       /* The power goes at this sync, counted from 1; 0: never by itself. */
  _Atomic uint32_t eio_seen;     /* Syncs whose path matched POWERLOSS_EIO_PATH. */
  _Atomic uint32_t lock_made;    /* 0 no, 1 being made, 2 ready. */
  pthread_mutex_t lock;          /* One snapshot at a time on the whole machine. */
};

enum { CHUNK_BYTES = 256 * 1024 };

static struct machine *machine;
static const char *root;
static size_t root_length;
static const char *shadow;
static const char *eio_path;
static uint32_t eio_at;
static int lies;

/* A copy: Postgres writes the title of its processes over the environment that it was given. */
static const char *text_of(const char *name) {
  const char *text = getenv(name);
  return text == NULL || text[0] == '\0' ? NULL : strdup(text);
}

static uint32_t number_of(const char *name) {
  const char *text = getenv(name);
  return text == NULL ? 0 : (uint32_t)strtoul(text, NULL, 10);
}

/* Processes come and go, and one that is killed inside a snapshot must not stop the others: hence a robust lock. */
static void make_lock(void) {
  uint32_t nobody = 0;
  if (atomic_compare_exchange_strong(&machine->lock_made, &nobody, 1)) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&machine->lock, &attributes);
    atomic_store(&machine->lock_made, 2);
  }
  while (atomic_load(&machine->lock_made) != 2) usleep(100);
}

static void enter(void) {
  if (pthread_mutex_lock(&machine->lock) == EOWNERDEAD) pthread_mutex_consistent(&machine->lock);
}

static void leave(void) { pthread_mutex_unlock(&machine->lock); }

__attribute__((constructor)) static void plug_in(void) {
  const char *state = text_of("POWERLOSS_STATE");
  root = text_of("POWERLOSS_ROOT");
  shadow = text_of("POWERLOSS_SHADOW");
  if (state == NULL || root == NULL || shadow == NULL) return;
  root_length = strlen(root);
  eio_path = text_of("POWERLOSS_EIO_PATH");
  eio_at = number_of("POWERLOSS_EIO_AT");
  lies = text_of("POWERLOSS_LIES") != NULL;
  int file = open(state, O_RDWR | O_CLOEXEC);
  if (file < 0) return;
  void *shared = mmap(NULL, sizeof(struct machine), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (shared == MAP_FAILED) return;
  machine = shared;
  make_lock();
}

/* Without power nothing happens. The test kills whoever waits here. */
static void stand_still_without_power(void) {
  while (atomic_load(&machine->off) != 0) pause();
}

/* ------------------------------------------------------------------ what is on the disk */

static int key_of(const struct statx *file, char *path, size_t room) {
  uint64_t born = 0;
  if (file->stx_mask & STATX_BTIME)
    born = (uint64_t)file->stx_btime.tv_sec * 1000000000u + file->stx_btime.tv_nsec;
  int length = snprintf(path, room, "%s/%llu-%llu", shadow, (unsigned long long)file->stx_ino,
                        (unsigned long long)born);
  return length > 0 && (size_t)length < room;
}

/* Makes `to` equal to `from`, writing only what differs: most syncs change a few pages of a large file. */
static int copy_changes(int from, int to) {
  static char now[CHUNK_BYTES];
  static char before[CHUNK_BYTES];
  off_t at = 0;
  for (;;) {
    ssize_t got = pread(from, now, CHUNK_BYTES, at);
    if (got < 0) return -1;
    if (got == 0) break;
    ssize_t had = pread(to, before, (size_t)got, at);
    if (had != got || memcmp(now, before, (size_t)got) != 0)
      if (pwrite(to, now, (size_t)got, at) != got) return -1;
    at += got;
  }
  return ftruncate(to, at);
}

static int reopened(int file, int flags) {
  char name[64];
  snprintf(name, sizeof name, "/proc/self/fd/%d", file);
  return open(name, flags | O_CLOEXEC);
}

static int take_snapshot(int file, const struct statx *about) {
  char path[PATH_MAX];
  if (!key_of(about, path, sizeof path)) return -1;
  int from = reopened(file, O_RDONLY);
  int to = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  int done = -1;
  if (from >= 0 && to >= 0) {
    fchmod(to, 0666); /* Whatever the umask: another user's process may sync the same file next. */
    done = copy_changes(from, to);
  }
  if (from >= 0) close(from);
  if (to >= 0) close(to);
  return done;
}

/* After a failed sync Linux marks the pages clean: they are neither on the disk, nor written by the next sync. */
static void lose_pages(int file, const struct statx *about) {
  char path[PATH_MAX];
  if (!key_of(about, path, sizeof path)) return;
  int to = reopened(file, O_RDWR);
  int from = open(path, O_RDONLY | O_CLOEXEC);
  if (to >= 0 && from >= 0) {
    copy_changes(from, to);
    if (ftruncate(to, (off_t)about->stx_size) != 0) { /* The length was metadata: it stays, as zeros. */
    }
  } else if (to >= 0 && ftruncate(to, 0) == 0 && ftruncate(to, (off_t)about->stx_size) != 0) {
  }
  if (to >= 0) close(to);
  if (from >= 0) close(from);
}

static void forget(const struct statx *file) {
  char path[PATH_MAX];
  if ((file->stx_mode & S_IFMT) != S_IFREG || file->stx_nlink > 1) return;
  if (key_of(file, path, sizeof path)) unlink(path);
}

static int look_at(int directory, const char *path, int flags, struct statx *found) {
  return machine != NULL && statx(directory, path, flags, STATX_BASIC_STATS | STATX_BTIME, found) == 0;
}

/* ------------------------------------------------------------------ syncs */

typedef int (*sync_call)(int);

static int is_below_root(int file, char *path) {
  char name[64];
  snprintf(name, sizeof name, "/proc/self/fd/%d", file);
  ssize_t length = readlink(name, path, PATH_MAX - 1);
  if (length < 0) return 0;
  path[length] = '\0';
  return strncmp(path, root, root_length) == 0 && (path[root_length] == '/' || path[root_length] == '\0');
}

static int is_the_failing_one(const char *path) {
  if (eio_at == 0 || (eio_path != NULL && strstr(path, eio_path) == NULL)) return 0;
  return atomic_fetch_add(&machine->eio_seen, 1) + 1 == eio_at;
}

static int sync_file(int file, const char *real) {
  char path[PATH_MAX];
  if (machine == NULL || !is_below_root(file, path)) {
    sync_call call = (sync_call)dlsym(RTLD_NEXT, real);
    return call(file);
  }
  if (atomic_fetch_add(&machine->syncs, 1) + 1 == atomic_load(&machine->off_at)) atomic_store(&machine->off, 1);
  stand_still_without_power();
  struct statx about;
  if (!look_at(file, "", AT_EMPTY_PATH, &about)) return -1;
  int is_kept = (about.stx_mode & S_IFMT) == S_IFREG && about.stx_nlink > 0;
  if (is_kept && is_the_failing_one(path)) {
    enter();
    lose_pages(file, &about);
    leave();
    atomic_fetch_add(&machine->eio_given, 1);
    errno = EIO;
    return -1;
  }
  if (!is_kept || lies) return 0;
  int errno_before = errno;
  enter();
  stand_still_without_power(); /* It may have gone while this one waited for its turn. */
  int done = take_snapshot(file, &about);
  leave();
  /* The power may have gone in the middle: then nobody must hear that it is done. */
  stand_still_without_power();
  if (done != 0) {
    errno = EIO;
    return -1;
  }
  errno = errno_before;
  return 0;
}

int fsync(int file) { return sync_file(file, "fsync"); }
int fdatasync(int file) { return sync_file(file, "fdatasync"); }

/* ------------------------------------------------------------------ files that go */

int unlinkat(int directory, const char *path, int flags) {
  static int (*real)(int, const char *, int);
  if (real == NULL) real = (int (*)(int, const char *, int))dlsym(RTLD_NEXT, "unlinkat");
  struct statx gone;
  int known = look_at(directory, path, AT_SYMLINK_NOFOLLOW, &gone);
  int result = real(directory, path, flags);
  if (result == 0 && known) forget(&gone);
  return result;
}

int unlink(const char *path) {
  static int (*real)(const char *);
  if (real == NULL) real = (int (*)(const char *))dlsym(RTLD_NEXT, "unlink");
  struct statx gone;
  int known = look_at(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, &gone);
  int result = real(path);
  if (result == 0 && known) forget(&gone);
  return result;
}

int remove(const char *path) {
  static int (*real)(const char *);
  if (real == NULL) real = (int (*)(const char *))dlsym(RTLD_NEXT, "remove");
  struct statx gone;
  int known = look_at(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, &gone);
  int result = real(path);
  if (result == 0 && known) forget(&gone);
  return result;
}

int renameat2(int from_directory, const char *from, int to_directory, const char *to, unsigned flags) {
  static int (*real)(int, const char *, int, const char *, unsigned);
  if (real == NULL)
    real = (int (*)(int, const char *, int, const char *, unsigned))dlsym(RTLD_NEXT, "renameat2");
  struct statx replaced;
  int known = (flags & RENAME_EXCHANGE) == 0 && look_at(to_directory, to, AT_SYMLINK_NOFOLLOW, &replaced);
  int result = real(from_directory, from, to_directory, to, flags);
  if (result == 0 && known) forget(&replaced);
  return result;
}

int renameat(int from_directory, const char *from, int to_directory, const char *to) {
  return renameat2(from_directory, from, to_directory, to, 0);
}

int rename(const char *from, const char *to) { return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0); }
