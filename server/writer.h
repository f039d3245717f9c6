/*
 * writer.h - the writer thread: waits for the disk and the pipe, so that nobody else has to.
 *
 * Thread   start, stop: main. Inside: its own; nobody waits for it but stop.
 */
#ifndef SERVER_WRITER_H
#define SERVER_WRITER_H

/** Lines of the log go to stderr by their own thread from now on. @return 0 or a negative
 * errno. */
int writer_start(void);

/** Writes what is left and ends the thread. */
void writer_stop(void);

#endif
