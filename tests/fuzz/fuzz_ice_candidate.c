/* fuzz_ice_candidate.c - any bytes as a candidate line: what can be used can be written, and
 * reads the same. */
#include "server/rtp/ice_candidate.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ice_candidates all;
    struct ice_candidate candidate, back;
    char line[ICE_CANDIDATE_LINE_BYTES];
    char *copy = malloc(size ? size : 1); /* exact: nothing lies behind its end */
    assert(copy);
    memcpy(copy, data, size);
    const int error = ice_candidate_read(copy, size, &candidate);
    assert(error == 0 || error == -EBADMSG || error == -ENOTSUP);
    if (!error) {
        const size_t length = ice_candidate_write(&candidate, line, sizeof(line));
        assert(length > 0 && length == strlen(line));
        assert(ice_candidate_read(line, length, &back) == 0);
        assert(memcmp(&candidate, &back, sizeof(back)) == 0);
    }
    ice_candidates_add(&all, copy, size);
    assert(all.count <= ICE_CANDIDATES_MAX);
    free(copy);
    return 0;
}
