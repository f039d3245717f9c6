/* scale.c - pictures at other sizes. */
#include "mixer/video/scale.h"

#include <libyuv/scale.h>

/* kFilterBox costs more than kFilterBilinear only where a picture shrinks to less than half,
 * and there the latter leaves out lines; else libyuv does the same for both. */
void scale_picture(const struct picture *from, struct picture *to)
{
    I420Scale(from->plane[0], from->stride[0], from->plane[1], from->stride[1], from->plane[2],
              from->stride[2], (int)from->width, (int)from->height, to->plane[0], to->stride[0],
              to->plane[1], to->stride[1], to->plane[2], to->stride[2], (int)to->width,
              (int)to->height, kFilterBox);
    to->matrix = from->matrix;
    to->full_range = from->full_range;
    to->timestamp = from->timestamp;
}
