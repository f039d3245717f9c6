/* caption.c - text is cleaned first, then set by pango and drawn by cairo; signs are paths. */
#include "mixer/video/caption.h"

#include "mixer/video/colour.h"

#include <errno.h>
#include <math.h>
#include <pango/pangocairo.h>
#include <string.h>

enum {
    MAX_BYTES = 256, /* of the text that is looked at */
    LEAST_TEXT_HEIGHT = 8,
    MOST_TEXT_HEIGHT = 200,
    REPLACEMENT = 0xfffd,
    NON_JOINER = 0x200c,
};

#ifdef RADUNO_LEAK_CHECK
/* fontconfig keeps offsets in place of pointers: LeakSanitizer cannot follow them, and takes
 * for lost what pango's font map still holds. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig\n";
}
#endif

#ifdef RADUNO_RACE_CHECK
/* These are not instrumented, and pango asks fontconfig on a thread of its own: ThreadSanitizer
 * cannot see how they keep apart. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
    return "called_from_lib:libfontconfig\ncalled_from_lib:libpangoft2\n"
           "called_from_lib:libpango-1\ncalled_from_lib:libglib-2\n";
}
#endif

static const double whole_turn = 6.283185307179586;

/* --- text -----------------------------------------------------------------------------------
 */

/* Turns the direction of what follows, or hides in it: marks for which a name has no use. */
static bool is_unwanted(gunichar c)
{
    return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) ||
           (c >= 0x206a && c <= 0x206f) || c == 0x200b || c == 0x2060 || c == 0xfeff ||
           c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0xfff9 && c <= 0xfffb) ||
           (c >= 0xe0000 && c <= 0xe007f);
}

static bool is_blank(gunichar c)
{
    return g_unichar_isspace(c) || c == 0x85 || c == 0x2028 || c == 0x2029;
}

/* One line of valid UTF-8 without control characters, blanks drawn together. Owned by the
 * caller (g_string_free). */
static GString *clean(const char *text)
{
    GString *line = g_string_new(NULL);
    const size_t length = strnlen(text, MAX_BYTES);
    bool blank = false;
    for (size_t at = 0; at < length;) {
        gunichar c = g_utf8_get_char_validated(text + at, (gssize)(length - at));
        const bool cut = c == (gunichar)-2 && length == MAX_BYTES; /* in mid-character */
        const bool valid = c != (gunichar)-1 && c != (gunichar)-2 && c;
        at += valid ? (size_t)g_unichar_to_utf8(c, NULL) : 1;
        if (cut)
            break;
        if (!valid)
            c = REPLACEMENT;
        if (is_blank(c)) {
            blank = line->len > 0;
            continue;
        }
        if (is_unwanted(c) || g_unichar_iscntrl(c))
            continue;
        if (blank)
            g_string_append_c(line, ' ');
        blank = false;
        g_string_append_unichar(line, c);
    }
    return line;
}

/* --- surfaces --------------------------------------------------------------------------------
 */

struct drawing {
    cairo_surface_t *surface;
    cairo_t *cairo;
};

static void drawing_finish(struct drawing *drawing)
{
    cairo_destroy(drawing->cairo);
    cairo_surface_destroy(drawing->surface);
}

static int drawing_init(struct drawing *drawing, unsigned width, unsigned height)
{
    drawing->surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, (int)width, (int)height);
    drawing->cairo = cairo_create(drawing->surface);
    if (cairo_status(drawing->cairo) == CAIRO_STATUS_SUCCESS)
        return 0;
    drawing_finish(drawing);
    return -ENOMEM;
}

static const uint8_t *drawing_pixels(struct drawing *drawing, size_t *stride)
{
    cairo_surface_flush(drawing->surface);
    *stride = (size_t)cairo_image_surface_get_stride(drawing->surface);
    return cairo_image_surface_get_data(drawing->surface);
}

static void set_colour(cairo_t *cairo, uint32_t argb)
{
    cairo_set_source_rgba(cairo, (argb >> 16 & 255) / 255.0, (argb >> 8 & 255) / 255.0,
                          (argb & 255) / 255.0, (argb >> 24) / 255.0);
}

static PangoLayout *line_of(cairo_t *cairo, const GString *text, double size, bool bold)
{
    PangoLayout *line = pango_cairo_create_layout(cairo);
    PangoFontDescription *font = pango_font_description_new();
    pango_font_description_set_family_static(font, "Noto Sans, DejaVu Sans, Sans");
    pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
    pango_font_description_set_weight(font, bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_MEDIUM);
    pango_layout_set_font_description(line, font);
    pango_font_description_free(font);
    pango_layout_set_single_paragraph_mode(line, TRUE);
    pango_layout_set_text(line, text->str, (int)text->len);
    return line;
}

/* --- signs: drawn in a square of 1 x 1 -------------------------------------------------------
 */

static void draw_microphone(cairo_t *cairo)
{
    cairo_set_line_width(cairo, 0.09);
    cairo_set_line_cap(cairo, CAIRO_LINE_CAP_ROUND);
    cairo_move_to(cairo, 0.37, 0.25);
    cairo_arc(cairo, 0.5, 0.25, 0.13, whole_turn / 2, whole_turn);
    cairo_arc(cairo, 0.5, 0.5, 0.13, 0, whole_turn / 2);
    cairo_close_path(cairo);
    cairo_fill(cairo);
    cairo_arc(cairo, 0.5, 0.48, 0.26, 0, whole_turn / 2);
    cairo_move_to(cairo, 0.5, 0.74);
    cairo_line_to(cairo, 0.5, 0.9);
    cairo_move_to(cairo, 0.34, 0.9);
    cairo_line_to(cairo, 0.66, 0.9);
    cairo_stroke(cairo);
}

/* A gap in the microphone is under the line, so that it is seen on every ground. */
static void draw_muted(cairo_t *cairo)
{
    cairo_push_group(cairo);
    draw_microphone(cairo);
    cairo_set_operator(cairo, CAIRO_OPERATOR_CLEAR);
    cairo_set_line_width(cairo, 0.22);
    cairo_move_to(cairo, 0.12, 0.1);
    cairo_line_to(cairo, 0.88, 0.92);
    cairo_stroke(cairo);
    cairo_pop_group_to_source(cairo);
    cairo_paint(cairo);
    cairo_set_source_rgb(cairo, 1, 0.32, 0.3);
    cairo_set_line_width(cairo, 0.1);
    cairo_set_line_cap(cairo, CAIRO_LINE_CAP_ROUND);
    cairo_move_to(cairo, 0.12, 0.1);
    cairo_line_to(cairo, 0.88, 0.92);
    cairo_stroke(cairo);
}

/* Four fingers, a thumb and a palm. */
static void draw_hand(cairo_t *cairo)
{
    static const double fingers[][4] = {{0.31, 0.28, 0.33, 0.58},
                                        {0.44, 0.13, 0.45, 0.55},
                                        {0.58, 0.14, 0.57, 0.55},
                                        {0.71, 0.25, 0.69, 0.58},
                                        {0.13, 0.53, 0.36, 0.76}};
    cairo_set_source_rgb(cairo, 1, 0.8, 0.25);
    cairo_set_line_cap(cairo, CAIRO_LINE_CAP_ROUND);
    cairo_set_line_width(cairo, 0.11);
    for (unsigned i = 0; i < sizeof(fingers) / sizeof(fingers[0]); i++) {
        cairo_move_to(cairo, fingers[i][0], fingers[i][1]);
        cairo_line_to(cairo, fingers[i][2], fingers[i][3]);
    }
    cairo_stroke(cairo);
    cairo_move_to(cairo, 0.275, 0.55);
    cairo_line_to(cairo, 0.745, 0.55);
    cairo_curve_to(cairo, 0.76, 0.82, 0.66, 0.94, 0.52, 0.94);
    cairo_curve_to(cairo, 0.4, 0.94, 0.34, 0.86, 0.275, 0.7);
    cairo_close_path(cairo);
    cairo_fill(cairo);
}

static void draw_sign(cairo_t *cairo, double x, double y, double side,
                      void (*draw)(cairo_t *cairo))
{
    cairo_save(cairo);
    cairo_translate(cairo, x, y);
    cairo_scale(cairo, side, side);
    draw(cairo);
    cairo_restore(cairo);
}

/* --- caption ---------------------------------------------------------------------------------
 */

/* All in pixels, from left to right. */
struct plan {
    unsigned height, width; /* of the box */
    double padding, sign, text_x, text_width;
    unsigned signs;
};

static unsigned round_up(double length)
{
    return ((unsigned)ceil(length) + 1) & ~1U;
}

/* A script with tall letters is set smaller so that its line fits, but not so small that nobody
 * can read it: what is more is cut at the box. */
static PangoLayout *fitting_line(cairo_t *cairo, const GString *text, double most_height)
{
    double size = most_height * 0.72;
    PangoLayout *line = line_of(cairo, text, size, false);
    int width, height;
    pango_layout_get_pixel_size(line, &width, &height);
    if (height <= most_height + 1)
        return line;
    size *= fmax(most_height / height, 0.75);
    g_object_unref(line);
    return line_of(cairo, text, size, false);
}

static void plan_box(struct plan *plan, const struct caption_style *style, PangoLayout *line)
{
    const double height = style->text_height;
    plan->padding = height * 0.3;
    plan->height = round_up(height * 1.25);
    plan->sign = height * 0.95;
    plan->signs = (style->muted ? 1U : 0U) + (style->hand_raised ? 1U : 0U);
    plan->text_x = plan->padding + plan->signs * plan->sign;
    double most = style->max_width - plan->text_x - plan->padding;
    plan->text_width = 0;
    if (line) {
        int width, ignored;
        if (plan->signs) {
            plan->text_x += height * 0.15;
            most -= height * 0.15;
        }
        pango_layout_get_pixel_size(line, &width, &ignored);
        plan->text_width = width;
        if (width > most) {
            plan->text_width = most > 1 ? most : 1;
            pango_layout_set_width(line, (int)(plan->text_width * PANGO_SCALE));
            pango_layout_set_ellipsize(line, PANGO_ELLIPSIZE_END);
        }
    }
    plan->width = round_up(plan->text_x + plan->text_width + plan->padding);
    if (plan->width > (style->max_width & ~1U))
        plan->width = style->max_width & ~1U;
}

static void draw_box(cairo_t *cairo, const struct plan *plan, uint32_t argb)
{
    const double radius = plan->height * 0.25, right = plan->width - radius;
    const double below = plan->height - radius, quarter = whole_turn / 4;
    cairo_arc(cairo, radius, radius, radius, 2 * quarter, 3 * quarter);
    cairo_arc(cairo, right, radius, radius, 3 * quarter, 4 * quarter);
    cairo_arc(cairo, right, below, radius, 0, quarter);
    cairo_arc(cairo, radius, below, radius, quarter, 2 * quarter);
    cairo_close_path(cairo);
    set_colour(cairo, argb);
    cairo_fill(cairo);
}

/* A line from right to left stands at the right of the width it was given: back by that. */
static void draw_text(cairo_t *cairo, const struct plan *plan, PangoLayout *line)
{
    PangoRectangle logical;
    pango_layout_get_pixel_extents(line, NULL, &logical);
    cairo_rectangle(cairo, plan->text_x - 1, 0, plan->text_width + 2, plan->height);
    cairo_clip(cairo);
    cairo_move_to(cairo, plan->text_x - logical.x,
                  ((int)plan->height - logical.height) / 2.0 - logical.y);
    pango_cairo_show_layout(cairo, line);
}

static int draw_caption(const struct plan *plan, const struct caption_style *style,
                        PangoLayout *line, struct sprite **sprite)
{
    struct drawing drawing;
    struct sprite *made;
    int error = drawing_init(&drawing, plan->width, plan->height);
    if (error)
        return error;
    const double top = (plan->height - plan->sign) / 2;
    draw_box(drawing.cairo, plan, style->background);
    set_colour(drawing.cairo, style->colour);
    if (style->muted)
        draw_sign(drawing.cairo, plan->padding * 0.8, top, plan->sign, draw_muted);
    if (style->hand_raised)
        draw_sign(drawing.cairo, plan->padding * 0.8 + (style->muted ? plan->sign : 0), top,
                  plan->sign, draw_hand);
    set_colour(drawing.cairo, style->colour);
    if (line)
        draw_text(drawing.cairo, plan, line);
    error = cairo_status(drawing.cairo) == CAIRO_STATUS_SUCCESS
                ? sprite_create(plan->width, plan->height, &made)
                : -ENOMEM;
    if (!error) {
        size_t stride;
        const uint8_t *pixels = drawing_pixels(&drawing, &stride);
        colour_to_sprite(pixels, stride, made);
        *sprite = made;
    }
    drawing_finish(&drawing);
    return error;
}

int caption_create(const char *text, const struct caption_style *style, struct sprite **sprite)
{
    if (style->text_height < LEAST_TEXT_HEIGHT || style->text_height > MOST_TEXT_HEIGHT ||
        style->max_width < 2 * style->text_height || style->max_width > PICTURE_MAX_SIDE)
        return -EINVAL;
    GString *line = clean(text);
    struct drawing measure;
    int error = -EINVAL;
    if (line->len || style->muted || style->hand_raised)
        error = drawing_init(&measure, 1, 1);
    if (!error) {
        struct plan plan;
        PangoLayout *layout =
            line->len ? fitting_line(measure.cairo, line, style->text_height) : NULL;
        plan_box(&plan, style, layout);
        error = draw_caption(&plan, style, layout, sprite);
        if (layout)
            g_object_unref(layout);
        drawing_finish(&measure);
    }
    g_string_free(line, TRUE);
    return error;
}

/* --- avatar ----------------------------------------------------------------------------------
 */

/* Dark enough for white letters: a contrast of 4.5 at least (WCAG 2.1 section 1.4.3). */
static const uint32_t disc_colours[] = {
    0xff3f6fb5, 0xff7b5ab8, 0xffa2508f, 0xffb5475a, 0xffa8562b, 0xff85691c,
    0xff557a2b, 0xff2f7d55, 0xff1f7a80, 0xff4a63c9, 0xff5f6b7a, 0xff96553f,
};

/* FNV-1a. */
static uint32_t hash(const GString *text)
{
    uint32_t value = 2166136261U;
    for (size_t i = 0; i < text->len; i++)
        value = (value ^ (uint8_t)text->str[i]) * 16777619U;
    return value ^ value >> 16;
}

/* Where the word at @p from ends; no blank is at its begin. */
static const char *word_end(const char *from)
{
    const char *blank = strchr(from, ' ');
    return blank ? blank : from + strlen(from);
}

/* The first letter or digit of a word; NULL if it has none. */
static const char *first_letter(const char *word)
{
    const char *end = word_end(word);
    for (const char *at = word; at < end; at = g_utf8_next_char(at)) {
        if (g_unichar_isalnum(g_utf8_get_char(at)))
            return at;
    }
    return NULL;
}

/* Appends what a reader takes for one letter, with its accents, large. */
static void append_initial(GString *initials, const char *from)
{
    const char *end = word_end(from);
    const glong count = g_utf8_strlen(from, end - from);
    PangoLogAttr *attributes = g_new0(PangoLogAttr, (gsize)count + 1);
    pango_get_log_attrs(from, (int)(end - from), -1, pango_language_get_default(), attributes,
                        (int)count + 1);
    glong letters = 1;
    while (letters < count && !attributes[letters].is_cursor_position)
        letters++;
    g_free(attributes);
    char *large = g_utf8_strup(from, g_utf8_offset_to_pointer(from, letters) - from);
    g_string_append(initials, large);
    g_free(large);
}

/* Of the first and the last word that have a letter; what else the name begins with if none
 * has. A mark between them keeps Arabic letters from being joined. */
static GString *initials_of(const GString *name)
{
    GString *initials = g_string_new(NULL);
    const char *first = NULL, *last = NULL;
    for (const char *word = name->str; *word;) {
        const char *letter = first_letter(word);
        if (letter && first)
            last = letter;
        else if (letter)
            first = letter;
        word = word_end(word);
        word += *word == ' ';
    }
    append_initial(initials, first ? first : name->str);
    if (last) {
        g_string_append_unichar(initials, NON_JOINER);
        append_initial(initials, last);
    }
    return initials;
}

static void draw_initials(cairo_t *cairo, const GString *initials, double diameter)
{
    PangoLayout *line = line_of(cairo, initials, diameter * 0.42, true);
    PangoRectangle ink;
    pango_layout_get_pixel_extents(line, &ink, NULL);
    const double longest = ink.width > ink.height ? ink.width : ink.height;
    const double scale = longest > diameter * 0.66 ? diameter * 0.66 / longest : 1;
    cairo_scale(cairo, scale, scale);
    cairo_move_to(cairo, -ink.x - ink.width / 2.0, -ink.y - ink.height / 2.0);
    pango_cairo_show_layout(cairo, line);
    g_object_unref(line);
}

/* Head and shoulders, cut by the disc. */
static void draw_person(cairo_t *cairo, double diameter)
{
    cairo_arc(cairo, 0, 0, diameter / 2, 0, whole_turn);
    cairo_clip(cairo);
    cairo_arc(cairo, 0, -diameter * 0.1, diameter * 0.17, 0, whole_turn);
    cairo_fill(cairo);
    cairo_save(cairo);
    cairo_translate(cairo, 0, diameter * 0.46);
    cairo_scale(cairo, diameter * 0.31, diameter * 0.32);
    cairo_arc(cairo, 0, 0, 1, 0, whole_turn);
    cairo_restore(cairo);
    cairo_fill(cairo);
}

static void draw_avatar(cairo_t *cairo, const GString *name, double width, double height)
{
    const uint32_t disc =
        name->len ? disc_colours[hash(name) % (sizeof(disc_colours) / sizeof(disc_colours[0]))]
                  : 0xff5f6b7a;
    const double diameter = (width < height ? width : height) * 0.56;
    set_colour(cairo, disc);
    cairo_paint(cairo);
    cairo_set_source_rgba(cairo, 0, 0, 0, 0.68); /* the ground: the same, darker */
    cairo_paint(cairo);
    cairo_translate(cairo, width / 2, height / 2);
    set_colour(cairo, disc);
    cairo_arc(cairo, 0, 0, diameter / 2, 0, whole_turn);
    cairo_fill(cairo);
    set_colour(cairo, 0xffffffff);
    if (!name->len) {
        draw_person(cairo, diameter);
        return;
    }
    GString *initials = initials_of(name);
    draw_initials(cairo, initials, diameter);
    g_string_free(initials, TRUE);
}

int caption_create_avatar(const char *name, unsigned width, unsigned height,
                          struct picture **picture)
{
    struct drawing drawing;
    struct picture *made;
    int error = picture_create(width, height, &made);
    if (error)
        return error;
    error = drawing_init(&drawing, width, height);
    if (!error) {
        GString *line = clean(name);
        size_t stride;
        draw_avatar(drawing.cairo, line, width, height);
        g_string_free(line, TRUE);
        const uint8_t *pixels = drawing_pixels(&drawing, &stride);
        colour_to_picture(pixels, stride, made);
        error = cairo_status(drawing.cairo) == CAIRO_STATUS_SUCCESS ? 0 : -ENOMEM;
        drawing_finish(&drawing);
    }
    if (error)
        picture_release(&made);
    else
        *picture = made;
    return error;
}
