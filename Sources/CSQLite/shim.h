#pragma once
#include <sqlite3.h>

/// `sqlite3_config` takes a variable number of arguments, which Swift cannot pass: whether SQLite counts the memory that it takes.
/// Only before SQLite is first used; `SQLITE_MISUSE` after that.
static inline int sqlite_count_memory(int counts) {
    return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, counts);
}
