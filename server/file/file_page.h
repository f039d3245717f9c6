/*
 * file_page.h - a page of a PDF as a picture.
 *
 * Poppler's programs do it, in processes of their own with limits (prlimit): a document that
 * harms its reader harms no more than one of those.
 *
 * Thread   those of file_desk: it waits.
 */
#ifndef SERVER_FILE_FILE_PAGE_H
#define SERVER_FILE_FILE_PAGE_H

struct file_page {
    unsigned page;  /* 1 is the first                        */
    unsigned pages; /* of the document, once it was rendered */
};

/** Writes page->page of the PDF at @p path to @p picture, a JPEG of at most 1920 pixels either
 * way, and finds page->pages.
 *  @return 0; -EBADMSG: no PDF that can be read; -ERANGE: there is no such page; -ENOENT:
 * Poppler's programs are not installed; -ETIMEDOUT, -ECANCELED, -ENOMEM. */
int file_page_render(const char *path, struct file_page *page, const char *picture,
                     int stop_fd);

#endif
