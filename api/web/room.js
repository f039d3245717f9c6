/*
 * room.js - in the call: the picture, the bar below it, and what the server and the others do.
 *
 *   const room = new Room({ name, devices, onOver: (reason) => ... });
 *   room.enter(call);  room.leave();  room.press('m');
 */
import { Chat } from './chat.js';
import { canShare } from './devices.js';
import { DeviceForm } from './device_form.js';
import { byId, press, setAttribute, setText, show } from './dom.js';
import { Files } from './files.js';
import { Flag } from './flag.js';
import { setIcon } from './icons.js';
import { explain, showToggle } from './lobby.js';
import { Meter } from './meter.js';
import { Moderator } from './moderator.js';
import { forget, forgetAll, say } from './notices.js';
import { close as closePanel, isOpen, toggle as togglePanel } from './panels.js';
import { Quality } from './quality.js';
import { showFigures, showQuality } from './quality_panel.js';
import { nameOf, Roster } from './roster.js';
import { Share } from './share.js';
import { Sound } from './sound.js';
import { recall, remember } from './store.js';
import { count, text } from './text.js';

const QUALITY_MS = 2000;
const LOUD = 0.45; /* of the meter: somebody talks into it */
const LOUD_TIMES = 8; /* in a row: half a second */
const HINT_MS = 15000; /* not more often than this */
const ENDS_SOON_MS = 60000;
const FEW = 12; /* in larger rooms nobody is told who comes and goes */

const clock = (seconds) => {
  const two = (number) => String(number).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  return `${hours ? `${hours}:` : ''}${two(Math.floor(seconds / 60) % 60)}:${two(Math.floor(seconds) % 60)}`;
};

export class Room {
  call = null;
  #flags = {};
  #share = null;
  #sound = new Sound();
  #quality = null;
  #files = null;
  #moderator = null;
  #timers = [];
  #began = null;
  #people = new Map(); /* as they were shown last */
  #isMutedByOther = false;
  #wasInLobby = false;
  #toldEnd = null;
  #loud = 0;
  #hinted = -Infinity;
  #wakeLock = null;
  #roster = new Roster(byId('people'));
  #voices = new Roster(byId('voices'));
  #chat = new Chat();
  #meter = new Meter((level) => this.#hear(level));

  constructor({ name, devices, onOver }) {
    Object.assign(this, { name, devices, onOver });
    this.form = new DeviceForm(byId('room-devices'), devices);
    const buttons = {
      mute: () => this.#toggleMute(), camera: () => this.#toggleCamera(), share: () => this.#toggleShare(), hand: () => this.#toggleHand(),
      leave: () => this.call?.hangUp(), fullscreen: () => this.#toggleFullscreen(), 'sound-button': () => this.#playSound(), 'copy-link': () => this.#copyLink(),
    };
    for (const [id, act] of Object.entries(buttons)) byId(id).addEventListener('click', act);
    byId('bandwidth').value = recall('bandwidth', 'medium');
    byId('bandwidth').addEventListener('change', ({ target }) => {
      remember('bandwidth', target.value);
      this.call?.setBandwidth(target.value);
    });
    byId('picture').addEventListener('resize', () => this.#shapePicture());
    byId('picture').addEventListener('playing', () => this.#update());
    devices.addEventListener('change', () => this.#onDevices());
    devices.addEventListener('gone', ({ detail }) => this.call && say(text('says_device_gone', { device: detail.label })));
    document.addEventListener('visibilitychange', () => this.#keepAwake());
    show(byId('share'), canShare());
    show(byId('fullscreen'), Boolean(byId('room').requestFullscreen));
  }

  enter(call) {
    this.call = call;
    const flag = (name, onForeign) => new Flag(call, name, { onForeign });
    this.#flags = {
      muted: flag('muted', (isMuted) => this.#mutedByOther(isMuted)),
      hand: flag('hand_raised', (isRaised) => !isRaised && say(text('says_hand_lowered'))),
      presents: flag('presents', (presents) => !presents && this.#shareTaken()),
    };
    this.#share = new Share({ call, onEnd: () => this.#endShare(text('says_share_ended')), onSound: () => this.#onSound() });
    this.#quality = new Quality();
    this.#files = new Files(call);
    this.#moderator = new Moderator(call);
    call.addEventListener('state', () => this.#onState());
    call.addEventListener('view', () => this.#onView());
    this.#chat.enter(call);
    call.addEventListener('over', ({ detail }) => this.#over(detail.reason));
    call.addEventListener('track', ({ detail }) => this.#addTrack(detail.track));
    for (const track of call.tracks) this.#addTrack(track);
    this.#timers = [setInterval(() => this.#measure(), QUALITY_MS), setInterval(() => this.#tick(), 1000)];
    this.#began = null;
    this.#people.clear();
    this.#wasInLobby = false;
    show(byId('room'), true);
    showQuality('unknown');
    this.#onDevices();
    this.#onState();
    this.#onView();
    this.#tick();
    this.#keepAwake();
    byId('mute').focus({ focusVisible: false });
  }

  leave() {
    this.#timers.forEach(clearInterval);
    this.#meter.listen(null);
    this.#share?.end();
    this.#share = null;
    this.#sound.close();
    this.#files?.end();
    this.#files = null;
    this.#moderator?.end();
    this.#moderator = null;
    this.#chat.leave();
    this.call = null;
    closePanel({ focus: false });
    forgetAll();
    for (const element of [byId('picture'), byId('sound')]) element.srcObject = null;
    show(byId('picture'), false);
    show(byId('sound-button'), false);
    show(byId('room'), false);
    if (document.fullscreenElement) document.exitFullscreen();
    this.#wakeLock?.release().catch(() => {});
    this.#wakeLock = null;
  }

  translate() {
    this.form.translate();
    this.#chat.translate();
    if (!this.call) return;
    this.#update();
    this.#measure();
    this.#moderator.translate();
    this.#onView();
  }

  /** A key, without any modifier. @return whether it means something here. */
  press(key) {
    const act = {
      m: () => this.#toggleMute(), v: () => this.#toggleCamera(), s: () => this.#toggleShare(),
      h: () => this.#toggleHand(), p: () => togglePanel('people-panel'), c: () => togglePanel('chat-panel'),
      f: () => this.#files.isThere && togglePanel('files-panel'), Escape: () => closePanel(),
    }[key];
    act?.();
    return Boolean(act);
  }

  /* ---- what comes in */

  #addTrack(track) {
    const element = byId(track.kind === 'audio' ? 'sound' : 'picture');
    element.srcObject = new MediaStream([track]);
    if (track.kind === 'audio') this.#playSound();
    else element.play().catch(() => {}); /* without sound it may always play */
  }

  async #playSound() {
    const sound = byId('sound');
    try {
      await this.#chooseSpeaker();
      await sound.play();
      show(byId('sound-button'), false);
    } catch (error) {
      if (error.name !== 'NotAllowedError') return;
      show(byId('sound-button'), true);
      say(text('sound_blocked'));
    }
  }

  async #chooseSpeaker() {
    const sound = byId('sound');
    const wanted = recall('speaker') ?? '';
    if (sound.setSinkId && sound.sinkId !== wanted) await sound.setSinkId(wanted).catch(() => {}); /* it may be gone */
  }

  #shapePicture() {
    const { videoWidth, videoHeight } = byId('picture');
    if (videoWidth) byId('stage').style.setProperty('--ratio', String(videoWidth / videoHeight));
    this.#update();
  }

  /* ---- what the server says */

  #onState() {
    const { call } = this;
    if (call.state === 'connected' && this.#began === null) {
      this.#began = performance.now();
      if (!call.isInLobby) say(text('says_connected'));
    }
    const isAway = call.state === 'reconnecting';
    const words = isAway ? text(navigator.onLine === false ? 'offline' : 'reconnecting') : '';
    if (!isAway && !byId('banner').hidden) {
      say(text('says_reconnected'));
      for (const flag of Object.values(this.#flags)) flag.push().catch(() => {});
    }
    show(byId('banner'), isAway);
    setText(byId('banner'), words);
    byId('stage').classList.toggle('is-away', isAway);
    this.#update();
  }

  #onView() {
    const { view } = this.call;
    if (this.#wasInLobby && !this.call.isInLobby) say(text('says_let_in'));
    this.#wasInLobby = this.call.isInLobby;
    for (const flag of Object.values(this.#flags)) flag.look();
    this.#tellNews(view);
    const title = view.room?.display_name || view.room?.name || this.name; /* one may be moved */
    document.title = text('title_in', { room: title });
    setText(byId('room-title'), title);
    show(byId('room-locked'), Boolean(view.room?.locked));
    show(byId('room-recorded'), view.room?.recording_now === 'recording');
    this.#files.look();
    this.#moderator.look();
    const number = view.room?.count ?? view.participants?.length ?? 0;
    setText(byId('people-number'), String(number));
    setText(byId('people-title'), count('people_count', number));
    const people = { self: view.participant, count: number };
    this.#roster.show(view.participants ?? [], { ...people, actionsFor: (person) => this.#moderator.actionsFor(person) });
    if (!this.call.hasVideo) this.#voices.show(view.participants ?? [], people);
    this.#update();
  }

  /** Who came, left, raised a hand or presents, since the last time. */
  #tellNews({ participants = [], participant }) {
    const before = this.#people;
    this.#people = new Map(participants.map((person) => [person.id, person]));
    if (!before.size) return;
    const isSmall = Math.max(before.size, participants.length) <= FEW;
    for (const person of participants) {
      const old = before.get(person.id);
      if (person.id === participant) continue;
      if (!old && isSmall) say(text('says_joined', { name: nameOf(person) }));
      if (person.hand_raised && !old?.hand_raised) say(text('says_hand', { name: nameOf(person) }));
      if (person.presents && !old?.presents) say(text('says_presents', { name: nameOf(person) }));
    }
    for (const [id, person] of before)
      if (!this.#people.has(id) && id !== participant && isSmall) say(text('says_left', { name: nameOf(person) }));
  }

  #over(reason) {
    this.leave();
    this.onOver(reason);
  }

  /* ---- microphone and camera */

  #onDevices() {
    const { call, devices } = this;
    if (!call) return;
    this.#sendSound();
    call.setCamera(devices.camera).catch(() => {});
    this.#meter.listen(devices.microphone);
    this.#chooseSpeaker();
    this.#update();
  }

  async #toggleMute() {
    const { devices } = this;
    if (!devices.microphone) {
      await devices.openOne('microphone');
      if (!devices.microphone) return say(text(`microphone_${devices.problems.microphone ?? 'absent'}`), { key: 'microphone', ms: 9000 });
      if (!devices.isMuted) return this.#tellMuted();
    }
    this.#isMutedByOther = false;
    devices.setMuted(!devices.isMuted);
    forget('muted');
    await this.#tellMuted();
  }

  #sendSound() {
    this.call.setMicrophone(this.#sound.of(this.devices.microphone, this.#share.sound)).catch(() => {});
  }

  /** Of what is shared, too: then a microphone that is off is silent here, and the server mutes nobody. */
  #onSound() {
    if (!this.call || this.call.isOver) return;
    this.#sendSound();
    if (this.devices.isMuted && !this.#isMutedByOther) this.#tellMuted();
  }

  async #tellMuted() {
    const isWished = this.devices.isMuted && !this.#share?.sound;
    const isMuted = await this.#tell('muted', isWished);
    if (!isMuted || isWished) return;
    this.devices.setMuted(true);
    say(text('says_still_muted'), { key: 'muted' });
  }

  /** A microphone is never turned on from afar, unless it was turned off from there. */
  #mutedByOther(isMuted) {
    this.#hinted = performance.now(); /* what is said here is not to be replaced by the hint */
    if (isMuted) {
      this.#isMutedByOther = !this.devices.isMuted;
      this.devices.setMuted(true, { isOwn: false });
      say(text('says_muted_by_moderator'), { key: 'muted', ms: 8000 });
    } else if (this.#isMutedByOther) {
      this.#isMutedByOther = false;
      this.devices.setMuted(false, { isOwn: false });
      say(text('says_unmuted_by_moderator'), { key: 'muted', ms: 8000 });
    } else if (this.devices.isMuted) {
      say(text('says_asked_to_talk'), { key: 'muted', ms: 8000 });
    }
  }

  #hear(level) {
    this.#loud = level > LOUD ? this.#loud + 1 : 0;
    const isMuted = this.call && this.devices.isMuted && this.devices.microphone;
    byId('mute').classList.toggle('is-loud', Boolean(this.call && !this.devices.isMuted && level > LOUD));
    if (!isMuted || this.#loud < LOUD_TIMES || performance.now() - this.#hinted < HINT_MS) return;
    this.#hinted = performance.now();
    say(text('says_muted_talking'), { key: 'muted' });
  }

  async #toggleCamera() {
    if (!this.call.hasVideo) return say(text('says_no_video'));
    await this.devices.setCameraOn(!this.devices.camera);
    const problem = this.devices.problems.camera;
    if (problem) say(text(`camera_${problem}`), { key: 'camera', ms: 9000 });
  }

  /* ---- screen and hand */

  async #toggleShare() {
    if (this.#share.track) return this.#endShare(text('says_share_ended'));
    if (!this.call.hasVideo) return say(text('says_no_video'));
    if (!canShare()) return say(text('says_share_impossible'));
    const isShared = await this.#share.begin();
    if (!this.call) return;
    this.#update();
    if (!isShared) return say(text('says_share_refused'));
    if (await this.#tell('presents', true)) say(text(this.#share.sound ? 'says_sharing_sound' : 'says_sharing'));
    else if (this.call && this.#share.track) await this.#endShare(text('says_share_refused'));
  }

  async #endShare(words) {
    const share = this.#share;
    await share?.end();
    if (!this.call) return;
    say(words);
    this.#update();
    await this.#tell('presents', false);
  }

  #shareTaken() {
    if (!this.#share.track) return;
    const other = this.call.view.participants.find(({ id, presents }) => presents && id !== this.call.view.participant);
    this.#endShare(other ? text('says_share_taken', { name: nameOf(other) }) : text('says_share_ended'));
  }

  async #toggleHand() {
    const told = this.#tell('hand', !this.#flags.hand.value);
    this.#update();
    await told;
  }

  /** Tells the server; what is not told now is told when it is there again. @return what it has become. */
  async #tell(name, value) {
    const flag = this.#flags[name];
    try {
      await flag.set(value);
    } catch (problem) {
      if (this.call && problem.code !== 'network' && problem.status !== 404) say(text('says_failed', { detail: explain(problem) }));
    }
    if (this.call) this.#update();
    return flag.value;
  }

  /* ---- what is shown */

  #update() {
    const { call, devices } = this;
    if (!call) return;
    const { microphone, camera } = devices.problems;
    showToggle(byId('mute'), { isOff: devices.isMuted || !devices.microphone, icon: 'mic', title: 'mute', problem: microphone });
    showToggle(byId('camera'), { isOff: !devices.camera, icon: 'camera', title: 'camera', problem: camera });
    const sharing = Boolean(this.#share.track);
    press(byId('share'), sharing);
    byId('share').title = text(sharing ? 'share_on' : 'share_off');
    const isRaised = this.#flags.hand.value;
    press(byId('hand'), isRaised);
    byId('hand').title = text(isRaised ? 'hand_on' : 'hand_off');
    show(byId('camera'), call.hasVideo);
    show(byId('share'), call.hasVideo && canShare() && call.may('present'));
    const isSeen = call.hasVideo && byId('picture').videoWidth > 0;
    show(byId('picture'), isSeen && !call.isInLobby);
    show(byId('voices'), !call.hasVideo && !call.isInLobby && call.state !== 'connecting');
    const isWaiting = call.state === 'connecting' || (call.hasVideo && !isSeen);
    show(byId('stage-text'), isWaiting || call.isInLobby);
    setText(byId('stage-text'), call.isInLobby ? text('in_lobby') : isWaiting ? text('waiting') : '');
  }

  #tick() {
    const seconds = this.#began === null ? 0 : (performance.now() - this.#began) / 1000;
    setText(byId('elapsed'), clock(seconds));
    setAttribute(byId('elapsed'), 'datetime', `PT${Math.floor(seconds)}S`);
    this.#tellEnd();
  }

  /** Once for each end: it may be put off. */
  #tellEnd() {
    const endsAt = this.call?.view.room?.ends_at;
    if (!endsAt || endsAt === this.#toldEnd || Date.parse(endsAt) - Date.now() > ENDS_SOON_MS) return;
    this.#toldEnd = endsAt;
    say(text('says_ends_soon'), { ms: 9000 });
  }

  async #measure() {
    const { call } = this;
    if (!call || call.isOver) return;
    const { word, figures } = this.#quality.judge(await call.getStats());
    if (call !== this.call) return;
    showQuality(call.state === 'connected' ? word : call.state === 'reconnecting' ? 'poor' : 'unknown');
    if (isOpen('quality-panel')) showFigures(figures);
  }

  async #keepAwake() {
    if (!this.call || document.visibilityState !== 'visible') return;
    this.#wakeLock = (await navigator.wakeLock?.request('screen').catch(() => null)) ?? null;
  }

  #toggleFullscreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else byId('room').requestFullscreen().catch(() => {}); // with the controls
  }

  async #copyLink() {
    try {
      await navigator.clipboard.writeText(location.origin + location.pathname);
      say(text('link_copied'));
    } catch {
      window.prompt(text('copy_link'), location.origin + location.pathname);
    }
  }
}
