// Drops files at a steady rate and notes when each was answered, for drop-latency.py, which compiles it.
//
//   latency DROP RECEIPTS STATUS STAGING NAMES RATE PATIENCE > RESULT
//
// NAMES has a line for each file, "file-name reference": the file lies ready as STAGING/file-name and is renamed to DROP/file-name at its planned
// time, begin + index / RATE, whatever happened to those before. One thread drops, another waits in inotify on RECEIPTS and STATUS. RESULT has a line
// for each file: nanoseconds from the planned time to its rename's return, to the sight of its receipt, and to the sight of a status file that
// says COMPLETED; -1 for what was not seen within PATIENCE seconds of the last drop. It is C because an observer in Python would be the slowest part at
// 2,000 orders a second.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <poll.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

static int64_t now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1000000000LL + t.tv_nsec; }
static void die(const char *what) { perror(what); exit(2); }

typedef struct { char name[200], reference[100]; int64_t planned, dropped, receipt, completed; } File;
static File *files; static size_t count;

// Two tables of open addressing: by file name and by reference.
typedef struct { size_t size; uint32_t *slots; size_t key; } Table;
static Table names = {.key = offsetof(File, name)}, references = {.key = offsetof(File, reference)};
static uint64_t hash(const char *text, size_t length) {
  uint64_t h = 1469598103934665603ULL;
  for (size_t i = 0; i < length; i++) h = (h ^ (unsigned char)text[i]) * 1099511628211ULL;
  return h ^ h >> 29;
}
static void fill(Table *table) {
  for (table->size = 16; table->size < count * 3; table->size *= 2) {}
  table->slots = calloc(table->size, sizeof *table->slots);
  for (size_t i = 0; i < count; i++) {
    const char *key = (const char *)&files[i] + table->key;
    size_t at = hash(key, strlen(key)) & (table->size - 1);
    while (table->slots[at]) at = (at + 1) & (table->size - 1);
    table->slots[at] = i + 1;
  }
}
static File *find(Table *table, const char *text, size_t length) {
  for (size_t at = hash(text, length) & (table->size - 1); table->slots[at]; at = (at + 1) & (table->size - 1)) {
    File *file = &files[table->slots[at] - 1];
    const char *key = (const char *)file + table->key;
    if (strlen(key) == length && !memcmp(key, text, length)) return file;
  }
  return NULL;
}

static int receipts, status; static atomic_size_t seen_receipts, seen_completed; static atomic_int ended;

static void look_at_receipt(const char *name, int64_t at) {
  static const char ending[] = ".receipt.json";
  size_t length = strlen(name), cut = sizeof ending - 1;
  if (length <= cut || strcmp(name + length - cut, ending)) return;
  File *file = find(&names, name, length - cut);
  if (file && !file->receipt) { file->receipt = at; atomic_fetch_add(&seen_receipts, 1); }
}
// The time is taken after the read: the file was there with that content by then.
static void look_at_status(const char *name) {
  char text[65536];
  int f = openat(status, name, O_RDONLY | O_CLOEXEC);
  if (f < 0) return;
  ssize_t n = read(f, text, sizeof text - 1);
  close(f);
  if (n <= 0) return;
  text[n] = 0;
  if (!strstr(text, "\"status\":\"COMPLETED\"")) return;
  char *reference = strstr(text, "\"orderReference\":\"");
  if (!reference) return;
  reference += strlen("\"orderReference\":\"");
  char *end = strchr(reference, '"');
  File *file = end ? find(&references, reference, end - reference) : NULL;
  if (file && !file->completed) { file->completed = now(); atomic_fetch_add(&seen_completed, 1); }
}
static void look_through(int directory) {
  DIR *listing = fdopendir(openat(directory, ".", O_RDONLY | O_DIRECTORY));
  struct dirent *entry;
  while (listing && (entry = readdir(listing)))
    if (entry->d_name[0] != '.') { if (directory == receipts) look_at_receipt(entry->d_name, now()); else look_at_status(entry->d_name); }
  if (listing) closedir(listing);
}
static void *observe(void *argument) {
  char **paths = argument;
  int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  int of_receipts = inotify_add_watch(watch, paths[0], IN_MOVED_TO), of_status = inotify_add_watch(watch, paths[1], IN_MOVED_TO);
  if (watch < 0 || of_receipts < 0 || of_status < 0) die("inotify");
  static char buffer[1 << 20] __attribute__((aligned(8)));
  while (!atomic_load(&ended)) {
    struct pollfd one = {.fd = watch, .events = POLLIN};
    if (poll(&one, 1, 50) <= 0) continue;
    ssize_t n = read(watch, buffer, sizeof buffer);
    if (n < 0 && errno != EAGAIN) die("inotify");
    for (char *at = buffer; at < buffer + n;) {
      struct inotify_event *event = (void *)at;
      at += sizeof *event + event->len;
      if (event->mask & IN_Q_OVERFLOW) { look_through(receipts); look_through(status); continue; }
      if (event->len == 0 || event->name[0] == '.') continue;
      if (event->wd == of_receipts) look_at_receipt(event->name, now());
      else if (event->wd == of_status) look_at_status(event->name);
    }
  }
  return NULL;
}

int main(int argc, char **argv) {
  if (argc != 8) { fprintf(stderr, "usage: latency DROP RECEIPTS STATUS STAGING NAMES RATE PATIENCE\n"); return 64; }
  int drop = open(argv[1], O_RDONLY | O_DIRECTORY), staging = open(argv[4], O_RDONLY | O_DIRECTORY);
  receipts = open(argv[2], O_RDONLY | O_DIRECTORY); status = open(argv[3], O_RDONLY | O_DIRECTORY);
  if (drop < 0 || staging < 0 || receipts < 0 || status < 0) die("a directory");
  double rate = atof(argv[6]), patience = atof(argv[7]);
  FILE *list = fopen(argv[5], "r");
  if (!list) die(argv[5]);
  for (size_t room = 0;; count++) {
    if (count == room) { room = room ? room * 2 : 1024; files = realloc(files, room * sizeof *files); }
    memset(&files[count], 0, sizeof *files);
    if (fscanf(list, "%199s %99s", files[count].name, files[count].reference) != 2) break;
  }
  fclose(list);
  fill(&names); fill(&references);
  pthread_t observer;
  if (pthread_create(&observer, NULL, observe, argv + 2)) die("a thread");
  int64_t begin = now() + 300000000;
  for (size_t i = 0; i < count; i++) {
    File *file = &files[i];
    file->planned = begin + (int64_t)(i * 1e9 / rate);
    struct timespec until = {file->planned / 1000000000, file->planned % 1000000000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) {}
    if (renameat(staging, file->name, drop, file->name)) die(file->name);
    file->dropped = now();
  }
  int64_t deadline = now() + (int64_t)(patience * 1e9);
  while (now() < deadline && (atomic_load(&seen_receipts) < count || atomic_load(&seen_completed) < count)) usleep(20000);
  atomic_store(&ended, 1);
  pthread_join(observer, NULL);
  for (size_t i = 0; i < count; i++) {
    File *file = &files[i];
    printf("%lld %lld %lld\n", (long long)(file->dropped - file->planned), (long long)(file->receipt ? file->receipt - file->planned : -1),
           (long long)(file->completed ? file->completed - file->planned : -1));
  }
  return 0;
}
