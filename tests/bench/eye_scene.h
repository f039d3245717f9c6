/*
 * eye_scene.h - something like a camera's picture: texture that moves, light that changes,
 * things that pass, and the noise of a sensor; with a mark in it (eye_mark.h).
 *
 * The same scene, sender and frame give the same picture on any machine.
 *
 * Thread   any.
 */
#ifndef TESTS_BENCH_EYE_SCENE_H
#define TESTS_BENCH_EYE_SCENE_H

#include "mixer/base/picture.h"

struct eye_scene;

/** @return the scene, ended with eye_scene_destroy(); NULL: no memory. */
struct eye_scene *eye_scene_create(void);
void eye_scene_destroy(struct eye_scene *scene); /* NULL is allowed */

/** Draws frame @p frame of @p sender over all of @p picture. */
void eye_scene_draw(const struct eye_scene *scene, unsigned sender, unsigned frame,
                    struct picture *picture);

#endif
