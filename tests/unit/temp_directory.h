/*
 * temp_directory.h - a directory of a test's own, and its end with all files in it.
 *
 *   static char directory[] = "/tmp/raduno-test-NOUN-XXXXXX";
 *   set up:     return temp_directory_make(directory);
 *   tear down:  return temp_directory_end(directory);
 *
 * Other builds run the same test at the same time: no name is fixed.
 */
#ifndef TESTS_UNIT_TEMP_DIRECTORY_H
#define TESTS_UNIT_TEMP_DIRECTORY_H

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** The last six letters of @p directory become others, each time. @return 0; -1. */
static inline int temp_directory_make(char *directory)
{
    strcpy(directory + strlen(directory) - 6, "XXXXXX");
    return mkdtemp(directory) ? 0 : -1;
}

/** @return 0; -1: another directory is left in it. */
static inline int temp_directory_end(const char *directory)
{
    DIR *all = opendir(directory);
    for (struct dirent *entry; all && (entry = readdir(all));)
        if (entry->d_type != DT_DIR)
            unlinkat(dirfd(all), entry->d_name, 0);
    if (all)
        closedir(all);
    return rmdir(directory);
}

#endif
