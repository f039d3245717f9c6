/* test_xml.c - no text leaves its element or its attribute. */
#include "server/body/xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void writes(const char *text, const char *wanted)
{
    char *out;
    size_t length;
    FILE *file = open_memstream(&out, &length);
    xml_element(file, "e", text);
    fclose(file);
    assert_string_equal(out, wanted);
    free(out);
}

static void escapes_what_means_something(void **state)
{
    (void)state;
    writes("", "<e></e>");
    writes("Caf\xc3\xa9 & <Bar> \"x\" 'y'",
           "<e>Caf\xc3\xa9 &amp; &lt;Bar&gt; &quot;x&quot; &apos;y&apos;</e>");
    writes("]]></e><e>", "<e>]]&gt;&lt;/e&gt;&lt;e&gt;</e>");
}

static void leaves_out_what_xml_cannot_have(void **state)
{
    (void)state;
    writes("a\x01\x1b\x08z\tb\nc", "<e>az\tb\nc</e>");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes_what_means_something),
        cmocka_unit_test(leaves_out_what_xml_cannot_have),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
