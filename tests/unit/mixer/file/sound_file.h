/*
 * sound_file.h - files with sound for tests: WAV written by hand, other kinds by libavformat,
 * and what is no sound at all.
 *
 *   char *path = sound_file_path("a.wav");     in a folder of its own, removed at the end by
 *   ...                                        sound_file_clean()
 */
#ifndef TESTS_UNIT_MIXER_FILE_SOUND_FILE_H
#define TESTS_UNIT_MIXER_FILE_SOUND_FILE_H

#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

static char sound_folder[64];

/** The folder, made at the first call. */
static inline const char *sound_file_folder(void)
{
    if (!sound_folder[0]) {
        strcpy(sound_folder, "/tmp/raduno-sound-XXXXXX");
        assert(mkdtemp(sound_folder));
    }
    return sound_folder;
}

/** FOLDER/@p name, owned by the caller. */
static inline char *sound_file_path(const char *name)
{
    char *path;
    assert(asprintf(&path, "%s/%s", sound_file_folder(), name) > 0);
    return path;
}

/** Removes the folder and what is in it (no folders). */
static inline void sound_file_clean(void)
{
    if (!sound_folder[0])
        return;
    DIR *folder = opendir(sound_folder);
    for (struct dirent *entry; folder && (entry = readdir(folder));)
        unlinkat(dirfd(folder), entry->d_name, 0);
    if (folder)
        closedir(folder);
    rmdir(sound_folder);
    sound_folder[0] = '\0';
}

static inline void sound_file_put(const char *path, const void *bytes, size_t length)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert(fd >= 0 && write(fd, bytes, length) == (ssize_t)length);
    close(fd);
}

/** All of a file, owned by the caller. */
static inline uint8_t *sound_file_get(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    assert(file && fseek(file, 0, SEEK_END) == 0);
    *length = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(*length + 1);
    assert(bytes && fread(bytes, 1, *length, file) == *length);
    fclose(file);
    return bytes;
}

static inline void sound_file_le(uint8_t *out, uint32_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        out[i] = (uint8_t)(value >> 8 * i);
}

/** The 44 bytes before the samples of a WAV file. */
static inline void sound_file_wav_head(uint8_t head[44], unsigned rate_hz, unsigned channels,
                                       uint32_t data_bytes)
{
    memcpy(head, "RIFF....WAVEfmt ....................data....", 44);
    sound_file_le(head + 4, 36 + data_bytes, 4);
    sound_file_le(head + 16, 16, 4);
    sound_file_le(head + 20, 1, 2); /* PCM */
    sound_file_le(head + 22, channels, 2);
    sound_file_le(head + 24, rate_hz, 4);
    sound_file_le(head + 28, rate_hz * channels * 2, 4);
    sound_file_le(head + 32, channels * 2, 2);
    sound_file_le(head + 34, 16, 2);
    sound_file_le(head + 40, data_bytes, 4);
}

/** @p frames times @p channels interleaved samples. */
static inline void sound_file_wav(const char *path, unsigned rate_hz, unsigned channels,
                                  const int16_t *pcm, size_t frames)
{
    size_t bytes = frames * channels * sizeof(*pcm);
    uint8_t *all = malloc(44 + bytes);
    assert(all);
    sound_file_wav_head(all, rate_hz, channels, (uint32_t)bytes);
    if (bytes)
        memcpy(all + 44, pcm, bytes);
    sound_file_put(path, all, 44 + bytes);
    free(all);
}

/* ---- by libavformat: the container by the name's end ---- */

static inline void sound_file_packets(AVFormatContext *format, AVCodecContext *encoder,
                                      AVFrame *frame)
{
    AVPacket *packet = av_packet_alloc();
    assert(packet && avcodec_send_frame(encoder, frame) == 0);
    while (avcodec_receive_packet(encoder, packet) == 0) {
        packet->stream_index = 0;
        av_packet_rescale_ts(packet, encoder->time_base, format->streams[0]->time_base);
        assert(av_interleaved_write_frame(format, packet) == 0);
    }
    av_packet_free(&packet);
}

static inline AVCodecContext *sound_file_encoder(AVFormatContext *format, const char *codec,
                                                 unsigned rate_hz)
{
    const AVCodec *found = avcodec_find_encoder_by_name(codec);
    assert(found);
    AVCodecContext *encoder = avcodec_alloc_context3(found);
    assert(encoder);
    encoder->sample_rate = (int)rate_hz;
    encoder->sample_fmt = found->sample_fmts[0];
    for (const enum AVSampleFormat *one = found->sample_fmts; *one != AV_SAMPLE_FMT_NONE;
         one++) {
        if (*one == AV_SAMPLE_FMT_FLTP)
            encoder->sample_fmt = *one;
    }
    encoder->time_base = (AVRational){1, (int)rate_hz};
    encoder->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
    encoder->bit_rate = 64000;
    av_channel_layout_default(&encoder->ch_layout, 1);
    if (format->oformat->flags & AVFMT_GLOBALHEADER)
        encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    assert(avcodec_open2(encoder, found, NULL) == 0);
    return encoder;
}

static inline void sound_file_samples(AVFrame *frame, const int16_t *pcm)
{
    for (int i = 0; i < frame->nb_samples; i++) {
        if (av_get_bytes_per_sample(frame->format) == 2)
            ((int16_t *)(void *)frame->data[0])[i] = pcm[i];
        else
            ((float *)(void *)frame->data[0])[i] = (float)pcm[i] / 32768;
    }
}

/** Encodes mono @p pcm. @p codec: the name of one of libavcodec's encoders that takes 16-bit or
 *  float samples ("flac", "libmp3lame", "libopus", "aac", "libvorbis"). */
static inline void sound_file_encode(const char *path, const char *codec, unsigned rate_hz,
                                     const int16_t *pcm, int samples)
{
    AVFormatContext *format = NULL;
    assert(avformat_alloc_output_context2(&format, NULL, NULL, path) >= 0);
    AVStream *stream = avformat_new_stream(format, NULL);
    AVCodecContext *encoder = sound_file_encoder(format, codec, rate_hz);
    assert(stream && avcodec_parameters_from_context(stream->codecpar, encoder) >= 0);
    assert(avio_open(&format->pb, path, AVIO_FLAG_WRITE) >= 0);
    assert(avformat_write_header(format, NULL) >= 0);
    int most = encoder->frame_size ? encoder->frame_size : 1024;
    for (int at = 0; at < samples; at += most) {
        AVFrame *frame = av_frame_alloc();
        frame->nb_samples = samples - at < most ? samples - at : most;
        frame->format = encoder->sample_fmt;
        frame->sample_rate = (int)rate_hz;
        frame->pts = at;
        av_channel_layout_default(&frame->ch_layout, 1);
        assert(av_frame_get_buffer(frame, 0) == 0);
        sound_file_samples(frame, pcm + at);
        sound_file_packets(format, encoder, frame);
        av_frame_free(&frame);
    }
    sound_file_packets(format, encoder, NULL);
    assert(av_write_trailer(format) == 0);
    avcodec_free_context(&encoder);
    avio_closep(&format->pb);
    avformat_free_context(format);
}

#endif
