#!/usr/bin/python3
"""A caller by aiortc, a WebRTC stack of its own: says a tone, keeps what it hears.

aiortc_caller.py CALLS-URL NAME HZ WAV     joins by HTTP, until SIGTERM

What it hears is written to WAV as it comes, 48 kHz, one channel. Lines on standard output: "joined ID", "state STATE"; "packets named MID" when that changes (None: not).
"""
import asyncio
import fractions
import json
import math
import signal
import struct
import sys
import urllib.request

import aioice.ice
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamTrack
from aiortc.rtcrtpreceiver import RTCRtpReceiver
from av import AudioFrame

RATE, SAMPLES = 48000, 960

# aioice leaves the loopback out, which may be all that there is; the server says it only then, too.
real_addresses = aioice.ice.get_host_addresses
aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: real_addresses(use_ipv4, use_ipv6) or ["127.0.0.1"]


names = []  # of sections, as packets that come have them: each change
handle_rtp_packet = RTCRtpReceiver._handle_rtp_packet


def note_name(receiver, packet, **arguments):
    if names[-1:] != [packet.extensions.mid]:
        names.append(packet.extensions.mid)
        print("packets named", packet.extensions.mid, flush=True)
    return handle_rtp_packet(receiver, packet, **arguments)


RTCRtpReceiver._handle_rtp_packet = note_name


class Tone(MediaStreamTrack):
    kind = "audio"

    def __init__(self, hz):
        super().__init__()
        self.step, self.sent, self.start = 2 * math.pi * hz / RATE, 0, None

    async def recv(self):
        loop = asyncio.get_event_loop()
        self.start = self.start or loop.time()
        await asyncio.sleep(max(0, self.start + self.sent / RATE - loop.time()))
        frame = AudioFrame(format="s16", layout="mono", samples=SAMPLES)
        wave = (int(6000 * math.sin(self.step * (self.sent + i))) for i in range(SAMPLES))
        frame.planes[0].update(struct.pack(f"<{SAMPLES}h", *wave))
        frame.pts, frame.sample_rate, frame.time_base = self.sent, RATE, fractions.Fraction(1, RATE)
        self.sent += SAMPLES
        return frame


def header(data_bytes):
    return struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + data_bytes, b"WAVE", b"fmt ", 16, 1, 1, RATE, 2 * RATE, 2, 16,
                       b"data", data_bytes)


async def keep(track, path):
    with open(path, "wb", buffering=0) as file:
        file.write(header(0x7FFFFFFF - 36))
        while True:
            frame = await track.recv()
            pcm = bytes(frame.planes[0])[: 2 * frame.samples * len(frame.layout.channels)]
            left = struct.unpack(f"<{len(pcm) // 2}h", pcm)[:: len(frame.layout.channels)]
            repeats = RATE // frame.sample_rate
            file.write(struct.pack(f"<{len(left) * repeats}h", *(value for value in left for _ in range(repeats))))


def post(url, body):
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


async def main(url, name, hz, wav):
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    tasks = []
    peer.addTrack(Tone(float(hz)))
    peer.on("track", lambda track: tasks.append(asyncio.ensure_future(keep(track, wav))))
    peer.on("connectionstatechange", lambda: print("state", peer.connectionState, flush=True))
    await peer.setLocalDescription(await peer.createOffer())
    loop, ended = asyncio.get_event_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    call = await loop.run_in_executor(None, post, url, {"offer": peer.localDescription.sdp, "display_name": name})
    print("joined", call["participant"], flush=True)
    await peer.setRemoteDescription(RTCSessionDescription(call["answer"], "answer"))
    await ended.wait()
    await peer.close()


asyncio.run(main(*sys.argv[1:]))
