/* fuzz_ice_lines.c - any bytes as a trickled fragment, and as a whole description with a group
 * of sections: what is taken is good and bounded. */
#include "server/sdp/bundle_lines.h"
#include "server/sdp/ice_lines.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_lines(const struct ice_lines *theirs)
{
    assert(theirs->candidates.count <= ICE_CANDIDATES_MAX);
    assert(!theirs->has_credentials || !theirs->is_malformed);
    assert(theirs->has_credentials == ice_credentials_are_good(&theirs->credentials));
}

static void check_bundle(const struct description *description)
{
    static const bool all[BUNDLE_MAX_SECTIONS] = {[0 ... BUNDLE_MAX_SECTIONS - 1] = true};
    static char written[4096];
    struct bundle_lines bundle;
    struct text text;
    bundle_lines_read(description, &bundle);
    assert(bundle.sections <= BUNDLE_MAX_SECTIONS);
    assert(!bundle.has_group || bundle.is_bundled[bundle.tagged]);
    text_init(&text, written, sizeof(written));
    bundle_lines_write_group(&bundle, all, &text);
    assert(!text.full && (text.length > 0) == bundle.has_group);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ice_lines theirs;
    struct description description;
    char why[DESCRIPTION_WHY_BYTES];
    char *copy = malloc(size ? size : 1); /* exact: nothing lies behind its end */
    assert(copy);
    memcpy(copy, data, size);
    if (ice_lines_read_fragment(copy, size, NULL, &theirs) == 0)
        check_lines(&theirs);
    if (ice_lines_read_fragment(copy, size, "1", &theirs) == 0)
        check_lines(&theirs);
    if (description_read(copy, size, &description, why) == 0) {
        check_bundle(&description);
        for (unsigned i = 0; i < description.media_count; i++) {
            ice_lines_read(description.media[i].lines, description.lines, &theirs);
            check_lines(&theirs);
        }
        description_finish(&description);
    }
    free(copy);
    return 0;
}
